package measure

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Path is what reading and verifying a path of the user's showed.
type Path struct {
	Path         string         `json:"path"`
	Verdict      report.Verdict `json:"verdict"`
	Jobs         int            `json:"jobs"`
	Files        int            `json:"files"`
	Bytes        int64          `json:"bytes"`        // in files
	Stored       int64          `json:"stored"`       // bytes that verifying read
	Uncompressed int64          `json:"uncompressed"` // bytes out of decoders
	FirstRead    float64        `json:"firstRead"`    // seconds of the first reading, from the disk if nobody read it before
	Read         []float64      `json:"read"`         // seconds of later readings, from memory if it fits
	Verify       []float64      `json:"verify"`       // seconds
	ReadMedian   float64        `json:"readMedian"`   // of Read, or FirstRead if there is no other
	VerifyMedian float64        `json:"verifyMedian"`
	Bound        Bound          `json:"bound"`
}

// Bound is what limits the verification of a path.
type Bound string

// The bounds.
const (
	BoundStorage Bound = "storage"         // also with the bytes in memory
	BoundCold    Bound = "storage if cold" // the first reading took longer than verifying
	BoundCPU     Bound = "cpu"
)

// bound compares reading alone with verifying, which reads as well.
func (p *Path) bound() Bound {
	switch {
	case p.ReadMedian > 0.8*p.VerifyMedian:
		return BoundStorage
	case p.FirstRead > p.VerifyMedian:
		return BoundCold
	}
	return BoundCPU
}

// measurePath reads and verifies by turns.
func measurePath(ctx context.Context, cfg Config, files []extent) (*Path, error) {
	p := &Path{Path: cfg.Path, Jobs: cfg.Jobs, Files: len(files)}
	cfg.Options.Jobs = cfg.Jobs
	begun := cfg.Now()
	for run := range cfg.Runs {
		start := cfg.Now()
		read, err := readFiles(ctx, files, cfg.Jobs)
		if err != nil {
			return nil, err
		}
		mid := cfg.Now()
		rep, err := verify.Path(ctx, cfg.Path, cfg.Options)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		end := cfg.Now()
		if run == 0 {
			p.FirstRead = mid.Sub(start).Seconds()
		} else {
			p.Read = append(p.Read, mid.Sub(start).Seconds())
		}
		p.Verify = append(p.Verify, end.Sub(mid).Seconds())
		p.Bytes = read
		p.Verdict, p.Stored, p.Uncompressed = rep.Verdict, rep.Bytes.Stored, rep.Bytes.Uncompressed
		if end.Sub(begun) > cfg.Time {
			break
		}
	}
	if p.Read == nil {
		p.Read = []float64{}
	}
	p.ReadMedian, _ = Summary(p.Read)
	if len(p.Read) == 0 {
		p.ReadMedian = p.FirstRead
	}
	p.VerifyMedian, _ = Summary(p.Verify)
	p.Bound = p.bound()
	return p, nil
}

// extent is a part of a file that one worker reads.
type extent struct {
	path     string
	off, len int64
}

const (
	extentSize = 64 << 20
	readChunk  = 256 << 10 // what verify reads at a time
)

// errSpecial refuses what cannot be read again and again.
var errSpecial = errors.New("not a regular file or a folder: it cannot be read several times")

// filesOf lists the regular files at or below path, without following links
// below it.
func filesOf(path string) ([]extent, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, &fs.PathError{Op: "read", Path: path, Err: errSpecial}
		}
		return []extent{{path: path, len: info.Size()}}, nil
	}
	// WalkDir would not enter a folder that is reached by a link.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, err
	}
	var files []extent
	err = filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			files = append(files, extent{path: name, len: info.Size()})
		}
		return err
	})
	return files, err
}

// readFiles reads every byte, with as many workers as a verification has, and
// returns how many there were.
func readFiles(ctx context.Context, files []extent, jobs int) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var total int64
	queue := make(chan extent)
	var workers sync.WaitGroup
	for range max(jobs, 1) {
		workers.Go(func() {
			buf := make([]byte, readChunk)
			for e := range queue {
				n, err := readExtent(ctx, e, buf)
				if err != nil {
					cancel(err)
				}
				mu.Lock()
				total += n
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		for off := int64(0); off < f.len && ctx.Err() == nil; off += extentSize {
			queue <- extent{f.path, off, min(extentSize, f.len-off)}
		}
	}
	close(queue)
	workers.Wait()
	return total, context.Cause(ctx)
}

func readExtent(ctx context.Context, e extent, buf []byte) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	f, err := os.Open(e.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var total int64
	for r := io.NewSectionReader(f, e.off, e.len); ; {
		n, err := r.Read(buf)
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if err := ctx.Err(); err != nil {
			return total, err
		}
	}
}
