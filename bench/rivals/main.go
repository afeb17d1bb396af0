// Command rivals runs what people use today on the same data in the same run,
// and prints how much longer, or shorter, it takes:
//
//	go run . [-size MIB] [-runs N] [-only REGEXP] [-ocisum FILE] [-images DIR] [-sizes LIST] [-doc FILE]
//
// Rivals take turns, A B A B, so that whatever disturbs the machine disturbs all
// alike. A ratio is the median of the ratios within the rounds. Programs that are
// not installed are left out; umoci wants a Unix. What is linked: the standard library,
// klauspost/compress, klauspost/pgzip, minio/sha256-simd, go-containerregistry's
// validate and umoci's unpack. What is started, if it is there: sha256sum,
// openssl, gzip, pigz, igzip, libdeflate-gunzip, zstd, skopeo, crane, and the
// ocisum given with -ocisum.
//
// The data are made in code, the same on every machine; -images names a folder
// with other images instead: docker-save.tar, oci-gzip, oci-zstd and oci-one,
// tagged v1, and FORMAT-MIB for each of -sizes. Files are in memory (/dev/shm) where there is one, so that no disk
// is measured.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"

	"github.com/ocisum/ocisum/bench/page"
)

// options are the command line.
type options struct {
	size    int
	runs    int
	only    *regexp.Regexp
	ocisum  string
	images  string
	sizes   []int
	scratch string
}

func main() {
	opt := options{}
	flag.IntVar(&opt.size, "size", 64, "`MiB` of data in a contest of hashes or decoders; images have four times as much")
	flag.IntVar(&opt.runs, "runs", 5, "rounds of each contest")
	only := flag.String("only", "", "contests whose title matches `REGEXP`")
	flag.StringVar(&opt.ocisum, "ocisum", "", "`file` of the command, to be compared as a program")
	flag.StringVar(&opt.images, "images", "", "`folder` with images to use instead of made-up ones")
	sizes := flag.String("sizes", "", "also verify images of so many `MiB`, comma separated, each kind against its first")
	doc := flag.String("doc", "", "write the tables into this `file`")
	command := flag.String("command", "make bench-rivals", "the `command` that this is part of")
	flag.Parse()
	if err := run(opt, *only, *sizes, *doc, *command); err != nil {
		fmt.Fprintln(os.Stderr, "rivals:", err)
		os.Exit(1)
	}
}

func run(opt options, only, sizes, doc, command string) error {
	facts := page.Facts(command)
	var err error
	if opt.only, err = regexp.Compile(only); err != nil {
		return err
	}
	if opt.sizes, err = parseSizes(sizes); err != nil {
		return err
	}
	if opt.scratch, err = scratch(); err != nil {
		return err
	}
	defer os.RemoveAll(opt.scratch)
	fmt.Println(facts + "\n")
	var tables []page.Table
	for _, stage := range []func(options) ([]contest, error){hashContests, decodeContests, imageContests, sizeContests} {
		contests, err := stage(opt)
		if err != nil {
			return err
		}
		for _, c := range contests {
			if !opt.only.MatchString(c.title) {
				continue
			}
			t, err := c.hold(opt.runs)
			if err != nil {
				return fmt.Errorf("%s: %w", c.title, err)
			}
			fmt.Println(t.Text())
			tables = append(tables, t)
		}
	}
	if doc == "" {
		return nil
	}
	return page.Replace(doc, "rivals", page.Join(facts, tables, page.Table.Markdown))
}

// scratch makes a folder in memory, if the system has a place for it.
func scratch() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "ocisum-rivals-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "ocisum-rivals-")
}
