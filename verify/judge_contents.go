package verify

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// stargzFooter is what the last gzip member of an eStargz layer says.
type stargzFooter struct {
	offset int64 // of the table of contents
	member bool  // a member does begin there
}

// contents judges the tables of contents that annotations and footers promise:
// runtimes that pull lazily go by them instead of by the layer.
func (j *judge) contents(n *graph.Node, obs *Observation) {
	kinds := map[string]bool{}
	for _, t := range n.TOC {
		kinds[t.Kind] = true
		if t.Kind == "estargz" {
			j.stargz(n, obs, t)
		} else {
			j.chunked(n, obs, t)
		}
	}
	c := firstClaim(n)
	if obs.Footer != nil && !obs.Footer.member {
		j.add(report.LayerTOCMismatch, n, c, "a gzip member", fmt.Sprintf("offset %d", obs.Footer.offset), "the eStargz footer points to a place where no member begins")
	}
	if at, size, ok := chunkedFooter(obs.Frames); ok {
		kinds["zstd:chunked"] = true
		if _, found := frameAt(obs.Frames, at, size); !found {
			j.add(report.LayerTOCMismatch, n, c, "a skippable frame", fmt.Sprintf("offset %d, %d bytes", at, size), "the zstd:chunked footer points to a place where no frame is")
		}
	}
	switch {
	case kinds["estargz"] && kinds["zstd:chunked"]:
		j.add(report.LayerTOCMismatch, n, c, "one table of contents", "two", "the layer has tables of contents of eStargz and of zstd:chunked at once")
	case len(kinds) > 0 || obs.Footer != nil:
		j.add(report.LayerTOCUnverified, n, c, "", "", "the entries of the layer's table of contents were not compared with its tar")
	}
}

// stargz judges the digest of an eStargz table of contents, which is a member
// of the tar.
func (j *judge) stargz(n *graph.Node, obs *Observation, t graph.TOC) {
	c := content.Claim{By: t.By}
	switch {
	case !obs.Tar.HasStargz:
		j.add(report.LayerTOCMismatch, n, c, string(t.Digest), "", "the annotation promises an eStargz table of contents, the layer has none")
	case obs.Tar.Stargz != t.Digest:
		j.add(report.LayerTOCMismatch, n, c, string(t.Digest), string(obs.Tar.Stargz), "the eStargz table of contents has another digest than the annotation")
	}
}

// chunked judges the checksum and position of a zstd:chunked table of
// contents, which is the payload of a skippable frame.
func (j *judge) chunked(n *graph.Node, obs *Observation, t graph.TOC) {
	c := content.Claim{By: t.By}
	var at, size, plain, kind int64
	if k, err := fmt.Sscanf(t.Position, "%d:%d:%d:%d", &at, &size, &plain, &kind); k < 2 {
		_ = err
		j.add(report.LayerTOCMismatch, n, c, "OFFSET:SIZE:UNCOMPRESSED:TYPE", t.Position, "the position of the zstd:chunked table of contents cannot be read")
		return
	}
	f, found := frameAt(obs.Frames, at, size)
	switch got := digest.NewDigestFromEncoded(digest.SHA256, hex.EncodeToString(f.SHA256[:])); {
	case !found:
		j.add(report.LayerTOCMismatch, n, c, fmt.Sprintf("a frame of %d bytes at %d", size, at), "", "the annotation promises a zstd:chunked table of contents where no frame is")
	case got != t.Digest:
		j.add(report.LayerTOCMismatch, n, c, string(t.Digest), string(got), "the zstd:chunked table of contents has another checksum than the annotation")
	}
}

func frameAt(frames []decompress.Frame, at, size int64) (decompress.Frame, bool) {
	for _, f := range frames {
		if f.Offset == at && f.Size == size {
			return f, true
		}
	}
	return decompress.Frame{}, false
}

// chunkedFooter reads the footer of zstd:chunked: a last skippable frame with
// the table's offset and size, and a magic number at its end.
func chunkedFooter(frames []decompress.Frame) (at, size int64, ok bool) {
	if len(frames) == 0 {
		return 0, 0, false
	}
	p := frames[len(frames)-1].Data
	if len(p) < 40 || string(p[len(p)-8:]) != "GNUlInUx" {
		return 0, 0, false
	}
	return int64(binary.LittleEndian.Uint64(p)), int64(binary.LittleEndian.Uint64(p[8:])), true
}
