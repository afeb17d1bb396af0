package oci

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

// fuzzLimits are small enough to be met.
var fuzzLimits = Limits{Bytes: 1 << 16, Depth: 20, Tokens: 500, Elements: 20}

// checkProblems checks what holds for the problems of every document.
func checkProblems(t *testing.T, data []byte, ps []Problem) {
	t.Helper()
	if !slices.IsSortedFunc(ps, func(a, b Problem) int {
		if a.Offset < 0 || b.Offset < 0 {
			return 0
		}
		return int(a.Offset - b.Offset)
	}) {
		t.Errorf("problems are not sorted: %v", ps)
	}
	for _, p := range ps {
		switch {
		case p.Kind == "" || p.Detail == "" && p.Kind != SizeLimit:
			t.Errorf("problem says nothing: %+v", p)
		case p.Offset < -1 || p.Offset > int64(len(data)):
			t.Errorf("offset is outside of %d bytes: %+v", len(data), p)
		case p.Pointer != "" && p.Pointer[0] != '/':
			t.Errorf("no JSON pointer: %+v", p)
		case len(p.Pointer) > maxText+100 || len(p.Got) > maxText || len(p.Want) > maxText:
			t.Errorf("problem is too long: %+v", p)
		}
	}
}

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "{}", "[]", "null", " 0 ", `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", "\ufeff{}", `{"a":1,"\u0061":2}`, `{"a":{"b":[1,2.5e-7,true,{}]}} x`,
		strings.Repeat("[", 30), `["` + "\u212a" + `"]`,
		head + `"config":` + desc + `,"layers":[` + desc + `],"annotations":{"a":"b"}}`,
		head + `"Config":{},"config":` + desc + `,"layers":null,"subject":null,"manifests":[]}`,
		head + `"manifests":[` + strings.Replace(desc, "{", `{"platform":{"architecture":"a","os":"b","os.features":["c"]},"data":"e30=","urls":["u"],`, 1) + `]}`,
		`{"architecture":"a","os":"b","rootfs":{"type":"layers","diff_ids":["sha256:` + hexA + `"]},"history":[{"empty_layer":true,"created":"2026-01-01T00:00:00Z"}],"config":{"Env":["a"],"Labels":{"a":"b"}}}`,
		`[{"Config":"c","RepoTags":["t"],"Layers":["l"],"LayerSources":{"sha256:` + hexA + `":` + desc + `}}]`,
		`{"a":{"b":"c"}}`, schema1Doc, sign(schema1Doc, "\n}", protected(len(schema1Doc)-2, "\n}")),
	} {
		f.Add([]byte(s))
	}
}

// FuzzCheck: a document is without problems exactly if an independent strict
// decoder takes it, and is broken exactly if encoding/json refuses it.
func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		ps := Check(data, nil, fuzzLimits)
		checkProblems(t, data, ps)
		if slices.ContainsFunc(ps, func(p Problem) bool { return p.Kind.IsLimit() }) {
			return
		}
		if strict := jsontext.Value(data).IsValid(); strict != (len(ps) == 0) {
			t.Errorf("got %v, but strictly valid is %t", ps, strict)
		}
		broken := slices.ContainsFunc(ps, func(p Problem) bool { return p.Kind == Invalid || p.Kind == TrailingData })
		if valid := json.Valid(data); valid == broken {
			t.Errorf("got %v, but valid is %t", ps, valid)
		}
	})
}

// FuzzManifest: what is accepted reads the same with encoding/json, which
// most tools use, and no document makes any parser panic.
func FuzzManifest(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ps := ParseManifest(data, fuzzLimits)
		checkProblems(t, data, ps)
		if accepted(m == nil, ps) {
			var want v1.Manifest
			decode(t, data, &want)
			got := v1.Manifest{MediaType: m.MediaType, ArtifactType: m.ArtifactType, Config: specDescriptor(*m.Config), Annotations: m.Annotations}
			got.SchemaVersion = 2
			for _, d := range m.Layers {
				got.Layers = append(got.Layers, specDescriptor(d))
			}
			if m.Subject != nil {
				s := specDescriptor(*m.Subject)
				got.Subject = &s
			}
			same(t, want, got)
		}
		x, ps := ParseIndex(data, fuzzLimits)
		checkProblems(t, data, ps)
		if accepted(x == nil, ps) {
			var want v1.Index
			decode(t, data, &want)
			got := v1.Index{MediaType: x.MediaType, ArtifactType: x.ArtifactType, Annotations: x.Annotations}
			got.SchemaVersion = 2
			for _, d := range x.Manifests {
				got.Manifests = append(got.Manifests, specDescriptor(d))
			}
			if x.Subject != nil {
				s := specDescriptor(*x.Subject)
				got.Subject = &s
			}
			same(t, want, got)
		}
		_, ps = ParseArtifact(data, fuzzLimits)
		checkProblems(t, data, ps)
		_, ps = ParseSchema1(data, fuzzLimits)
		checkProblems(t, data, ps)
		DetectShape(data, fuzzLimits)
		if payload, err := Schema1Payload(data); err == nil {
			// The payload is the document, less what signs it.
			var whole, signed map[string]json.RawMessage
			decode(t, data, &whole)
			decode(t, payload, &signed)
			if slices.ContainsFunc(Check(data, nil, DefaultLimits()), func(p Problem) bool { return p.Kind == DuplicateKey }) {
				return
			}
			delete(whole, "signatures")
			same(t, whole, signed)
		}
	})
}

// FuzzConfig is FuzzManifest for configs and the files of docker save.
func FuzzConfig(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, ps := ParseConfig(data, fuzzLimits)
		checkProblems(t, data, ps)
		if accepted(c == nil, ps) {
			var want v1.Image
			// Docker reads a string where image-spec has a list of strings,
			// and nothing here reads the sets.
			if err := json.Unmarshal(data, &want); err == nil {
				got := want
				got.Architecture, got.OS, got.OSVersion, got.OSFeatures, got.Variant, got.Author = c.Architecture, c.OS, c.OSVersion, c.OSFeatures, c.Variant, c.Author
				got.RootFS.Type, got.RootFS.DiffIDs = c.RootFSType, nil
				for _, d := range c.DiffIDs {
					got.RootFS.DiffIDs = append(got.RootFS.DiffIDs, d.Digest)
				}
				got.History = nil
				for i, h := range c.History {
					got.History = append(got.History, v1.History{Created: want.History[i].Created, CreatedBy: h.CreatedBy, Author: h.Author, Comment: h.Comment, EmptyLayer: h.EmptyLayer})
				}
				if k := c.Container; k != nil {
					got.Config.User, got.Config.Env, got.Config.Entrypoint, got.Config.Cmd = k.User, k.Env, k.Entrypoint, k.Cmd
					got.Config.WorkingDir, got.Config.StopSignal, got.Config.Labels = k.WorkingDir, k.StopSignal, k.Labels
				}
				same(t, want, got)
			}
		}
		list, ps := ParseDockerManifest(data, fuzzLimits)
		checkProblems(t, data, ps)
		if accepted(list == nil, ps) {
			type image struct {
				Config, Parent   string
				RepoTags, Layers []string
			}
			var want, got []image
			decode(t, data, &want)
			for _, d := range list {
				got = append(got, image{d.Config, d.Parent, d.RepoTags, d.Layers})
			}
			same(t, want, got)
		}
		tags, ps := ParseRepositories(data, fuzzLimits)
		checkProblems(t, data, ps)
		if accepted(tags == nil, ps) {
			var want map[string]map[string]string
			decode(t, data, &want)
			n := 0
			for _, m := range want {
				n += len(m)
			}
			for _, r := range tags {
				if want[r.Repo][r.Tag] != r.ID {
					t.Errorf("%s: got %q, want %q", r.Pointer, r.ID, want[r.Repo][r.Tag])
				}
			}
			if len(tags) != n {
				t.Errorf("got %d tags, want %d", len(tags), n)
			}
		}
		_, ps = ParseLegacyV1(data, fuzzLimits)
		checkProblems(t, data, ps)
		_, ps = ParseLayout(data, fuzzLimits)
		checkProblems(t, data, ps)
	})
}

// accepted reports whether a document has no problems, hints aside.
func accepted(none bool, ps []Problem) bool {
	return !none && !slices.ContainsFunc(ps, func(p Problem) bool { return p.Kind != Text })
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(into); err != nil {
		t.Fatalf("accepted, but encoding/json says: %v", err)
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("encoding/json reads something else (-encoding/json +this):\n%s", diff)
	}
}

func specDescriptor(d Descriptor) v1.Descriptor {
	s := v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size, URLs: d.URLs, Annotations: d.Annotations, Data: d.Data, ArtifactType: d.ArtifactType}
	if p := d.Platform; p != nil {
		s.Platform = &v1.Platform{Architecture: p.Architecture, OS: p.OS, OSVersion: p.OSVersion, OSFeatures: p.OSFeatures, Variant: p.Variant}
	}
	return s
}
