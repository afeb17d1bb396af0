// Package measure finds out how fast a machine verifies images, and why not
// faster: the work behind the command's bench.
//
// # What is measured
//
//   - Every hash engine that the CPU can run, on one core: one stream, or as
//     many streams side by side as the engine is made for.
//   - Every decoder, on one core, on made-up libraries and documents (package
//     sample); gzip also with the reference decoder.
//   - Verifying a made-up image in each format, in memory, with every check
//     on, with one worker and with all.
//   - Reading a path of the user's, and verifying it, if there is one.
//
// Throughput is in bytes a second. It counts uncompressed bytes for decoders
// and stored bytes for images and paths, since a mirror is sized in those.
//
// # How
//
// All measurements take turns, in as many rounds as there are runs, so that
// whatever disturbs the machine disturbs all of them alike; a round before the
// first one does not count. A sample repeats its work until its share of the
// time is used up. The median counts; the spread between the samples is
// shown, and [Result.Warnings] says when it is too wide for conclusions.
//
// Whether the bytes of a path come from the disk or from memory is the choice
// of the system. Its first reading is kept apart from the later ones, and
// every verification follows a reading.
//
// # Limits
//
// The made-up data take about 60 MiB. Nothing is written. Time comes from the
// caller's clock, and no result depends on another one's.
package measure

import (
	"context"
	"errors"
	"math"
	"runtime"
	"time"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Schema names the shape of a Result in JSON. Fields are added under the same
// name and never change their meaning.
const Schema = "ocisum.bench/v1"

// Config says what to measure, and how thoroughly.
type Config struct {
	Now  func() time.Time
	Time time.Duration // for all measurements of made-up data together
	Runs int           // samples of each measurement, at least 1
	Jobs int           // most workers of a verification; 0: as many as GOMAXPROCS

	Tool    report.Tool // named in the result
	Machine Machine     // likewise; see ThisMachine

	// Path is also read and verified if it is not empty, as Options say, up
	// to Runs times and until Time is used up once more; once at least.
	Path    string
	Options verify.Options

	// Size is that of the made-up data that a decoder gets and, twice,
	// of an image. Zero is 4 MiB, enough to leave the caches of a core.
	Size int
}

// Result is what was found out about a machine.
type Result struct {
	Schema   string      `json:"schema"`
	Tool     report.Tool `json:"tool"`
	Machine  Machine     `json:"machine"`
	Settings Settings    `json:"settings"`
	Rows     []Row       `json:"rows"`
	Path     *Path       `json:"path,omitempty"`
	Costs    []Cost      `json:"costs"`    // of each image format, by stage
	Estimate []Estimate  `json:"terabyte"` // what a terabyte takes
	Warnings []string    `json:"warnings"` // why the numbers should not be trusted; empty: none
}

// Settings are what the measurement was asked for.
type Settings struct {
	Seconds float64 `json:"seconds"`
	Runs    int     `json:"runs"`
	Jobs    int     `json:"jobs"`
}

// defaultSize is the decoded size of a stream.
const defaultSize = 4 << 20

// Run measures. It returns the error of the context if that ends first, and
// otherwise only what keeps the path from being read or verified at all.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	if cfg.Now == nil || cfg.Runs < 1 {
		return nil, errors.New("measure: no clock, or no runs")
	}
	if cfg.Size == 0 {
		cfg.Size = defaultSize
	}
	if cfg.Jobs == 0 {
		cfg.Jobs = runtime.GOMAXPROCS(0)
	}
	r := &Result{
		Schema: Schema, Tool: cfg.Tool, Machine: cfg.Machine,
		Settings: Settings{cfg.Time.Seconds(), cfg.Runs, cfg.Jobs},
	}
	var files []extent
	var err error
	if cfg.Path != "" {
		if files, err = filesOf(cfg.Path); err != nil {
			return nil, err
		}
	}
	works, err := builtIn(ctx, cfg)
	if err != nil {
		return nil, err
	}
	slice := cfg.Time / time.Duration(len(works)*(cfg.Runs+1))
	for round := -1; round < cfg.Runs; round++ {
		for i := range works {
			rate, err := sampleOf(ctx, cfg.Now, slice, works[i].once)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				works[i].row.Samples = append(works[i].row.Samples, rate)
			}
		}
	}
	for _, w := range works {
		r.Rows = append(r.Rows, w.row.summed())
	}
	if cfg.Path != "" {
		if r.Path, err = measurePath(ctx, cfg, files); err != nil {
			return nil, err
		}
	}
	r.Costs = costs(r.Rows)
	r.Estimate = estimates(r.Rows, r.Path)
	r.Warnings = warnings(r)
	return r, nil
}

// builtIn lists what is measured of made-up data.
func builtIn(ctx context.Context, cfg Config) ([]work, error) {
	works := hashWorks(cfg.Size)
	decoders, err := decodeWorks(ctx, cfg.Size)
	if err != nil {
		return nil, err
	}
	images, err := imageWorks(ctx, cfg.Size, cfg.Jobs)
	if err != nil {
		return nil, err
	}
	return append(append(works, decoders...), images...), nil
}

// sampleOf repeats once until the time is used up and returns bytes a second.
func sampleOf(ctx context.Context, now func() time.Time, atLeast time.Duration, once func() (int64, error)) (float64, error) {
	var bytes int64
	start := now()
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := once()
		if err != nil {
			return 0, err
		}
		bytes += n
		if took := now().Sub(start); took >= atLeast {
			// A clock that stands still must not make a number that JSON lacks.
			return math.Round(float64(bytes) / max(took, time.Nanosecond).Seconds()), nil
		}
	}
}
