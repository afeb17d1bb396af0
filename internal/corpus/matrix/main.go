// Command matrix runs the comparison matrix of the corpus and prints its table
// as Markdown. The figures of the other tools are those of the README inside
// testdata/peers-matrix.tar.zst, which says how they were measured.
//
//	go run ./internal/corpus/matrix
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/corpus"
	"github.com/ocisum/ocisum/verify"
)

// peers are the tools of the archive's README: noticed/total for OCI layouts
// and docker-save archives; empty where a tool does not read the kind.
var peers = []struct{ tool, oci, docker string }{
	{"umoci unpack (extracts)", "31/47", ""},
	{"oci-image-tool, docker-library oci-validate.sh", "25/46", ""},
	{"ctr import 2.4", "23/47", "14/27"},
	{"ctr import 1.6", "24/47", "14/26"},
	{"regctl, oras copy", "23/48", ""},
	{"go-containerregistry validate.Index", "21/44", ""},
	{"crane validate 0.22", "", "12/25"},
	{"skopeo main (layouts: to containers-storage)", "20/48", "13/26"},
	{"podman 4.3 load", "19/48", "13/26"},
	{"skopeo copy (archives: 1.9)", "15/47", "12/25"},
	{"docker load 20.10, and master with the classic store", "", "14/27"},
	{"docker load (containerd store)", "5/48", "7/27"},
	{"regctl image import", "", "9/27"},
	{"stereoscope (syft, grype)", "", "8/25"},
	{"dive --ci", "", "4/26"},
}

func main() {
	if err := run(os.Stdout, "testdata/peers-matrix.tar.zst"); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// score counts the cases of one kind of archive. A defect is named if a
// finding is of its class, and noticed if it changes the exit status, which is
// all that can be asked of the other tools.
type score struct{ named, noticed, broken, alarms, valid int }

func run(w io.Writer, archive string) error {
	dir, err := os.MkdirTemp("", "ocisum-matrix-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := corpus.Unpack(archive, dir); err != nil {
		return err
	}
	root := filepath.Join(dir, "peers-matrix")
	cases, err := corpus.Load(root)
	if err != nil {
		return err
	}
	scores := map[string]*score{"oci-layout": {}, "docker-archive": {}}
	var missed []string
	for _, c := range cases {
		rep, err := verify.Path(context.Background(), filepath.Join(root, filepath.FromSlash(c.Path)), verify.Options{})
		res := corpus.Of(rep, err)
		right := res.Report != nil && len(c.Judge(res)) == 0
		if !right {
			missed = append(missed, c.Name)
		}
		switch s := scores[c.Format]; {
		case s == nil:
			return fmt.Errorf("%s: format %s", c.Name, c.Format)
		case strings.HasPrefix(c.Defect, "VALID"):
			s.valid++
			if !right {
				s.alarms++
			}
		default:
			s.broken++
			if right && c.Noticed(res.Report) {
				s.named++
			}
			if res.Exit != 0 {
				s.noticed++
			}
		}
	}
	return table(w, *scores["oci-layout"], *scores["docker-archive"], missed)
}

func table(w io.Writer, oci, docker score, missed []string) error {
	rows := [][3]string{
		{"tool", "OCI layouts", "docker-save archives"},
		{"---", "---", "---"},
		{"**ocisum verify**", fmt.Sprintf("**%d/%d**", oci.named, oci.broken), fmt.Sprintf("**%d/%d**", docker.named, docker.broken)},
		{"ocisum verify, by exit status alone", fmt.Sprintf("%d/%d", oci.noticed, oci.broken), fmt.Sprintf("%d/%d", docker.noticed, docker.broken)},
	}
	for _, p := range peers {
		rows = append(rows, [3]string{p.tool, p.oci, p.docker})
	}
	var b strings.Builder
	for _, r := range rows {
		b.WriteString("| " + strings.Join(r[:], " | ") + " |\n")
	}
	fmt.Fprintf(&b, "\nFalse alarms on the %d valid forms: ocisum %d; go-containerregistry validate 4 of 7 layouts, crane validate 3 of 8 archives, oci-image-tool 2.\n",
		oci.valid+docker.valid, oci.alarms+docker.alarms)
	if len(missed) > 0 {
		slices.Sort(missed)
		fmt.Fprintf(&b, "\nNot as the matrix expects: %s.\n", strings.Join(missed, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
