package layout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	ispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/layout"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644)
	os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755)

	ctx := context.Background()
	src, err := layout.Open(ctx, dir, layout.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	for _, o := range src.Objects() {
		fmt.Println(o.Kind, o.Name)
	}
	if o, ok := src.Lookup("oci-layout"); ok {
		rc, err := src.Open(ctx, o)
		if err != nil {
			log.Fatal(err)
		}
		defer rc.Close()
		b, err := io.ReadAll(rc) // the error says if the file changed meanwhile
		fmt.Println(string(b), err)
	}
	// Output:
	// directory blobs
	// directory blobs/sha256
	// regular file oci-layout
	// {"imageLayoutVersion":"1.0.0"} <nil>
}

// An unpacked docker save archive is read as if it were an OCI layout.
// layer.UnpackManifest of umoci takes the Engine as it is.
func ExampleNewEngine() {
	dir, err := os.MkdirTemp("", "saved")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, data := range map[string]string{
		"manifest.json": `[{"Config":"config.json","RepoTags":["app:1.0"],"Layers":["layer.tar"]}]`,
		"config.json":   `{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]}}`,
		"layer.tar":     string(make([]byte, 1024)), // an empty tar
	} {
		os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644)
	}

	ctx := context.Background()
	src, err := layout.Open(ctx, dir, layout.Options{}) // and verify.Run(ctx, src, ...)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	engine, err := layout.NewEngine(ctx, src)
	if err != nil {
		log.Fatal(err)
	}
	index, err := engine.GetIndex(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range index.Manifests {
		fmt.Println(m.Annotations[ispec.AnnotationRefName], m.Platform.OS)
		rc, err := engine.GetBlob(ctx, m.Digest)
		if err != nil {
			log.Fatal(err)
		}
		var manifest ispec.Manifest
		if err := json.NewDecoder(rc).Decode(&manifest); err != nil {
			log.Fatal(err)
		}
		if err := rc.Close(); err != nil { // only now it is verified
			log.Fatal(err)
		}
		fmt.Println(manifest.Layers[0].Digest)
	}
	// Output:
	// app:1.0 linux
	// sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
}
