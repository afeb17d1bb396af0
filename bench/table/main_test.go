package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

const output = `goos: linux
cpu: Test
BenchmarkDecode/format=gzip/kind=text/level=6/impl=ours-2 	 100	 10 ns/op	 300.00 MB/s	 0 B/op	 0 allocs/op
BenchmarkDecode/format=gzip/kind=text/level=6/impl=ours-2 	 100	 10 ns/op	 900.00 MB/s	 0 B/op	 0 allocs/op
BenchmarkDecode/format=gzip/kind=text/level=6/impl=ours-2 	 100	 10 ns/op	 500.00 MB/s	 0 B/op	 0 allocs/op
BenchmarkDecode/format=gzip/kind=text/level=6/impl=std-2 	 100	 10 ns/op	 250.00 MB/s	 0 B/op	 0 allocs/op
BenchmarkVerify/format=stdin/layers=8/size=64MiB/jobs=1-2 	 100	 10 ns/op	 100.00 MB/s
BenchmarkVerify/format=stdin/layers=8/size=64MiB/jobs=2-2 	 100	 10 ns/op	 190.00 MB/s
BenchmarkVerify/format=stdin/layers=8/size=8MiB/jobs=2-2 	 100	 10 ns/op	 180.00 MB/s
BenchmarkVerify/format=oci-gzip/layers=8/size=8MiB/jobs=2-2 	 100	 10 ns/op	 170.00 MB/s
PASS
`

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(strings.NewReader(output), &out, io.Discard, "", "make bench"); err != nil {
		t.Fatal(err)
	}
	// The median of the samples, and the columns in order of their size.
	for _, want := range []string{
		"  format  kind  level  ours  std  ours / std\n  gzip    text  6       500  250        2.00\n",
		"  format  layers    1    2  2 / 1\n  stdin   8       100  190   1.90\n",
		"  format  8MiB  64MiB\n  stdin    180    190\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant in it\n%s", out.String(), want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for _, in := range []string{"", "PASS\n", output + "FAIL\n"} {
		if err := run(strings.NewReader(in), io.Discard, io.Discard, "", ""); err == nil {
			t.Errorf("got no error for %q", in)
		}
	}
}
