package oci

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// largeIndex is an index of n manifests as a registry mirror has it.
func largeIndex(n int) []byte {
	m := `{"mediaType":"` + MediaTypeManifest + `","digest":"sha256:` + hexA + `","size":1234,"platform":{"architecture":"amd64","os":"linux"},` +
		`"annotations":{"org.opencontainers.image.ref.name":"v1.2.3","com.example/\u0061":"some text of some length"}}`
	return []byte(head + `"manifests":[` + strings.Repeat(m+",", n-1) + m + "]}")
}

func manyNames(n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%x":0`, i*7919%n)
	}
	return []byte("{" + b.String()[1:] + "}")
}

func BenchmarkCheck(b *testing.B) {
	for _, bb := range []struct {
		name string
		data []byte
	}{
		{"index", largeIndex(5000)},
		{"names", manyNames(200_000)},
		{"text", []byte(`["` + strings.Repeat("plain text, nothing to see here. ", 100_000) + `"]`)},
	} {
		b.Run("doc="+bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			for b.Loop() {
				if ps := Check(bb.data, indexSchema, DefaultLimits()); bb.name == "index" && len(ps) != 0 {
					b.Fatal(ps[0])
				}
			}
		})
	}
}

func BenchmarkParseIndex(b *testing.B) {
	for _, n := range []int{1, 5000} {
		data := largeIndex(n)
		b.Run(fmt.Sprintf("manifests=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if x, _ := ParseIndex(data, DefaultLimits()); len(x.Manifests) != n {
					b.Fatal("manifests lost")
				}
			}
		})
	}
}

// The largest documents within the limits, and the worst beyond them, cost
// less than 64 MiB in all: not only at the peak.
func TestMemoryIsBounded(t *testing.T) {
	fill := func(before, item, after string, n int) []byte {
		n /= scale
		return []byte(before + strings.Repeat(item+",", n-1) + item + after)
	}
	names := func(before, value, after string, n int) []byte {
		return []byte(before + strings.ReplaceAll(string(manyNames(n/scale)), ":0", value) + after)
	}
	const mib4 = 4<<20 - 100
	index := func(d []byte, l Limits) []Problem { _, ps := ParseIndex(d, l); return ps }
	config := func(d []byte, l Limits) []Problem { _, ps := ParseConfig(d, l); return ps }
	docker := func(d []byte, l Limits) []Problem { _, ps := ParseDockerManifest(d, l); return ps }
	repositories := func(d []byte, l Limits) []Problem { _, ps := ParseRepositories(d, l); return ps }
	for _, tt := range []struct {
		name  string
		parse func([]byte, Limits) []Problem
		data  []byte
	}{
		{"empty descriptors", index, fill(head+`"manifests":[`, "{}", "]}", mib4/3)},
		{"descriptors up to the tokens", index, fill(head+`"manifests":[`, "{}", "]}", 499_990)},
		{"numbers", docker, fill("[", "0", "]", 499_999)},
		{"other names", index, names("", ":0", "", 249_000)},
		{"same names", repositories, fill("{", `"":0`, "}", 249_000)},
		{"escaped names", index, fill("{", `"\u0061":0`, "}", 249_000)},
		{"bad text", docker, fill("[", "\"\xff\"", "]", 499_000)},
		{"long name, many problems", index, fill(`{"`+strings.Repeat("n", 2<<20)+`":[`, "\"\xff\"", "]}", 400_000)},
		{"one string of escapes", index, []byte(`{"mediaType":"` + strings.Repeat(`\n`, mib4/2) + `"}`)},
		{"one string of bad text", index, []byte(`{"mediaType":"` + strings.Repeat("\xff", mib4) + `"}`)},
		{"one name of bad text", index, []byte(`{"` + strings.Repeat("\xff", mib4) + `":0}`)},
		{"deep", index, []byte(strings.Repeat("[", mib4))},
		{"history", config, fill(`{"history":[`, "{}", "]}", 249_000)},
		{"annotations", index, names(head+`"manifests":[],"annotations":`, `:"v"`, "}", 240_000)},
		{"same annotations", index, fill(head+`"manifests":[],"annotations":{`, `"abcd":"abcd"`, "}}", 249_000)},
		{"repositories", repositories, names("", ":{}", "", 240_000)},
		{"images", docker, fill("[", "{}", "]", 499_000)},
		{"tags", docker, fill(`[{"RepoTags":[`, `""`, `]}]`, 499_000)},
		{"space", index, []byte("{" + strings.Repeat(" ", mib4) + "}")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ps := tt.parse(tt.data, DefaultLimits())
			runtime.ReadMemStats(&after)
			mib := (after.TotalAlloc - before.TotalAlloc) >> 20
			if mib >= 64 {
				t.Errorf("got %d MiB allocated, want less than 64", mib)
			}
			t.Logf("%d MiB, %d problems", mib, len(ps))
		})
	}
}
