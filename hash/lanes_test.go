package hash

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
)

// laneSets returns every way of computing lanes that can run here: each kernel
// alone, what is chosen on this and on other makers' CPUs, with and without the
// SHA extensions and AVX-512, and no kernels at all.
func laneSets(t testing.TB) map[string]*laneSet {
	here := detect()
	sets := map[string]*laneSet{
		"portable": {},
		"engine":   {stream: New256},
		"chosen":   engines().lanes,
	}
	for _, k := range laneKernels(here) {
		if k.reach {
			sets[fmt.Sprintf("%sx%d", k.impl, k.width)] = k.only(New256)
		}
	}
	for i := range 32 {
		f := here
		f.maker = maker{intel: i&1 != 0, zen5: i&2 != 0}
		f.shaNI = f.shaNI && i&4 != 0
		f.avx512 = f.avx512 && i&8 != 0
		f.avx2 = f.avx2 && i&16 != 0
		set, infos := chooseLanes(laneKernels(f), New256)
		for _, e := range infos {
			if e.Chosen && e.KAT != Pass || e.KAT == Fail {
				t.Errorf("%s x%d: got %s, want pass", e.Impl, e.Width, e.KAT)
			}
		}
		sets[set.String()] = set
	}
	return sets
}

// New256 is New for SHA-256.
func New256() hash.Hash { return New(digest.SHA256) }

// checkLanes compares lanes with their twins, crypto/sha256 over the same bytes.
func checkLanes(t testing.TB, l *Lanes, twins []hash.Hash) {
	t.Helper()
	for i, twin := range twins {
		if got, want := l.Sum(i, nil), twin.Sum(nil); !bytes.Equal(got, want) {
			t.Fatalf("lane %d of %d after %d bytes: got %x, want %x", i, len(twins), l.Len(i), got, want)
		}
	}
}

// TestLanesAgree writes random chunks to random lanes, resets lanes in between
// and compares every lane with crypto/sha256.
func TestLanesAgree(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	for name, set := range laneSets(t) {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			data := make([]byte, 1<<18)
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			for range rounds {
				l := newLanes(set)
				twins := make([]hash.Hash, 1+r.IntN(MaxLanes))
				for i := range twins {
					twins[i] = sha256.New()
				}
				for range 1 + r.IntN(6) {
					chunks := make([][]byte, r.IntN(len(twins)+1))
					most := []int{1, 64, 200, 3000, 20000}[r.IntN(5)]
					for i := range chunks {
						n := r.IntN(most + 1)
						switch r.IntN(4) {
						case 0:
							n = most
						case 1:
							n -= n % blockSize
						}
						at := r.IntN(len(data) - n + 1)
						chunks[i] = data[at : at+n]
						twins[i].Write(chunks[i])
					}
					l.Write(chunks)
					if r.IntN(3) == 0 {
						checkLanes(t, l, twins)
					}
					if r.IntN(3) == 0 {
						i := r.IntN(len(twins))
						l.Reset(i)
						twins[i].Reset()
					}
				}
				checkLanes(t, l, twins)
			}
		})
	}
}

// TestLanesLengths gives every lane another length around the block boundaries,
// where padding and buffering change.
func TestLanesLengths(t *testing.T) {
	data := pattern(400)
	for name, set := range laneSets(t) {
		t.Run(name, func(t *testing.T) {
			for first := range 300 {
				l := newLanes(set)
				chunks := make([][]byte, MaxLanes)
				for i := range chunks {
					chunks[i] = data[i : first+i+i*3%7]
				}
				l.Write(chunks)
				for i, c := range chunks {
					if got, want := l.Sum(i, nil), sha256.Sum256(c); !bytes.Equal(got, want[:]) {
						t.Fatalf("lane %d, %d bytes: got %x, want %x", i, len(c), got, want)
					}
					if got, want := l.Len(i), int64(len(c)); got != want {
						t.Errorf("Len(%d): got %d, want %d", i, got, want)
					}
				}
			}
		})
	}
}

// TestLanesLong crosses the limit of one kernel call, with lanes that end at
// very different times.
func TestLanesLong(t *testing.T) {
	data := pattern(3*maxRun + 1000)
	for name, set := range laneSets(t) {
		t.Run(name, func(t *testing.T) {
			l := newLanes(set)
			chunks := make([][]byte, MaxLanes)
			for i := range chunks {
				chunks[i] = data[i*13 : len(data)-i*i*777]
			}
			l.Write(chunks)
			for i, c := range chunks {
				want := sha256.Sum256(c)
				if got := l.Digest(i); got != digest.NewDigestFromBytes(digest.SHA256, want[:]) {
					t.Errorf("lane %d, %d bytes: got %s, want %x", i, len(c), got, want)
				}
			}
		})
	}
}

// TestKernels calls the block functions as such: every alignment of the data,
// no blocks and several, and nothing written beside their own states.
func TestKernels(t *testing.T) {
	for _, k := range laneKernels(detect()) {
		if !k.reach {
			continue
		}
		t.Run(fmt.Sprintf("%sx%d", k.impl, k.width), func(t *testing.T) {
			for n := range 4 {
				for align := range 65 {
					data := pattern(MaxLanes*5 + align + 4*blockSize)
					keep := bytes.Clone(data)
					var got, want [MaxLanes][8]uint32
					var h [MaxLanes]*[8]uint32
					var p [MaxLanes]*byte
					for i := range h {
						for j := range got[i] {
							got[i][j] = uint32(i*8+j) * 0x9e3779b9
						}
						want[i] = got[i]
						at := data[align+5*i:]
						h[i], p[i] = &got[i], &at[0]
						if i < k.width {
							blocksGo(&want[i], at[:n*blockSize])
						}
					}
					k.blocks(&h, &p, n)
					if got != want {
						t.Fatalf("%d blocks at alignment %d: got %x, want %x", n, align, got, want)
					}
					if !bytes.Equal(data, keep) {
						t.Fatal("got the data changed")
					}
				}
			}
		})
	}
}

func TestPortableBlocks(t *testing.T) {
	data := pattern(10 * blockSize)
	for n := range 10 {
		got, want := iv, iv
		blocksGo(&got, data[:n*blockSize])
		one := (&laneSet{stream: sha256.New}).single()
		if one.h == nil {
			t.Fatal("got no engine, want crypto/sha256")
		}
		if n > 0 && !one.engine(&want, data[:n*blockSize]) {
			t.Fatal("got the engine refused")
		}
		if got != want {
			t.Errorf("%d blocks: got %x, want %x", n, got, want)
		}
	}
}

func TestLanesHoldNoChunks(t *testing.T) {
	l := NewLanes()
	a, b := pattern(5000), pattern(5000)
	l.Write([][]byte{a, b})
	clear(a)
	clear(b)
	for i, todo := range l.todo {
		if todo != nil {
			t.Errorf("lane %d: got %d bytes kept, want none", i, len(todo))
		}
		if l.call.p[i] != nil {
			t.Errorf("lane %d: got a pointer kept, want none", i)
		}
	}
	want := sha256.Sum256(pattern(5000))
	if got := l.Sum(1, []byte("x")); string(got) != "x"+string(want[:]) {
		t.Errorf("got %x, want it appended", got)
	}
	l.Write(nil)
	l.Write([][]byte{nil, {}})
	if got := l.Sum(0, nil); !bytes.Equal(got, want[:]) {
		t.Errorf("after empty writes: got %x, want %x", got, want)
	}
}

func TestLanesRefuseTooMany(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	NewLanes().Write(make([][]byte, MaxLanes+1))
}

func TestLanesInGoroutines(t *testing.T) {
	data := pattern(50000)
	want := sha256.Sum256(data)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			l := NewLanes()
			for i := range LaneWidth() {
				l.Reset(i)
			}
			l.Write([][]byte{data, data, data})
			if got := l.Sum(2, nil); !bytes.Equal(got, want[:]) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
	wg.Wait()
}

// brokenState is crypto/sha256 whose marshaled state is in another form.
type brokenState struct{ hash.Hash }

func (b brokenState) MarshalBinary() ([]byte, error) { return make([]byte, stateSize), nil }
func (b brokenState) UnmarshalBinary([]byte) error   { return nil }

func TestChooseLanes(t *testing.T) {
	miscount := func(h *[MaxLanes]*[8]uint32, _ *[MaxLanes]*byte, n int) { h[1][0] += uint32(n) }
	bad := kernel{impl: "bad", width: 2, least: 2, reach: true, blocks: miscount}
	absent := kernel{impl: "absent", width: 4, least: 4, loses: "no such CPU", blocks: bad.blocks}
	set, infos := chooseLanes([]kernel{absent, bad}, sha256.New)
	if got, want := set.String(), "none"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := infos[0]; got.KAT != NotRun || got.Chosen || got.Reason != "no such CPU" {
		t.Errorf("absent: got %+v, want it not run", got)
	}
	if got := infos[1]; got.KAT != Fail || got.Chosen || got.Reason != "failed its known-answer test" {
		t.Errorf("bad: got %+v, want it dropped", got)
	}
	for _, stream := range []func() hash.Hash{
		func() hash.Hash { return brokenState{sha256.New()} },
		func() hash.Hash { return struct{ hash.Hash }{sha256.New()} }, // cannot be marshaled
		func() hash.Hash { return sha256.New224() },
	} {
		set, _ := chooseLanes(nil, stream)
		if set.width() != 1 || !set.knowsAnswers(MaxLanes) {
			t.Errorf("%T: got lanes that do not know their answers", stream())
		}
	}
}

// laneTest is a CPU and the width of the kernel it uses by streams at hand.
type laneTest struct {
	name   string
	f      features
	active map[int]int
}

// TestLanePolicy fixes which kernels are used on which CPU.
func TestLanePolicy(t *testing.T) {
	if got := (&laneSet{}).width(); got != 1 {
		t.Errorf("got width %d without kernels, want 1", got)
	}
	if got, want := LaneWidth(), engines().lanes.width(); got != want || got > MaxLanes {
		t.Errorf("got width %d, want %d", got, want)
	}
	for _, tt := range laneTests {
		t.Run(tt.name, func(t *testing.T) {
			var set laneSet
			for _, k := range laneKernels(tt.f) {
				if k.reach && k.loses == "" {
					set.kernels = append(set.kernels, k)
				}
			}
			for active, want := range tt.active {
				got := 0
				if k := set.pick(active); k != nil {
					got = k.width
				}
				if got != want {
					t.Errorf("%d streams: got width %d, want %d", active, got, want)
				}
			}
		})
	}
}

// FuzzLanes reads its input as a script: two bytes say the lane and the length
// of a chunk, a long one or a reset now and then.
func FuzzLanes(f *testing.F) {
	f.Add([]byte{0, 64, 1, 64, 2, 1, 0xff, 0, 3, 200}, uint8(4))
	f.Add(bytes.Repeat([]byte{5, 63, 6, 65}, 8), uint8(16))
	f.Add([]byte{}, uint8(0))
	sets := laneSets(f)
	f.Fuzz(func(t *testing.T, script []byte, width uint8) {
		if len(script) > 200 {
			return
		}
		data := pattern(1 << 13)
		lanes := 1 + int(width)%MaxLanes
		for name, set := range sets {
			l := newLanes(set)
			twins := make([]hash.Hash, lanes)
			for i := range twins {
				twins[i] = sha256.New()
			}
			chunks := make([][]byte, lanes)
			flush := func() {
				for i, c := range chunks {
					twins[i].Write(c)
				}
				l.Write(chunks)
				clear(chunks)
			}
			for rest := script; len(rest) >= 2; rest = rest[2:] {
				i, n := int(rest[0])%lanes, int(rest[1])
				switch {
				case rest[0] >= 0xf0:
					flush()
					l.Reset(i)
					twins[i].Reset()
					continue
				case rest[0]&0x40 != 0:
					n *= 31
				}
				if chunks[i] != nil {
					flush()
				}
				chunks[i] = data[n%61 : n%61+n]
			}
			flush()
			for i, twin := range twins {
				if got, want := l.Sum(i, nil), twin.Sum(nil); !bytes.Equal(got, want) {
					t.Fatalf("%s, lane %d: got %x, want %x", name, i, got, want)
				}
			}
		}
	})
}

func TestPaddingCarriesTheBitLength(t *testing.T) {
	l := NewLanes()
	l.lane[0].n = 1 << 61 // more bits than 64 can count: the length is modulo 2^64
	var twin [stateSize]byte
	copy(twin[:], stateMagic)
	for i, v := range iv {
		binary.BigEndian.PutUint32(twin[stateWords+4*i:], v)
	}
	binary.BigEndian.PutUint64(twin[stateSize-8:], 1<<61)
	h := sha256.New()
	if err := h.(stateful).UnmarshalBinary(twin[:]); err != nil {
		t.Fatal(err)
	}
	if got, want := l.Sum(0, nil), h.Sum(nil); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
