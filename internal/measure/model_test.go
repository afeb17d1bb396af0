package measure

import (
	"math"
	"testing"
)

// exact are rows from which the model can be computed by hand. Speeds are
// bytes a second.
func exact() []Row {
	return []Row{
		{Group: Hash, Algorithm: "sha256", Streams: 1, Median: 999},
		{Group: Hash, Algorithm: "sha256", Streams: 1, Chosen: true, Median: 1000},
		{Group: Hash, Algorithm: "sha256", Streams: 4, Chosen: true, Median: 2000},
		{Group: Hash, Algorithm: "sha256", Streams: 16, Chosen: true, Median: 8000},
		{Group: Decode, Format: "gzip", Kind: "library", Chosen: true, Median: 500},
		{Group: Decode, Format: "gzip", Kind: "text", Chosen: true, Median: 1000},
		{Group: Decode, Format: "gzip", Kind: "library", Median: 1},
		{Group: Verify, Format: "docker-save", Jobs: 1, Median: 1000, Unpacked: 1},
		{Group: Verify, Format: "docker-save", Jobs: 2, Median: 1900, Unpacked: 1},
		{Group: Verify, Format: "oci-gzip", Jobs: 1, Median: 100, Unpacked: 3},
		{Group: Verify, Format: "oci-gzip", Jobs: 2, Median: 150, Unpacked: 3},
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestCosts(t *testing.T) {
	all := costs(exact())
	if len(all) != 2 {
		t.Fatalf("got %d costs, want one for each format that was verified", len(all))
	}
	// 1/1000 s a byte, of which four lanes take 1/2000: sixteen are more than
	// the image has layers.
	if c := all[0]; c.Format != "docker-save" || !near(c.Hash, 0.5) || c.Decode != 0 || c.DiffID != 0 || !near(c.Rest, 0.5) || c.Bound != "hashing" || !near(c.Scaling, 1.9) || c.Storage != 1900 || c.Jobs != 2 {
		t.Errorf("got %+v", c)
	}
	// 10 ms a stored byte: 1 ms to hash it, 3 ms for the three it stands for,
	// and 3 * (2/3 * 2 ms + 1/3 * 1 ms) = 5 ms to decode them.
	if c := all[1]; c.Format != "oci-gzip" || !near(c.Hash, 0.1) || !near(c.DiffID, 0.3) || !near(c.Decode, 0.5) || !near(c.Rest, 0.1) || c.Bound != "decoding" {
		t.Errorf("got %+v", c)
	}
}

func TestCostsThatSumUpToMoreThanTheWhole(t *testing.T) {
	c := Cost{Hash: 1, Decode: 3}
	c.normalise(2)
	if !near(c.Hash, 0.25) || !near(c.Decode, 0.75) || c.Rest != 0 || !near(c.Saved, 0.5) || c.Bound != "decoding" {
		t.Errorf("got %+v, want a quarter, three quarters and no rest", c)
	}
	c = Cost{}
	if c.normalise(0); c != (Cost{}) {
		t.Errorf("got %+v of nothing", c)
	}
	c = Cost{Hash: 0.2}
	if c.normalise(1); c.Bound != "the rest" {
		t.Errorf("got %q, want the rest", c.Bound)
	}
}

func TestEstimates(t *testing.T) {
	all := estimates(exact(), &Path{Path: "x", Stored: 500, VerifyMedian: 0.5, Jobs: 2})
	if len(all) != 3 {
		t.Fatalf("got %d estimates, want 3", len(all))
	}
	if e := all[0]; e.Of != "docker-save" || !near(e.Seconds, 1e12/1900) || e.Jobs != 2 {
		t.Errorf("got %+v", e)
	}
	if e := all[2]; e.Of != "x" || e.Rate != 1000 || !near(e.Seconds, 1e9) {
		t.Errorf("got %+v", e)
	}
	if got := estimates(nil, &Path{}); len(got) != 0 {
		t.Errorf("got %v of nothing", got)
	}
}

func TestBound(t *testing.T) {
	for _, test := range []struct {
		first, read, verify float64
		want                Bound
	}{
		{0.1, 0.1, 1, BoundCPU},
		{2, 0.1, 1, BoundCold},
		{2, 0.9, 1, BoundStorage},
	} {
		p := Path{FirstRead: test.first, ReadMedian: test.read, VerifyMedian: test.verify}
		if got := p.bound(); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{
		0.25: "0.2 s", 99: "99.0 s", 320.4: "5 min 20 s", 3600: "1 h 00 min", 20460: "5 h 41 min", 300000: "3.5 days",
	} {
		if got := Duration(seconds); got != want {
			t.Errorf("%v: got %s, want %s", seconds, got, want)
		}
	}
}
