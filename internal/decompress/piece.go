package decompress

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// piece is a run of whole units that is decoded by itself, whatever comes
// before it. Its buffers and decoders are kept for the next piece.
type piece struct {
	base int64  // offset of in in the stored stream
	in   []byte // the stored bytes
	out  []byte // the decoded bytes, of which there may be cap(out)
	ok   bool   // it is whole and without fault

	members int
	frames  []Frame // of zstd; offsets are those of the stored stream

	claimed bool          // somebody decodes it or has done so
	done    chan struct{} // receives once when it is decoded

	format    Format
	reference bool
	maxWindow int64
	input     bytes.Reader
	gzip      *Decoder
	zstd      *zstd.Decoder
}

var (
	errPieceSize  = errors.New("piece is larger than its trailers say")
	errPieceFault = errors.New("piece is not quite in order")
)

// decode decodes the piece. That it fails means nothing: whoever asks for the
// piece then decodes it again in its turn, and finds out for himself. So does
// whoever caused a panic.
func (p *piece) decode(ctx context.Context) {
	p.ok = false
	defer func() {
		if recover() != nil {
			p.ok, p.gzip, p.zstd = false, nil, nil
		}
	}()
	p.out, p.frames, p.members = p.out[:0], p.frames[:0], 0
	if p.format == Gzip {
		p.ok = p.decodeMembers(ctx) == nil
	} else {
		p.ok = p.decodeFrames(ctx) == nil
	}
}

// decodeMembers decodes gzip members: with a Decoder, so that there is no
// difference to a stream that is decoded in one go.
func (p *piece) decodeMembers(ctx context.Context) error {
	if p.gzip == nil {
		p.gzip = NewDecoder(Options{Reference: p.reference, MaxWindow: p.maxWindow})
	}
	d := p.gzip
	p.input.Reset(p.in)
	d.Reset(ctx, Gzip, &p.input)
	for {
		chunk, err := d.Next()
		if len(chunk) > cap(p.out)-len(p.out) {
			return errPieceSize
		}
		p.out = append(p.out, chunk...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if len(d.Faults()) > 0 {
		return errPieceFault
	}
	p.members = d.Members()
	return nil
}

// decodeFrames decodes zstd frames, each into its place: the output is the
// window, which package zblock cannot do. The library refuses the same.
func (p *piece) decodeFrames(ctx context.Context) error {
	if p.zstd == nil {
		dec, err := zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true),
			zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxWindow(freeWindow),
			zstd.WithDecoderMaxMemory(max(freeWindow, maxUnitDecoded)))
		if err != nil {
			return err
		}
		p.zstd = dec
	}
	for at := 0; at < len(p.in); {
		if err := ctx.Err(); err != nil {
			return err
		}
		end, _, data, o := frameEnd(p.in[at:], p.maxWindow)
		if o != unitFound {
			return errPieceFault
		}
		unit := p.in[at : at+end]
		if data {
			n := len(p.out)
			got, err := p.zstd.DecodeAll(unit, p.out[n:n:cap(p.out)])
			if err != nil {
				return err
			}
			if len(got) > cap(p.out)-n {
				return errPieceSize
			}
			p.out = p.out[:n+len(got)]
			if len(got) > 0 && &got[0] != &p.out[n] {
				copy(p.out[n:], got) // the library needed more room for a moment
			}
			p.members++
		} else {
			payload := unit[zstdSkipHeader:]
			f := Frame{Offset: p.base + int64(at) + zstdSkipHeader, Size: int64(len(payload)), SHA256: sha256.Sum256(payload)}
			if len(payload) <= smallFrame {
				f.Data = append(f.Data, payload...)
			}
			p.frames = remember(p.frames, f)
		}
		at += end
	}
	return nil
}

// accept adds what is known of the piece to what is known of the stream, which
// has been decoded as far as the piece's beginning.
func (d *Decoder) accept(p *piece) {
	d.pieces++
	d.members += p.members
	for _, f := range p.frames {
		d.frames = remember(d.frames, f)
	}
	if p.format == Gzip {
		last := p.gzip
		n := min(p.members, len(d.starts))
		copy(d.starts[n:], d.starts[:])
		for i, at := range last.starts[:n] {
			d.starts[i] = p.base + at
		}
		d.footer, d.toc = last.footer, last.toc
	}
}
