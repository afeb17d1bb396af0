package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/ocisum/ocisum/verify"
)

// ErrNotTar says that evidence can be put only into a plain, sound tar.
var ErrNotTar = errors.New("not a plain tar archive")

// block is the unit of a tar archive.
const block = 512

// Embed copies a tar archive to w and adds documents to it, below
// [verify.EvidenceFolder], in the order given and named by their SHA-256. Members that the archive has
// already are not added again. Every other byte up to the end marker stays as
// it is; padding after the marker is not copied. The same input gives the same
// output. It returns how many documents were added.
func Embed(ctx context.Context, w io.Writer, r io.ReaderAt, size int64, documents []Document) (int, error) {
	present := map[string]bool{}
	sum, err := tarscan.Index(ctx, r, size, tarscan.Options{Visit: func(e *tarscan.Entry) {
		if name, _ := e.Clean(); len(name) < len(verify.EvidenceFolder)+200 {
			present[string(name)] = true
		}
	}})
	switch {
	case err != nil:
		return 0, err
	case !sum.Tar || sum.Entries == 0:
		return 0, ErrNotTar
	case sum.End < 0 || sum.TrailingData || len(sum.Faults) > 0:
		return 0, fmt.Errorf("%w: it is damaged or ends early", ErrNotTar)
	}
	if _, err := io.Copy(w, content.Reader(ctx, io.NewSectionReader(r, 0, sum.End))); err != nil {
		return 0, err
	}
	added := 0
	for _, d := range documents {
		name := verify.EvidenceFolder + d.Path()
		if present[name] {
			continue
		}
		present[name] = true
		if err := member(w, name, d.Data); err != nil {
			return added, err
		}
		added++
	}
	_, err = w.Write(make([]byte, 2*block))
	return added, err
}

// member writes a regular file as POSIX.1-1988 has it: owned by root, as old as
// the epoch.
func member(w io.Writer, name string, data []byte) error {
	var h [block]byte
	if len(name) > 100 {
		panic("evidence: a document is named by its sha256, which fits into a tar header")
	}
	copy(h[0:], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00", len(data)))
	copy(h[136:], "00000000000\x00        0")
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	padded := append(append(h[:], data...), make([]byte, (block-len(data)%block)%block)...)
	_, err := w.Write(padded)
	return err
}

// Sort tells documents apart that were read from outside: what is an index, a
// manifest or something else that may hold a signature.
func Sort(list []verify.Evidence) []Document {
	var all []Document
	for _, e := range list {
		all = append(all, Document{Digest: hash.DigestBytes(digest.SHA256, e.Data), Kind: kindOf(e.Data), Data: e.Data})
	}
	return all
}
