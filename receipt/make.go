package receipt

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/report"
)

// Errors of New.
var (
	// ErrNotVerified: a Simple Verification Result cannot say no, so that there
	// is none of a run that did not verify everything.
	ErrNotVerified = errors.New("only a verified run gives a receipt")
	// ErrNoImage: the source holds no image, and receipts are for images.
	ErrNoImage = errors.New("there is no image to give a receipt for")
	// ErrResumed: a part was read by an earlier run, and a receipt is for one.
	ErrResumed = errors.New("some objects were read by an earlier run, and a receipt says what one run read")
	// ErrNoTime: a Verification Summary has to say when.
	ErrNoTime = errors.New("a verification summary needs a time")
)

// Options say what a report does not.
type Options struct {
	Name     string           // of the source, for people: the last element of its path
	Time     time.Time        // of the verification; zero: not said
	Asked    Asked            // what the run was asked to check
	Limits   map[string]int64 // that were in force, by the names of their flags; -1: none
	Policies []Resource       // locks and policies that were evaluated; if any, the predicate is a Verification Summary
	Resource string           // resourceUri of a Verification Summary; empty: "file:" and the name
}

// New gives a receipt for what a report says. The report should have the digest
// of the file (verify.Options.FileDigest).
//
// With [Options.Policies] it is a Verification Summary, which says FAILED of
// anything but a verified run. Without, it is a Simple Verification Result, and
// the error is ErrNotVerified where that would have to say no.
func New(rep *report.Report, opt Options) (*Statement, error) {
	passed := rep.Verdict == report.Verified && rep.Complete && rep.Error == ""
	if len(rep.Images) == 0 {
		return nil, ErrNoImage
	}
	if rep.Coverage.Resumed > 0 {
		return nil, ErrResumed
	}
	s := &Statement{Type: StatementType, PredicateType: SVR}
	p := &s.Predicate
	p.Verifier.ID = VerifierID
	p.Details = details(rep, opt)
	stamp := ""
	if !opt.Time.IsZero() {
		stamp = opt.Time.UTC().Format(time.RFC3339)
	}
	switch {
	case len(opt.Policies) == 0 && !passed:
		return nil, fmt.Errorf("%w: the verdict is %s", ErrNotVerified, rep.Verdict)
	case len(opt.Policies) == 0:
		p.TimeCreated, p.Properties = stamp, properties(rep, opt)
	default:
		if stamp == "" {
			return nil, ErrNoTime
		}
		s.PredicateType = VSA
		p.TimeVerified, p.SLSAVersion = stamp, slsaVersion
		p.ResourceURI = cmp.Or(opt.Resource, fileURI(opt.Name))
		p.Policy = &opt.Policies[0]
		p.InputAttestations = inputs(rep)
		p.VerificationResult, p.VerifiedLevels = Failed, []string{Failed}
		if passed {
			p.VerificationResult, p.VerifiedLevels = Passed, properties(rep, opt)
		}
	}
	s.Subject = subjects(rep, opt, p.Details)
	switch n := len(s.Subject); {
	case n == 0:
		return nil, errors.New("nothing has a digest that a receipt could be for")
	case n > maxSubjects:
		return nil, fmt.Errorf("a receipt can be for at most %d images, not for %d: select some", maxSubjects, n)
	}
	return s, nil
}

// fileURI is a relative reference: where the file was is nobody's business.
func fileURI(name string) string { return "file:" + url.PathEscape(name) }

// details fills the extension.
func details(rep *report.Report, opt Options) *Details {
	src := rep.Source
	d := &Details{
		Tool: rep.Tool, Verdict: rep.Verdict, Asked: opt.Asked, Limits: opt.Limits, Coverage: rep.Coverage, Bytes: rep.Bytes,
		Anchors: []Anchor{}, Policies: opt.Policies,
		Source: Source{
			Name: clean(opt.Name), Container: src.Container, Formats: src.Formats, Compression: src.Compression, Size: src.Size,
			Digest: src.Digest, IndexDigest: src.IndexDigest, Selected: clean(src.Selected), Whole: whole(rep),
		},
	}
	for i, a := range rep.Anchors {
		if i == maxAnchors {
			d.AnchorsLeftOut = len(rep.Anchors) - i
			break
		}
		d.Anchors = append(d.Anchors, Anchor{Kind: a.Kind, By: clean(a.By), Digest: a.Digest, Matched: a.Matched, Holds: a.Holds,
			Signer: clean(a.Signer), Format: clean(a.Format), Ref: clean(a.Ref), Reason: clean(a.Reason)})
	}
	for _, f := range rep.Findings {
		switch {
		case f.Effect != "":
			d.Findings = append(d.Findings, f.Code)
		case f.Severity == report.Warning:
			d.Warnings++
		case f.Severity == report.Note:
			d.Notes++
		}
	}
	slices.Sort(d.Findings)
	d.Findings = slices.Compact(d.Findings)
	return d
}

// subjects lists what the statement is about. Of content that is bad or could
// not be checked only the outer file is, by the digest that was computed: a
// receipt that says no must not speak of the image whose name and digest a
// damaged copy bears.
func subjects(rep *report.Report, opt Options, d *Details) []Subject {
	var list []Subject
	add := func(name string, value digest.Digest, a Annotations) {
		list = append(list, Subject{Name: name, Digest: map[string]string{value.Algorithm().String(): value.Encoded()}, Annotations: &a})
	}
	switch src := rep.Source; {
	case !d.Source.Whole && rep.Verdict == report.Verified:
		d.Source.NoFileDigest = "not everything in the source was asked for: " + clean(src.Selected)
	case src.Digest != "":
		add("file:"+clean(opt.Name), src.Digest, Annotations{Role: RoleFile})
	case src.Container == "directory" && src.IndexDigest != "":
		d.Source.NoFileDigest = "a folder has no digest of its own: index.json stands for it"
		add("index.json", src.IndexDigest, Annotations{Role: RoleIndexJSON})
	default:
		d.Source.NoFileDigest = "a folder has no digest of its own"
	}
	if rep.Verdict != report.Verified && rep.Verdict != report.Denied {
		return list
	}
	checked := map[digest.Digest]bool{}
	for _, img := range rep.Images {
		if img.Digest != nil {
			checked[*img.Digest] = true
		}
	}
	for _, a := range rep.Artifacts {
		checked[a.Digest] = a.State == report.Checked
	}
	done := map[digest.Digest]bool{}
	for i, x := range rep.Indexes {
		switch {
		case x.Digest == "" || x.State != report.Checked || done[x.Digest]:
		case !allOf(x.Manifests, checked):
			d.Source.PartialIndexes = append(d.Source.PartialIndexes, x.Digest)
		default:
			add("index:"+strconv.Itoa(i+1), x.Digest, Annotations{Role: RoleIndex, ClaimedRefs: claimed(x.Refs)})
		}
		done[x.Digest] = true
	}
	for i, img := range rep.Images {
		a := Annotations{Role: RoleManifest, Platform: clean(img.Platform), ImageID: img.ImageID.String(), ClaimedRefs: claimed(img.Refs)}
		switch {
		case img.Digest != nil && !done[*img.Digest]:
			add("manifest:"+strconv.Itoa(i+1), *img.Digest, a)
			done[*img.Digest] = true
		case img.Digest == nil && img.ImageID != "" && !done[img.ImageID]:
			a.Role, a.ImageID = RoleImageID, ""
			add("image-id:"+strconv.Itoa(i+1), img.ImageID, a)
			done[img.ImageID] = true
		}
	}
	return list
}

// allOf reports whether every manifest of an index was checked. Indexes below
// it are not followed: then it is no subject, which loses nothing but
// convenience.
func allOf(manifests []digest.Digest, checked map[digest.Digest]bool) bool {
	return len(manifests) > 0 && !slices.ContainsFunc(manifests, func(d digest.Digest) bool { return !checked[d] })
}

// inputs are the attestations and signatures that hold, if each of them is an
// object with a digest for a name: the list is complete, or there is none.
func inputs(rep *report.Report) []Resource {
	var list []Resource
	for _, a := range rep.Anchors {
		if !a.Holds || a.Object == "" {
			continue
		}
		rest, ok := strings.CutPrefix(a.Object, "blobs/")
		d, err := hash.Parse(strings.Replace(rest, "/", ":", 1))
		if !ok || err != nil {
			return nil
		}
		r := Resource{URI: "oci:" + a.Object, Digest: map[string]string{d.Algorithm().String(): d.Encoded()}}
		if !slices.ContainsFunc(list, func(have Resource) bool { return have.URI == r.URI }) {
			list = append(list, r)
		}
	}
	return list
}

// maxClaimed bounds how many names of an image a receipt repeats.
const maxClaimed = 100

func claimed(refs []string) []string {
	var list []string
	for _, r := range refs[:min(len(refs), maxClaimed)] {
		list = append(list, clean(r))
	}
	return list
}
