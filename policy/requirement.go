package policy

import (
	"fmt"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust"
	"github.com/ocisum/ocisum/trust/gpg"
	"github.com/ocisum/ocisum/verify"
)

// Types of requirements.
const (
	acceptAnything = "insecureAcceptAnything"
	reject         = "reject"
	signedBy       = "signedBy"
	sigstoreSigned = "sigstoreSigned"
)

// requirement is one thing that a policy asks of an image.
type requirement struct {
	kind     string
	identity identity
	keyring  *gpg.Keyring // signedBy
	keys     []trust.Key  // sigstoreSigned
}

// setKeys takes the keys of files.
func (q *requirement) setKeys(files []keyFile) error {
	for _, f := range files {
		if q.kind == signedBy {
			k, err := gpg.ParseKeyring(f.data)
			if err != nil {
				return fmt.Errorf("%.200q: %w", f.name, err)
			}
			if q.keyring == nil {
				q.keyring = &gpg.Keyring{}
			}
			q.keyring.Add(k)
			continue
		}
		k, err := trust.ParsePublicKey(f.name, f.data)
		if err != nil {
			return err
		}
		q.keys = append(q.keys, k)
	}
	return nil
}

// testify says whether images satisfy the requirement; found has only those to
// which it applies.
func (q *requirement) testify(name string, found *verify.Found, c *chosen, now time.Time) verify.Testimony {
	names := c.names
	switch q.kind {
	case signedBy:
		return gpg.Voucher(gpg.Config{
			Name: name, Keyring: q.keyring, Now: now, Messages: &c.messages,
			Accept: func(img report.Image, ref string) string { return q.identity.accept(names, img, ref) },
		}).Vouch(found)
	case sigstoreSigned:
		return q.sigstore(name, found, names)
	case reject:
		var t verify.Testimony
		for i, img := range found.Images {
			t.Needs = append(t.Needs, verify.Need{Image: i, Code: report.PolicyRejected, Refused: true, Reason: "the policy rejects " + called(names.Of(img))})
		}
		return t
	}
	return verify.Testimony{}
}

// called says by which names an image is judged.
func called(names []reference.Named) string {
	var list []string
	for _, named := range names {
		if named == nil {
			return "it, as an image without a name (say which it is meant to be with --as NAME)"
		}
		list = append(list, named.String())
	}
	return strings.Join(list, " and ")
}

// sigstore is what package trust says, with the identities that the signatures
// give. Only payloads of cosign's simple signing give any.
func (q *requirement) sigstore(name string, found *verify.Found, names Names) verify.Testimony {
	inner := trust.Require(q.keys).Vouch(found)
	images := map[digest.Digest][]int{}
	digests := found.Digests()
	for i := range found.Images {
		for _, d := range digests[i] {
			images[d] = append(images[d], i)
		}
	}
	t := verify.Testimony{Needs: inner.Needs}
	for _, vouch := range inner.Vouches {
		if vouch.Kind == verify.KindAttestation {
			continue
		}
		vouch.By = name
		if about := images[vouch.Digest]; vouch.Reject == "" {
			vouch.Reject = q.names(&vouch, found, about, names)
			for _, i := range about {
				if vouch.Reject != "" {
					t.Needs[i].Code, t.Needs[i].Reason = report.SignatureInvalid, "the signature over it does not count: "+vouch.Reject
				}
			}
		}
		t.Vouches = append(t.Vouches, vouch)
	}
	return t
}

// names says why the name that a right signature gives the images does not
// count, or "".
func (q *requirement) names(vouch *verify.Vouch, found *verify.Found, about []int, names Names) string {
	switch {
	case len(about) == 0:
		return "it is not over a manifest or an index"
	case vouch.Ref == "":
		return "it gives the image no name that the policy could compare"
	}
	for _, i := range about {
		if why := q.identity.accept(names, found.Images[i], vouch.Ref); why != "" {
			return why
		}
	}
	return ""
}
