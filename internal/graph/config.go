package graph

import (
	"context"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// config reads the config of an image and hangs its diff IDs on the layers.
func (b *builder) config(ctx context.Context, img *Image, where string) error {
	if img.Config < 0 {
		return nil
	}
	n := b.Nodes[img.Config]
	cfg, err := b.loadConfig(ctx, img.Config)
	if err != nil || cfg == nil {
		return err
	}
	img.Decoded = true
	at := n.Object.Name
	if img.ConfigID != "" {
		at = img.ConfigID.String()
	}
	b.fitConfig(img, n, cfg, at)
	return nil
}

// loadConfig decodes the config of a node once.
func (b *builder) loadConfig(ctx context.Context, i int) (*oci.Config, error) {
	if cfg, ok := b.cfgs[i]; ok {
		return cfg, nil
	}
	b.cfgs[i] = nil
	n := b.Nodes[i]
	data, err := b.document(ctx, i, named(n))
	if err != nil || n.Status != Usable {
		return nil, err
	}
	cfg, problems := oci.ParseConfig(data, b.lim.Documents)
	where := n.Object.Name
	if d := named(n); d != "" {
		where = d.String()
	}
	first := len(b.Findings)
	b.problems(n.Object.Name, where, problems)
	for k := first; k < len(b.Findings); k++ {
		if f := &b.Findings[k]; f.Code == report.DocumentInvalid {
			f.Code = report.ConfigInvalid
			if strings.HasSuffix(f.Claim, "#/rootfs/type") {
				f.Code = report.ConfigRootFS
			}
		}
	}
	if cfg != nil {
		if cfg.Container != nil {
			b.risks(n.Object.Name, where, cfg.Container)
		}
		cfg.Container = nil // for showing only, and may be large
	}
	b.cfgs[i] = cfg
	return cfg, nil
}

// fitConfig judges the counts of a config against the layers of an image, and
// turns its diff IDs into claims (config.md, rootfs and history).
func (b *builder) fitConfig(img *Image, n *Node, cfg *oci.Config, at string) {
	obj := n.Object.Name
	if img.Platform == "" && (cfg.OS != "" || cfg.Architecture != "") {
		img.Platform = joinPlatform(cfg.OS, cfg.Architecture, cfg.Variant)
	}
	if img.Manifest >= 0 {
		b.fitPlatform(img, obj, cfg, at)
	}
	if cfg.RootFSState != oci.Present {
		if cfg.RootFSState != oci.Null {
			return // absent or of a wrong type: the document's own problems say so
		}
		b.find(report.ConfigInvalid, obj, at+"#/rootfs", "an object with type and diff_ids", "", "the config has no rootfs, so nothing says what the layers hold")
		return
	}
	layers, diffs := len(img.Layers), len(cfg.DiffIDs)
	if layers != diffs {
		b.find(report.ConfigDiffIDCount, obj, at+"#/rootfs/diff_ids", plural(layers, "diff ID"), plural(diffs, "diff ID"), "%s for %s", plural(diffs, "diff ID"), plural(layers, "layer"))
	}
	if len(cfg.History) > 0 {
		steps := 0
		for _, h := range cfg.History {
			if !h.EmptyLayer {
				steps++
			}
		}
		if steps != layers {
			b.find(report.ConfigHistoryCount, obj, at+"#/history", plural(layers, "entry")+" with a layer", plural(steps, "entry")+" with a layer", "the history has %s that made a layer, the image has %s", plural(steps, "entry"), plural(layers, "layer"))
		}
	}
	for k := range min(layers, diffs) {
		d := cfg.DiffIDs[k]
		img.Layers[k].DiffID = d.Digest
		if d.Digest == "" || img.Layers[k].Node < 0 {
			continue
		}
		// The diff ID of an encrypted layer is over bytes nobody can see here.
		// One under a media type that is no layer's is held to it all the same.
		if t, _ := oci.IsLayer(img.Layers[k].MediaType); !t.Encrypted {
			b.Nodes[img.Layers[k].Node].Layer = true
			b.claim(img.Layers[k].Node, content.Claim{By: at + "#" + d.Pointer, DiffID: d.Digest, Size: -1})
		}
	}
	for k := range diffs {
		img.diffIDs = append(img.diffIDs, cfg.DiffIDs[k].Digest)
	}
}

// fitPlatform judges the platforms that indexes give an image against its
// config.
func (b *builder) fitPlatform(img *Image, obj string, cfg *oci.Config, at string) {
	for _, p := range b.Nodes[img.Manifest].Platforms {
		want := joinPlatform(cfg.OS, cfg.Architecture, cfg.Variant)
		if cfg.OS == "" || cfg.Architecture == "" || strings.HasPrefix(p, "unknown/") {
			continue
		}
		if !samePlatform(p, want) {
			b.find(report.PlatformMismatch, b.Nodes[img.Manifest].Object.Name, at, want, p, "an index says %s, the config says %s", p, want)
		}
	}
}

// samePlatform compares what an index gives with what a config gives; a
// variant counts only where both name one.
func samePlatform(a, b string) bool {
	x, y := strings.SplitN(a, "/", 3), strings.SplitN(b, "/", 3)
	if len(x) < 2 || len(y) < 2 {
		return a == b
	}
	if x[0] != y[0] || x[1] != y[1] {
		return false
	}
	return len(x) < 3 || len(y) < 3 || x[2] == y[2]
}

// maxRisks bounds what is kept of values that are legal.
const maxRisks = 1000

// risks keeps what is odd about how an image wants to be run.
func (b *builder) risks(object, where string, c *oci.ContainerConfig) {
	for _, p := range c.Risks() {
		if len(b.Risks) >= maxRisks {
			return
		}
		f := report.New(codeOf(p), object, p.Detail)
		f.Claim, f.Want, f.Got = where+"#"+p.Pointer, p.Want, p.Got
		b.Risks = append(b.Risks, f)
	}
}
