package hash

//go:generate go run ./internal/gen/main.go ./internal/gen/shani.go ./internal/gen/hybrid.go ./internal/gen/avx2.go ./internal/gen/avx512.go ./internal/gen/arm64.go

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"

	"github.com/opencontainers/go-digest"
)

// kernel is a block function that advances several streams together.
type kernel struct {
	impl  string
	width int // streams it advances
	least int // streams from which on it beats the narrower kernels
	loses string
	reach bool // CPU and build can run it

	// blocks compresses the n blocks at p[i] into h[i] for i < width. The
	// pointers must all be valid and the states distinct.
	blocks func(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)
}

// only returns lanes that use k whenever there are two streams, and stream for
// what is left over.
func (k *kernel) only(stream func() hash.Hash) *laneSet {
	always := *k
	always.least = 2
	return &laneSet{kernels: []kernel{always}, stream: stream}
}

// maxRun is how many bytes one call of a kernel compresses at most. Assembly
// cannot be preempted; the standard library draws the line at 64 KiB too.
const maxRun = 64 << 10

// turn is how many bytes a lane moves on while others wait for a place in the
// kernel: little enough that all advance evenly, and much beside the cost of a
// call.
const turn = 4 << 10

// laneSet is what Lanes are made of: kernels, widest first, and the engine for
// what is left over.
type laneSet struct {
	kernels []kernel
	stream  func() hash.Hash // nil: portable Go
}

func (s *laneSet) width() int {
	if len(s.kernels) == 0 {
		return 1
	}
	return s.kernels[0].width
}

func (s *laneSet) String() string {
	if len(s.kernels) == 0 {
		return "none"
	}
	var parts []string
	for _, k := range s.kernels {
		parts = append(parts, fmt.Sprintf("%s x%d", k.impl, k.width))
	}
	return strings.Join(parts, ", ")
}

// advance compresses l.todo of the first n lanes. As long as several lanes have
// blocks left, those with most left move on together, so that they end together
// and few blocks remain for the single engine.
func (s *laneSet) advance(l *Lanes, n int) {
	var order [MaxLanes]int // lanes with blocks left, most first
	active := 0
	for i := range n {
		if len(l.todo[i]) > 0 {
			order[active] = i
			active++
		}
	}
	for active > 1 {
		k := s.pick(active)
		if k == nil {
			break
		}
		sortByLength(order[:active], &l.todo)
		run := maxRun / k.width
		if active > k.width {
			run = turn
		}
		l.run(k, order[:min(k.width, active)], run/blockSize)
		left := order[:0]
		for _, i := range order[:active] {
			if len(l.todo[i]) > 0 {
				left = append(left, i)
			}
		}
		active = len(left)
	}
	for _, i := range order[:active] {
		l.one.blocks(&l.lane[i].h, l.todo[i])
	}
}

// pick returns the widest kernel that pays for so many lanes, or nil.
func (s *laneSet) pick(active int) *kernel {
	for i := range s.kernels {
		if s.kernels[i].least <= active {
			return &s.kernels[i]
		}
	}
	return nil
}

// run moves the given lanes, the last of which has least left, on together by n
// blocks or what is left.
func (l *Lanes) run(k *kernel, lanes []int, n int) {
	c := &l.call
	n = min(n, len(l.todo[lanes[len(lanes)-1]])/blockSize)
	for j := range k.width {
		if j < len(lanes) {
			c.h[j], c.p[j] = &l.lane[lanes[j]].h, &l.todo[lanes[j]][0]
		} else {
			// A place nobody needs reads what another reads, to no effect.
			c.h[j], c.p[j] = &c.idle[j], c.p[0]
		}
	}
	k.blocks(&c.h, &c.p, n)
	for _, i := range lanes {
		l.todo[i] = l.todo[i][n*blockSize:]
	}
}

// sortByLength sorts lanes by what is left to do, most first. It is an insertion
// sort because there are few, they are nearly sorted, and nothing may be
// allocated.
func sortByLength(lanes []int, todo *[MaxLanes][]byte) {
	for i := 1; i < len(lanes); i++ {
		for j := i; j > 0 && len(todo[lanes[j]]) > len(todo[lanes[j-1]]); j-- {
			lanes[j], lanes[j-1] = lanes[j-1], lanes[j]
		}
	}
}

// chooseLanes keeps the kernels that are worth it and know their answers, and
// an engine for the rest: stream, if it can be used for that, else portable Go.
func chooseLanes(kernels []kernel, stream func() hash.Hash) (*laneSet, []EngineInfo) {
	s := &laneSet{}
	if (&laneSet{stream: stream}).knowsAnswers(2) {
		s.stream = stream
	}
	var infos []EngineInfo
	for _, k := range kernels {
		info := EngineInfo{
			Algorithm: digest.SHA256, Name: "lanes", Impl: k.impl, Width: k.width, Available: k.reach, KAT: NotRun,
			Reason: fmt.Sprintf("fastest for %d and more streams", k.least), kernel: &k,
		}
		if k.reach && k.loses == "" {
			info.KAT = Fail
			if k.only(s.stream).knowsAnswers(k.width) {
				info.KAT = Pass
			}
		}
		switch {
		case info.KAT == Fail:
			info.Reason = "failed its known-answer test"
		case k.loses != "":
			info.Reason = k.loses
		case k.reach:
			info.Chosen = true
			s.kernels = append(s.kernels, k)
		}
		infos = append(infos, info)
	}
	return s, infos
}

// knowsAnswers runs the known-answer test of as many lanes: each its own
// message, whose answer is crypto/sha256's. Lengths differ, so that lanes drop
// out one by one, and the second half arrives out of step with the blocks.
func (s *laneSet) knowsAnswers(lanes int) bool {
	const longest, step = 1500, 75
	msg := pattern(longest + MaxLanes)
	l := newLanes(s)
	var first, second [MaxLanes][]byte
	for i := range lanes {
		m := msg[i : i+longest-step*i]
		first[i], second[i] = m[:len(m)/2+i], m[len(m)/2+i:]
	}
	l.Write(first[:lanes])
	l.Write(second[:lanes])
	for i := range lanes {
		want := sha256.Sum256(msg[i : i+longest-step*i])
		if got := l.lane[i].sum(&l.one); got != want {
			return false
		}
	}
	return true
}
