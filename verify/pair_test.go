package verify

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/opencontainers/go-digest"
)

// A pair is SHA-256 of two streams, however their bytes come.
func TestPair(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 3*lateBytes+12345)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	var p pair
	for round := range 50 {
		p.reset(round%10 == 9)
		var stored, decoded []byte
		for range rnd.IntN(12) {
			part := data[rnd.IntN(len(data)):]
			part = part[:rnd.IntN(len(part)+1)]
			if rnd.IntN(2) == 0 {
				p.stored(part)
				stored = append(stored, part...)
			} else {
				p.decoded(part, rnd.IntN(2) == 0)
				decoded = append(decoded, part...)
			}
		}
		gotStored, gotDecoded := p.digests()
		if want := sum(stored); gotStored != want {
			t.Errorf("round %d, stored: got %s, want %s", round, gotStored, want)
		}
		if want := sum(decoded); gotDecoded != want {
			t.Errorf("round %d, decoded: got %s, want %s", round, gotDecoded, want)
		}
	}
}

func sum(b []byte) digest.Digest {
	s := sha256.Sum256(b)
	return digestOf(s[:])
}

func digestOf(sum []byte) digest.Digest { return digest.NewDigestFromBytes(digest.SHA256, sum) }
