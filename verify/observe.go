package verify

import (
	"context"
	"errors"
	"hash"
	"io"
	"slices"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
)

// chunk is how much is read and hashed at a time: large enough to make system
// calls cheap, small enough to stay in a core's cache between read and hash.
const chunk = 256 << 10

// want says what to find out about an object while it is read.
type want struct {
	sha512  bool  // digest of the stored bytes in sha512 as well
	layer   bool  // decode, and read the result as a tar
	diff512 bool  // diff ID in sha512 as well
	maxOut  int64 // bound on decoded bytes
}

// observer reads objects, one at a time. It owns all large buffers of a
// worker: 256 KiB here and what a decoder holds (see package decompress), so
// the memory of a run does not depend on the size of its layers.
type observer struct {
	buf       []byte
	plain     hash.Hash // sha256 of a plain object
	pair      pair      // sha256 of a compressed one, as stored and as decoded
	wide      hash.Hash // sha512 of stored bytes
	diff512   hash.Hash // sha512 of decoded bytes
	decoder   *decompress.Decoder
	tar       layerTar
	budget    *outputBudget
	done      func(int64) // called with every number of stored bytes read; may be nil
	options   decompress.Options
	idle      *idleCores  // nil: stages never overlap
	beside    *beside     // hashes on another core; nil: inline
	spare     chan []byte // buffers of beside, once there were any
	paired    bool        // the object is compressed
	reference bool
}

// newObserver prepares a worker. A reference observer uses only the standard
// library's hashes and the reference decoders: it is the judge of last resort.
func newObserver(opt decompress.Options, budget *outputBudget, done func(int64)) *observer {
	o := &observer{buf: make([]byte, chunk), options: opt, budget: budget, done: done, reference: opt.Reference}
	engine := ohash.New
	if o.reference {
		engine = ohash.Reference
	}
	o.plain = engine(digest.SHA256)
	o.wide, o.diff512 = engine(digest.SHA512), engine(digest.SHA512)
	return o
}

// close releases what the decoder holds of shared budgets.
func (o *observer) close() {
	if o.decoder != nil {
		o.decoder.Close()
	}
}

// stored is the reader beneath a decoder: it hashes every byte that passes.
type stored struct {
	o    *observer
	r    io.Reader
	head []byte // read already, for detection; hashed already
	want want
	n    int64
	err  error
}

func (s *stored) Read(p []byte) (int, error) {
	if len(s.head) > 0 {
		n := copy(p, s.head)
		s.head = s.head[n:]
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.take(p[:n])
	s.err = err
	return n, err
}

func (s *stored) take(p []byte) {
	s.n += int64(len(p))
	s.o.hashStored(p, s.want)
	if s.o.done != nil && len(p) > 0 {
		s.o.done(int64(len(p)))
	}
}

// fill reads the first chunk, so that the format can be detected. The error is
// io.EOF if there is no more.
func fill(r io.Reader, buf []byte) ([]byte, error) {
	n, err := io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return buf[:n], err
}

// observe reads r to its end, whatever it holds. It is the only reader of
// large objects. The error is the context's; everything else is observed.
func (o *observer) observe(ctx context.Context, name string, r io.Reader, w want) (*Observation, error) {
	head, err := fill(r, o.buf)
	return o.observeFrom(ctx, name, r, w, head, err)
}

// observeFrom goes on after the first chunk, which may be in the observer's
// buffer.
func (o *observer) observeFrom(ctx context.Context, name string, r io.Reader, w want, head []byte, readErr error) (*Observation, error) {
	obs := &Observation{Object: name, JSON: likeJSON(head[:min(len(head), 512)])}
	w.sha512 = w.sha512 || w.layer && w.diff512 // a plain layer is its own diff ID
	if w.layer {
		obs.Compression = decompress.Detect(head)
		o.tar.reset()
	}
	if w.sha512 {
		o.wide.Reset()
	}
	s := &stored{o: o, r: r, want: w, err: readErr}
	if o.paired = obs.Compression != decompress.None; o.paired {
		o.pair.reset(o.reference)
		s.take(head)
		if err := o.decode(ctx, s, head, w, obs); err != nil {
			return nil, err
		}
		obs.SHA256, _ = o.pair.digests()
	} else {
		o.plain.Reset()
		s.take(head)
		if err := o.copy(ctx, s, head, w); err != nil {
			return nil, err
		}
		obs.SHA256 = ohash.FromHash(digest.SHA256, o.plain)
	}
	obs.Size = s.n
	if w.sha512 {
		obs.SHA512 = ohash.FromHash(digest.SHA512, o.wide)
	}
	// A member that its archive cuts short ends early: that is content, and the
	// archive has a finding for it.
	if s.err != io.EOF && s.err != io.ErrUnexpectedEOF {
		obs.Err = s.err
		var c interface{ Changed() string }
		if errors.As(s.err, &c) {
			obs.Changed = c.Changed()
		}
		return obs, nil
	}
	obs.Complete = true
	if w.layer && obs.Compression == decompress.None {
		obs.Decoded, obs.Uncompressed = true, obs.Size
		obs.DiffID, obs.DiffID512 = obs.SHA256, obs.SHA512
		obs.Tar = o.tar.finish()
	}
	return obs, nil
}

// copy hashes a plain object, chunk by chunk in one buffer.
func (o *observer) copy(ctx context.Context, s *stored, head []byte, w want) error {
	for len(head) > 0 {
		if w.layer {
			o.tar.write(head)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.err != nil {
			break
		}
		n, err := s.r.Read(o.buf)
		head = o.buf[:n]
		s.take(head)
		s.err = err
		for n == 0 && err == nil { // a reader may return nothing for once
			n, err = s.r.Read(o.buf)
			head = o.buf[:n]
			s.take(head)
			s.err = err
		}
	}
	return ctx.Err()
}

// decode hashes a compressed object as stored and as decoded.
func (o *observer) decode(ctx context.Context, s *stored, head []byte, w want, obs *Observation) error {
	if o.decoder == nil {
		opt := o.options
		opt.Backlog = o
		o.decoder = decompress.NewDecoder(opt)
	}
	if w.diff512 {
		o.diff512.Reset()
	}
	s.head = head
	cut := false
	o.decoder.Reset(ctx, obs.Compression, s)
	defer o.join()
	for {
		p, err := o.decoder.Next()
		if len(p) > 0 {
			if obs.Uncompressed+int64(len(p)) > w.maxOut {
				obs.Faults = append(obs.Faults, decompress.Fault{Kind: decompress.OutputLimit, Offset: -1})
				obs.Uncompressed, cut = w.maxOut, true // whatever the decoder's chunks
				break
			}
			if !o.budget.take(int64(len(p))) {
				obs.Total, cut = true, true
				break
			}
			obs.Uncompressed += int64(len(p))
			// A stream of many members makes better use of an idle core itself.
			if o.beside == nil && obs.Uncompressed >= besideAfter && o.decoder.Members() <= 1 && o.idle.take() {
				o.beside = startBeside(o)
			}
			o.hashDecoded(p, w)
			continue
		}
		if err == io.EOF {
			obs.Decoded = true
			break
		}
		var bad *decompress.Error
		if errors.As(err, &bad) {
			obs.Faults = append(obs.Faults, bad.Fault)
			break
		}
		if ctx.Err() != nil {
			o.join()
			return ctx.Err()
		}
		break // an error of the medium, which s has kept
	}
	if cut {
		// What the decoder has seen beyond the cut depends on scheduling; and left
		// in the middle of a stream, it may hold shared memory.
		o.decoder.Close()
	} else {
		obs.Faults = append(obs.Faults, o.decoder.Faults()...)
		obs.Frames = slices.Clone(o.decoder.Frames())
		if at, member, ok := o.decoder.Stargz(); ok {
			obs.Footer = &stargzFooter{at, member}
		}
	}
	o.join()
	if obs.Decoded {
		_, obs.DiffID = o.pair.digests()
		if w.diff512 {
			obs.DiffID512 = ohash.FromHash(digest.SHA512, o.diff512)
		}
		obs.Tar = o.tar.finish()
	}
	// Size and digest are known only at the end, so read on after an error.
	for s.err == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.Read(o.buf)
	}
	return nil
}

// changed says how an object changed while it was read, if that is what err
// means.
func changed(err error) string {
	var c interface{ Changed() string }
	if errors.As(err, &c) {
		return c.Changed()
	}
	return ""
}
