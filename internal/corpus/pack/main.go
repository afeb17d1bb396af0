// Command pack writes a folder as a deterministic .tar.zst, or says whether an
// archive holds exactly what a folder does.
//
//	go run ./internal/corpus/pack DIR ARCHIVE
//	go run ./internal/corpus/pack -check DIR ARCHIVE
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/ocisum/ocisum/internal/corpus"
)

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	skip := flag.String("skip", "peers-matrix.tar.zst", "files of the top folder to leave out, separated by commas")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack [-check] [-skip NAMES] DIR ARCHIVE")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *check, strings.Split(*skip, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(dir, archive string, check bool, skip []string) error {
	if check {
		return corpus.Same(archive, dir, skip...)
	}
	var out bytes.Buffer
	if err := corpus.Pack(&out, dir, skip...); err != nil {
		return err
	}
	return os.WriteFile(archive, out.Bytes(), 0o644)
}
