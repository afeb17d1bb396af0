package sample

import (
	"bytes"
	"compress/gzip"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Sizes of files in a layer: most are small, most bytes are in large ones.
const (
	smallestFile = 512
	largestFile  = 2 << 20
)

// Layer returns a layer tar of about size bytes: two thirds library, the rest
// text, in files of all sizes.
func Layer(size int, seed uint64) ([]byte, error) {
	r := &source{state: seed}
	code := Data(Library, size*2/3, seed)
	words := Data(Text, size/3, seed)
	var b bytes.Buffer
	b.Grow(size + size/64 + 4<<10)
	t := tarWriter{&b}
	for i := 0; len(code)+len(words) > 0; i++ {
		from, name := &code, fmt.Sprintf("usr/lib/l%05d.so", i)
		if i%2 == 1 || len(code) == 0 {
			from, name = &words, fmt.Sprintf("usr/share/doc/d%05d.txt", i)
		}
		n := min(smallestFile+r.skewed(largestFile, 4), len(*from))
		if n == 0 {
			continue
		}
		if err := t.member(name, (*from)[:n]); err != nil {
			return nil, err
		}
		*from = (*from)[n:]
	}
	err := t.close()
	return b.Bytes(), err
}

// Gzip compresses b as one member at a level from 1 to 9, with the compressor of
// the standard library.
func Gzip(b []byte, level int) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// Zstd compresses b as one frame with a checksum at a level as the zstd
// command counts them.
func Zstd(b []byte, level int) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(b, nil), w.Close()
}
