package pin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Resolver knows the digests of images.
type Resolver interface {
	// Resolve returns the digest that a name stands for, and where that is
	// written. The name is in its full form, "docker.io/library/alpine:3.20";
	// one with a digest and no tag, "docker.io/library/alpine@sha256:...", asks
	// whether the repository has that digest. A platform, os/arch[/variant],
	// asks for its manifest and not for an index. What is not known is
	// ErrUnknown; any other error says why what is known has no digest.
	Resolve(name, platform string) (d digest.Digest, where string, err error)
}

// ErrUnknown is returned by a Resolver for a name that it does not have.
var ErrUnknown = errors.New("in no source")

// ErrConflict is wrapped where sources disagree, which no option overrides.
var ErrConflict = errors.New("sources disagree")

// Options say what Make does.
type Options struct {
	Resolver Resolver // nil: none; then Make can only check and unpin
	Platform string
	Unpin    bool // remove digests
}

// State is what was found about a place.
type State string

// The states.
const (
	Right    State = "pinned"   // has the digest it should have; with Unpin: has none
	Unpinned State = "unpinned" // has no digest, and there is one
	Differs  State = "differs"  // has another digest than it should
	Drop     State = "drop"     // has a digest, which is removed
	Keep     State = "keep"     // has a digest, which cannot be removed
	Unknown  State = "unknown"  // no source has the name, or not with a digest
	Refused  State = "refused"  // the name cannot be told, or not be edited
)

// Result is what was found about a place, and what is to be done.
type Result struct {
	Place
	State  State
	Old    digest.Digest // that the place has
	New    digest.Digest // that it should have
	Where  string        // where New is written
	To     string        // the new text, if it changes
	Reason string        // why not, for Keep, Unknown and Refused
	// Conflict: the reason is that sources disagree.
	Conflict bool
}

// Changed reports whether the text is to change.
func (r Result) Changed() bool { return r.To != "" }

// Problem reports whether nothing can be done about a place that is not as it
// should be.
func (r Result) Problem() bool { return r.State == Unknown || r.State == Refused }

// Make decides about every place of a file, and returns the new content, which
// is the old one if nothing changes. The error is one of a file that cannot be
// edited without changing more than the digests.
func Make(f *File, opt Options) ([]Result, []byte, error) {
	results := make([]Result, len(f.Places))
	var edits []edit
	for i, p := range f.Places {
		r, e := decide(p, opt)
		results[i] = r
		if r.Changed() {
			edits = append(edits, e)
		}
	}
	if len(edits) == 0 {
		return results, f.data, nil
	}
	edits, err := merge(edits)
	if err != nil {
		return results, nil, err
	}
	data := apply(f.data, edits)
	if err := f.check(results, edits, data); err != nil {
		return results, nil, err
	}
	return results, data, nil
}

// check reads the new content and compares it with what was planned.
func (f *File) check(results []Result, edits []edit, data []byte) error {
	if len(data) > MaxBytes {
		return syntaxError(0, "the file would have more than %d MiB", MaxBytes>>20)
	}
	changed, err := Find("", f.Kind, data)
	if err != nil {
		return fmt.Errorf("the file could not be read any more: %w", err)
	}
	if len(changed.Places) != len(f.Places) {
		return fmt.Errorf("the file would name %d images instead of %d", len(changed.Places), len(f.Places))
	}
	for i, p := range changed.Places {
		want := results[i].Text
		if results[i].Changed() {
			want = results[i].To
		}
		if p.Text != want || p.What != results[i].What {
			return syntaxError(results[i].Line, "%s would become %s instead of %s", printable(results[i].Text), printable(p.Text), printable(want))
		}
	}
	return f.shape.after(edits, changed.shape)
}

// decide finds out about one place.
func decide(p Place, opt Options) (Result, edit) {
	r := Result{Place: p, State: Refused}
	if opt.Unpin && !strings.Contains(p.Text, "@") {
		r.State = Right // whatever it is, it has no digest
		return r, edit{}
	}
	if p.Obstacle != "" {
		r.Reason = p.Obstacle
		return r, edit{}
	}
	n, err := parseName(p.Text)
	if err != nil {
		r.Reason = err.Error()
		return r, edit{}
	}
	r.Old = n.digest
	if opt.Unpin {
		return unpin(r, n, opt)
	}
	if opt.Resolver == nil {
		if r.State = Right; n.digest == "" {
			r.State = Unpinned
		}
		return r, edit{}
	}
	d, where, err := opt.Resolver.Resolve(n.key(), opt.Platform)
	if err != nil {
		r.State, r.Reason, r.Conflict = Unknown, err.Error(), errors.Is(err, ErrConflict)
		if n.digest != "" && !n.tagged && errors.Is(err, ErrUnknown) {
			r.Reason = "no source has this digest, and without a tag it cannot be told which image is meant"
		}
		return r, edit{}
	}
	r.New, r.Where = d, where
	switch n.digest {
	case d:
		r.State = Right
		return r, edit{}
	case "":
		r.State = Unpinned
		return insert(r, n)
	}
	r.State = Differs
	return replace(r, n, d)
}

// insert appends a digest. The last part of the name and its tag must stand
// together: after alpine:${TAG} a digest would win over any other TAG.
func insert(r Result, n name) (Result, edit) {
	last := strings.LastIndexByte(n.familiar, '/') + 1
	if own := r.own(); own > 0 && (own > last || last == 0) {
		r.State, r.Reason = Refused, "the name is put together from several parts: write it in one piece, or give it as the default of one ARG"
		return r, edit{}
	}
	r.To = n.familiar + "@" + r.New.String()
	end := r.at[len(r.at)-1] + 1
	return r, edit{end, end, "@" + r.New.String()}
}

// replace puts another digest in place of one, which stands in one piece; in
// FROM alpine@${DIGEST} that is the default of an ARG. Without a new one, the @
// goes too.
func replace(r Result, n name, d digest.Digest) (Result, edit) {
	at, text := len(n.familiar)+1, d.String()
	r.To = n.familiar + "@" + text
	if d == "" {
		at, r.To = at-1, n.familiar
	}
	if r.own() > at {
		r.State, r.To, r.Reason = Refused, "", "the digest is put together from several parts"
		return r, edit{}
	}
	return r, edit{r.at[at], r.at[len(r.at)-1] + 1, text}
}

// unpin removes a digest. One without a tag is all that says which image is
// meant, unless a source says that it is the latest.
func unpin(r Result, n name, opt Options) (Result, edit) {
	if n.digest == "" {
		r.State = Right
		return r, edit{}
	}
	if !n.tagged {
		latest := n.full + ":latest"
		var d digest.Digest
		if opt.Resolver != nil {
			d, _, _ = opt.Resolver.Resolve(latest, opt.Platform)
		}
		if d != n.digest {
			r.State, r.Reason = Keep, "has no tag: without its digest it would be another image, the latest one"
			return r, edit{}
		}
	}
	r.State = Drop
	return replace(r, n, "")
}
