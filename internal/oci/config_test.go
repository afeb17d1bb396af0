package oci

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocisum/ocisum/hash"
)

func TestParseConfig(t *testing.T) {
	// As Docker writes it, with fields that only Docker knows.
	doc := `{"architecture":"arm64","config":{"Hostname":"","User":"1:2","Env":["A=b"],"Cmd":null,"Entrypoint":"/x","Volumes":null,` +
		`"WorkingDir":"/w","OnBuild":null,"Labels":{"a":"b","A":"c"}},"container":"c","container_config":{"Cmd":["x"],"cmd":1},` +
		`"created":"0001-01-01T00:00:00Z","docker_version":"20.10","history":[{"created":"2026-01-02T03:04:05.678+01:00","created_by":"/bin/sh -c #(nop)  CMD [\"x\"]","empty_layer":true},{"comment":"c","author":"me","created":null,"empty_layer":null}],` +
		`"os":"linux","os.version":"1","os.features":["f"],"variant":"v8","author":"a","rootfs":{"type":"layers","diff_ids":["sha256:` + hexA + `","md5:00"]}}`
	c, ps := ParseConfig([]byte(doc), DefaultLimits())
	compare(t, ps, "digest-weak /rootfs/diff_ids/1@"+at(doc, `"md5`))
	want := &Config{
		Created: "0001-01-01T00:00:00Z", Author: "a", Architecture: "arm64", OS: "linux", OSVersion: "1", OSFeatures: []string{"f"}, Variant: "v8",
		RootFSState: Present, RootFSType: "layers", DiffIDsState: Present,
		DiffIDs: []DiffID{
			{Pointer: "/rootfs/diff_ids/0", RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA},
			{Pointer: "/rootfs/diff_ids/1", RawDigest: "md5:00", DigestReason: hash.Weak},
		},
		HistoryState: Present,
		History: []History{
			{Created: "2026-01-02T03:04:05.678+01:00", CreatedBy: `/bin/sh -c #(nop)  CMD ["x"]`, EmptyLayer: true},
			{Comment: "c", Author: "me"},
		},
		Container: &ContainerConfig{User: "1:2", Env: []string{"A=b"}, Entrypoint: []string{"/x"}, WorkingDir: "/w", Labels: map[string]string{"a": "b", "A": "c"}},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("config differs (-want +got):\n%s", diff)
	}
}

func TestConfigProblems(t *testing.T) {
	const (
		plat = `{"architecture":"","os":"",`
		root = `"rootfs":{"type":"layers","diff_ids":[]}`
	)
	for _, tt := range []struct {
		name, doc                string
		rootfs, diffIDs, history State
		want                     []string
	}{
		{"smallest", plat + root + "}", Present, Present, Absent, nil},
		{"empty", "{}", Absent, Absent, Absent, []string{"required /architecture@0", "required /os@0", "required /rootfs@0"}},
		{"rootfs null", plat + `"rootfs":null}`, Null, Absent, Absent, []string{"wrong-type /rootfs@36"}},
		{"rootfs a list", plat + `"rootfs":[]}`, Bad, Absent, Absent, []string{"wrong-type /rootfs@36"}},
		{"rootfs empty", plat + `"rootfs":{}}`, Present, Absent, Absent, []string{"required /rootfs/diff_ids@36", "required /rootfs/type@36"}},
		{"diff_ids null", plat + `"rootfs":{"type":"layers","diff_ids":null}}`, Present, Null, Absent, nil},
		{"diff_ids a string", plat + `"rootfs":{"type":"layers","diff_ids":"x"}}`, Present, Bad, Absent, []string{"wrong-type /rootfs/diff_ids@64"}},
		{"diff_ids of numbers", plat + `"rootfs":{"type":"layers","diff_ids":[1]}}`, Present, Present, Absent, []string{"wrong-type /rootfs/diff_ids/0@65"}},
		{"other rootfs", plat + `"rootfs":{"type":"layers+base","diff_ids":[]}}`, Present, Present, Absent, []string{"value /rootfs/type@44"}},
		{"case of rootfs", plat + root + `,"RootFS":{}}`, Present, Present, Absent, []string{"case-variant /RootFS@68"}},
		{"rootfs twice", plat + root + `,"rootfs":null}`, Null, Absent, Absent, []string{"duplicate-key /rootfs@68", "wrong-type /rootfs@77"}},
		{"history null", plat + root + `,"history":null}`, Present, Present, Null, nil},
		{"history an object", plat + root + `,"history":{}}`, Present, Present, Bad, []string{"wrong-type /history@78"}},
		{"history of nulls", plat + root + `,"history":[null]}`, Present, Present, Present, []string{"wrong-type /history/0@79"}},
		{"empty_layer a string", plat + root + `,"history":[{"empty_layer":"false"}]}`, Present, Present, Present, []string{"wrong-type /history/0/empty_layer@94"}},
		{"case of empty_layer", plat + root + `,"history":[{"Empty_Layer":true}]}`, Present, Present, Present, []string{"case-variant /history/0/Empty_Layer@80"}},
		{"no time", plat + root + `,"created":"yesterday"}`, Present, Present, Absent, []string{"value /created@78"}},
		{"no such day", plat + root + `,"history":[{"created":"2026-02-30T00:00:00Z"}]}`, Present, Present, Present, []string{"value /history/0/created@90"}},
		{"case of user", plat + root + `,"config":{"user":"root","User":"1"}}`, Present, Present, Absent, []string{"case-variant /config/user@78"}},
		{"unknown fields", plat + root + `,"x":{"rootfs":1,"ROOTFS":2},"id":7}`, Present, Present, Absent, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ps := ParseConfig([]byte(tt.doc), DefaultLimits())
			compare(t, ps, tt.want...)
			if c.RootFSState != tt.rootfs || c.DiffIDsState != tt.diffIDs || c.HistoryState != tt.history {
				t.Errorf("got states %d, %d, %d, want %d, %d, %d", c.RootFSState, c.DiffIDsState, c.HistoryState, tt.rootfs, tt.diffIDs, tt.history)
			}
		})
	}
}

// An entry that is no history entry is still one step, which is not empty.
func TestHistoryKeepsPlaces(t *testing.T) {
	c, _ := ParseConfig([]byte(`{"history":[null,{"empty_layer":true},3]}`), DefaultLimits())
	if len(c.History) != 3 || !c.History[1].EmptyLayer || c.History[0].EmptyLayer || c.History[2].EmptyLayer {
		t.Errorf("got %+v, want three entries, the second empty", c.History)
	}
}

func TestParseLayout(t *testing.T) {
	for _, tt := range []struct {
		doc, version string
		want         []string
	}{
		{`{"imageLayoutVersion":"1.0.0"}`, "1.0.0", nil},
		{`{"imageLayoutVersion":"1.0.0","x":1}`, "1.0.0", nil},
		{`{"imageLayoutVersion":"1.0.1"}`, "1.0.1", []string{"value /imageLayoutVersion@22"}},
		{`{"imageLayoutVersion":1}`, "", []string{"wrong-type /imageLayoutVersion@22"}},
		{`{"ImageLayoutVersion":"1.0.0"}`, "", []string{"required /imageLayoutVersion@0", "case-variant /ImageLayoutVersion@1"}},
		{`{}`, "", []string{"required /imageLayoutVersion@0"}},
	} {
		l, ps := ParseLayout([]byte(tt.doc), DefaultLimits())
		compare(t, ps, tt.want...)
		if l.Version != tt.version {
			t.Errorf("%s: got version %q, want %q", tt.doc, l.Version, tt.version)
		}
	}
	for _, doc := range []string{"", "[]", "null"} {
		if l, ps := ParseLayout([]byte(doc), DefaultLimits()); l != nil || len(ps) != 1 {
			t.Errorf("%q: got layout %v and problems %v, want none and one", doc, l, ps)
		}
	}
}
