package decompress

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"testing"
)

// A chunk remains valid as long as Held says, and the bytes are the same.
func TestKeep(t *testing.T) {
	data := make([]byte, 5<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(rnd.IntN(7) * rnd.IntN(7))
	}
	// Several members, so that history ends on the way.
	in := cat(gz(t, data[:1<<20]), gz(t, data[1<<20:]))
	d := NewDecoder(Options{})
	for _, keep := range []int{0, 1, 3, 2} {
		d.Reset(context.Background(), Gzip, bytes.NewReader(in))
		type kept struct{ chunk, want []byte }
		var all []kept
		var got []byte
		for calls := 0; ; calls++ {
			if calls == 2 {
				d.Keep(keep)
			}
			p, err := d.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if calls >= 2 {
				want = keep
			}
			if d.Held() != want {
				t.Errorf("keep %d, call %d: got held for %d calls, want %d", keep, calls, d.Held(), want)
			}
			got = append(got, p...)
			all = append(all, kept{p, bytes.Clone(p)})
			for i := max(0, len(all)-1-want); i < len(all); i++ {
				if calls-want >= 2 && !bytes.Equal(all[i].chunk, all[i].want) {
					t.Fatalf("keep %d, call %d: chunk %d has changed", keep, calls, i)
				}
			}
		}
		if !bytes.Equal(got, data) {
			t.Errorf("keep %d: got %d bytes, or others", keep, len(got))
		}
	}
}
