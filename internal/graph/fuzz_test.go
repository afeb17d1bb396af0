package graph_test

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// anything is a source that has every blob that is asked for, and a reader for
// which every digest holds: the graph is then as large as its documents can
// make it.
type anything struct {
	files map[string][]byte
	docs  [][]byte // the documents behind digests, by a hash of their name
}

func (a anything) Objects() []content.Object {
	var all []content.Object
	for _, name := range []string{"index.json", "manifest.json", "oci-layout", "repositories", "version"} {
		if o, ok := a.Lookup(name); ok {
			all = append(all, o)
		}
	}
	return all
}

func (a anything) Lookup(name string) (content.Object, bool) {
	o := content.Object{Name: name, Size: int64(len(a.files[name])), Offset: -1}
	if _, ok := a.files[name]; ok {
		return o, true
	}
	sum := fnv.New32()
	sum.Write([]byte(name))
	switch sum.Sum32() % 16 {
	case 0:
		return content.Object{}, false
	case 1:
		o.Kind, o.Link = content.Symlink, name+"x"
	case 2:
		o.Kind, o.Link = content.Hardlink, "blobs/sha256/"+strings.Repeat("0", 64)
	case 3:
		o.Kind = content.FIFO
	}
	return o, strings.Contains(name, "/") || len(name) >= 64
}

func (a anything) Resolve(o content.Object) (content.Object, error) {
	if o.Kind == content.Hardlink {
		return content.Object{Name: o.Link, Size: 1, Offset: -1}, nil
	}
	return o, &content.LinkError{Problem: content.LinkDangles, Object: o, Target: o.Link}
}

func (a anything) Open(context.Context, content.Object) (io.ReadCloser, error) {
	return nil, io.ErrUnexpectedEOF
}

func (a anything) Close() error { return nil }

func (a anything) Document(_ context.Context, o content.Object, want digest.Digest) (graph.Document, error) {
	data, ok := a.files[o.Name]
	if !ok {
		sum := fnv.New32a()
		sum.Write([]byte(o.Name))
		n := sum.Sum32()
		if n%7 == 0 {
			return graph.Document{Status: graph.Broken}, nil
		}
		data = a.docs[int(n)%len(a.docs)]
	}
	return graph.Document{Data: data, Status: graph.Usable, SHA256: digest.FromBytes(data)}, nil
}

func (a anything) Embedded(string, content.Claim, []byte) bool { return true }

// FuzzGraph walks documents of any kind. The graph stays within its limits,
// every position in it is valid, every finding is documented, and a second
// walk gives the same.
func FuzzGraph(f *testing.F) {
	const zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	desc := func(mt, hex string) string {
		return `{"mediaType":"` + mt + `","digest":"sha256:` + strings.Repeat(hex, 64) + `","size":1,"platform":{"os":"linux","architecture":"amd64"},"annotations":{"org.opencontainers.image.ref.name":"a"}}`
	}
	index := `{"schemaVersion":2,"manifests":[` + desc(oci.MediaTypeManifest, "1") + `,` + desc(oci.MediaTypeIndex, "2") + `,` + desc("x/y", "3") + `]}`
	manifest := `{"schemaVersion":2,"config":` + desc(oci.MediaTypeConfig, "4") + `,"layers":[` + desc("application/vnd.oci.image.layer.v1.tar+gzip", "5") + `],"subject":` + desc(oci.MediaTypeManifest, "6") + `}`
	config := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["` + zeros + `"]}}`
	docker := `[{"Config":"` + strings.Repeat("4", 64) + `.json","RepoTags":["a:1"],"Layers":["x/layer.tar","` + strings.Repeat("7", 64) + `/layer.tar"]}]`
	schema1 := `{"schemaVersion":1,"fsLayers":[{"blobSum":"` + zeros + `"}],"history":[{"v1Compatibility":"{}"}]}`
	artifact := `{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","artifactType":"a/b","blobs":[` + desc("x/y", "8") + `]}`
	f.Add(index, docker, manifest, config, "")
	f.Add(index, "", index, manifest, config)
	f.Add("", docker, config, `{"id":"x","parent":"y"}`, "")
	f.Add("", manifest, config, manifest, "")
	f.Add("", schema1, "", "", "")
	f.Add(index, manifest, artifact, schema1, index)
	f.Add("null", "[]", "{}", "[]", "1")
	f.Fuzz(func(t *testing.T, index, manifest, one, two, three string) {
		src := anything{files: map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}, docs: [][]byte{[]byte(one), []byte(two), []byte(three)}}
		if index != "" {
			src.files["index.json"] = []byte(index)
		}
		if manifest != "" {
			src.files["manifest.json"] = []byte(manifest)
			src.files["repositories"] = []byte(three)
			src.files["version"] = []byte(two)
		}
		lim := graph.Limits{Documents: oci.Limits{Bytes: 1 << 20, Depth: 64, Tokens: 20_000, Elements: 1000}, Depth: 6, Nodes: 200}
		for _, format := range []graph.Format{"", graph.OCILayout, graph.DockerArchive, graph.Dir} {
			g, err := graph.Build(t.Context(), src, src, format, lim)
			if err != nil {
				t.Fatal(err)
			}
			valid(t, g, lim)
			again, err := graph.Build(t.Context(), src, src, format, lim)
			if err != nil || !reflect.DeepEqual(g.Findings, again.Findings) || !equal(t, g.Nodes, again.Nodes) || !equal(t, g.Images, again.Images) {
				t.Fatalf("two walks differ: %v", err)
			}
		}
	})
}

func equal(t *testing.T, a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

// valid looks at every position and count in a graph.
func valid(t *testing.T, g *graph.Graph, lim graph.Limits) {
	t.Helper()
	node := func(what string, i, least int) {
		if i < least || i >= len(g.Nodes) {
			t.Fatalf("%s: node %d of %d", what, i, len(g.Nodes))
		}
	}
	if len(g.Nodes) > lim.Nodes {
		t.Fatalf("%d nodes, the limit is %d", len(g.Nodes), lim.Nodes)
	}
	for i, n := range g.Nodes {
		if n.Object.Name == "" {
			t.Errorf("node %d has no name", i)
		}
		if at, k, ok := g.Node(n.Object.Name); !ok || at != n || k != i {
			t.Errorf("%s: node %d is found as %d", n.Object.Name, i, k)
		}
		for _, c := range n.Children {
			node("child", c, 0)
		}
		for _, p := range n.Listed {
			node("listed", p, -1)
		}
		for _, c := range n.Claims {
			if c.By == "" || c.Digest != "" && c.Digest.Validate() != nil || c.DiffID != "" && c.DiffID.Validate() != nil {
				t.Errorf("claim %+v", c)
			}
		}
	}
	for _, img := range g.Images {
		node("manifest", img.Manifest, -1)
		node("config", img.Config, -1)
		for _, l := range img.Layers {
			node("layer", l.Node, -1)
		}
	}
	for _, a := range g.Artifacts {
		node("artifact", a.Manifest, 0)
		node("artifact config", a.Config, -1)
		for _, b := range a.Blobs {
			node("artifact blob", b, 0)
		}
	}
	for _, x := range g.Indexes {
		node("index", x.Node, 0)
		g.Below(x.Node)
	}
	for _, r := range g.Roots {
		node("root", r.Node, -1)
		if r.Img < -1 || r.Img >= len(g.Images) {
			t.Fatalf("root: image %d of %d", r.Img, len(g.Images))
		}
	}
	for _, f := range g.Findings {
		if _, ok := report.Lookup(f.Code); !ok || f.Message == "" {
			t.Errorf("finding %+v", f)
		}
	}
}
