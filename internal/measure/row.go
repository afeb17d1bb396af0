package measure

import (
	"fmt"
	"slices"
	"strings"
)

// Group is what a row is about.
type Group string

// The groups.
const (
	Hash   Group = "hash"   // bytes hashed, all streams together, on one core
	Decode Group = "decode" // bytes decoded on one core
	Verify Group = "verify" // stored bytes of an image verified
)

// Row is one thing that was measured. Which of the describing fields are set
// depends on the group.
type Row struct {
	Group     Group  `json:"group"`
	Algorithm string `json:"algorithm,omitempty"` // hash: sha256, sha512
	Engine    string `json:"engine,omitempty"`    // hash, decode
	Impl      string `json:"impl,omitempty"`      // the instructions behind the engine, if they are known
	Streams   int    `json:"streams,omitempty"`   // hash: side by side
	Format    string `json:"format,omitempty"`    // decode, verify
	Kind      string `json:"kind,omitempty"`      // decode: of data
	Jobs      int    `json:"jobs,omitempty"`      // verify: workers
	Chosen    bool   `json:"chosen"`              // a run of verify on this machine uses it

	// Unpacked is how many uncompressed bytes a stored byte stands for.
	Unpacked float64 `json:"unpacked,omitempty"` // decode, verify

	Samples []float64 `json:"samples"` // bytes a second
	Median  float64   `json:"median"`
	Spread  float64   `json:"spread"` // half of what lies between the extremes, as a part of the median
}

// work is a row and what it takes to get a sample of it.
type work struct {
	row  Row
	once func() (bytes int64, err error)
}

// Name is the benchmark's, in key=value form without blanks.
func (r Row) Name() string {
	var s strings.Builder
	s.WriteString(strings.ToUpper(string(r.Group[:1])) + string(r.Group[1:]))
	add := func(key, value string) {
		if value != "" && value != "0" {
			s.WriteString("/" + key + "=" + strings.ReplaceAll(value, " ", "_"))
		}
	}
	add("alg", r.Algorithm)
	add("engine", strings.ReplaceAll(r.Engine, "/", "."))
	add("impl", r.Impl)
	add("streams", fmt.Sprint(r.Streams))
	add("format", r.Format)
	add("kind", r.Kind)
	add("jobs", fmt.Sprint(r.Jobs))
	return s.String()
}

// summed fills in what follows from the samples.
func (r Row) summed() Row {
	r.Median, r.Spread = Summary(r.Samples)
	return r
}

// Summary returns the median, and the spread of a Row, of samples.
func Summary(samples []float64) (median, spread float64) {
	if len(samples) == 0 {
		return 0, 0
	}
	s := slices.Sorted(slices.Values(samples))
	median = (s[(len(s)-1)/2] + s[len(s)/2]) / 2
	if median > 0 {
		spread = (s[len(s)-1] - s[0]) / 2 / median
	}
	return median, spread
}

// find returns the first row that ok accepts.
func find(rows []Row, ok func(Row) bool) (Row, bool) {
	if i := slices.IndexFunc(rows, ok); i >= 0 {
		return rows[i], true
	}
	return Row{}, false
}
