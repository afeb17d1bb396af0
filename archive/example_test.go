package archive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/archive"
)

// docker is an archive as docker save lays it out, with a second manifest.
func docker() []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, body string) {
		h.Size = int64(len(body))
		w.WriteHeader(&h)
		io.WriteString(w, body)
	}
	add(tar.Header{Name: "1/layer.tar", Typeflag: tar.TypeSymlink, Linkname: "../2/layer.tar"}, "")
	add(tar.Header{Name: "2/layer.tar", Typeflag: tar.TypeReg}, "the layer")
	add(tar.Header{Name: "manifest.json", Typeflag: tar.TypeReg}, "[]")
	add(tar.Header{Name: "./manifest.json", Typeflag: tar.TypeReg}, "[{}]")
	w.Close()
	return b.Bytes()
}

func Example() {
	data := docker()
	a, err := archive.New(context.Background(), bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		panic(err)
	}
	defer a.Close()

	link, _ := a.Lookup("1/layer.tar")
	layer, err := a.Resolve(link)
	fmt.Println(link.Kind, "leads to", layer.Name, err)
	for _, f := range a.Findings() {
		fmt.Println(f.Severity, f.Code, f.Message)
	}
	// Output:
	// symbolic link leads to 2/layer.tar <nil>
	// error archive.name-collision a regular file with the name "./manifest.json", after a regular file with the name "manifest.json" at byte 1536
}

func ExampleStream() {
	outer, err := archive.Unwrap(context.Background(), bytes.NewReader(docker()), 0)
	if err != nil {
		panic(err)
	}
	s := archive.NewStream(context.Background(), outer, archive.Limits{})
	for {
		o, body, err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(err)
		}
		n, _ := io.Copy(io.Discard, body)
		fmt.Println(o.Kind, o.Name, n)
	}
	fmt.Println(outer.Compression(), len(s.Objects()), len(s.Shadowed()), len(s.Findings()))
	// Output:
	// symbolic link 1/layer.tar 0
	// regular file 2/layer.tar 9
	// regular file manifest.json 2
	// regular file manifest.json 4
	// none 3 1 1
}
