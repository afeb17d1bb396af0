package testimage

import (
	"bytes"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Compress compresses b: format is "gzip", "zstd", "xz" or, for b itself, "".
func Compress(format string, b []byte) []byte {
	switch format {
	case "", "none":
		return b
	case "gzip":
		return Gzip(b)
	case "zstd":
		return Zstd(b)
	case "xz":
		var out bytes.Buffer
		w, err := xz.NewWriter(&out)
		if err != nil {
			panic("testimage: " + err.Error())
		}
		w.Write(b) // a bytes.Buffer takes everything
		w.Close()
		return out.Bytes()
	}
	panic("testimage: unknown compression " + format)
}

// Gzip compresses b as one member without name or time.
func Gzip(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b) // a bytes.Buffer takes everything
	w.Close()
	return out.Bytes()
}

// Zstd compresses b as one frame with a checksum.
func Zstd(b []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	if err != nil {
		panic("testimage: " + err.Error())
	}
	return w.EncodeAll(b, nil)
}

// Decompress undoes the compression around a whole file, if it has one. The
// error wraps ErrNotPlain if that is damaged or followed by something.
func Decompress(file []byte) ([]byte, error) {
	var r io.Reader
	var err error
	in := bytes.NewReader(file)
	switch {
	case bytes.HasPrefix(file, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(in)
	case bytes.HasPrefix(file, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(file) > 4 && file[0]&0xf0 == 0x50 && bytes.Equal(file[1:4], []byte{0x2a, 0x4d, 0x18}): // RFC 8878 3.1.2
		var dec *zstd.Decoder
		if dec, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1)); err == nil {
			defer dec.Close()
			r = dec
		}
	case bytes.HasPrefix(file, []byte("\xfd7zXZ\x00")):
		r, err = xz.NewReader(in)
	case bytes.HasPrefix(file, []byte("BZh")):
		r = bzip2.NewReader(in)
	default:
		return file, nil
	}
	if err == nil {
		file, err = io.ReadAll(r)
	}
	if err != nil {
		return nil, notPlain("damaged outer compression: %v", err)
	}
	return file, nil
}
