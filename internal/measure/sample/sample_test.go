package sample

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// The bytes are the same for ever: results are compared across machines.
func TestDataIsFixed(t *testing.T) {
	for kind, want := range map[Kind]string{
		Library: "sha256:2c4e08d0c66f25979dd48ef60b8385d2f170bb5af3f213aeb7f9023e039679f9",
		Text:    "sha256:604088eaa917aa21c96200e95de06ef8a3b2da8c89807afef6948f61bf2a7d50",
		Noise:   "sha256:a3fb98a127a8371c94fefdb7ad57841c010d2c866916d142919497dee0f57ac8",
		Zeros:   "sha256:30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
	} {
		data := Data(kind, 1<<20, 1)
		if got := sha256(data).String(); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
		if !bytes.Equal(Data(kind, 1000, 1), data[:1000]) {
			t.Errorf("%s: fewer bytes are not the beginning of more", kind)
		}
		if other := Data(kind, 1<<20, 2); kind != Zeros && bytes.Equal(other, data) {
			t.Errorf("%s: seed 2 gives the bytes of seed 1", kind)
		}
	}
}

func TestDataPacksLikeLayers(t *testing.T) {
	for kind, want := range map[Kind][2]float64{
		Library: {0.36, 0.46}, Text: {0.17, 0.25}, Noise: {1, 1.01}, Zeros: {0, 0.01},
	} {
		data := Data(kind, 1<<20, 1)
		packed, err := Gzip(data, 6)
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(len(packed)) / float64(len(data)); got < want[0] || got > want[1] {
			t.Errorf("%s: gzip leaves %.3f, want %.3f to %.3f", kind, got, want[0], want[1])
		}
	}
}

func TestParseKind(t *testing.T) {
	for _, k := range Kinds() {
		if got, err := ParseKind(string(k)); err != nil || got != k {
			t.Errorf("got %v, %v, want %s", got, err, k)
		}
	}
	if k, err := ParseKind("music"); err == nil {
		t.Errorf("got %q for a kind that is none, want an error", k)
	}
}

// What is measured must be what verify calls verified: a rejected image would
// be fast for the wrong reason.
func TestImagesVerify(t *testing.T) {
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			img, err := Build(Spec{Format: format, Layers: 3, LayerSize: 200 << 10})
			if err != nil {
				t.Fatal(err)
			}
			archive, err := img.Tar()
			if err != nil {
				t.Fatal(err)
			}
			rep, err := verify.RunStream(context.Background(), bytes.NewReader(archive), verify.Options{})
			check(t, rep, err, 3)

			dir := filepath.Join(t.TempDir(), "image")
			if err := img.WriteDir(dir); err != nil {
				t.Fatal(err)
			}
			rep, err = verify.Path(context.Background(), dir, verify.Options{})
			check(t, rep, err, 3)
			if img.Plain < 3*200<<10 || img.Plain > 3*230<<10 {
				t.Errorf("got %d bytes of layers, want about %d", img.Plain, 3*200<<10)
			}
			if plain := format == DockerSave; plain != (img.Stored == img.Plain) {
				t.Errorf("got %d bytes stored of %d", img.Stored, img.Plain)
			}
		})
	}
}

func check(t *testing.T, rep *report.Report, err error, layers int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if rep.Verdict != report.Verified {
		t.Errorf("got %s, want it verified", rep.Verdict)
	}
	for _, f := range rep.Findings {
		if f.Code != report.AnchorNone {
			t.Errorf("got %s %s: %s", f.Code, f.Object, f.Message)
		}
	}
	if len(rep.Images) != 1 || len(rep.Images[0].Layers) != layers {
		t.Errorf("got %d images, want one of %d layers", len(rep.Images), layers)
	}
}

func TestWriteToReturnsErrors(t *testing.T) {
	img, err := Build(Spec{Format: OCIZstd, Layers: 1, LayerSize: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	r.CloseWithError(io.ErrClosedPipe)
	if _, err := img.WriteTo(w); err == nil {
		t.Error("got no error from a closed pipe")
	}
}

func ExampleData() {
	data := Data(Text, 1<<20, 1)
	packed, _ := Gzip(data, 6)
	fmt.Println(len(packed)*4 < len(data), hash.DigestBytes("sha256", data[:0]))
	// Output: true sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
}
