package adversary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// subjects are small images of every format that a source of files can hold.
func subjects() map[string]testimage.Tree {
	two := func(i *testimage.Image, _ *testimage.Layout) {
		i.Layers = append(i.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("bin/app", "#!/bin/sh\n")}, Compress: "zstd"})
	}
	img := oci(two)
	nested := oci(func(i *testimage.Image, l *testimage.Layout) { two(i, l); l.Nested = true })
	saved := testimage.DockerSave{Images: []testimage.Image{image("/bin/true")}}.Tree()
	hybrid := testimage.Hybrid{Images: []testimage.Image{image("/bin/true")}}.Tree()
	return map[string]testimage.Tree{"layout": img, "nested": nested, "docker": saved, "hybrid": hybrid, "dir": dirTree()}
}

// verifyFaulty runs over a source whose event k goes wrong.
func verifyFaulty(ctx context.Context, src content.Source, k int, fault Fault, opt verify.Options) (*report.Report, *Faulty, error) {
	f := &Faulty{Source: src, At: k, Fault: fault, Chunk: 300}
	rep, err := verify.Run(ctx, f, opt)
	return rep, f, err
}

// TestFaults lets every event of reading small images go wrong in turn.
func TestFaults(t *testing.T) {
	for name, tree := range subjects() {
		for _, fault := range []Fault{
			{Name: "EIO", Err: &os.PathError{Op: "read", Path: "x", Err: syscall.EIO}},
			{Name: "ESTALE", Err: &os.PathError{Op: "read", Path: "x", Err: syscall.ESTALE}, Always: true},
			{Name: "EACCES", Err: syscall.EACCES},
			{Name: "ENOENT", Err: &os.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}, Always: true},
			{Name: "EIO behind bytes", Err: syscall.EIO, After: true},
			{Name: "panic", Panic: true},
			{Name: "panic again", Panic: true, Always: true},
		} {
			t.Run(name+"/"+fault.Name, func(t *testing.T) {
				t.Parallel()
				src := NewMemory(tree)
				whole, err := verify.Run(t.Context(), src, verify.Options{})
				if err != nil || whole.Verdict != report.Verified {
					t.Fatalf("without a fault: %v\n%s", err, Describe(whole))
				}
				for _, jobs := range []int{1, 4} {
					for k := 1; ; k++ {
						rep, f, err := verifyFaulty(t.Context(), src, k, fault, verify.Options{Jobs: jobs})
						object, offset, hit := f.Hit()
						if !hit {
							if k < 8 {
								t.Errorf("only %d events", k)
							}
							break
						}
						for _, wrong := range judgeFault(rep, err, whole, fault, object, offset) {
							t.Errorf("event %d, %s at %d, %d jobs: %s\n%s", k, object, offset, jobs, wrong, Describe(rep))
						}
						if t.Failed() {
							return
						}
					}
				}
			})
		}
	}
}

// judgeFault says what is wrong with the report of a run in which an object
// could not be read.
func judgeFault(rep *report.Report, err error, whole *report.Report, fault Fault, object string, offset int64) []string {
	var wrong []string
	if rep == nil {
		return []string{fmt.Sprintf("no report: %v", err)}
	}
	if rep.Verdict != report.Incomplete || err != nil {
		wrong = append(wrong, fmt.Sprintf("got verdict %s, %v, want incomplete", rep.Verdict, err))
	}
	code, text := report.BlobUnreadable, ""
	if fault.Panic {
		code = report.InternalError
	} else {
		var errno syscall.Errno
		errors.As(fault.Err, &errno)
		text = errno.Error()
	}
	i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Code == code })
	if i < 0 {
		return append(wrong, "no finding "+string(code))
	}
	f := rep.Findings[i]
	if fault.Panic && f.Object == "" {
		return wrong // the documents were being read: nothing was judged
	}
	if !rep.Complete {
		wrong = append(wrong, "the report says that it is not complete")
	}
	if f.Object != object {
		wrong = append(wrong, fmt.Sprintf("got object %q, want %q", f.Object, object))
	}
	if !strings.Contains(f.Got+f.Message, text) {
		wrong = append(wrong, fmt.Sprintf("%q does not say %q", f.Message, text))
	}
	if !fault.Panic && (f.Offset == nil || *f.Offset != offset) {
		wrong = append(wrong, fmt.Sprintf("got offset %v, want %d", f.Offset, offset))
	}
	// The run went on: what does not depend on the object was checked.
	if lost := whole.Coverage.Checked - rep.Coverage.Checked; lost != 1 && leaf(whole, object) {
		wrong = append(wrong, fmt.Sprintf("%d objects were not checked, want 1", lost))
	}
	return wrong
}

// leaf reports whether nothing is found through an object.
func leaf(rep *report.Report, object string) bool {
	for _, img := range rep.Images {
		for _, l := range img.Layers {
			if l.Object == object {
				return true
			}
		}
	}
	return false
}

// TestShortReads gives one byte at a time, and nothing now and then.
func TestShortReads(t *testing.T) {
	for name, tree := range subjects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &Faulty{Source: NewMemory(tree), Chunk: 1}
			rep, err := verify.Run(t.Context(), f, verify.Options{})
			if err != nil || rep.Verdict != report.Verified {
				t.Errorf("got %v\n%s", err, Describe(rep))
			}
			rep, err = verify.RunStream(t.Context(), &stutter{r: bytes.NewReader(tree.Tar())}, verify.Options{})
			if err != nil || rep.Verdict != report.Verified {
				t.Errorf("stream: got %v\n%s", err, Describe(rep))
			}
		})
	}
}

// stutter returns nothing every other time, and one to three bytes else.
type stutter struct {
	r io.Reader
	n int
}

func (s *stutter) Read(p []byte) (int, error) {
	s.n++
	if s.n%2 == 0 || len(p) == 0 {
		return 0, nil
	}
	return s.r.Read(p[:min(len(p), s.n%3+1)])
}

// medium is a file in memory of which one read goes wrong.
type medium struct {
	data []byte
	at   int
	err  error
	do   func()
	pos  int64

	reads int
	hit   int64 // offset of the read that went wrong; -1: none
}

func (m *medium) ReadAt(p []byte, off int64) (int, error) {
	m.reads++
	if m.reads >= m.at && m.at > 0 {
		if m.hit < 0 {
			m.hit = off
			if m.do != nil {
				m.do()
			}
		}
		if m.err != nil {
			return 0, m.err
		}
	}
	return bytes.NewReader(m.data).ReadAt(p, off)
}

func (m *medium) Read(p []byte) (int, error) {
	n, err := m.ReadAt(p[:min(len(p), 700)], m.pos)
	m.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// TestMediumFaults lets every read of an archive fail: at random, and in one
// pass, plain and compressed.
func TestMediumFaults(t *testing.T) {
	for name, tree := range subjects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := tree.Tar()
			for k := 1; ; k++ {
				m := &medium{data: plain, at: k, err: syscall.EIO, hit: -1}
				a, err := archive.New(t.Context(), m, int64(len(plain)), archive.Limits{})
				if err != nil {
					if !errors.Is(err, syscall.EIO) {
						t.Fatalf("read %d: got %v, want %v", k, err, syscall.EIO)
					}
					continue
				}
				rep, err := verify.Run(t.Context(), a, verify.Options{Jobs: 1})
				if m.hit < 0 {
					break
				}
				if err != nil || rep.Verdict != report.Incomplete || !has(rep, report.BlobUnreadable) {
					t.Fatalf("read %d: %v\n%s", k, err, Describe(rep))
				}
			}
			for _, format := range []string{"", "gzip", "zstd"} {
				data := testimage.Compress(format, plain)
				for k := 1; ; k++ {
					m := &medium{data: data, at: k, err: syscall.EIO, hit: -1}
					rep, err := verify.RunStream(t.Context(), m, verify.Options{})
					if m.hit < 0 {
						break
					}
					if err != nil || rep.Verdict != report.Incomplete || !has(rep, report.BlobUnreadable) {
						t.Fatalf("%q stream, read %d: %v\n%s", format, k, err, Describe(rep))
					}
					i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Code == report.BlobUnreadable && f.Object == "" })
					if i < 0 || rep.Findings[i].Offset == nil || *rep.Findings[i].Offset != m.hit || !strings.Contains(rep.Findings[i].Got, syscall.EIO.Error()) {
						t.Fatalf("%q stream, read %d: want offset %d and %v\n%s", format, k, m.hit, syscall.EIO, Describe(rep))
					}
				}
			}
		})
	}
}

func has(rep *report.Report, code report.Code) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == code })
}

// TestCancel ends the context at every event in turn.
func TestCancel(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, tree := range subjects() {
		for _, jobs := range []int{1, 4} {
			for k := 1; ; k++ {
				ctx, cancel := context.WithCancel(context.Background())
				rep, f, err := verifyFaulty(ctx, NewMemory(tree), k, Fault{Name: "cancel", Do: cancel}, verify.Options{Jobs: jobs})
				_, _, hit := f.Hit()
				cancel()
				if !hit {
					break
				}
				if !judgeCancelled(rep, err) {
					t.Errorf("%s, event %d, %d jobs: %v\n%s", name, k, jobs, err, Describe(rep))
				}
			}
		}
		data := testimage.Gzip(tree.Tar())
		for k := 1; ; k++ {
			ctx, cancel := context.WithCancel(context.Background())
			m := &medium{data: data, at: k, do: cancel, hit: -1}
			rep, err := verify.RunStream(ctx, m, verify.Options{})
			cancel()
			if m.hit < 0 {
				break
			}
			if !judgeCancelled(rep, err) {
				t.Errorf("%s stream, read %d: %v\n%s", name, k, err, Describe(rep))
			}
		}
	}
}

// endless is an object that never ends. It counts what is read after the
// context has.
type endless struct {
	*Memory
	cancel func()
	at     int64 // bytes after which to cancel
	read   atomic.Int64
}

func (e *endless) Open(ctx context.Context, o content.Object) (io.ReadCloser, error) {
	if !strings.HasSuffix(o.Name, "/layer.tar") {
		return e.Memory.Open(ctx, o)
	}
	return io.NopCloser(e), nil
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read.Add(int64(len(p))) >= e.at {
		e.cancel()
	}
	clear(p)
	return len(p), nil
}

// TestCancelIsPrompt wants a run to end soon after its context, however much
// there is to read.
func TestCancelIsPrompt(t *testing.T) {
	defer goleak.VerifyNone(t)
	const at, more = 8 << 20, 4 << 20
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tree := testimage.DockerSave{Images: []testimage.Image{image("/bin/true")}}.Tree()
	src := &endless{Memory: NewMemory(tree), cancel: cancel, at: at}
	rep, err := verify.Run(ctx, src, verify.Options{})
	if !judgeCancelled(rep, err) {
		t.Errorf("got %v\n%s", err, Describe(rep))
	}
	if got := src.read.Load(); got > at+more {
		t.Errorf("%d bytes were read after the end of the context, want at most %d", got-at, more)
	}
}

// judgeCancelled reports whether a run that was interrupted says so, or had
// nothing left to do.
func judgeCancelled(rep *report.Report, err error) bool {
	if rep == nil {
		return false
	}
	if err == nil {
		return rep.Complete && rep.Verdict == report.Verified
	}
	return verify.IsContext(err) && !rep.Complete && rep.Verdict == report.Incomplete && has(rep, report.Interrupted)
}
