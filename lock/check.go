package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// check says what is wrong with a file that is sorted, or nil.
func (f *File) check() error {
	records := len(f.Files)
	for i, img := range f.Images {
		if i > 0 && f.Images[i-1].Name == img.Name {
			return fmt.Errorf("%s: twice in the file", img.Name)
		}
		records += 1 + len(img.History)
		if err := img.check(); err != nil {
			return fmt.Errorf("%s: %w", img.Name, err)
		}
	}
	if records > MaxRecords {
		return fmt.Errorf("%d records: more than %d", records, MaxRecords)
	}
	for i, s := range f.Files {
		if i > 0 && f.Files[i-1].Path == s.Path {
			return fmt.Errorf("file %q: twice in the file", s.Path)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("file %q: %w", s.Path, err)
		}
		if s.SHA256 == "" {
			return fmt.Errorf("file %q: no digest", s.Path)
		}
	}
	return nil
}

func (img *Image) check() error {
	if full, err := ParseName(img.Name); err != nil {
		return err
	} else if full != img.Name {
		return fmt.Errorf("the full name is %s", full)
	}
	if d := nameDigest(img.Name); d != "" && (img.Current.Digest != d || len(img.History) > 0) {
		return errors.New("a name with a digest has no other digest")
	}
	seen := map[digest.Digest]bool{}
	for _, r := range append([]Record{img.Current}, img.History...) {
		if seen[r.Digest] {
			return fmt.Errorf("%s: twice under one name", r.Digest)
		}
		seen[r.Digest] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("%s: %w", r.Digest, err)
		}
	}
	return nil
}

func (r *Record) check() error {
	if _, err := hash.Parse(string(r.Digest)); err != nil {
		return err
	}
	if r.Verified == (r.Imported != "") {
		return errors.New("either verified or imported")
	}
	if r.Imported != "" && !word(r.Imported) {
		return fmt.Errorf("imported from %q: not one word", r.Imported)
	}
	if a := r.Added; !a.IsZero() && (a.Location() != time.UTC || a.Nanosecond() != 0 || a.Year() < 1970 || a.Year() > 9999) {
		return errors.New("the time is not in whole seconds of UTC, from 1970 to 9999")
	}
	for i, s := range r.Sources {
		if i > 0 && s == r.Sources[i-1] {
			return fmt.Errorf("source %q: twice", s.Path)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("source %q: %w", s.Path, err)
		}
	}
	if err := r.checkKind(); err != nil {
		return err
	}
	for i := range r.Platforms {
		p := &r.Platforms[i]
		if i > 0 && comparePlatforms(r.Platforms[i-1], *p) == 0 {
			return fmt.Errorf("platform %s: twice", p.Name)
		}
		if err := p.check(r); err != nil {
			return fmt.Errorf("platform %q: %w", p.Name, err)
		}
	}
	return nil
}

// checkKind holds the platforms against what the digest is said to be of.
func (r *Record) checkKind() error {
	n := len(r.Platforms)
	switch r.Kind {
	case Index:
		if n == 0 {
			return errors.New("an index without platforms")
		}
	case Manifest:
		if n != 1 || r.Platforms[0].Manifest != r.Digest {
			return errors.New("a manifest has one platform with the same manifest")
		}
	case ImageID:
		if n != 1 || r.Platforms[0].Config != r.Digest {
			return errors.New("an image ID has one platform with the same config")
		}
	case Registry:
		if n != 0 || r.Verified {
			return errors.New("kind registry is for imported digests of which no more is known")
		}
	default:
		return fmt.Errorf("unknown kind %q", r.Kind)
	}
	return nil
}

func (p *Platform) check(r *Record) error {
	if !platformName(p.Name) {
		return errors.New("not words with slashes between them")
	}
	if (p.Manifest == "") != (r.Kind == ImageID) {
		return errors.New("a manifest is given for every kind but image-id")
	}
	for _, d := range append([]digest.Digest{p.Manifest, p.Config}, p.DiffIDs...) {
		if _, err := hash.Parse(string(d)); d != "" && err != nil {
			return err
		}
	}
	if slices.Contains(p.DiffIDs, "") {
		return errors.New("an empty diff ID")
	}
	return nil
}

func (s Source) check() error {
	if s.Path == "" {
		return errors.New("no path")
	}
	if s.SHA256 == "" {
		return nil
	}
	d, err := hash.Parse(string(s.SHA256))
	if err == nil && d.Algorithm() != digest.SHA256 {
		err = errors.New("not SHA-256")
	}
	return err
}

// platformName reports whether s can stand in a lock file as a platform.
func platformName(s string) bool {
	if len(s) > 255 {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if !word(part) {
			return false
		}
	}
	return true
}

// word reports whether s is one or more plain letters, digits, and "._-+".
func word(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-+", r))
	}) < 0
}
