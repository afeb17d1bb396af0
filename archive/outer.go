package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/ocisum/ocisum/report"
)

// OuterError ends the bytes of an [Outer] whose compressed stream is damaged
// or over a limit. It is io.ErrUnexpectedEOF to errors.Is. The finding that
// says so is in Outer.Findings.
type OuterError struct {
	Compression string
	Err         error // a description of the damage
}

// Error describes the damage.
func (e *OuterError) Error() string { return e.Compression + " stream: " + e.Err.Error() }

// Unwrap returns the damage.
func (e *OuterError) Unwrap() error { return e.Err }

// Is makes every OuterError an unexpected end.
func (e *OuterError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// Outer is a file as it is inside of at most one layer of compression.
type Outer struct {
	r      io.Reader // what was given
	ctx    context.Context
	format decompress.Format
	window int64
	plain  io.Reader           // the stored bytes
	dec    *decompress.Decoder // nil: there is no compression
	chunk  []byte
	err    error
	finds  []report.Finding
}

// Unwrap looks at the first bytes of r and returns a reader of the decoded
// bytes: of gzip, zstd, xz or bzip2 by content, else of the bytes as they are.
// maxWindow bounds the memory that a zstd or xz stream may ask for; 0 is 128
// MiB. The error is the context's or, unchanged, that of r.
//
// If r can be read again (it has ReadAt and a Size from 0 up, as a [File] and a
// bytes.Reader have), a wrong checksum is confirmed by the reference decoder
// before it is reported.
func Unwrap(ctx context.Context, r io.Reader, maxWindow int64) (*Outer, error) {
	head := make([]byte, tarscan.BlockSize)
	n, err := readHead(ctx, r, head)
	if err != nil {
		return nil, err
	}
	head = head[:n]
	o := &Outer{r: r, ctx: ctx, window: maxWindow, plain: withContext{ctx, io.MultiReader(bytes.NewReader(head), r)}}
	// A member's name may begin like a compressed stream.
	if !tarscan.IsHeader(head) {
		o.format = decompress.Detect(head)
	}
	if o.format != decompress.None {
		o.dec = decompress.NewDecoder(decompress.Options{MaxWindow: maxWindow})
		o.dec.Reset(ctx, o.format, o.plain)
	}
	return o, nil
}

// readHead fills p as far as r goes.
func readHead(ctx context.Context, r io.Reader, p []byte) (int, error) {
	n, err := io.ReadFull(withContext{ctx, r}, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}

type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (c withContext) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Compression returns "none", "gzip", "zstd", "xz" or "bzip2".
func (o *Outer) Compression() string { return o.format.String() }

// Findings returns what is wrong with the compressed stream. It is complete
// once Read has returned an error.
func (o *Outer) Findings() []report.Finding { return o.finds }

// Read returns decoded bytes. After those before a damaged place it returns an
// *OuterError; an error of the reader or of the context comes unchanged.
func (o *Outer) Read(p []byte) (int, error) {
	if o.dec == nil {
		return o.plain.Read(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	for len(o.chunk) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		chunk, err := o.dec.Next()
		if err != nil {
			o.finish(err)
			continue
		}
		o.chunk = chunk
	}
	n := copy(p, o.chunk)
	o.chunk = o.chunk[n:]
	return n, nil
}

// Drain reads to the end, so that everything after the archive is judged too.
// A damaged stream is a finding, no error.
func (o *Outer) Drain(ctx context.Context) error {
	_, err := io.Copy(io.Discard, withContext{ctx, o})
	if outer := (*OuterError)(nil); errors.As(err, &outer) {
		return nil
	}
	return err
}

// finish turns the end of the decoder into findings.
func (o *Outer) finish(err error) {
	for _, f := range o.dec.Faults() {
		o.find(faultCode(f.Kind), f)
	}
	o.err = err
	o.dec.Close()
	damage := (*decompress.Error)(nil)
	if !errors.As(err, &damage) {
		return
	}
	if damage.Kind == decompress.Checksum && !o.confirmed() {
		o.err = fmt.Errorf("%s stream: the fast decoder and the reference disagree about the checksum", o.format)
		return
	}
	o.find(damageCode(damage.Kind), damage.Fault)
	o.err = &OuterError{Compression: o.format.String(), Err: errors.New(damage.Fault.String())}
}

// confirmed decodes again with the reference, where that is possible, and
// reports whether the stream is damaged for it too.
func (o *Outer) confirmed() bool {
	again, ok := o.r.(interface {
		io.ReaderAt
		Size() int64
	})
	if !ok || again.Size() < 0 {
		return true
	}
	d := decompress.NewDecoder(decompress.Options{MaxWindow: o.window, Reference: true})
	defer d.Close()
	d.Reset(o.ctx, o.format, io.NewSectionReader(again, 0, again.Size()))
	for {
		if _, err := d.Next(); err != nil {
			return err != io.EOF
		}
	}
}

func (o *Outer) find(code report.Code, f decompress.Fault) {
	o.finds = append(o.finds, report.New(code, "", fmt.Sprintf("%s: %s", o.format, f.Detail)).At(f.Offset))
}

func faultCode(k decompress.Kind) report.Code {
	switch k {
	case decompress.ZeroPadding:
		return report.ArchiveOuterPadding
	case decompress.HeaderOdd:
		return report.ArchiveOuterOdd
	case decompress.Disagreement:
		return report.StreamDecodersDisagree
	}
	return report.ArchiveOuterTrailing
}

func damageCode(k decompress.Kind) report.Code {
	switch k {
	case decompress.Window:
		return report.LimitWindow
	case decompress.Unsupported:
		return report.StreamUnsupported
	case decompress.OutputLimit:
		return report.LimitTotalBytes
	}
	return report.ArchiveOuterCorrupt
}
