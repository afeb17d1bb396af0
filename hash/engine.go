package hash

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"sync"

	"github.com/opencontainers/go-digest"
)

// EngineInfo is one implementation that was considered for this process.
type EngineInfo struct {
	Algorithm digest.Algorithm `json:"algorithm"`
	Name      string           `json:"name"`             // crypto/sha256, minio/sha256-simd, lanes, ...
	Impl      string           `json:"impl"`             // the instructions behind it: sha-ni, avx2, generic, ...
	Width     int              `json:"width"`            // streams that advance together; 1 is an ordinary hash
	Available bool             `json:"available"`        // CPU and build can run it
	KAT       KAT              `json:"knownAnswerTest"`  // not run on what would not be chosen anyway
	Chosen    bool             `json:"chosen"`           // used by New, or by Lanes where Width > 1
	Reason    string           `json:"reason,omitempty"` // why it was chosen or not

	new    func() hash.Hash
	kernel *kernel
}

// Hash returns a new hash by this very engine, or nil if it is not available or
// Width is more than 1. It is for measuring: an engine that was not chosen may
// not even have been tested.
func (e EngineInfo) Hash() hash.Hash {
	if !e.Available || e.new == nil {
		return nil
	}
	return e.new()
}

// Lanes returns new lanes by this very engine wherever two or more lanes have
// blocks to advance, or nil if it is not available or Width is 1. It is for
// measuring, as Hash is.
func (e EngineInfo) Lanes() *Lanes {
	if !e.Available || e.kernel == nil {
		return nil
	}
	return newLanes(e.kernel.only(sha256.New))
}

// KAT is the outcome of an engine's known-answer test.
type KAT string

// Outcomes of a known-answer test. An engine that failed is never chosen,
// crypto/sha256 and crypto/sha512 excepted: nothing could take their place.
const (
	NotRun KAT = "not run"
	Pass   KAT = "pass"
	Fail   KAT = "fail"
)

// Engines returns what was considered, what was chosen and why, in a fixed
// order. The slice is the caller's.
func Engines() []EngineInfo {
	return append([]EngineInfo(nil), engines().infos...)
}

// Describe names the chosen engines on one line, for version output and
// reports: "sha256: crypto/sha256 (sha-ni); lanes: sha-ni x4, sha-ni x2; sha512:
// crypto/sha512 (avx2)".
func Describe() string { return engines().describe() }

// selection is the outcome of choosing.
type selection struct {
	sha256 func() hash.Hash
	lanes  *laneSet
	infos  []EngineInfo
}

func (s *selection) describe() string {
	one := map[digest.Algorithm]string{}
	for _, e := range s.infos {
		if e.Chosen && e.Width == 1 {
			one[e.Algorithm] = e.Name + " (" + e.Impl + ")"
		}
	}
	return fmt.Sprintf("sha256: %s; lanes: %s; sha512: %s", one[digest.SHA256], s.lanes, one[digest.SHA512])
}

// engines chooses once, at first use, so that importing the package costs
// nothing.
var engines = sync.OnceValue(func() *selection {
	f := detect()
	return choose(streamEngines(f), laneKernels(f), stdlib512(f))
})

// engine is a candidate for one stream.
type engine struct {
	EngineInfo
	loses string // why it is not worth choosing although it may be available
}

// stdlib256 is the engine to beat. Its info says which code crypto/sha256
// picks on this CPU, after the conditions in the Go source tree.
func stdlib256(f features) engine {
	return engine{EngineInfo: EngineInfo{
		Algorithm: digest.SHA256, Name: "crypto/sha256", Impl: f.std256, Width: 1, Available: true,
		Reason: "fastest for one stream on this CPU", new: sha256.New,
	}}
}

func stdlib512(f features) engine {
	return engine{EngineInfo: EngineInfo{
		Algorithm: digest.SHA512, Name: "crypto/sha512", Impl: f.std512, Width: 1, Available: true,
		Reason: "the only engine", new: sha512.New,
	}}
}

// choose takes the first SHA-256 engine that is worth it and knows its answers.
// The last one is the standard library's: there is nothing behind it, so it is
// taken even if it fails, and so is SHA-512's.
func choose(sha256s []engine, kernels []kernel, sha512 engine) *selection {
	s := new(selection)
	for i, e := range sha256s {
		s.consider(e, i == len(sha256s)-1)
	}
	lanes, infos := chooseLanes(kernels, s.sha256)
	s.lanes, s.infos = lanes, append(s.infos, infos...)
	s.consider(sha512, true)
	return s
}

func (s *selection) consider(e engine, last bool) {
	e.examine()
	free := e.Algorithm != digest.SHA256 || s.sha256 == nil
	switch {
	case e.KAT == Fail && free && last:
		e.Chosen, e.Reason = true, "failed its known-answer test, but there is no other"
	case e.KAT == Fail:
		e.Reason = "failed its known-answer test"
	case e.loses != "":
		e.Reason = e.loses
	case !free:
		e.Reason = "a faster engine was chosen"
	default:
		e.Chosen = e.Available
	}
	if e.Chosen && e.Algorithm == digest.SHA256 {
		s.sha256 = e.new
	}
	s.infos = append(s.infos, e.EngineInfo)
}

// examine runs the known-answer test of an engine that could be chosen. Others
// are not run at all: instructions that are not needed cannot fault.
func (e *engine) examine() {
	e.KAT = NotRun
	if !e.Available || e.loses != "" {
		return
	}
	e.KAT = Fail
	if knowsAnswers(e.Algorithm, e.new()) {
		e.KAT = Pass
	}
}
