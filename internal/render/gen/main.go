// Command gen writes docs/findings.md from the catalogue of finding codes. It
// is run by go generate in internal/render.
package main

import (
	"bytes"
	"log"
	"os"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func main() {
	var b bytes.Buffer
	if err := render.Markdown(&b, report.Catalogue()); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
