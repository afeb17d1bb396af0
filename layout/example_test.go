package layout_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

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
