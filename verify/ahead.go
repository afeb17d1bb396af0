package verify

import (
	"context"
	"hash"
	"io"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
)

// ahead reads in a goroutine of its own, four buffers of 256 KiB ahead.
//
// For the outer file of a stream it keeps a pipe drained, and lets a run end at
// once when its context does, even while a read blocks. It also hashes the file
// as a whole: always where it is compressed, which costs little beside decoding,
// or small, or where somebody asks for it. Of a large plain tar every byte is
// hashed as a member already; twice would halve the speed of a pipe.
//
// For a compressed outer file there is another one behind the decoder, so that
// decoding and hashing overlap.
type ahead struct {
	ctx   context.Context
	full  chan aheadPart
	free  chan []byte
	quit  chan struct{}
	ended chan struct{}

	part aheadPart // what the reader is at
	rest []byte
	err  error

	n     int64     // bytes read, once err is not nil
	sum   hash.Hash // of them; nil: not wanted
	whole bool      // hash whatever it is
}

type aheadPart struct {
	data []byte
	err  error
}

const aheadBuffers = 4

// readFile reads the outer file of a stream.
func readFile(ctx context.Context, r io.Reader, whole bool, done func(int64)) *ahead {
	a := newAhead(ctx)
	a.sum, a.whole = ohash.New(digest.SHA256), whole
	go a.run(r, done)
	return a
}

// readDecoded reads what is inside of a compressed outer file.
func readDecoded(ctx context.Context, r io.Reader) *ahead {
	a := newAhead(ctx)
	go a.run(r, nil)
	return a
}

func newAhead(ctx context.Context) *ahead {
	a := &ahead{
		ctx: ctx, full: make(chan aheadPart, aheadBuffers), free: make(chan []byte, aheadBuffers),
		quit: make(chan struct{}), ended: make(chan struct{}),
	}
	for range aheadBuffers {
		a.free <- make([]byte, chunk)
	}
	return a
}

func (a *ahead) run(r io.Reader, done func(int64)) {
	defer close(a.ended)
	for {
		var buf []byte
		select {
		case buf = <-a.free:
		case <-a.quit:
			return
		}
		data, err := fill(r, buf[:cap(buf)])
		a.hash(data)
		if done != nil && len(data) > 0 {
			done(int64(len(data)))
		}
		select {
		case a.full <- aheadPart{data, err}:
		case <-a.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// hash adds to the digest of the file, or gives that up.
func (a *ahead) hash(data []byte) {
	if a.n == 0 && decompress.Detect(data) != decompress.None {
		a.whole = true
	}
	a.n += int64(len(data))
	if !a.whole && a.n > smallFile {
		a.sum = nil
	}
	if a.sum != nil {
		a.sum.Write(data)
	}
}

// Read implements io.Reader. It returns the context's error as soon as the
// context ends, and the reader's unchanged.
func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.part.data != nil {
			a.free <- a.part.data
			a.part.data = nil
		}
		if a.err != nil {
			return 0, a.err
		}
		select {
		case a.part = <-a.full:
			a.rest, a.err = a.part.data, a.part.err
		case <-a.ctx.Done():
			a.err = a.ctx.Err()
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// close ends the goroutine and waits for it, except where the context ended: a
// read that blocks may block for ever, and is left behind.
func (a *ahead) close() {
	close(a.quit)
	select {
	case <-a.ended:
	case <-a.ctx.Done():
	}
}

// at is how far the file was read, as far as it is known here.
func (a *ahead) at() int64 {
	if a.err == nil || a.ctx.Err() != nil {
		return -1
	}
	<-a.ended // it ends with the error that it handed over
	return a.n
}

// digest is that of everything that was read, or empty if it was not asked for.
// It may be asked only when Read has returned io.EOF.
func (a *ahead) digest() digest.Digest {
	<-a.ended
	if a.sum == nil {
		return ""
	}
	return ohash.FromHash(digest.SHA256, a.sum)
}
