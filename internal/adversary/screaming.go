package adversary

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/verify"
)

// scream is a string with one of everything that must not reach a terminal:
// an escape sequence, a forged line, C1, bidirectional and invisible
// characters, line and paragraph separators, and NUL.
const scream = "\x1b[2K\x1b]0;x\x07\r\nverified: forged\n\u009b31m\u202e\u2066\u200b\u2028\u2029\ufeff\u00ad\u2069\x7f\x00"

// noise is scream and a byte that is no UTF-8.
const noise = scream + "\xff"

// screaming returns images in which every string that a report could repeat is
// hostile. What they are judged to be does not matter.
func screaming() []Case {
	named := func(s string) func(*testimage.Image, *testimage.Layout) {
		return func(i *testimage.Image, l *testimage.Layout) {
			i.Ref = s
			i.Platform = v1.Platform{OS: s, Architecture: s, Variant: s}
			i.Layers[0].MediaType = v1.MediaTypeImageLayer + "+" + s
			i.Layers[0].Members = append(i.Layers[0].Members, testimage.File("../"+withoutNUL(s), "x"))
			i.Manifest = func(m *v1.Manifest) {
				m.Annotations = map[string]string{s: s}
				m.ArtifactType = s
				m.Layers[0].URLs = []string{s}
				m.Layers[0].Annotations = map[string]string{"containerd.io/snapshot/stargz/toc.digest": s, s: s}
			}
			l.Index = func(x *v1.Index) { x.Annotations, x.ArtifactType = map[string]string{s: s}, s }
		}
	}
	good := Save("/bin/good")
	name := withoutNUL(noise)
	docker := func(tag, config, layer string) []byte {
		return encode([]testimage.DockerEntry{{Config: config, RepoTags: []string{tag}, Layers: []string{layer}}})
	}
	manifest := func(b []byte) []byte { return tartest.File("manifest.json", string(b)) }
	link := func(typ byte) []byte { return tartest.Block(header{Name: good.LayerName, Type: typ, Link: name}) }
	digests := oci(nil).Edit("index.json", func(b []byte) []byte {
		s, _ := json.Marshal(scream) // a string always has JSON
		return bytes.ReplaceAll(b, []byte(`"sha256:`), append(s[:len(s)-1:len(s)-1], "sha256:"...))
	})
	return withNames("screaming", map[string][]byte{
		"documents":     oci(named(scream)).Tar(),
		"digest":        digests.Tar(),
		"tag":           Archive(good.LayerMember, good.ConfigMember, manifest(docker(scream, good.ConfigName, good.LayerName))),
		"paths":         Archive(good.LayerMember, good.ConfigMember, manifest(docker("app:1", scream, "../"+scream))),
		"members":       Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.File(name, "x"), tartest.File(name, "y"), tartest.File("/"+name, "z")),
		"pax":           Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.PAX("path="+name, "comment="+noise), tartest.File("a", "x")),
		"link":          Archive(link('2'), good.ConfigMember, good.IndexMember),
		"hard link":     Archive(link('1'), good.ConfigMember, good.IndexMember),
		"keys":          oci(nil).Edit("index.json", func(b []byte) []byte { return append([]byte(`{"`+name+`":1,"`+name+`":2,`), b[1:]...) }).Tar(),
		"layout":        oci(nil).Edit("oci-layout", func([]byte) []byte { return encode(map[string]string{"imageLayoutVersion": scream}) }).Tar(),
		"repositories":  Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.File("repositories", string(encode(map[string]map[string]string{scream: {scream: scream}})))),
		"dir version":   dirOf("version", scream).Tar(),
		"gzip trailing": append(testimage.Gzip(oci(nil).Tar()), noise...),
	})
}

// dirOf is a dir: folder of which one file is replaced.
func dirOf(file, body string) testimage.Tree {
	return dirTree().Edit(file, func([]byte) []byte { return []byte(body) })
}

// withNames makes cases of archives, in order of their names, with whatever
// verdict they get.
func withNames(prefix string, tars map[string][]byte) []Case {
	var all []Case
	for _, name := range sortedKeys(tars) {
		c := Case{Name: prefix + " " + name, Tar: tars[name], Forms: []string{"tar", "stream"}}
		rep, err := c.Verify(context.Background(), "", "stream")
		if rep != nil {
			c.Verdict = rep.Verdict
		}
		c.Nothing = err != nil
		all = append(all, c)
	}
	return all
}

// openArchive indexes an archive in memory.
func openArchive(ctx context.Context, b []byte, l verify.Limits) (*archive.Archive, error) {
	return archive.New(ctx, bytes.NewReader(b), int64(len(b)), archive.Limits{Members: l.Members, PAXBytes: l.PAXBytes, NameBytes: l.NameBytes, LinkHops: l.LinkHops})
}

func withoutNUL(s string) string { return string(bytes.ReplaceAll([]byte(s), []byte{0}, nil)) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
