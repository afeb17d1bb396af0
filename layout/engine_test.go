package layout

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/umoci/oci/cas"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
)

// tarSource is a tar in memory as a source.
type tarSource struct {
	objects []content.Object
	data    map[string][]byte
	opened  map[string]int
}

func newTarSource(t testing.TB, archive []byte) *tarSource {
	t.Helper()
	s := &tarSource{data: map[string][]byte{}, opened: map[string]int{}}
	for tr := tar.NewReader(bytes.NewReader(archive)); ; {
		hdr, err := tr.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		o := content.Object{Name: path.Clean(hdr.Name), Size: hdr.Size, Offset: -1}
		switch hdr.Typeflag {
		case tar.TypeSymlink:
			o.Kind, o.Link = content.Symlink, hdr.Linkname
		case tar.TypeDir:
			o.Kind = content.Directory
		}
		s.objects = append(s.objects, o)
		s.data[o.Name], err = io.ReadAll(tr)
		must(t, err)
	}
	slices.SortFunc(s.objects, func(a, b content.Object) int { return strings.Compare(a.Name, b.Name) })
	return s
}

func (s *tarSource) Objects() []content.Object { return s.objects }

func (s *tarSource) Lookup(name string) (content.Object, bool) {
	i, ok := slices.BinarySearchFunc(s.objects, name, func(o content.Object, n string) int { return strings.Compare(o.Name, n) })
	if !ok {
		return content.Object{}, false
	}
	return s.objects[i], true
}

func (s *tarSource) Resolve(o content.Object) (content.Object, error) {
	to, ok := s.Lookup(path.Join(path.Dir(o.Name), o.Link))
	if !ok || to.Kind == content.Symlink {
		return content.Object{}, &content.LinkError{Problem: content.LinkDangles, Object: o, Target: o.Link}
	}
	return to, nil
}

func (s *tarSource) Open(_ context.Context, o content.Object) (io.ReadCloser, error) {
	s.opened[o.Name]++
	return io.NopCloser(bytes.NewReader(s.data[o.Name])), nil
}

func (s *tarSource) Close() error { return nil }

// file is a member of a tar. Names that end in a slash are folders; link makes
// a symbolic link of it.
type file struct {
	name, body, link string
	mode             int64
}

func tarOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, f := range files {
		hdr := &tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.body)), Typeflag: tar.TypeReg}
		switch {
		case strings.HasSuffix(f.name, "/"):
			hdr.Typeflag, hdr.Mode = tar.TypeDir, 0o755
		case f.link != "":
			hdr.Typeflag, hdr.Linkname = tar.TypeSymlink, f.link
		}
		if f.mode != 0 {
			hdr.Mode = f.mode
		}
		must(t, tw.WriteHeader(hdr))
		_, err := io.WriteString(tw, f.body)
		must(t, err)
	}
	must(t, tw.Close())
	return out.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

func zstded(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	defer w.Close()
	return w.EncodeAll(b, nil)
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

// configOf is a config as docker writes it: fields that OCI does not know
// included.
func configOf(t testing.TB, layers ...[]byte) string {
	ids := []string{}
	for _, l := range layers {
		ids = append(ids, digest.FromBytes(l).String())
	}
	return jsonOf(t, map[string]any{
		"architecture": "amd64", "os": "linux", "docker_version": "27.0",
		"config": map[string]any{"Cmd": []string{"/bin/app"}, "Env": []string{"PATH=/bin"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	})
}

// savedImageTar is a docker save archive with a plain, a gzipped, a zstd and a
// linked layer in two images of three tags.
func savedImageTar(t testing.TB) (archive []byte, config1, config2 string) {
	base := tarOf(t, file{name: "bin/"}, file{name: "bin/app", body: "base", mode: 0o755}, file{name: "gone", body: "x"})
	middle := tarOf(t, file{name: "etc/"}, file{name: "etc/motd", body: "hello\n"}, file{name: ".wh.gone"})
	top := tarOf(t, file{name: "bin/app", body: "top", mode: 0o755}, file{name: "bin/sh", link: "app"})
	config1, config2 = configOf(t, base, middle, top), configOf(t, base, top)
	name1, name2 := digest.FromString(config1).Encoded()+".json", digest.FromString(config2).Encoded()+".json"
	manifest := jsonOf(t, []map[string]any{
		{"Config": name1, "RepoTags": []string{"example.com/app/web:1.0", "app:latest"}, "Layers": []string{"aa/layer.tar", "bb/layer.tar", "./cc/layer.tar"}},
		{"Config": name2, "RepoTags": nil, "Layers": []string{"dd/layer.tar", "cc/layer.tar"}, "LayerSources": map[string]any{}},
	})
	return tarOf(t,
		file{name: "aa/"}, file{name: "aa/layer.tar", body: string(base)}, file{name: "aa/VERSION", body: "1.0"},
		file{name: "bb/layer.tar", body: string(gzipped(t, middle))},
		file{name: "cc/layer.tar", body: string(zstded(t, top))},
		file{name: "dd/layer.tar", link: "../aa/layer.tar"},
		file{name: name1, body: config1}, file{name: name2, body: config2},
		file{name: "manifest.json", body: manifest},
	), config1, config2
}

func engine(t testing.TB, src content.Source) *Engine {
	t.Helper()
	e, err := NewEngine(context.Background(), src)
	must(t, err)
	return e
}

func readBlob(t testing.TB, e *Engine, d digest.Digest) []byte {
	t.Helper()
	rc, err := e.GetBlob(context.Background(), d)
	must(t, err)
	b, err := io.ReadAll(rc)
	must(t, err)
	must(t, rc.Close())
	if err := rc.Close(); err == nil {
		t.Error("second Close: got nil, want an error")
	}
	return b
}

func TestEngineOfDockerSave(t *testing.T) {
	archive, config1, config2 := savedImageTar(t)
	src := newTarSource(t, archive)
	e := engine(t, src)
	index, err := e.GetIndex(context.Background())
	must(t, err)
	var refs []string
	for _, d := range index.Manifests {
		refs = append(refs, d.Annotations[ispec.AnnotationRefName])
		if d.MediaType != ispec.MediaTypeImageManifest || d.Platform == nil || d.Platform.OS != "linux" || d.Platform.Architecture != "amd64" {
			t.Errorf("got %+v, want a manifest for linux/amd64", d)
		}
	}
	if want := []string{"example.com/app/web:1.0", "app:latest", ""}; !slices.Equal(refs, want) {
		t.Errorf("got names %q, want %q", refs, want)
	}
	if index.Manifests[0].Digest != index.Manifests[1].Digest || index.Manifests[0].Digest == index.Manifests[2].Digest {
		t.Errorf("got %v, want one manifest an image", index.Manifests)
	}
	for i, want := range map[int]struct {
		config string
		types  []string
	}{
		0: {config1, []string{ispec.MediaTypeImageLayer, ispec.MediaTypeImageLayerGzip, ispec.MediaTypeImageLayerZstd}},
		2: {config2, []string{ispec.MediaTypeImageLayer, ispec.MediaTypeImageLayerZstd}},
	} {
		var m ispec.Manifest
		must(t, json.Unmarshal(readBlob(t, e, index.Manifests[i].Digest), &m))
		if got := string(readBlob(t, e, m.Config.Digest)); got != want.config {
			t.Errorf("image %d: got config %s, want %s", i, got, want.config)
		}
		var types []string
		for _, l := range m.Layers {
			types = append(types, l.MediaType)
			if got := int64(len(readBlob(t, e, l.Digest))); got != l.Size {
				t.Errorf("%s: got %d bytes, want %d", l.Digest, got, l.Size)
			}
		}
		if !slices.Equal(types, want.types) {
			t.Errorf("image %d: got %q, want %q", i, types, want.types)
		}
	}
	blobs, err := e.ListBlobs(context.Background())
	must(t, err)
	if len(blobs) != 7 || !slices.IsSorted(blobs) { // 2 manifests, 2 configs, 3 layers
		t.Errorf("got %d blobs, want 7, sorted", len(blobs))
	}
	for _, d := range blobs {
		if ok, err := e.StatBlob(context.Background(), d); !ok || err != nil {
			t.Errorf("%s: got %v, %v, want it to exist", d, ok, err)
		}
	}
	again := engine(t, newTarSource(t, archive))
	if !bytes.Equal(e.index, again.index) {
		t.Errorf("got %s the second time, want %s", again.index, e.index)
	}
}

func TestEngineOfLayout(t *testing.T) {
	layer := string(gzipped(t, tarOf(t, file{name: "a", body: "b"})))
	d, long := digest.FromString(layer), digest.SHA512.FromString("long")
	index := `{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"` + d.String() + `","size":1}]}`
	d1 := open(t, tree(t, map[string]string{
		"oci-layout": `{"imageLayoutVersion":"1.0.0"}`, "index.json": index,
		"blobs/sha256/" + d.Encoded(): layer, "blobs/sha512/" + long.Encoded(): "long",
		"blobs/sha256/README": "", "manifest.json": `[{"Config":"none"}]`, strings.Repeat("a", 64): "",
	}), Options{})
	e := engine(t, d1)
	got, err := e.GetIndex(context.Background())
	must(t, err)
	if len(got.Manifests) != 1 || got.Manifests[0].Digest != d {
		t.Errorf("got %+v, want one manifest", got)
	}
	if b := readBlob(t, e, d); string(b) != layer {
		t.Errorf("got %d bytes, want the layer", len(b))
	}
	if b := readBlob(t, e, long); string(b) != "long" {
		t.Errorf("got %q, want long", b)
	}
	blobs, err := e.ListBlobs(context.Background())
	must(t, err)
	if want := []digest.Digest{d, long}; !slices.Equal(blobs, want) {
		t.Errorf("got %v, want %v", blobs, want)
	}
	none := digest.FromString("none")
	if ok, err := e.StatBlob(context.Background(), none); ok || err != nil {
		t.Errorf("got %v, %v, want false", ok, err)
	}
	if _, err := e.GetBlob(context.Background(), none); !errors.Is(err, cas.ErrNotExist) {
		t.Errorf("got %v, want %v", err, cas.ErrNotExist)
	}
	for _, bad := range []digest.Digest{"", "sha256:", "sha256:../../index.json", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:" + digest.Digest(strings.Repeat("A", 64))} {
		if _, err := e.GetBlob(context.Background(), bad); err == nil {
			t.Errorf("GetBlob(%q): got nil, want an error", bad)
		}
		if _, err := e.StatBlob(context.Background(), bad); err == nil {
			t.Errorf("StatBlob(%q): got nil, want an error", bad)
		}
	}
}

func TestEngineOfFolder(t *testing.T) {
	layer := string(gzipped(t, tarOf(t)))
	manifest := jsonOf(t, ispec.Manifest{MediaType: ispec.MediaTypeImageManifest, Layers: []ispec.Descriptor{{Digest: digest.FromString(layer), Size: int64(len(layer))}}})
	e := engine(t, open(t, tree(t, map[string]string{
		"version": "Directory Transport Version: 1.1\n", "manifest.json": manifest, digest.FromString(layer).Encoded(): layer,
	}), Options{}))
	index, err := e.GetIndex(context.Background())
	must(t, err)
	// Unlike that of docker save, this manifest is the one of the registry.
	if len(index.Manifests) != 1 || index.Manifests[0].Digest != digest.FromString(manifest) || index.Manifests[0].MediaType != ispec.MediaTypeImageManifest {
		t.Errorf("got %+v, want the manifest as it is stored", index.Manifests)
	}
	for _, want := range []string{manifest, layer} {
		if got := readBlob(t, e, digest.FromString(want)); string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if blobs, err := e.ListBlobs(context.Background()); len(blobs) != 2 || err != nil {
		t.Errorf("got %v, %v, want two blobs", blobs, err)
	}
}

func TestEngineNoticesWrongBytes(t *testing.T) {
	d := digest.FromString("right")
	for _, stored := range []string{"wrong", "righ", "right!", ""} {
		e := engine(t, open(t, tree(t, map[string]string{"index.json": "{}", "blobs/sha256/" + d.Encoded(): stored}), Options{}))
		var mismatch *hash.MismatchError
		rc, err := e.GetBlob(context.Background(), d)
		must(t, err)
		if _, err := io.ReadAll(rc); !errors.As(err, &mismatch) {
			t.Errorf("%q: ReadAll got %v, want a mismatch", stored, err)
		}
		if err := rc.Close(); !errors.As(err, &mismatch) {
			t.Errorf("%q: Close after reading got %v, want a mismatch", stored, err)
		}
		rc, err = e.GetBlob(context.Background(), d)
		must(t, err)
		if err := rc.Close(); !errors.As(err, &mismatch) {
			t.Errorf("%q: Close alone got %v, want a mismatch", stored, err)
		}
	}
	// The config lies about a plain layer.
	layer, config := tarOf(t), configOf(t, []byte("other"))
	e := engine(t, newTarSource(t, tarOf(t, file{name: "l.tar", body: string(layer)}, file{name: "c.json", body: config},
		file{name: "manifest.json", body: `[{"Config":"c.json","Layers":["l.tar"]}]`})))
	rc, err := e.GetBlob(context.Background(), digest.FromString("other"))
	must(t, err)
	if err := rc.Close(); err == nil {
		t.Error("layer with another diff ID: got nil, want an error")
	}
}

func TestEngineIsReadOnly(t *testing.T) {
	e := engine(t, open(t, tree(t, map[string]string{"index.json": "{}"}), Options{}))
	ctx := context.Background()
	_, _, put := e.PutBlob(ctx, strings.NewReader("x"))
	for what, err := range map[string]error{
		"PutBlob": put, "PutIndex": e.PutIndex(ctx, ispec.Index{}), "DeleteBlob": e.DeleteBlob(ctx, digest.FromString("x")), "Clean": e.Clean(ctx),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: got %v, want %v", what, err, ErrReadOnly)
		}
	}
	must(t, e.Close())
	if _, err := e.GetIndex(ctx); err != nil {
		t.Errorf("after Close: got %v, want the source to be open", err)
	}
}

func TestEngineRefuses(t *testing.T) {
	layer := string(tarOf(t))
	config := configOf(t, []byte(layer))
	saved := func(manifest string, more ...file) []file {
		return append(more, file{name: "manifest.json", body: manifest})
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"Config":"c"},`, maxSavedParts+1), ",") + "]"
	tests := []struct {
		name  string
		files []file
		want  error
		text  string
	}{
		{"nothing", []file{{name: "rootfs", body: "x"}}, cas.ErrInvalid, "neither index.json nor manifest.json"},
		{"broken index", []file{{name: "index.json", body: "{"}}, cas.ErrInvalid, "index.json"},
		{"index with a second document", []file{{name: "index.json", body: "{}{}"}}, cas.ErrInvalid, "index.json"},
		{"index with a key twice", []file{{name: "index.json", body: `{"manifests":[],"manifests":[]}`}}, cas.ErrInvalid, "duplicate"},
		{"index is a folder", []file{{name: "index.json/"}}, cas.ErrInvalid, "directory"},
		{"index too large", []file{{name: "index.json", body: strings.Repeat(" ", maxDocument+1)}}, cas.ErrInvalid, "more than"},
		{"manifest is a number", saved("7"), cas.ErrInvalid, "manifest.json"},
		{"no config", saved(`[{"Config":"c.json"}]`), cas.ErrNotExist, "c.json"},
		{"config climbs", saved(`[{"Config":"../c.json"}]`), cas.ErrNotExist, "../c.json"},
		{"broken config", saved(`[{"Config":"c.json"}]`, file{name: "c.json", body: "["}), cas.ErrInvalid, "c.json"},
		{"layers short", saved(`[{"Config":"c.json"}]`, file{name: "c.json", body: config}), cas.ErrInvalid, "0 layers and 1 diff IDs"},
		{"no layer", saved(`[{"Config":"c.json","Layers":["l"]}]`, file{name: "c.json", body: config}), cas.ErrNotExist, `"l"`},
		{"layer dangles", saved(`[{"Config":"c.json","Layers":["l"]}]`, file{name: "c.json", body: config}, file{name: "l", link: "m"}), nil, "names nothing"},
		{"weak diff ID", saved(`[{"Config":"c.json","Layers":["l"]}]`, file{name: "c.json", body: `{"rootfs":{"diff_ids":["md5:d41d8cd98f00b204e9800998ecf8427e"]}}`}, file{name: "l", body: layer}), hash.ErrWeak, "diff ID"},
		{"xz layer", saved(`[{"Config":"c.json","Layers":["l"]}]`, file{name: "c.json", body: config}, file{name: "l", body: "\xfd7zXZ\x00..."}), cas.ErrUnknownType, "xz"},
		{"too many images", saved(many), cas.ErrInvalid, fmt.Sprint(maxSavedParts)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := NewEngine(context.Background(), newTarSource(t, tarOf(t, tt.files...)))
			if e != nil || err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

// TestEngineReadsDocumentsOnce makes many images of one config and one layer.
func TestEngineReadsDocumentsOnce(t *testing.T) {
	layer := string(gzipped(t, tarOf(t)))
	entry := `{"Config":"c.json","Layers":["l"]},`
	src := newTarSource(t, tarOf(t, file{name: "c.json", body: configOf(t, tarOf(t))}, file{name: "l", body: layer},
		file{name: "manifest.json", body: "[" + strings.TrimSuffix(strings.Repeat(entry, 1000), ",") + "]"}))
	engine(t, src)
	for _, name := range []string{"c.json", "l", "manifest.json"} {
		if got := src.opened[name]; got != 1 {
			t.Errorf("%s: got %d opens, want 1", name, got)
		}
	}
}
