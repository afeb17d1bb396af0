package hash_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ocisum/ocisum/hash"
)

func ExampleParse() {
	for _, s := range []string{
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha256:../../etc/passwd",
		"md5:d41d8cd98f00b204e9800998ecf8427e",
	} {
		d, err := hash.Parse(s)
		switch {
		case errors.Is(err, hash.ErrWeak):
			fmt.Println("anyone can forge it:", err)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("can be checked:", d.Encoded()[:12])
		}
	}
	// Output:
	// can be checked: e3b0c44298fc
	// malformed digest "sha256:../../etc/passwd": byte '.' at offset 7 is not allowed in an encoded value
	// anyone can forge it: weak digest "md5:d41d8cd98f00b204e9800998ecf8427e": md5 does not resist collisions
}

func ExampleNewReader() {
	want, err := hash.Parse("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
	if err != nil {
		panic(err)
	}
	for _, blob := range []string{"hello", "jello"} {
		r, err := hash.NewReader(strings.NewReader(blob), want, 5)
		if err != nil {
			panic(err)
		}
		_, err = io.Copy(io.Discard, r)
		fmt.Println(r.Verified(), err)
	}
	// Output:
	// true <nil>
	// false content mismatch: want sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, got sha256:187c9bceeb919e1b3e6d20fa50ecabf7d9d50b5343e8f9a3d912abb13929102e
}

func ExampleLanes() {
	layers := []string{"first layer", "second", "a third one"}
	l := hash.NewLanes()
	chunks := make([][]byte, len(layers))
	for i, layer := range layers {
		chunks[i] = []byte(layer)
	}
	l.Write(chunks)
	for i, layer := range layers {
		fmt.Println(l.Digest(i) == hash.DigestBytes("sha256", []byte(layer)))
	}
	// Output:
	// true
	// true
	// true
}
