package graph

import (
	"bytes"
	"context"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// enter finds the views of the source and walks each. A format that the user
// names has to be there; the others are walked all the same, because whoever
// loads the source may read it in another way.
func (b *builder) enter(ctx context.Context, format Format) error {
	_, hasIndex := b.src.Lookup(indexJSON)
	_, hasLayout := b.src.Lookup(layoutFile)
	_, hasManifest := b.src.Lookup(manifestJSON)
	_, hasVersion := b.src.Lookup(versionFile)

	var manifest []byte
	manifestNode := -1
	if hasManifest {
		var err error
		manifestNode = b.node(manifestJSON, RoleEntry, 0)
		if manifest, err = b.document(ctx, manifestNode, ""); err != nil {
			return err
		}
		view := DockerArchive
		if format == Dir || format != DockerArchive && b.looksLikeDir(manifest, hasVersion) {
			view = Dir
		}
		b.Entries[manifestJSON] = []string{view}
	}

	wantOCI := hasIndex || hasLayout || b.hasBlobs() && manifestNode < 0
	if wantOCI || format == OCILayout {
		b.Formats = append(b.Formats, OCILayout)
		if err := b.enterLayout(ctx, hasIndex, hasLayout); err != nil {
			return err
		}
	}
	switch {
	case manifestNode >= 0 && b.Entries[manifestJSON][0] == Dir:
		b.Formats = append(b.Formats, Dir)
		return b.enterDir(ctx, manifestNode, manifest, hasVersion)
	case manifestNode >= 0:
		b.Formats = append(b.Formats, DockerArchive)
		return b.enterDocker(ctx, manifestNode, manifest)
	case format == DockerArchive || format == Dir || !hasIndex && b.looksLikeDocker():
		if format != Dir {
			format = DockerArchive
		}
		if len(b.Formats) == 0 {
			b.Formats = append(b.Formats, format)
		}
		b.find(report.ArchiveManifestMissing, manifestJSON, "", "", "", "there is no manifest.json to say which config and which layers belong together")
	}
	return nil
}

// looksLikeDir tells the manifest of a dir: folder, an object with a
// schemaVersion, from docker save's array.
func (b *builder) looksLikeDir(data []byte, hasVersion bool) bool {
	t := bytes.TrimLeft(data, " \t\r\n\ufeff")
	if len(t) > 0 && t[0] == '[' {
		return false
	}
	switch oci.DetectShape(data, b.lim.Documents) {
	case oci.ShapeIndex, oci.ShapeArtifact, oci.ShapeSchema1:
		return true
	case oci.ShapeManifest:
		return hasVersion || bytes.Contains(data, []byte("schemaVersion"))
	}
	return hasVersion
}

func (b *builder) hasBlobs() bool {
	for _, o := range b.src.Objects() {
		if strings.HasPrefix(o.Name, "blobs/") {
			return true
		}
	}
	return false
}

// looksLikeDocker recognises what is left of a docker save archive without
// manifest.json.
func (b *builder) looksLikeDocker() bool {
	for _, o := range b.src.Objects() {
		if o.Name == repositories || legacyMember(o.Name) {
			return true
		}
		if c, ok := NameClaim(o.Name, false); ok && c.Digest != "" && !strings.HasPrefix(o.Name, "blobs/") {
			return true
		}
	}
	return false
}

// legacyMember recognises ID/layer.tar, ID/json and ID/VERSION of the v1
// format.
func legacyMember(name string) bool {
	id, rest, ok := strings.Cut(name, "/")
	return ok && len(id) == 64 && (rest == "layer.tar" || rest == "json" || rest == "VERSION")
}

// enterLayout reads oci-layout and index.json (image-layout.md).
func (b *builder) enterLayout(ctx context.Context, hasIndex, hasLayout bool) error {
	b.Entries[layoutFile] = []string{OCILayout}
	if !hasLayout {
		b.find(report.LayoutMissing, layoutFile, "", `{"imageLayoutVersion":"1.0.0"}`, "", "the file oci-layout is missing")
	} else if err := b.layoutVersion(ctx); err != nil {
		return err
	}
	b.Entries[indexJSON] = []string{OCILayout}
	if !hasIndex {
		b.find(report.IndexMissing, indexJSON, "", "", "", "index.json is missing, so nothing says which blobs are images")
		return nil
	}
	i := b.node(indexJSON, RoleEntry, 0)
	data, err := b.document(ctx, i, "")
	if err != nil || b.Nodes[i].Status != Usable {
		return err
	}
	b.IndexObject = b.Nodes[i].Object.Name
	doc, problems := oci.ParseIndex(data, b.lim.Documents)
	b.problems(indexJSON, indexJSON, problems)
	b.Nodes[i].Shape = oci.ShapeIndex
	if doc == nil {
		b.Nodes[i].Undecoded = true
		return nil
	}
	b.Nodes[i].BodyType = doc.MediaType
	for k := range doc.Manifests {
		e := &doc.Manifests[k]
		if e.RawDigest != "" || e.MediaType != "" {
			b.Named++
		}
		n := b.entry(-1, indexJSON, e, 1)
		b.child(i, n)
		r := Root{By: indexJSON + "#" + e.Pointer, Node: n, Img: -1}
		r.Name, r.Tag = entryName(e.Annotations)
		b.Roots = append(b.Roots, r)
	}
	return b.walk(ctx)
}

// entryName is the name of an index.json entry.
func entryName(a map[string]string) (name, tag string) {
	if n := a["io.containerd.image.name"]; n != "" {
		return n, a["org.opencontainers.image.ref.name"]
	}
	n := a["org.opencontainers.image.ref.name"]
	if isTag(n) {
		return "", n
	}
	return n, ""
}

// layoutVersion reads the oci-layout file.
func (b *builder) layoutVersion(ctx context.Context) error {
	i := b.node(layoutFile, RoleEntry, 0)
	data, err := b.document(ctx, i, "")
	if err != nil || b.Nodes[i].Status != Usable {
		return err
	}
	_, problems := oci.ParseLayout(data, b.lim.Documents)
	for _, p := range problems {
		code := problemCode(p.Kind)
		switch p.Kind {
		case oci.Value, oci.Required:
			code = report.LayoutVersion
		case oci.WrongType:
			code = report.LayoutInvalid
		}
		f := report.New(code, layoutFile, p.Detail)
		f.Claim, f.Want, f.Got = layoutFile+"#"+p.Pointer, p.Want, p.Got
		b.Findings = append(b.Findings, f.At(p.Offset))
	}
	return nil
}

// enterDir reads the manifest of a dir: folder. Nothing names the manifest,
// so its digest is a fact and not a claim.
func (b *builder) enterDir(ctx context.Context, i int, data []byte, hasVersion bool) error {
	if hasVersion {
		v := b.node(versionFile, RoleEntry, 0)
		text, err := b.document(ctx, v, "")
		if err != nil {
			return err
		}
		if got := strings.TrimRight(string(text), "\r\n"); b.Nodes[v].Status == Usable && !dirVersion(got) {
			b.find(report.DirVersion, versionFile, versionFile, "Directory Transport Version: 1.1", cut(got), "the version of this folder is not known")
		}
		b.Entries[versionFile] = []string{Dir}
	}
	for _, o := range b.src.Objects() {
		if strings.HasPrefix(o.Name, "signature-") && o.Kind == content.Regular {
			b.node(o.Name, RoleLegacy, 1)
		}
	}
	n := b.Nodes[i]
	if n.Status != Usable {
		return nil
	}
	b.Named++
	n.Role = RoleManifest
	switch oci.DetectShape(data, b.lim.Documents) {
	case oci.ShapeIndex:
		n.Role = RoleIndex
	}
	b.Roots = append(b.Roots, Root{By: manifestJSON, Node: i, Img: -1})
	if err := b.decode(ctx, i, "", data); err != nil {
		return err
	}
	return b.walk(ctx)
}

func dirVersion(s string) bool {
	return s == "Directory Transport Version: 1.0" || s == "Directory Transport Version: 1.1"
}

// cut bounds a string for a finding.
func cut(s string) string {
	if len(s) > 4096 {
		return s[:4096]
	}
	return s
}
