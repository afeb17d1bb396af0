package measure

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/measure/sample"
)

const (
	hashChunk  = 256 << 10 // what verify hands over at a time
	hashRepeat = 4         // chunks a step, so that the clock costs nothing
)

// hashWorks is one work for every engine that runs here. No chunk is larger than
// size.
func hashWorks(size int) []work {
	var works []work
	chunk := min(hashChunk, size)
	data := sample.Data(sample.Noise, chunk, 1)
	for _, e := range hash.Engines() {
		row := Row{
			Group: Hash, Algorithm: string(e.Algorithm), Engine: e.Name, Impl: e.Impl, Streams: e.Width, Chosen: e.Chosen,
		}
		if h := e.Hash(); h != nil {
			works = append(works, work{row, func() (int64, error) {
				for range hashRepeat {
					h.Write(data)
				}
				return int64(hashRepeat * chunk), nil
			}})
		}
		if l := e.Lanes(); l != nil {
			// Every lane has its own bytes, as in a run.
			chunks := make([][]byte, e.Width)
			for i := range chunks {
				chunks[i] = sample.Data(sample.Noise, chunk, uint64(i))
			}
			works = append(works, work{row, func() (int64, error) {
				l.Write(chunks)
				return int64(len(chunks) * chunk), nil
			}})
		}
	}
	return works
}

// decodeWorks is one work for each decoder and kind of data.
func decodeWorks(ctx context.Context, size int) ([]work, error) {
	var works []work
	for _, kind := range []sample.Kind{sample.Library, sample.Text} {
		plain := sample.Data(kind, size, 1)
		gz, err := sample.Gzip(plain, 6)
		if err != nil {
			return nil, err
		}
		zst, err := sample.Zstd(plain, 3)
		if err != nil {
			return nil, err
		}
		for _, d := range []struct {
			format    decompress.Format
			reference bool
			stored    []byte
		}{{decompress.Gzip, false, gz}, {decompress.Gzip, true, gz}, {decompress.Zstd, false, zst}, {decompress.Zstd, true, zst}} {
			engine, impl := decompress.Engine(d.format, d.reference)
			if usual, _ := decompress.Engine(d.format, false); d.reference && engine == usual {
				continue
			}
			row := Row{
				Group: Decode, Format: d.format.String(), Engine: engine, Impl: impl, Kind: string(kind),
				Chosen: !d.reference, Unpacked: float64(len(plain)) / float64(len(d.stored)),
			}
			works = append(works, work{row, decoding(ctx, decompress.Options{Reference: d.reference}, d.format, d.stored, len(plain))})
		}
	}
	return works, nil
}

// decoding returns the step that decodes a stream whole.
func decoding(ctx context.Context, opt decompress.Options, f decompress.Format, stored []byte, want int) func() (int64, error) {
	d := decompress.NewDecoder(opt)
	return func() (int64, error) {
		d.Reset(ctx, f, bytes.NewReader(stored))
		n := 0
		for {
			p, err := d.Next()
			n += len(p)
			switch {
			case err == io.EOF && n == want:
				return int64(n), nil
			case err == io.EOF:
				return 0, fmt.Errorf("%s gave %d bytes of %d", f, n, want)
			case err != nil:
				return 0, err
			}
		}
	}
}
