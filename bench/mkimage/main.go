// Command mkimage writes made-up images, the same on every machine, to measure
// other tools with:
//
//	go run ./bench/mkimage -format oci-gzip -layers 8 -size 1024 DIR
//
// Formats are docker-save (a tar), oci-gzip and oci-zstd (a folder). The size is
// that of all layers together, uncompressed, and so is the memory it takes.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/ocisum/ocisum/internal/measure/sample"
)

func main() {
	format := flag.String("format", "oci-gzip", "`format` of the image")
	layers := flag.Int("layers", 8, "number of layers")
	size := flag.Int("size", 64, "`MiB` of all layers together")
	flag.Parse()
	if err := write(sample.Format(*format), *layers, *size<<20, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
}

func write(format sample.Format, layers, size int, operands []string) error {
	switch {
	case len(operands) != 1:
		return fmt.Errorf("one operand, the path to write, is needed")
	case !slices.Contains(sample.Formats(), format):
		return fmt.Errorf("the formats are %v", sample.Formats())
	case layers < 1 || size < layers:
		return fmt.Errorf("%d bytes do not make %d layers", size, layers)
	}
	img, err := sample.Build(sample.Spec{Format: format, Layers: layers, LayerSize: size / layers})
	if err != nil {
		return err
	}
	if format != sample.DockerSave {
		return img.WriteDir(operands[0])
	}
	f, err := os.Create(operands[0])
	if err != nil {
		return err
	}
	if _, err := img.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
