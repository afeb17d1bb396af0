package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// seeds are archives as image tools lay them out, and some of their faults.
func seeds() [][]byte {
	file, end := tartest.File, tartest.End()
	link := tartest.Block(header{Name: "1/layer.tar", Link: "../2/layer.tar", Type: '2'})
	deep := "blobs/" + strings.Repeat("d/", 50) + "x"
	return [][]byte{
		nil, end,
		tartest.Join(tartest.Block(header{Name: "1/", Type: '5'}), link, file("2/layer.tar", "layer"), file("manifest.json", "[]"), end),
		tartest.Join(file("./oci-layout", "{}"), file("./index.json", "{}"), file("blobs/sha256/00", "x"), end, make([]byte, 512)),
		tartest.Join(tartest.PAX("path="+deep), tartest.Block(header{Name: deep[:100], Size: 3}), tartest.Body([]byte("123")), end),
		tartest.Join(tartest.Long('L', deep), tartest.Block(header{Name: deep[:100], Magic: tartest.GNU}), end),
		tartest.Join(file("a", "1"), file("a", "2"), tartest.Block(header{Name: "a/", Type: '5'}), file("a/b", ""), end),
		tartest.Join(file("a", "1"), end, file("b", "2"), end),
		tartest.Join(file("../a", "1"), file("/b", ""), tartest.Block(header{Name: "h", Link: "a", Type: '1'}), end),
	}
}

// FuzzIndex checks that random access and stream agree, and that an archive
// without a finding holds for Go's reader the members that Lookup finds: a
// difference that no finding tells of is a defect.
func FuzzIndex(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, fix bool) {
		if len(data) > 1<<16 {
			return
		}
		if fix { // so that mutated headers are believed
			data = bytes.Clone(data)
			for i := 0; i+512 <= len(data); i += 512 {
				if string(data[i+257:i+262]) == "ustar" {
					tartest.Sum(data[i : i+512])
				}
			}
		}
		a := read(t, data, Limits{})
		for _, o := range a.Objects() {
			to, err := a.Resolve(o)
			if err == nil && to.Kind != content.Regular {
				t.Fatalf("%+v resolves to %+v", o, to)
			}
		}
		if a.IsTar() && len(a.Findings()) == 0 {
			compareWithGo(t, a, data)
		}
	})
}

func compareWithGo(t *testing.T, a *Archive, data []byte) {
	r := tar.NewReader(bytes.NewReader(data))
	seen := 0
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("archive/tar: %v, but no finding", err)
		}
		name := path.Clean(h.Name)
		if h.Typeflag == tar.TypeXGlobalHeader || h.Typeflag == tar.TypeDir && name == "." {
			continue
		}
		o, ok := a.Lookup(name)
		if !ok {
			t.Fatalf("archive/tar has %q, not found", h.Name)
		}
		if h.Typeflag == tar.TypeDir {
			continue // may be listed many times
		}
		seen++
		if o.Kind != content.Regular {
			continue
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := a.Open(background, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(body); !bytes.Equal(got, want) || err != nil {
			t.Fatalf("%q: got %q, %v, archive/tar has %q", name, got, err, want)
		}
	}
	for _, o := range a.Objects() {
		if o.Kind != content.Directory {
			seen--
		}
	}
	if seen != 0 {
		t.Fatalf("archive/tar has %+d members more", seen)
	}
}
