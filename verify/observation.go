package verify

import (
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
)

// Observation is what reading one object once showed. It judges nothing.
type Observation struct {
	Object string
	Size   int64         // stored bytes read
	SHA256 digest.Digest // of the stored bytes
	SHA512 digest.Digest // of the stored bytes, where asked for

	// Of layers, and of whatever looks compressed in a stream.
	Compression  decompress.Format
	Decoded      bool          // to its clean end
	DiffID       digest.Digest // sha256 of the uncompressed bytes
	DiffID512    digest.Digest
	Uncompressed int64
	Faults       []decompress.Fault // of the compressed stream, in order
	Frames       []decompress.Frame // last skippable frames of a zstd stream
	Footer       *stargzFooter      // of an eStargz layer
	Tar          *TarFacts          // nil: not read as tar

	Complete bool   // the stored bytes were read to their end
	Err      error  // of reading the medium
	Changed  string // how the object changed while it was read
	JSON     bool   // they are known to begin like a JSON document
	Total    bool   // decoding stopped at the limit of the whole run
	Panic    string // an internal error: nothing else here counts
	Embedded bool   // these are the bytes of a descriptor's data field

	resumed bool             // from a ledger: an earlier run read it
	kept    bool             // a ledger may keep it, by id
	id      content.Identity // of what was read
}

// digest returns what the stored bytes are in the algorithm of like, and
// whether that was computed.
func (o *Observation) digest(like digest.Digest) (digest.Digest, bool) {
	if like == "" { // go-digest panics on it
		return "", false
	}
	if like.Algorithm() == digest.SHA512 {
		return o.SHA512, o.SHA512 != ""
	}
	return o.SHA256, o.SHA256 != ""
}

// diffID returns what the uncompressed bytes are in the algorithm of like, and
// whether that was computed.
func (o *Observation) diffID(like digest.Digest) (digest.Digest, bool) {
	if like == "" {
		return "", false
	}
	if like.Algorithm() == digest.SHA512 {
		return o.DiffID512, o.DiffID512 != ""
	}
	return o.DiffID, o.DiffID != ""
}
