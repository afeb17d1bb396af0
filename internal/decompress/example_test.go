package decompress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/internal/decompress"
)

// A member, another one, and zero bytes that some tool left behind.
func Example() {
	var b bytes.Buffer
	for _, s := range []string{"a layer, ", "in two members\n"} {
		w := gzip.NewWriter(&b)
		io.WriteString(w, s)
		w.Close()
	}
	b.Write(make([]byte, 100))

	d := decompress.NewDecoder(decompress.Options{MaxOutput: 1 << 20})
	defer d.Close()
	d.Reset(context.Background(), decompress.Detect(b.Bytes()), &b)
	for {
		p, err := d.Next()
		fmt.Printf("%s", p)
		if err != nil {
			fmt.Println(d.Members(), "members,", err)
			break
		}
	}
	for _, f := range d.Faults() {
		fmt.Println(f.Kind)
	}
	// Output:
	// a layer, in two members
	// 2 members, EOF
	// zero-padding
}
