package lock

import (
	"fmt"
	"testing"

	"github.com/opencontainers/go-digest"
)

// large is a lock file of about 8 MiB.
func large(tb testing.TB) []byte {
	tb.Helper()
	var list []Approval
	for i := range 14_000 {
		d := digest.FromString(fmt.Sprint(i))
		r := Record{Digest: d, Kind: Manifest, Verified: true, Sources: []Source{{fmt.Sprintf("mirror/app-%d.tar", i), d}}}
		r.Platforms = []Platform{{Name: "linux/amd64", Manifest: d, Config: d, DiffIDs: []digest.Digest{d}}}
		list = append(list, Approval{fmt.Sprintf("registry.example/team/app-%d:v1", i), r})
	}
	f := &File{}
	if _, err := f.PutAll(list); err != nil {
		tb.Fatal(err)
	}
	text, err := f.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func BenchmarkParse(b *testing.B) {
	text := large(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVoucher(b *testing.B) {
	f, err := Parse(large(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Voucher("--lock", ""); err != nil {
			b.Fatal(err)
		}
	}
}
