package verify

import (
	"context"
	"io"

	"github.com/ocisum/ocisum/content"
	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
)

// lanes hashes several plain objects side by side on one core, where the CPU
// gains by that (see hash.Lanes). Each lane holds a buffer of 128 KiB and a
// tar scanner. Compressed objects never take a lane: decoding bounds them.
type lanes struct {
	sum   *ohash.Lanes
	lane  []lane
	parts [][]byte // what the lanes are given in one step
}

// laneChunk is smaller than chunk: the buffers of all lanes share a cache.
const laneChunk = 128 << 10

type lane struct {
	task task
	r    io.ReadCloser // nil: the lane is free
	buf  []byte
	part []byte // read and not hashed yet
	err  error  // of the reader, after part
	n    int64
	json bool // it begins like a JSON document
	tar  layerTar
}

// finished is a task and what came of it.
type finished struct {
	task task
	obs  *Observation
}

// laneWidth is how many lanes each worker uses. Objects are spread over cores
// first: a second core doubles the speed, lanes do not.
func laneWidth(tasks, jobs int) int {
	width := min(ohash.LaneWidth(), maxOpen/max(jobs, 1), (tasks+jobs-1)/max(jobs, 1))
	return max(width, 1)
}

func newLanes(width int) *lanes {
	return &lanes{sum: ohash.NewLanes(), lane: make([]lane, width), parts: make([][]byte, width)}
}

// enter opens a task. It reports false if the task was not given a lane: then
// obs is the whole result, or err the context's.
func (l *lanes) enter(ctx context.Context, o *observer, src content.Source, t task, i int) (taken bool, obs *Observation, err error) {
	defer o.guard(t.obj.Name, &obs, &err)
	if t.want.sha512 || t.want.diff512 {
		obs, err = o.guarded(ctx, src, t)
		return false, obs, err
	}
	r, err := src.Open(ctx, t.obj)
	if err != nil {
		if ctx.Err() != nil {
			return false, nil, ctx.Err()
		}
		return false, &Observation{Object: t.obj.Name, Err: err, Changed: changed(err)}, nil
	}
	s := &l.lane[i]
	if s.buf == nil {
		s.buf = make([]byte, laneChunk)
	}
	s.part, s.err = fill(r, s.buf)
	if t.want.layer && decompress.Detect(s.part) != decompress.None {
		obs, err = o.guardedFrom(ctx, r, t, s.part, s.err)
		return false, obs, err
	}
	s.task, s.r, s.n = t, r, 0
	s.json = likeJSON(s.part[:min(len(s.part), 512)])
	l.sum.Reset(i)
	if t.want.layer {
		s.tar.reset()
	}
	return true, nil, nil
}

// busy counts the lanes in use.
func (l *lanes) busy() int {
	n := 0
	for i := range l.lane {
		if l.lane[i].r != nil {
			n++
		}
	}
	return n
}

// left is how much there is to read in the lanes, and negative if all are free.
func (l *lanes) left() int64 {
	left := int64(-1)
	for i := range l.lane {
		if s := &l.lane[i]; s.r != nil {
			left = max(left, 0) + max(0, s.task.obj.Size-s.n)
		}
	}
	return left
}

// step hashes what every lane has, reads on, and returns what is finished.
func (l *lanes) step(done func(int64)) (out []finished) {
	for i := range l.lane {
		l.parts[i] = nil
		if l.lane[i].r != nil {
			l.parts[i] = l.lane[i].part
		}
	}
	l.sum.Write(l.parts)
	for i := range l.lane {
		s := &l.lane[i]
		if s.r == nil {
			continue
		}
		s.n += int64(len(s.part))
		if s.task.want.layer {
			s.tar.write(s.part)
		}
		if done != nil && len(s.part) > 0 {
			done(int64(len(s.part)))
		}
		if s.err == nil {
			s.part, s.err = fill(s.r, s.buf)
			continue
		}
		t := s.task
		out = append(out, finished{t, l.finish(i)})
	}
	return out
}

// finish closes a lane and says what was observed.
func (l *lanes) finish(i int) *Observation {
	s := &l.lane[i]
	obs := &Observation{Object: s.task.obj.Name, Size: s.n, SHA256: l.sum.Digest(i), JSON: s.json}
	err := s.err
	if cerr := s.r.Close(); err == io.EOF && cerr != nil {
		err = cerr
	}
	s.task.identify(s.r, obs)
	s.r, s.part = nil, nil
	if err != io.EOF {
		obs.Err, obs.Changed = err, changed(err)
		return obs
	}
	obs.Complete = true
	if s.task.want.layer {
		obs.Decoded, obs.Uncompressed = true, obs.Size
		obs.DiffID = obs.SHA256
		obs.Tar = s.tar.finish()
	}
	return obs
}

// closeQuietly closes a reader that is given up, and may itself be at fault.
func closeQuietly(r io.Closer) {
	defer func() { _ = recover() }()
	_ = r.Close()
}

// abandon closes every lane and returns the tasks that were in them.
func (l *lanes) abandon() []task {
	var tasks []task
	for i := range l.lane {
		s := &l.lane[i]
		if s.r != nil {
			closeQuietly(s.r)
			tasks = append(tasks, s.task)
		}
		*s = lane{buf: s.buf}
	}
	return tasks
}
