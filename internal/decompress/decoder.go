package decompress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/internal/zblock"
)

const (
	// chunkSize is the largest chunk that Next returns. Those of gzip are
	// shorter by the history.
	chunkSize = 256 << 10
	// plainSize is the chunk of formats whose library has a window of its own.
	// What is copied out of that is read again at once, so it is to be found in
	// the first-level cache.
	plainSize = 32 << 10
	// defaultWindow is Options.MaxWindow if that is zero. It is what zstd -T0
	// --ultra --long=27, the largest setting that plain zstd -d decodes, needs.
	defaultWindow = 128 << 20
	// freeWindow is the largest window that needs no budget: the one of
	// zstd's levels up to 19.
	freeWindow = zblock.Small
)

var errBadRead = errors.New("reader returned an impossible count")

// Options bound what a Decoder may use. The zero value is usable.
type Options struct {
	// MaxWindow bounds the window of zstd and the dictionary of xz. Zero is
	// 128 MiB. A stream that wants more is an Error of kind Window.
	MaxWindow int64
	// Windows is the memory shared by several decoders for windows larger
	// than 8 MiB. Nil is unlimited. Next waits while others hold it.
	Windows *Budget
	// MaxOutput bounds the decoded bytes of a stream. Zero is unlimited. A
	// stream that yields more is an Error of kind OutputLimit.
	MaxOutput int64
	// Spare lets members and frames be decoded side by side where a stream has
	// several. Nil, and they are decoded one after another. It never changes
	// what Next, Faults, Members, Frames and Stargz return.
	Spare Spare
	// Backlog is SHA-256 that waits to be done. Where the CPU gains by it, a
	// decoder does some of it while it decodes. May be nil.
	Backlog Backlog
	// Reference decodes deflate with compress/flate only, and zstd blocks with
	// the library, to confirm what the fast paths led to. The framing of both is
	// this package's in either case, and the other formats have just one
	// implementation.
	Reference bool
}

// Backlog is SHA-256 that waits to be done. It is asked during Next only, by the
// goroutine that called it.
type Backlog = zblock.Backlog

// engine decodes one format. next returns the next chunk and, with the last
// chunk or after it, io.EOF, an *Error or the reader's error.
type engine interface {
	next() ([]byte, error)
}

// Decoder decodes one stream after another. It is not safe for concurrent use.
// Decoders are meant to be kept and reused: they hold buffers of 320 KiB for
// gzip, for zstd the window and less than a MiB, and 96 KiB for the other formats.
type Decoder struct {
	opt     Options
	src     source
	eng     engine
	gzip    *gzipEngine // made when first needed, then kept
	zstd    *zstdEngine
	plain   []byte // output buffer of the formats without a window of ours
	fan     *fan   // decodes pieces side by side; nil: nothing is
	ask     int64  // stored offset before which no core is asked for
	pace    pace
	pieces  int   // that were decoded side by side; for tests
	held    int64 // bytes of opt.Windows held
	out     int64
	lasting int // see Held
	err     error
	faults  []Fault
	members int
	frames  []Frame  // of zstd, see Frames
	starts  [8]int64 // of the last gzip members, the latest first
	footer  bool     // the last gzip member is one of eStargz
	toc     int64    // what it says
}

// Spare says whether cores are idle. It is safe for concurrent use.
type Spare interface {
	// Take reports whether a core is idle, which then belongs to the caller.
	// It does not wait.
	Take() bool
	// Give returns a core that was taken.
	Give()
}

// NewDecoder returns a Decoder that needs a Reset before use.
func NewDecoder(opt Options) *Decoder {
	if opt.MaxWindow <= 0 {
		opt.MaxWindow = defaultWindow
	}
	return &Decoder{opt: opt, pace: usualPace, err: errors.New("decompress: Next before Reset")}
}

// Reset prepares the decoder for the stream r of format f, whatever the state
// of the previous one. Nothing is read yet. The context is checked before every
// chunk and read, and ends waits for memory; its error is returned unchanged.
func (d *Decoder) Reset(ctx context.Context, f Format, r io.Reader) {
	d.stop()
	d.releaseWindow()
	d.src.reset(ctx, r)
	d.out, d.err = 0, nil
	d.ask = d.pace.from
	d.forget()
	switch f {
	case None:
		d.eng = (*noneEngine)(d)
	case Gzip:
		if d.gzip == nil {
			d.gzip = newGzipEngine(d)
		}
		d.gzip.reset()
		d.eng = d.gzip
	case Zstd:
		if d.zstd == nil {
			d.zstd = newZstdEngine(d)
		}
		d.zstd.reset()
		d.eng = d.zstd
	case Xz:
		d.eng = &xzEngine{d: d}
	case Bzip2:
		d.eng = newBzip2Engine(d)
	default:
		d.err = fmt.Errorf("decompress: unknown format %d", f)
	}
}

// forget drops what is known of the stream.
func (d *Decoder) forget() {
	d.members, d.faults = 0, d.faults[:0]
	d.frames, d.starts, d.footer = d.frames[:0], [8]int64{}, false
}

// Next returns the next decoded bytes, at least one and at most 256 KiB of
// them, valid until the next call. At the end of the stream it returns io.EOF,
// and [Decoder.Faults] is complete. A stream whose bytes are bad ends in an
// [*Error]; an error of the reader or of the context is returned unchanged. All
// bytes decoded before an error are returned before it, and an error stays.
func (d *Decoder) Next() ([]byte, error) {
	for d.err == nil {
		// Not only before reads: a few stored bytes may decode for hours.
		if err := d.src.ctx.Err(); err != nil {
			d.end(err)
			break
		}
		d.lasting = 0
		chunk, err := d.step()
		if room := d.opt.MaxOutput - d.out; d.opt.MaxOutput > 0 && int64(len(chunk)) > room {
			chunk = chunk[:room]
			// How far the decoder is beyond the limit depends on the size of
			// its chunks: say nothing that does.
			d.forget()
			err = newError(OutputLimit, 0, fmt.Sprintf("more than %d decoded bytes", d.opt.MaxOutput))
		}
		d.out += int64(len(chunk))
		if err != nil {
			d.end(err)
		}
		if len(chunk) > 0 {
			return chunk, nil
		}
	}
	return nil, d.err
}

// Held returns during how many further calls of Next what it has just returned
// remains valid. If that is one or more, it may be part of Options.Backlog.
func (d *Decoder) Held() int { return d.lasting }

// Keep makes chunks remain valid during n further calls where the format allows
// for it, at the cost of n times 256 KiB. Reset ends it, but keeps the memory.
func (d *Decoder) Keep(n int) {
	if d.eng == engine(d.gzip) {
		d.gzip.inf.keep(n)
	}
}

// step returns the next chunk, which may be empty.
func (d *Decoder) step() ([]byte, error) {
	if d.fan != nil {
		if chunk := d.fanned(); len(chunk) > 0 {
			return chunk, nil
		}
		d.fan = nil
	}
	return d.eng.next()
}

// fanned is step by the fan.
func (d *Decoder) fanned() []byte {
	whole := false
	defer func() {
		if !whole {
			d.stop() // the reader has panicked
		}
	}()
	chunk := d.fan.next()
	whole = true
	return chunk
}

// end makes err what Next returns from now on.
func (d *Decoder) end(err error) {
	d.err = err
	d.stop()
	d.releaseWindow()
}

// stop ends what runs beside this goroutine, and waits for it.
func (d *Decoder) stop() {
	if d.fan != nil {
		d.fan.stop()
		d.fan = nil
	}
}

// Faults returns what is odd about the stream without being an error of it, in
// the order of offsets. It is complete once Next has returned an error. The
// slice is valid until Reset.
func (d *Decoder) Faults() []Fault { return d.faults }

// Members returns how many gzip members, zstd data frames, or xz or bzip2
// streams have begun so far. For bzip2 it is 1: its library does not tell.
func (d *Decoder) Members() int { return d.members }

// Close releases everything that the decoder holds, shared memory first of
// all. The decoder can be used again after a Reset.
func (d *Decoder) Close() {
	d.stop()
	d.releaseWindow()
	if d.zstd != nil {
		d.zstd.blocks.drop()
	}
	*d = Decoder{opt: d.opt, pace: d.pace, err: errors.New("decompress: Next after Close")}
}

func (d *Decoder) fault(kind Kind, offset int64, detail string) {
	d.faults = append(d.faults, Fault{Kind: kind, Offset: offset, Detail: detail})
}

// output returns the buffer for formats whose library has its own window.
func (d *Decoder) output() []byte {
	if d.plain == nil {
		d.plain = make([]byte, plainSize)
	}
	return d.plain
}

// reserveWindow makes sure that a window of n bytes may be allocated.
func (d *Decoder) reserveWindow(n uint64, offset int64) error {
	if n > uint64(d.opt.MaxWindow) {
		return newError(Window, offset,
			fmt.Sprintf("window of %d bytes, at most %d are allowed", n, d.opt.MaxWindow))
	}
	if n <= freeWindow || d.opt.Windows == nil || int64(n) <= d.held {
		return nil
	}
	// Give back before asking: two decoders that each hold a part and wait
	// for more would wait for each other.
	d.releaseWindow()
	if err := d.opt.Windows.Acquire(d.src.ctx, int64(n)); err != nil {
		if errors.Is(err, ErrNeverFits) {
			return &Error{Fault: Fault{Kind: Window, Offset: offset,
				Detail: fmt.Sprintf("window of %d bytes is more than the shared budget", n)}, Err: err}
		}
		return err
	}
	d.held = int64(n)
	return nil
}

// releaseWindow gives shared memory back, after letting go of what it was for.
func (d *Decoder) releaseWindow() {
	if d.zstd != nil && d.zstd.blocks.large() {
		d.zstd.blocks.drop()
	}
	if x, ok := d.eng.(*xzEngine); ok {
		x.drop()
	}
	if d.held > 0 {
		d.opt.Windows.Release(d.held)
		d.held = 0
	}
}

// finish handles what follows the end of a stream: it reads to the end and
// records what it found. The bytes of lead were consumed already.
func (d *Decoder) finish(lead ...byte) error {
	s := &d.src
	start, zeros, total := s.offset()-int64(len(lead)), int64(0), int64(0)
	count := func(p []byte) {
		if zeros == total {
			zeros += int64(len(p) - len(bytes.TrimLeft(p, "\x00")))
		}
		total += int64(len(p))
	}
	count(lead)
	for len(s.peek(1)) > 0 {
		count(s.buf[s.pos:s.end])
		s.pos = s.end
	}
	if err := s.readError(); err != nil {
		return err
	}
	switch {
	case total == 0:
	case zeros == total:
		d.fault(ZeroPadding, start, fmt.Sprintf("%d zero bytes follow the stream", total))
	default:
		d.fault(TrailingData, start, fmt.Sprintf(
			"%d bytes follow the stream, %d of them leading zeros", total, zeros))
	}
	return io.EOF
}

// noneEngine returns the stored bytes as they are.
type noneEngine Decoder

func (e *noneEngine) next() ([]byte, error) {
	p := e.src.peek(1)
	if len(p) == 0 {
		return nil, e.src.err
	}
	e.src.pos = e.src.end
	return p, nil
}
