package measure

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/report"
)

// ticking is a clock on which everything takes a millisecond.
func ticking() func() time.Time {
	now := time.Unix(1700000000, 0)
	return func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	}
}

// small is a configuration that does everything once or twice.
func small() Config {
	load := 0.1
	return Config{
		Now: ticking(), Time: time.Millisecond, Runs: 3, Jobs: 2, Size: 64 << 10,
		Tool:    report.Tool{Name: "ocisum", Version: "test"},
		Machine: Machine{CPU: "Test CPU", Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.x", Hash: "sha256: test", Load: &load},
	}
}

// image writes a small image and returns its path.
func image(t *testing.T, format sample.Format) string {
	t.Helper()
	img, err := sample.Build(sample.Spec{Format: format, Layers: 2, LayerSize: 100 << 10})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "image")
	if err := img.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRun(t *testing.T) {
	cfg := small()
	cfg.Path = image(t, sample.OCIGzip)
	r, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	groups := make(map[Group]int)
	names := make(map[string]bool)
	for _, row := range r.Rows {
		groups[row.Group]++
		if names[row.Name()] {
			t.Errorf("two rows are called %s", row.Name())
		}
		names[row.Name()] = true
		if len(row.Samples) != cfg.Runs || row.Median <= 0 {
			t.Errorf("%s: got %d samples and a median of %v, want %d samples", row.Name(), len(row.Samples), row.Median, cfg.Runs)
		}
	}
	// Two decoders of gzip and, where there is assembly, of zstd, two kinds of
	// data; three formats with one and two workers, and the stream.
	decode := 6
	own, _ := decompress.Engine(decompress.Zstd, false)
	if library, _ := decompress.Engine(decompress.Zstd, true); own != library {
		decode = 8
	}
	if groups[Hash] < 2 || groups[Decode] != decode || groups[Verify] != 7 {
		t.Errorf("got %v rows, want %d decoders", groups, decode)
	}
	if p := r.Path; p == nil || p.Verdict != report.Verified || p.Files != 6 || p.Bytes < p.Stored || p.Stored == 0 || len(p.Verify) == 0 {
		t.Errorf("got %+v of the path, want 6 files verified", p)
	}
	if len(r.Costs) != 3 || len(r.Estimate) != 5 {
		t.Errorf("got %d costs and %d estimates, want 3 and 5", len(r.Costs), len(r.Estimate))
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, small()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	cfg := small()
	cfg.Path = filepath.Join(t.TempDir(), "absent")
	if _, err := Run(context.Background(), cfg); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the path does not exist", err)
	}
	cfg.Now = nil
	if _, err := Run(context.Background(), cfg); err == nil {
		t.Error("got no error without a clock")
	}
}

func TestSampleOf(t *testing.T) {
	steps := 0
	rate, err := sampleOf(context.Background(), ticking(), 10*time.Millisecond, func() (int64, error) {
		steps++
		return 1000, nil
	})
	if err != nil || steps != 10 || rate != 1e6 {
		t.Errorf("got %d steps at %v, %v, want 10 at 1e6 bytes a second", steps, rate, err)
	}
	still := func() time.Time { return time.Unix(0, 0) }
	if rate, err := sampleOf(context.Background(), still, 0, func() (int64, error) { return 1, nil }); err != nil || rate != 1e9 {
		t.Errorf("got %v, %v from a clock that stands still, want a finite rate", rate, err)
	}
	bad := errors.New("bad")
	if _, err := sampleOf(context.Background(), ticking(), 0, func() (int64, error) { return 0, bad }); err != bad {
		t.Errorf("got %v, want %v", err, bad)
	}
}

func TestSummary(t *testing.T) {
	for _, test := range []struct {
		samples        []float64
		median, spread float64
	}{
		{nil, 0, 0},
		{[]float64{5}, 5, 0},
		{[]float64{9, 11}, 10, 0.1},
		{[]float64{12, 8, 10}, 10, 0.2},
		{[]float64{0, 0}, 0, 0},
	} {
		if median, spread := Summary(test.samples); median != test.median || spread != test.spread {
			t.Errorf("%v: got %v ±%v, want %v ±%v", test.samples, median, spread, test.median, test.spread)
		}
	}
}

func TestWarnings(t *testing.T) {
	rows := func(spreads ...float64) []Row {
		var all []Row
		for _, s := range spreads {
			all = append(all, Row{Spread: s})
		}
		return all
	}
	load := func(f float64) *float64 { return &f }
	for _, test := range []struct {
		name string
		r    Result
		want []string
	}{
		{"quiet", Result{Rows: rows(.01, .02, .1, .05), Settings: Settings{Runs: 5}}, nil},
		{"one row in four is chance", Result{Rows: rows(.01, .02, .03, .5), Settings: Settings{Runs: 5}}, nil},
		{"two are not", Result{Rows: rows(.01, .02, .2, .5), Settings: Settings{Runs: 5}}, []string{"2 of 4 measurements spread by more than ±10 %, up to ±50 %"}},
		{"busy", Result{Settings: Settings{Runs: 5}, Machine: Machine{Cores: 2, Load: load(1.5)}}, []string{"a load of 1.5 on 2 cores"}},
		{"idle", Result{Settings: Settings{Runs: 5}, Machine: Machine{Cores: 2, Load: load(0.9)}}, nil},
		{"too few runs", Result{Settings: Settings{Runs: 2}}, []string{"2 runs cannot show noise"}},
		{"bad image", Result{Settings: Settings{Runs: 5}, Path: &Path{Verdict: report.Failed}}, []string{"judged failed"}},
		{"all", Result{Rows: rows(1), Settings: Settings{Runs: 1}, Machine: Machine{Cores: 1, Load: load(9)}}, []string{"too noisy", "busy", "1 runs"}},
	} {
		got := warnings(&test.r)
		if len(got) != len(test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got %q, want it to say %q", test.name, got[i], want)
			}
		}
	}
}

func TestParseLoad(t *testing.T) {
	if got := parseLoad("1.25 0.9 0.8 1/99 1234\n"); got == nil || *got != 1.25 {
		t.Errorf("got %v, want 1.25", got)
	}
	for _, bad := range []string{"", "x 1", " "} {
		if got := parseLoad(bad); got != nil {
			t.Errorf("%q: got %v, want nothing", bad, *got)
		}
	}
}
