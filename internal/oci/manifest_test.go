package oci

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocisum/ocisum/hash"
)

const head = `{"schemaVersion":2,`

func TestParseManifest(t *testing.T) {
	doc := head + `"mediaType":"` + MediaTypeManifest + `","artifactType":"a/b","config":{"mediaType":"` + MediaTypeEmpty +
		`","digest":"sha256:` + hexA + `","size":2,"data":"e30="},"layers":[` + desc + `,{"mediaType":"m","digest":"sha512:ab","size":-1,` +
		`"urls":["u"],"annotations":{"k":"v"},"platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["f"],"variant":"v7"}}],` +
		`"subject":` + desc + `,"annotations":{"x":"\u0079"},"unknown":[null]}`
	m, ps := ParseManifest([]byte(doc), DefaultLimits())
	compare(t, ps, "digest-malformed /layers/1/digest@"+at(doc, `"sha512`), "wrong-type /layers/1/size@"+at(doc, "-1"))
	want := &Manifest{
		MediaType: MediaTypeManifest, ArtifactType: "a/b",
		Config: &Descriptor{Pointer: "/config", Offset: offset(doc, `{"mediaType":"`+MediaTypeEmpty), MediaType: MediaTypeEmpty,
			RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA, Size: 2, SizeKnown: true, Data: []byte("{}")},
		Layers: []Descriptor{
			{Pointer: "/layers/0", Offset: offset(doc, desc), MediaType: "application/vnd.oci.image.layer.v1.tar",
				RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA, Size: 3, SizeKnown: true},
			{Pointer: "/layers/1", Offset: offset(doc, `{"mediaType":"m"`), MediaType: "m",
				RawDigest: "sha512:ab", DigestReason: hash.Malformed, URLs: []string{"u"}, Annotations: map[string]string{"k": "v"},
				Platform: &Platform{"arm", "linux", "1", []string{"f"}, "v7"}},
		},
		LayersState: Present,
		Subject: &Descriptor{Pointer: "/subject", Offset: offset(doc, `"subject":`) + 10, MediaType: "application/vnd.oci.image.layer.v1.tar",
			RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA, Size: 3, SizeKnown: true},
		Annotations: map[string]string{"x": "y"},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("manifest differs (-want +got):\n%s", diff)
	}
}

func TestManifestProblems(t *testing.T) {
	rest := `"config":` + desc + `,"layers":[]`
	for _, tt := range []struct {
		name, doc string
		want      []string // kinds and pointers
	}{
		{"good", head + rest + "}", nil},
		{"nulls of Go programs", head + `"mediaType":null,"subject":null,"annotations":null,"artifactType":null,"config":` + desc + `,"layers":null}`, nil},
		{"nulls in a descriptor", head + `"layers":[],"config":` + strings.Replace(desc, "{", `{"urls":null,"annotations":null,"data":null,"platform":null,`, 1) + "}", nil},
		{"no version", "{" + rest + "}", []string{"schema-version /schemaVersion"}},
		{"version 1", `{"schemaVersion":1,` + rest + "}", []string{"schema-version /schemaVersion"}},
		{"version 2.0", `{"schemaVersion":2.0,` + rest + "}", []string{"wrong-type /schemaVersion"}},
		{"version null", `{"schemaVersion":null,` + rest + "}", []string{"wrong-type /schemaVersion"}},
		{"no config, no layers", head + `"mediaType":"` + MediaTypeManifest + `"}`, []string{"required /config", "required /layers"}},
		{"config null", head + `"config":null,"layers":[]}`, []string{"wrong-type /config"}},
		{"layers an object", head + `"config":` + desc + `,"layers":{}}`, []string{"wrong-type /layers"}},
		{"layers with null", head + `"config":` + desc + `,"layers":[null,0]}`, []string{"wrong-type /layers/0", "wrong-type /layers/1"}},
		{"empty descriptor", head + `"config":{},"layers":[]}`, []string{"required /config/digest", "required /config/mediaType", "required /config/size"}},
		{"empty media type", head + `"layers":[],"config":` + strings.Replace(desc, "application/vnd.oci.image.layer.v1.tar", "", 1) + "}", []string{"value /config/mediaType"}},
		{"weak digest", head + `"layers":[],"config":` + strings.Replace(desc, "sha256", "md5", 1) + "}", []string{"digest-weak /config/digest"}},
		{"unknown digest", head + `"layers":[],"config":` + strings.Replace(desc, "sha256", "blake3", 1) + "}", []string{"digest-unsupported /config/digest"}},
		{"size a string", head + `"layers":[],"config":` + strings.Replace(desc, ":3", `:"3"`, 1) + "}", []string{"wrong-type /config/size"}},
		{"size a fraction", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":3.0", 1) + "}", []string{"wrong-type /config/size"}},
		{"size an exponent", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":3e0", 1) + "}", []string{"wrong-type /config/size"}},
		{"size null", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":null", 1) + "}", []string{"wrong-type /config/size"}},
		{"size 2^63", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":9223372036854775808", 1) + "}", []string{"wrong-type /config/size"}},
		{"size 2^63-1", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":9223372036854775807", 1) + "}", nil},
		{"size 1000 digits", head + `"layers":[],"config":` + strings.Replace(desc, ":3", ":1"+strings.Repeat("0", 1000), 1) + "}", []string{"wrong-type /config/size"}},
		{"bad base64", head + `"layers":[],"config":` + strings.Replace(desc, "{", `{"data":"e30",`, 1) + "}", []string{"value /config/data"}},
		{"base64 with line break", head + `"layers":[],"config":` + strings.Replace(desc, "{", `{"data":"e3\n0=",`, 1) + "}", []string{"value /config/data"}},
		{"annotation a number", head + rest + `,"annotations":{"a":1,"b":null}}`, []string{"wrong-type /annotations/a", "wrong-type /annotations/b"}},
		{"annotations a list", head + rest + `,"annotations":[]}`, []string{"wrong-type /annotations"}},
		{"escape in reference", head + rest + `,"annotations":{"org.opencontainers.image.ref.name":"\u001b[2J","text":"a\nb"}}`, []string{"text /annotations/org.opencontainers.image.ref.name"}},
		{"bidi in name of annotation", head + rest + `,"annotations":{"a\u202eb":""}}`, []string{"text /annotations/a\u202eb"}},
		{"platform incomplete", head + `"layers":[],"config":` + strings.Replace(desc, "{", `{"platform":{},`, 1) + "}", []string{"required /config/platform/architecture", "required /config/platform/os"}},
		{"index too", head + rest + `,"manifests":[]}`, []string{"ambiguous /manifests"}},
		{"schema 1 too", head + rest + `,"fsLayers":null}`, []string{"ambiguous /fsLayers"}},
		{"artifact too", head + rest + `,"blobs":[]}`, []string{"ambiguous /blobs"}},
		{"index instead", head + `"manifests":[]}`, []string{"required /config", "required /layers", "media-type /manifests"}},
		{"calls itself index", head + rest + `,"mediaType":"` + MediaTypeIndex + `"}`, []string{"media-type /mediaType"}},
		{"calls itself config", head + rest + `,"mediaType":"` + MediaTypeConfig + `"}`, []string{"media-type /mediaType"}},
		{"everything at once", `{"Config":1,"layers":[{"size":-1,"size":"x"}],"layers":5} x`, []string{
			"required /config", "schema-version /schemaVersion", "case-variant /Config", "required /layers/0/digest",
			"required /layers/0/mediaType", "wrong-type /layers/0/size", "duplicate-key /layers/0/size",
			"wrong-type /layers/0/size", "duplicate-key /layers", "wrong-type /layers", "trailing-data "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ps := ParseManifest([]byte(tt.doc), DefaultLimits())
			var got []string
			for _, p := range ps {
				got = append(got, string(p.Kind)+" "+p.Pointer)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if m == nil {
				t.Error("got no manifest, want what can be used of it")
			}
		})
	}
}

// What is usable is returned beside what is not.
func TestBadDescriptorKeepsItsPlace(t *testing.T) {
	m, _ := ParseManifest([]byte(head+`"config":5,"layers":[`+desc+`,null,{"digest":7},`+desc+`]}`), DefaultLimits())
	var got []string
	for _, d := range m.Layers {
		got = append(got, d.Pointer+" "+string(d.Digest))
	}
	want := []string{"/layers/0 sha256:" + hexA, "/layers/1 ", "/layers/2 ", "/layers/3 sha256:" + hexA}
	if !reflect.DeepEqual(got, want) || m.Config != nil {
		t.Errorf("got %q and config %v, want %q and none", got, m.Config, want)
	}
}

func TestLayersState(t *testing.T) {
	for layers, want := range map[string]State{`"layers":[]`: Present, `"layers":null`: Null, `"layers":1`: Bad, `"x":1`: Absent} {
		m, _ := ParseManifest([]byte(head+layers+"}"), DefaultLimits())
		if m.LayersState != want || len(m.Layers) != 0 {
			t.Errorf("%s: got state %d and %d layers, want %d and none", layers, m.LayersState, len(m.Layers), want)
		}
	}
}

// The last of several values counts, and nothing of those before shows
// through it. Case variants do not count at all.
func TestValueOfDuplicates(t *testing.T) {
	m, ps := ParseManifest([]byte(head+`"layers":[`+desc+`,`+desc+`],"layers":[{"size":7}],"Layers":[],"config":`+desc+`,"config":{"size":1,"Size":2}}`), DefaultLimits())
	if len(ps) == 0 {
		t.Error("got no problems, want duplicates and case variants")
	}
	if len(m.Layers) != 1 || m.Layers[0].Size != 7 || m.Layers[0].Digest != "" || m.Layers[0].Pointer != "/layers/0" {
		t.Errorf("got layers %+v, want the last list alone", m.Layers)
	}
	if m.Config == nil || m.Config.Size != 1 || m.Config.MediaType != "" {
		t.Errorf("got config %+v, want the last object alone", m.Config)
	}
}

func TestNothingUsable(t *testing.T) {
	for _, doc := range []string{"", "{", "null", "[]", `"x"`, "1", strings.Repeat("[", 100), "{\"x\":" + strings.Repeat(" ", 4<<20) + "1}"} {
		m, ps := ParseManifest([]byte(doc), DefaultLimits())
		if m != nil || len(ps) == 0 {
			t.Errorf("%.20q: got manifest %v and problems %v, want none and some", doc, m, ps)
		}
	}
}

func TestParseIndex(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		manifests int
		want      []string
	}{
		{"no media type", head + `"manifests":[` + desc + `]}`, 1, nil},
		{"docker list", head + `"mediaType":"` + MediaTypeDockerList + `","manifests":[]}`, 0, nil},
		{"null", head + `"manifests":null}`, 0, []string{"wrong-type /manifests@31"}},
		{"absent", head[:18] + "}", 0, []string{"required /manifests@0"}},
		{"calls itself manifest", head + `"mediaType":"` + MediaTypeManifest + `","manifests":[]}`, 0, []string{"media-type /mediaType@31"}},
		{"layers too", head + `"manifests":[],"layers":[]}`, 0, []string{"ambiguous /layers@34"}},
		{"schema 3", `{"schemaVersion":3,"manifests":[]}`, 0, []string{"schema-version /schemaVersion@17"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, ps := ParseIndex([]byte(tt.doc), DefaultLimits())
			compare(t, ps, tt.want...)
			if len(x.Manifests) != tt.manifests {
				t.Errorf("got %d manifests, want %d", len(x.Manifests), tt.manifests)
			}
		})
	}
}

func TestIndexElementLimit(t *testing.T) {
	list := func(n int) []byte {
		return []byte(head + `"manifests":[` + strings.Repeat(desc+",", n-1) + desc + "]}")
	}
	if x, ps := ParseIndex(list(10_000), DefaultLimits()); x == nil || len(x.Manifests) != 10_000 || len(ps) != 0 {
		t.Errorf("10 000 descriptors: got problems %v, want none", ps)
	}
	x, ps := ParseIndex(list(10_001), DefaultLimits())
	if x != nil || len(ps) != 1 || ps[0].Kind != ElementLimit || ps[0].Pointer != "/manifests/10000" {
		t.Errorf("10 001 descriptors: got problems %v, want element-limit", ps)
	}
}

func TestParseArtifact(t *testing.T) {
	doc := `{"mediaType":"` + MediaTypeArtifactManifest + `","artifactType":"t","blobs":[` + desc + `],"subject":` + desc + `}`
	a, ps := ParseArtifact([]byte(doc), DefaultLimits())
	compare(t, ps)
	if a.ArtifactType != "t" || len(a.Blobs) != 1 || a.Blobs[0].Pointer != "/blobs/0" || a.Subject == nil || a.MediaType != MediaTypeArtifactManifest {
		t.Errorf("got %+v, want what %s says", a, doc)
	}
	_, ps = ParseArtifact([]byte(`{"blobs":null,"manifests":[]}`), DefaultLimits())
	compare(t, ps, "required /mediaType@0", "ambiguous /manifests@14")
}

// offset is where s first stands in doc.
func offset(doc, s string) int64 { return int64(strings.Index(doc, s)) }

func at(doc, s string) string { return itoa(offset(doc, s)) }
