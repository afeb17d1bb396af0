package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/tarscan"
)

// record is an [Observation] as a ledger keeps it: all that the judge needs,
// and what was asked for when it was made. Strings that may hold bytes of an
// image are kept as such.
type record struct {
	Layer  bool `json:"layer,omitempty"`
	SHA512 bool `json:"sha512,omitempty"`  // was asked for
	Wide   bool `json:"diff512,omitempty"` // a diff ID in sha512 was

	Size         int64             `json:"size"`
	Digest       digest.Digest     `json:"digest"`
	Digest512    digest.Digest     `json:"digest512,omitempty"`
	Compression  decompress.Format `json:"compression,omitempty"`
	Decoded      bool              `json:"decoded,omitempty"`
	DiffID       digest.Digest     `json:"diffID,omitempty"`
	DiffID512    digest.Digest     `json:"diffID512,omitempty"`
	Uncompressed int64             `json:"uncompressed,omitempty"`
	Faults       []recordFault     `json:"faults,omitempty"`
	Frames       []recordFrame     `json:"frames,omitempty"`
	Footer       *recordFooter     `json:"footer,omitempty"`
	Tar          *recordTar        `json:"tar,omitempty"`
}

type recordFault struct {
	Kind   string `json:"kind"`
	Offset int64  `json:"offset"`
	Name   []byte `json:"name,omitempty"` // of the member of a tar
	Detail []byte `json:"detail,omitempty"`
}

type recordFrame struct {
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	SHA256 []byte `json:"sha256"`
	Data   []byte `json:"data,omitempty"`
}

type recordFooter struct {
	Offset int64 `json:"offset"`
	Member bool  `json:"member,omitempty"`
}

type recordPaths struct {
	Count int    `json:"count"`
	First []byte `json:"first"`
}

type recordTar struct {
	Tar          bool          `json:"tar,omitempty"`
	Entries      int64         `json:"entries,omitempty"`
	Size         int64         `json:"size,omitempty"`
	End          int64         `json:"end,omitempty"`
	Trailing     int64         `json:"trailing,omitempty"`
	TrailingData bool          `json:"trailingData,omitempty"`
	Faults       []recordFault `json:"faults,omitempty"`
	Dropped      int           `json:"dropped,omitempty"`
	Unsafe       *recordPaths  `json:"unsafe,omitempty"`
	Through      *recordPaths  `json:"through,omitempty"`
	Duplicate    *recordPaths  `json:"duplicate,omitempty"`
	Devices      *recordPaths  `json:"devices,omitempty"`
	Untracked    bool          `json:"untracked,omitempty"`
	Stargz       digest.Digest `json:"stargz,omitempty"`
	HasStargz    bool          `json:"hasStargz,omitempty"`
}

// recordOf is what is kept of an observation. It reports false for one that a
// later run has to make itself: of an object that was not read to its end, or
// under a limit of the whole run.
func recordOf(o *Observation, w want) ([]byte, bool) {
	if !o.Complete || o.Err != nil || o.Changed != "" || o.Panic != "" || o.Total || o.Embedded {
		return nil, false
	}
	r := record{
		Layer: w.layer, SHA512: w.sha512, Wide: w.diff512,
		Size: o.Size, Digest: o.SHA256, Digest512: o.SHA512, Compression: o.Compression, Decoded: o.Decoded,
		DiffID: o.DiffID, DiffID512: o.DiffID512, Uncompressed: o.Uncompressed,
	}
	for _, f := range o.Faults {
		r.Faults = append(r.Faults, recordFault{Kind: string(f.Kind), Offset: f.Offset, Detail: []byte(f.Detail)})
	}
	for _, f := range o.Frames {
		r.Frames = append(r.Frames, recordFrame{f.Offset, f.Size, f.SHA256[:], f.Data})
	}
	if o.Footer != nil {
		r.Footer = &recordFooter{o.Footer.offset, o.Footer.member}
	}
	if t := o.Tar; t != nil {
		r.Tar = &recordTar{
			Tar: t.Tar, Entries: t.Entries, Size: t.Size, End: t.End, Trailing: t.Trailing, TrailingData: t.TrailingData, Dropped: t.Dropped,
			Unsafe: t.Unsafe.record(), Through: t.Through.record(), Duplicate: t.Duplicate.record(), Devices: t.Devices.record(),
			Untracked: t.Untracked, Stargz: t.Stargz, HasStargz: t.HasStargz,
		}
		for _, f := range t.Faults {
			r.Tar.Faults = append(r.Tar.Faults, recordFault{string(f.Kind), f.Offset, []byte(f.Name), []byte(f.Detail)})
		}
	}
	data, err := json.Marshal(r)
	return data, err == nil
}

func (p Paths) record() *recordPaths {
	if p.Count == 0 {
		return nil
	}
	return &recordPaths{p.Count, []byte(p.First)}
}

func (p *recordPaths) paths() Paths {
	if p == nil {
		return Paths{}
	}
	return Paths{p.Count, string(p.First)}
}

// observation is the opposite of recordOf. The bytes come from a file that
// somebody may have written to.
func observation(data []byte) (record, *Observation, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return r, nil, errors.New("not a record")
	}
	// Written again it is the same: no member is unknown, twice or in other case.
	if again, err := json.Marshal(r); err != nil || !bytes.Equal(again, data) {
		return r, nil, errors.New("not a record as this version writes it")
	}
	if err := r.check(); err != nil {
		return r, nil, err
	}
	o := &Observation{
		Size: r.Size, SHA256: r.Digest, SHA512: r.Digest512, Compression: r.Compression, Decoded: r.Decoded,
		DiffID: r.DiffID, DiffID512: r.DiffID512, Uncompressed: r.Uncompressed, Complete: true,
	}
	for _, f := range r.Faults {
		o.Faults = append(o.Faults, decompress.Fault{Kind: decompress.Kind(f.Kind), Offset: f.Offset, Detail: string(f.Detail)})
	}
	for _, f := range r.Frames {
		o.Frames = append(o.Frames, decompress.Frame{Offset: f.Offset, Size: f.Size, SHA256: [32]byte(f.SHA256), Data: f.Data})
	}
	if r.Footer != nil {
		o.Footer = &stargzFooter{r.Footer.Offset, r.Footer.Member}
	}
	if t := r.Tar; t != nil {
		o.Tar = &TarFacts{
			Summary: tarscan.Summary{Tar: t.Tar, Entries: t.Entries, Size: t.Size, End: t.End, Trailing: t.Trailing, TrailingData: t.TrailingData, Dropped: t.Dropped},
			Unsafe:  t.Unsafe.paths(), Through: t.Through.paths(), Duplicate: t.Duplicate.paths(), Devices: t.Devices.paths(),
			Untracked: t.Untracked, Stargz: t.Stargz, HasStargz: t.HasStargz,
		}
		for _, f := range t.Faults {
			o.Tar.Faults = append(o.Tar.Faults, tarscan.Fault{Kind: tarscan.Kind(f.Kind), Offset: f.Offset, Name: string(f.Name), Detail: string(f.Detail)})
		}
	}
	return r, o, nil
}

// check holds the parts of a record against each other.
func (r *record) check() error {
	for _, d := range []struct {
		digest digest.Digest
		alg    digest.Algorithm
		must   bool
	}{
		{r.Digest, digest.SHA256, true},
		{r.Digest512, digest.SHA512, r.SHA512 || r.Layer && r.Wide},
		{r.DiffID, digest.SHA256, r.Layer && r.Decoded},
		{r.DiffID512, digest.SHA512, r.Layer && r.Decoded && r.Wide},
	} {
		if d.digest == "" && !d.must {
			continue
		}
		if got, err := hash.Parse(string(d.digest)); err != nil || got.Algorithm() != d.alg {
			return fmt.Errorf("no %s digest where one is due", d.alg)
		}
	}
	if r.Tar != nil && r.Tar.Stargz != "" {
		if _, err := hash.Parse(string(r.Tar.Stargz)); err != nil {
			return errors.New("no digest where one is due")
		}
	}
	for _, f := range r.Frames {
		if len(f.SHA256) != 32 {
			return errors.New("no checksum where one is due")
		}
	}
	switch {
	case r.Size < 0 || r.Uncompressed < 0 || r.Tar != nil && r.Tar.Entries < 0:
		return errors.New("a negative size")
	case r.Compression > decompress.Bzip2:
		return errors.New("an unknown compression")
	case !r.Layer && (r.Decoded || r.Tar != nil || r.Compression != decompress.None):
		return errors.New("contents of what is no layer")
	case r.Layer && r.Decoded != (r.Tar != nil):
		return errors.New("a layer without its contents")
	case r.Decoded && r.Compression == decompress.None && (r.DiffID != r.Digest || r.Uncompressed != r.Size):
		return errors.New("a plain layer that is not its own contents")
	}
	return nil
}

// CheckRecord says what is wrong with a record that a [Ledger] was given to
// keep, or nil.
func CheckRecord(data []byte) error {
	_, _, err := observation(data)
	return err
}
