package hash

import (
	"crypto/sha256"
	"hash"
	"strings"
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/opencontainers/go-digest"
)

// badHash is SHA-256 that errs on every message of a kilobyte and more.
type badHash struct {
	hash.Hash
	n int
}

func (b *badHash) Write(p []byte) (int, error) { b.n += len(p); return b.Hash.Write(p) }
func (b *badHash) Reset()                      { b.n = 0; b.Hash.Reset() }
func (b *badHash) Sum(in []byte) []byte {
	out := b.Hash.Sum(in)
	if b.n >= 1000 {
		out[len(out)-1] ^= 1
	}
	return out
}

func candidate(name string, bad, available bool, loses string) engine {
	info := EngineInfo{Algorithm: digest.SHA256, Name: name, Impl: "test", Width: 1, Available: available, new: sha256.New}
	if bad {
		info.new = func() hash.Hash { return &badHash{Hash: sha256.New()} }
	}
	return engine{info, loses}
}

func TestChoose(t *testing.T) {
	std := candidate("std", false, true, "")
	tests := []struct {
		name    string
		streams []engine
		want    string // name, KAT and ! for chosen
	}{
		{"only the standard library", []engine{std}, "std:pass!"},
		{"faster", []engine{candidate("fast", false, true, ""), std}, "fast:pass! std:pass"},
		{"faster but wrong", []engine{candidate("fast", true, true, ""), std}, "fast:fail std:pass!"},
		{"not worth it", []engine{candidate("fast", false, true, "slower"), std}, "fast:not run std:pass!"},
		{"not available", []engine{candidate("fast", true, false, ""), std}, "fast:not run std:pass!"},
		{"second wrong", []engine{candidate("a", true, true, ""), candidate("b", false, true, ""), std}, "a:fail b:pass! std:pass"},
		{"all wrong", []engine{candidate("a", true, true, ""), candidate("std", true, true, "")}, "a:fail std:fail!"},
		{"standard library wrong", []engine{candidate("a", false, true, ""), candidate("std", true, true, "")}, "a:pass! std:fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := choose(tt.streams, nil, stdlib512(features{std512: "generic"}))
			var got []string
			for _, e := range s.infos {
				if e.Algorithm != digest.SHA256 {
					continue
				}
				text := e.Name + ":" + string(e.KAT)
				if e.Chosen {
					text += "!"
				}
				got = append(got, text)
				if !e.Chosen && e.KAT == Fail && !strings.Contains(e.Reason, "failed") {
					t.Errorf("%s: got reason %q, want the failure", e.Name, e.Reason)
				}
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if s.sha256 == nil {
				t.Error("got no SHA-256 engine")
			}
		})
	}
}

func TestEngines(t *testing.T) {
	chosen := map[digest.Algorithm]int{}
	for _, e := range Engines() {
		if e.Width == 1 && e.Chosen {
			chosen[e.Algorithm]++
		}
		if e.Chosen && e.KAT != Pass || e.KAT == Fail {
			t.Errorf("%s (%s): got %s, want pass", e.Name, e.Impl, e.KAT)
		}
		if e.Name == "" || e.Impl == "" || e.Reason == "" || e.Width < 1 {
			t.Errorf("got %+v, want every field set", e)
		}
		if !strings.Contains(Describe(), e.Name) && e.Chosen {
			t.Errorf("Describe: got %q, want %s in it", Describe(), e.Name)
		}
	}
	for _, e := range Engines() {
		switch h, l := e.Hash(), e.Lanes(); {
		case h != nil && l != nil, !e.Available && (h != nil || l != nil), e.Chosen && h == nil && l == nil:
			t.Errorf("%s x%d: got hash %t and lanes %t", e.Name, e.Width, h != nil, l != nil)
		case h != nil && !knowsAnswers(e.Algorithm, h):
			t.Errorf("%s (%s): got wrong answers", e.Name, e.Impl)
		case l != nil && !l.set.knowsAnswers(MaxLanes):
			t.Errorf("lanes %s x%d: got wrong answers", e.Impl, e.Width)
		}
	}
	if chosen[digest.SHA256] != 1 || chosen[digest.SHA512] != 1 {
		t.Errorf("got %v, want one engine for each algorithm", chosen)
	}
	Engines()[0].Name = "overwritten"
	if Engines()[0].Name == "overwritten" {
		t.Error("got the caller's change in the next answer")
	}
	if strings.ContainsAny(Describe(), "\n\t") {
		t.Errorf("Describe: got %q, want one line", Describe())
	}
}

func TestFeatures(t *testing.T) {
	everything := func(cpuid.FeatureID) bool { return true }
	nothing := func(cpuid.FeatureID) bool { return false }
	if got, want := featuresOf("cpu.all=off", everything), featuresOf("", nothing); got != want {
		t.Errorf("all off: got %+v, want %+v", got, want)
	}
	if purego {
		if got, want := featuresOf("", everything), (features{std256: "generic", std512: "generic"}); got != want {
			t.Errorf("purego: got %+v, want %+v", got, want)
		}
	}
}

func TestKnownAnswersCatchAFault(t *testing.T) {
	if !knowsAnswers(digest.SHA256, sha256.New()) {
		t.Error("got a failure from crypto/sha256, want a pass")
	}
	if knowsAnswers(digest.SHA256, &badHash{Hash: sha256.New()}) {
		t.Error("got a pass from a broken engine, want a failure")
	}
	if knowsAnswers(digest.SHA512, sha256.New()) {
		t.Error("got a pass from the wrong algorithm, want a failure")
	}
}
