package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ocisum/ocisum/bench/page"
	"github.com/ocisum/ocisum/internal/measure"
)

// result is one benchmark of a name, with all its samples.
type result struct {
	name    string // Benchmark... without the prefix
	keys    map[string]string
	samples []float64 // MB/s
}

type results []*result

var line = regexp.MustCompile(`^Benchmark(\w+)((?:/\S+?)?)(?:-\d+)?\s.*?\s([0-9.]+) MB/s`)

// add takes a line of output; lines that are no result are passed over.
func (all *results) add(text string) {
	m := line.FindStringSubmatch(text)
	if m == nil {
		return
	}
	rate, err := strconv.ParseFloat(m[3], 64)
	if err != nil {
		return
	}
	keys := make(map[string]string)
	for pair := range strings.SplitSeq(strings.TrimPrefix(m[2], "/"), "/") {
		k, v, _ := strings.Cut(pair, "=")
		keys[k] = v
	}
	same := func(r *result) bool {
		return r.name == m[1] && fmt.Sprint(r.keys) == fmt.Sprint(keys)
	}
	if i := slices.IndexFunc(*all, same); i >= 0 {
		(*all)[i].samples = append((*all)[i].samples, rate)
		return
	}
	*all = append(*all, &result{m[1], keys, []float64{rate}})
}

// view is a table to be: the results of one benchmark by two of their keys.
type view struct {
	title  string
	name   string
	only   map[string]string // these keys have these values
	rows   []string          // keys
	column string            // key
	whole  bool              // leave out rows that lack a column
	ratios [][2]string       // columns to divide
}

// tables are the tables of the document, those without results left out.
func (all results) tables() []page.Table {
	most := all.most("jobs")
	views := []view{
		{title: "Hash engines, one stream, MB/s by chunk", name: "Hash", rows: []string{"alg", "engine", "impl"}, column: "chunk"},
		{title: "SHA-256 of several streams on one core, MB/s", name: "Lanes", rows: []string{"lanes"}, column: "impl", ratios: [][2]string{{"lanes", "crypto.sha256"}}},
		{title: "Decoders on one core, decoded MB/s", name: "Decode", rows: []string{"format", "kind", "level"}, column: "impl", ratios: [][2]string{{"ours", "klauspost"}, {"ours", "std"}}},
		{title: "Verifying 64 MiB of layers, uncompressed MB/s by number of jobs", name: "Verify", only: map[string]string{"size": "64MiB"}, rows: []string{"format", "layers"}, column: "jobs", whole: true, ratios: [][2]string{{"2", "1"}, {"4", "1"}, {"8", "1"}, {"16", "1"}}},
		{title: "Verifying 64 MiB with all cores, uncompressed MB/s by number of layers", name: "Verify", only: map[string]string{"size": "64MiB", "jobs": most}, rows: []string{"format"}, column: "layers", whole: true},
		{title: "Verifying 8 layers with all cores, uncompressed MB/s by size", name: "Verify", only: map[string]string{"layers": "8", "jobs": most}, rows: []string{"format"}, column: "size", whole: true},
	}
	var tables []page.Table
	for _, v := range views {
		if t := all.pivot(v); len(t.Rows) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

// most is the largest value of a key that holds numbers.
func (all results) most(key string) string {
	most := 0
	for _, r := range all {
		if n, err := strconv.Atoi(r.keys[key]); err == nil {
			most = max(most, n)
		}
	}
	return strconv.Itoa(most)
}

// pivot lays out a view. Rows and columns are in the order of the output, but
// a column of numbers is sorted.
func (all results) pivot(v view) page.Table {
	cells := make(map[string]map[string]float64)
	var columns []string
	var rows [][]string
	for _, r := range all {
		if r.name != v.name || !matches(r.keys, v.only) {
			continue
		}
		var row []string
		for _, k := range v.rows {
			row = append(row, r.keys[k])
		}
		id := strings.Join(row, "/")
		if cells[id] == nil {
			cells[id] = make(map[string]float64)
			rows = append(rows, row)
		}
		column := r.keys[v.column]
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
		cells[id][column], _ = measure.Summary(r.samples)
	}
	slices.SortStableFunc(columns, func(a, b string) int { return leading(a) - leading(b) })
	var ratios [][2]string
	for _, q := range v.ratios {
		if slices.Contains(columns, q[0]) && slices.Contains(columns, q[1]) {
			ratios = append(ratios, q)
		}
	}
	t := page.Table{Title: v.title, Head: slices.Concat(v.rows, columns), Numbers: len(columns) + len(ratios)}
	for _, q := range ratios {
		t.Head = append(t.Head, q[0]+" / "+q[1])
	}
	for _, row := range rows {
		of := cells[strings.Join(row, "/")]
		if v.whole && len(of) < len(columns) {
			continue
		}
		for _, c := range columns {
			row = append(row, number(of[c], "%.0f"))
		}
		for _, q := range ratios {
			ratio := 0.0
			if of[q[1]] > 0 {
				ratio = of[q[0]] / of[q[1]]
			}
			row = append(row, number(ratio, "%.2f"))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func number(f float64, format string) string {
	if f == 0 {
		return ""
	}
	return fmt.Sprintf(format, f)
}

func matches(keys, only map[string]string) bool {
	for k, v := range only {
		if keys[k] != v {
			return false
		}
	}
	return true
}

// leading is the number that a value begins with.
func leading(s string) int {
	n, _ := strconv.Atoi(s[:len(s)-len(strings.TrimLeft(s, "0123456789"))])
	return n
}
