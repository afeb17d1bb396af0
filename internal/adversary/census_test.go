package adversary

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

var update = flag.Bool("update", false, "write docs/census.md again")

const censusFile = "../../docs/census.md"

// harmless lists what a flip may change unnoticed, and why. A place that is
// not listed must be noticed; a line that no flip needs is an error.
var harmless = map[string]string{
	"padding of members":           "nobody reads the bytes between a member and the next block",
	"index.json annotation":        "the name of the image: no digest covers index.json, so anybody can rename what it lists. Pin index.json's digest",
	"index.json optional field":    "a field whose name is no longer known is an unknown field, which readers skip; index.json is under no digest",
	"manifest.json tag":            "the tag of the image: nothing in a docker save archive covers it",
	"manifest.json optional field": "a field whose name is no longer known is an unknown field, which readers skip; manifest.json is under no digest",
	"manifest.json media type":     "in a dir: folder the manifest is under no digest, and what its config and layers are called decides how much of them can be checked: something of an unknown type is an artifact, not an image. Pin the manifest",
	"version 1.0":                  "the folder format has the versions 1.0 and 1.1",
	"gzip header":                  "time, operating system and hints of the compressor: the checksum covers the data alone",
	"gzip encoding":                "unused bits, or another encoding of the same data",
}

// subject of the census: one small image in one container.
type censused struct {
	name   string
	data   map[string][]byte // files; for archives one, called "archive"
	places map[string][]string
	pins   map[string]digest.Digest // what a user could pin
}

func census(t *testing.T) []censused {
	t.Helper()
	img := image("/bin/true")
	img.Layers[0].Compress = "gzip"
	layout := testimage.Layout{Images: []testimage.Image{img}}.Tree()
	img.Layers[0].Compress = ""
	docker := testimage.DockerSave{Images: []testimage.Image{img}}.Tree()
	hybrid := testimage.Hybrid{Images: []testimage.Image{img}}.Tree()
	manifest := map[string]digest.Digest{"index.json": digest.FromBytes(layout.Files()["index.json"])}
	for _, m := range layout {
		if bytes.Contains(m.Body, []byte(`"layers":[`)) {
			manifest["manifest"] = digest.FromBytes(m.Body)
		}
	}
	hybridPins := map[string]digest.Digest{"index.json": digest.FromBytes(hybrid.Files()["index.json"]), "image ID": img.ID()}
	dir := dirTree()
	folder := func(name string, tree testimage.Tree, pins map[string]digest.Digest) censused {
		c := censused{name, tree.Files(), map[string][]string{}, pins}
		for f, body := range c.data {
			c.places[f] = FilePlaces(f, body)
		}
		return c
	}
	archive := func(name string, b []byte, pins map[string]digest.Digest) censused {
		places, err := TarPlaces(b)
		if err != nil {
			t.Fatal(err)
		}
		return censused{name, map[string][]byte{"archive": b}, map[string][]string{"archive": places}, pins}
	}
	zipped := testimage.Gzip(layout.Tar())
	gz := censused{"OCI layout, tar.gz", map[string][]byte{"archive": zipped}, map[string][]string{"archive": make([]string, len(zipped))}, manifest}
	fill(gz.places["archive"], "gzip data")
	fill(gz.places["archive"][:10], "gzip header")
	return []censused{
		folder("OCI layout, folder", layout, manifest),
		archive("OCI layout, tar", layout.Tar(), manifest),
		gz,
		archive("docker save, tar", docker.Tar(), map[string]digest.Digest{"image ID": img.ID()}),
		archive("both in one, tar", hybrid.Tar(), hybridPins),
		folder("dir:, folder", dir, map[string]digest.Digest{"manifest": digest.FromBytes(dir.Files()["manifest.json"])}),
	}
}

// class sums places up for the table.
func (c censused) class(file string, at int, flipped []byte) string {
	place := c.places[file][at]
	switch {
	case strings.HasPrefix(place, "index.json value /manifests/0/annotations/"):
		return "index.json annotation"
	case strings.HasPrefix(place, "index.json name of /"):
		return "index.json optional field"
	case strings.HasPrefix(place, "manifest.json value /0/RepoTags"):
		return "manifest.json tag"
	case strings.HasPrefix(place, "manifest.json name of /"):
		return "manifest.json optional field"
	case c.data["version"] != nil && strings.HasPrefix(place, "manifest.json value /") && strings.HasSuffix(place, "/mediaType"):
		return "manifest.json media type"
	case file == "version" && bytes.Contains(flipped, []byte("1.0")):
		return "version 1.0"
	case place == "gzip data":
		if plain, err := testimage.Decompress(flipped); err == nil {
			if before, err := testimage.Decompress(c.data[file]); err == nil && bytes.Equal(plain, before) {
				return "gzip encoding"
			}
		}
	}
	return place
}

// tally counts flips by what became of them.
type tally struct{ flips, failed, incomplete, refused, unnoticed int }

// measured is the census of one image.
type measured struct {
	tally
	classes map[string]map[string]int // class -> "" or a pin -> flips that are not noticed with it
}

// TestCensus flips every byte of small images, once in its lowest bit and once
// in all bits. Each flip is noticed or belongs to a listed class; the figures
// are in docs/census.md.
func TestCensus(t *testing.T) {
	all := census(t)
	results := make([]measured, len(all))
	t.Run("all", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				results[i] = c.measure(t)
			})
		}
	})
	needed := map[string]bool{}
	for i, c := range all {
		t.Logf("%s: %+v", c.name, results[i])
		for class := range results[i].classes {
			needed[class] = true
			if harmless[class] == "" {
				t.Errorf("%s: flips that are not noticed: %s", c.name, class)
			}
		}
	}
	if testing.Short() {
		return // a sample only
	}
	for class := range harmless {
		if !needed[class] {
			t.Errorf("no flip needs the class %q", class)
		}
	}
	text := censusText(all, results)
	if *update {
		if err := os.WriteFile(censusFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(censusFile); err != nil || string(have) != text {
		t.Errorf("%s is not what was measured (%v): run go test ./internal/adversary -run Census -update", censusFile, err)
	}
}

// measure flips every byte, or a sample of them with -short.
func (c censused) measure(t *testing.T) measured {
	m := measured{classes: map[string]map[string]int{}}
	dir := t.TempDir()
	c.write(t, dir)
	step := 1
	if testing.Short() {
		step = 13
	}
	for _, file := range slices.Sorted(maps.Keys(c.data)) {
		body := bytes.Clone(c.data[file])
		for at := 0; at < len(body); at += step {
			for _, mask := range []byte{0x01, 0xff} {
				body[at] ^= mask
				c.rewrite(t, dir, file, body)
				m.flips++
				rep, err := c.verify(t.Context(), dir, body, "")
				switch {
				case rep == nil || has(rep, report.InternalError):
					t.Errorf("%s: byte %d with %#x: %v\n%s", file, at, mask, err, Describe(rep))
				case err != nil:
					m.refused++
				case rep.Verdict == report.Failed:
					m.failed++
				case rep.Verdict == report.Incomplete:
					m.incomplete++
				case rep.Verdict == report.Verified:
					m.unnoticed++
					class := c.class(file, at, body)
					if m.classes[class] == nil {
						m.classes[class] = map[string]int{}
					}
					m.classes[class][""]++
					for name, pin := range c.pins {
						if rep, err := c.verify(t.Context(), dir, body, pin); err != nil {
							t.Errorf("%s: byte %d with %#x and a pin: %v", file, at, mask, err)
						} else if rep.Verdict == report.Verified {
							m.classes[class][name]++
						}
					}
				}
				body[at] ^= mask
			}
		}
		c.rewrite(t, dir, file, body)
	}
	return m
}

func (c censused) archive() bool { return c.data["archive"] != nil }

func (c censused) write(t *testing.T, dir string) {
	for name, body := range c.data {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		c.rewrite(t, dir, name, body)
	}
}

func (c censused) rewrite(t *testing.T, dir, name string, body []byte) {
	if c.archive() {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (c censused) verify(ctx context.Context, dir string, body []byte, pin digest.Digest) (*report.Report, error) {
	opt := verify.Options{Jobs: 1}
	if pin != "" {
		opt.Expect, opt.ExpectAll = []digest.Digest{pin}, true
	}
	switch {
	case !c.archive():
		return verify.Path(ctx, dir, opt)
	case strings.HasSuffix(c.name, ".gz"):
		return verify.RunStream(ctx, bytes.NewReader(body), opt)
	}
	a, err := archive.New(ctx, bytes.NewReader(body), int64(len(body)), archive.Limits{})
	if err != nil {
		return nil, err
	}
	return verify.Run(ctx, a, opt)
}

// censusText writes docs/census.md.
func censusText(all []censused, results []measured) string {
	var b strings.Builder
	b.WriteString(`# What a flipped byte does

Every byte of a small image was changed, once in its lowest bit and once in all bits, and the image verified again.
This page is written by ` + "`go test ./internal/adversary -run Census -update`" + `; the test fails if it is not what was measured.

"Failed" and "incomplete" are verdicts, "refused" means that nothing was left that looks like an image (exit 2).

| image | bytes | flips | failed | incomplete | refused | not noticed |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
`)
	for i, c := range all {
		r := results[i]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", c.name, r.flips/2, r.flips, r.failed, r.incomplete, r.refused, r.unnoticed)
	}
	b.WriteString(`
## What is not noticed, and why

No byte of a blob is here, with one exception: nothing names the manifest of a dir: folder, so it is under no digest.
Neither are index.json, the manifest.json of docker save, and the bytes of the container around them. Anybody can change
those, and no verifier can tell without something from outside. The last columns say how many of the flips stay
unnoticed when a digest is pinned: that of the manifest (of docker save, the image ID), or that of index.json.

| image | what was changed | flips | with the image pinned | with index.json pinned |
| --- | --- | ---: | ---: | ---: |
`)
	for i, c := range all {
		for _, class := range slices.Sorted(maps.Keys(results[i].classes)) {
			n := results[i].classes[class]
			left := func(pins ...string) string {
				for _, p := range pins {
					if c.pins[p] != "" {
						return fmt.Sprint(n[p])
					}
				}
				return "-"
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %s | %s |\n", c.name, class, n[""], left("manifest", "image ID"), left("index.json"))
		}
	}
	b.WriteString("\n")
	for _, class := range slices.Sorted(maps.Keys(harmless)) {
		fmt.Fprintf(&b, "- **%s**: %s.\n", class, harmless[class])
	}
	return b.String()
}
