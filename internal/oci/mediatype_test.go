package oci

import "testing"

func TestIsLayer(t *testing.T) {
	const oci, nd = "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar"
	const docker, foreign = "application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.foreign.diff.tar"
	for mt, want := range map[string]LayerType{
		oci:                         {Compression: "none"},
		oci + "+gzip":               {Compression: "gzip"},
		oci + "+zstd":               {Compression: "zstd"},
		oci + "+encrypted":          {Compression: "none", Encrypted: true},
		oci + "+gzip+encrypted":     {Compression: "gzip", Encrypted: true},
		oci + "+zstd+encrypted":     {Compression: "zstd", Encrypted: true},
		oci + "+lz4":                {},
		oci + ".gzip":               {},
		nd:                          {Compression: "none", NonDistributable: true},
		nd + "+gzip":                {Compression: "gzip", NonDistributable: true},
		nd + "+zstd":                {Compression: "zstd", NonDistributable: true},
		docker:                      {Compression: "none", Docker: true},
		docker + ".gzip":            {Compression: "gzip", Docker: true},
		docker + ".zstd":            {Compression: "zstd", Docker: true},
		docker + ".gzip+encrypted":  {Compression: "gzip", Docker: true, Encrypted: true},
		foreign:                     {Compression: "none", Docker: true, NonDistributable: true},
		foreign + ".gzip":           {Compression: "gzip", Docker: true, NonDistributable: true},
		foreign + ".gzip+encrypted": {Compression: "gzip", Docker: true, NonDistributable: true, Encrypted: true},
	} {
		if got, ok := IsLayer(mt); !ok || got != want {
			t.Errorf("IsLayer(%q) = %+v, %t, want %+v, true", mt, got, ok, want)
		}
	}
	for _, mt := range []string{"", "x", oci + "get", "application/vnd.oci.image.layer.v1", "application/vnd.in-toto+json",
		" " + oci, "APPLICATION" + oci[11:], MediaTypeConfig, MediaTypeEmpty, "application/vnd.oci.image.layer.v2.tar"} {
		if got, ok := IsLayer(mt); ok || got != (LayerType{}) {
			t.Errorf("IsLayer(%q) = %+v, %t, want nothing", mt, got, ok)
		}
	}
}

// Every document's media type is of exactly one class.
func TestMediaTypeClasses(t *testing.T) {
	classes := map[string]func(string) bool{"index": IsIndex, "manifest": IsManifest, "schema1": IsSchema1, "artifact": IsArtifactManifest, "config": IsImageConfig}
	for mt, want := range map[string]string{
		MediaTypeIndex: "index", MediaTypeDockerList: "index", MediaTypeManifest: "manifest", MediaTypeDockerManifest: "manifest",
		MediaTypeDockerSchema1: "schema1", MediaTypeDockerSchema1Signed: "schema1", MediaTypeArtifactManifest: "artifact",
		MediaTypeConfig: "config", MediaTypeDockerConfig: "config", MediaTypeEmpty: "", "": "", "text/plain": "",
	} {
		for class, is := range classes {
			if got := is(mt); got != (class == want) {
				t.Errorf("%q is %s: got %t, want %t", mt, class, got, class == want)
			}
		}
	}
}

func TestCheckFamily(t *testing.T) {
	for _, tt := range []struct {
		descriptor, body string
		want             []string
	}{
		{MediaTypeManifest, MediaTypeManifest, nil},
		{MediaTypeManifest, "", nil},
		{MediaTypeIndex, "", nil},
		{"", MediaTypeIndex, nil},
		{"", "", nil},
		{MediaTypeDockerManifest, MediaTypeDockerManifest, nil},
		{MediaTypeDockerSchema1Signed, "", nil},
		{MediaTypeDockerManifest, "", []string{"media-type /mediaType@-1"}},
		{MediaTypeDockerList, "", []string{"media-type /mediaType@-1"}},
		{MediaTypeManifest, MediaTypeDockerManifest, []string{"media-type /mediaType@-1"}},
		{MediaTypeIndex, MediaTypeManifest, []string{"media-type /mediaType@-1"}},
	} {
		compare(t, CheckFamily(tt.descriptor, tt.body), tt.want...)
	}
}

func TestDetectShape(t *testing.T) {
	for doc, want := range map[string]Shape{
		`{"manifests":[]}`:                    ShapeIndex,
		`{"manifests":null,"layers":[]}`:      ShapeIndex,
		`{"config":` + desc + `}`:             ShapeManifest,
		`{"layers":[` + desc + `]}`:           ShapeManifest,
		`{"layers":[],"config":{}}`:           ShapeManifest,
		`{"layers":[{"blob":"x"}]}`:           ShapeOther, // build cache
		`{"id":"x","config":{"Env":null}}`:    ShapeOther, // v1 json
		`{"config":{"Env":null},"rootfs":{}}`: ShapeConfig,
		`{"rootfs":null}`:                     ShapeConfig,
		`{"blobs":[]}`:                        ShapeArtifact,
		`{"fsLayers":[]}`:                     ShapeSchema1,
		`{"imageLayoutVersion":1}`:            ShapeLayout,
		`[{"Config":""}]`:                     ShapeDocker,
		`[]`:                                  ShapeDocker,
		`{}`:                                  ShapeOther,
		`{"Manifests":[]}`:                    ShapeOther,
		`{"m\u0061nifests":[]}`:               ShapeIndex,
		`null`:                                ShapeOther,
		`{"manifests":[]`:                     ShapeOther,
		`{"manifests":[],"mediaType":"` + MediaTypeManifest + `"}`:         ShapeManifest,
		`{"layers":[],"mediaType":"` + MediaTypeDockerList + `"}`:          ShapeIndex,
		`{"layers":[],"mediaType":"` + MediaTypeArtifactManifest + `"}`:    ShapeArtifact,
		`{"layers":[],"mediaType":"` + MediaTypeDockerSchema1Signed + `"}`: ShapeSchema1,
		`{"rootfs":{},"mediaType":"x"}`:                                    ShapeConfig,
	} {
		if got := DetectShape([]byte(doc), DefaultLimits()); got != want {
			t.Errorf("DetectShape(%s) = %s, want %s", doc, got, want)
		}
	}
}
