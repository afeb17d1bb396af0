package policy

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"

	"github.com/ocisum/ocisum/report"
)

// identity decides whether the reference in a signature is the one that is
// wanted for an image (containers-policy.json(5), signedIdentity). It returns
// why not, or "".
type identity func(intended, signed reference.Named) string

// accept applies an identity to an image and the reference of a signature: it
// has to hold for every name by which the image is judged.
func (id identity) accept(n Names, img report.Image, text string) string {
	signed, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return fmt.Sprintf("its reference %.200q is none", text)
	}
	for _, intended := range n.Of(img) {
		if why := id(intended, signed); why != "" {
			return why
		}
	}
	return ""
}

// SameName returns a function for gpg.Config.Accept, which wants the name that
// the user gave: with a tag the very reference, without one its repository.
// Without a name from the user, any will do.
func (n Names) SameName() func(report.Image, string) string {
	if n.as == nil {
		return nil
	}
	return func(img report.Image, text string) string {
		return identity(matchRepoDigestOrExact).accept(n, img, text)
	}
}

const noName = "the image has no name that its signature could be compared with (say which with --as NAME)"

// differs says that two references differ.
func differs(intended, signed string) string {
	return fmt.Sprintf("it is for %s, not for %s", signed, intended)
}

// matchExact wants the same reference, with its tag.
func matchExact(intended, signed reference.Named) string {
	switch {
	case intended == nil:
		return noName
	case reference.IsNameOnly(intended):
		return "the policy compares tags, and the name has none (give one with --as NAME:TAG)"
	case intended.String() != signed.String():
		return differs(intended.String(), signed.String())
	}
	return ""
}

// matchRepoDigestOrExact wants the same reference where the intended one has a
// tag, and else the same repository: the digest of the image is compared in any
// case.
func matchRepoDigestOrExact(intended, signed reference.Named) string {
	if intended == nil {
		return noName
	}
	if _, tagged := intended.(reference.Tagged); tagged {
		return matchExact(intended, signed)
	}
	return matchRepository(intended, signed)
}

// matchRepository wants the same repository.
func matchRepository(intended, signed reference.Named) string {
	switch {
	case intended == nil:
		return noName
	case intended.Name() != signed.Name():
		return differs(intended.Name(), signed.Name())
	}
	return ""
}

// exactReference wants one reference, whatever the image's.
func exactReference(want reference.Named) identity {
	return func(_, signed reference.Named) string {
		if want.String() != signed.String() {
			return differs(want.String(), signed.String())
		}
		return ""
	}
}

// exactRepository wants one repository, whatever the image's.
func exactRepository(want reference.Named) identity {
	return func(_, signed reference.Named) string { return matchRepository(want, signed) }
}

// remapIdentity compares as matchRepoDigestOrExact does, after a prefix of the
// intended name is replaced. A prefix ends where a part of the name does.
func remapIdentity(prefix, with string) identity {
	return func(intended, signed reference.Named) string {
		if intended == nil {
			return noName
		}
		rest, ok := strings.CutPrefix(intended.String(), prefix)
		if !ok || rest != "" && !strings.ContainsAny(rest[:1], "/:@") {
			return matchRepoDigestOrExact(intended, signed)
		}
		mapped, err := reference.ParseNormalizedNamed(with + rest)
		if err != nil {
			return fmt.Sprintf("%.200q, to which the policy maps its name, is no reference", with+rest)
		}
		return matchRepoDigestOrExact(mapped, signed)
	}
}
