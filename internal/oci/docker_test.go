package oci

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDockerManifest(t *testing.T) {
	doc := `[{"Config":"c.json","RepoTags":["a:1","a:2"],"Layers":["l/layer.tar",""],"Parent":"sha256:p",` +
		`"LayerSources":{"sha256:` + hexA + `":` + desc + `,"x/y":{}}},{"Config":"d.json","RepoTags":null,"Layers":null},null,{"Layers":[1,"z"]}]`
	list, ps := ParseDockerManifest([]byte(doc), DefaultLimits())
	src := `/0/LayerSources/x~1y`
	empty := at(doc, `{}}`)
	compare(t, ps,
		"value /0/Layers/1@"+at(doc, `""]`), "digest-malformed "+src+"@"+at(doc, `"x/y"`),
		"required "+src+"/digest@"+empty, "required "+src+"/mediaType@"+empty, "required "+src+"/size@"+empty,
		"wrong-type /2@"+at(doc, "null,{"), "required /3/Config@"+at(doc, `{"Layers":[1`), "wrong-type /3/Layers/0@"+at(doc, `1,"z"`))
	want := []DockerImage{
		{Pointer: "/0", Config: "c.json", RepoTags: []string{"a:1", "a:2"}, Layers: []string{"l/layer.tar", ""}, LayersState: Present, Parent: "sha256:p",
			LayerSources: []LayerSource{
				{"sha256:" + hexA, Descriptor{Pointer: "/0/LayerSources/sha256:" + hexA, Offset: offset(doc, desc), MediaType: "application/vnd.oci.image.layer.v1.tar",
					RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA, Size: 3, SizeKnown: true}},
				{"x/y", Descriptor{Pointer: src, Offset: offset(doc, "{}}")}},
			}},
		{Pointer: "/1", Config: "d.json", LayersState: Null},
		{Pointer: "/2"},
		{Pointer: "/3", Layers: []string{"", "z"}, LayersState: Present},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("manifest differs (-want +got):\n%s", diff)
	}
}

func TestDockerManifestShapes(t *testing.T) {
	for _, tt := range []struct {
		doc    string
		usable bool
		want   []string
	}{
		{"[]", true, nil},
		{"null", false, []string{"wrong-type @0"}},
		{`{"Config":"x"}`, false, []string{"wrong-type @0"}},
		{`[{"Config":"x","config":"y"}]`, true, []string{"case-variant /0/config@15"}},
		{`[{"Config":"x","RepoTags":["a\u001b[8m:1\n"]}]`, true, []string{"text /0/RepoTags/0@27"}},
		{`[{"Config":"x"}][]`, true, []string{"trailing-data @16"}},
	} {
		list, ps := ParseDockerManifest([]byte(tt.doc), DefaultLimits())
		compare(t, ps, tt.want...)
		if (list != nil) != tt.usable {
			t.Errorf("%s: got list %v, want usable %t", tt.doc, list, tt.usable)
		}
	}
}

func TestParseRepositories(t *testing.T) {
	doc := `{"a/b":{"1":"id1","latest":"id2"},"c":{"x":5},"d":null,"e":[],"A/B":{"1":"id3"}}`
	list, ps := ParseRepositories([]byte(doc), DefaultLimits())
	compare(t, ps, "wrong-type /c/x@"+at(doc, "5}"), "wrong-type /e@"+at(doc, "[]"))
	want := []RepoTag{
		{"/a~1b/1", "a/b", "1", "id1"}, {"/a~1b/latest", "a/b", "latest", "id2"},
		{"/c/x", "c", "x", ""}, {"/A~1B/1", "A/B", "1", "id3"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("repositories differ (-want +got):\n%s", diff)
	}
	if list, ps := ParseRepositories([]byte("[]"), DefaultLimits()); list != nil || len(ps) != 1 {
		t.Errorf("an array: got %v and %v, want nothing and one problem", list, ps)
	}
}

func TestParseLegacyV1(t *testing.T) {
	v1, ps := ParseLegacyV1([]byte(`{"id":"i","parent":"p","created":"x","config":null}`), DefaultLimits())
	compare(t, ps)
	if *v1 != (LegacyV1{"i", "p"}) {
		t.Errorf("got %+v, want i and p", v1)
	}
	v1, ps = ParseLegacyV1([]byte(`{"id":1,"Parent":"p"}`), DefaultLimits())
	compare(t, ps, "wrong-type /id@6", "case-variant /Parent@8")
	if *v1 != (LegacyV1{}) {
		t.Errorf("got %+v, want nothing", v1)
	}
}
