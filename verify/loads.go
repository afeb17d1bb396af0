package verify

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// The families of runtimes, by how they read an archive that can be read in
// more than one way.
const (
	firstWins   = "first entry wins: podman, skopeo, crane"
	lastWins    = "last entry wins: docker, containerd"
	manifestWay = "by manifest.json: docker with graph drivers, podman, skopeo docker-archive, crane"
	indexWay    = "by index.json: containerd, docker with the containerd store, regctl, skopeo oci-archive"
)

// maxLoads bounds how many duplicated members are explained.
const maxLoads = 16

// shadows gives the members that a source holds under a name it has already.
type shadows interface{ Shadowed() []content.Object }

// loads says what different runtimes would take from an ambiguous archive.
func (r *run) loads(ctx context.Context, src content.Source, g *graph.Graph, copies map[string][]byte) []report.Load {
	var list []report.Load
	var duplicate, disagree bool
	for _, f := range r.out.list {
		duplicate = duplicate || f.Code == report.ArchiveDuplicateEntry || f.Code == report.ArchiveNameCollision
		disagree = disagree || f.Code == report.ArchiveViewsDisagree
	}
	if s, ok := src.(shadows); ok && duplicate {
		last := map[string]content.Object{}
		var names []string
		for _, o := range s.Shadowed() {
			name := strings.TrimPrefix(o.Name, "./")
			if _, known := src.Lookup(name); !known || o.Kind != content.Regular {
				continue
			}
			if _, seen := last[name]; !seen {
				names = append(names, name)
			}
			last[name] = o
		}
		for _, name := range names[:min(len(names), maxLoads)] {
			first, _ := src.Lookup(name)
			list = append(list,
				report.Load{Reader: firstWins, Image: r.reading(ctx, src, name, first, nil)},
				report.Load{Reader: lastWins, Image: r.reading(ctx, src, name, last[name], copies[name])})
		}
	}
	if disagree {
		list = append(list,
			report.Load{Reader: manifestWay, Image: byView(g, graph.DockerArchive)},
			report.Load{Reader: indexWay, Image: byView(g, graph.OCILayout)})
	}
	return list
}

// reading describes one copy of a member: the images it lists where it is
// manifest.json, else its digest.
func (r *run) reading(ctx context.Context, src content.Source, name string, o content.Object, data []byte) string {
	if data == nil {
		f, err := src.Open(ctx, o)
		if err != nil {
			if obs := r.obs[name]; obs != nil && obs.Complete {
				return fmt.Sprintf("%s is %s", name, obs.SHA256)
			}
			return fmt.Sprintf("%s at byte %d", name, o.Offset)
		}
		defer f.Close()
		sum := hash.New(digest.SHA256)
		keep := &keeper{limit: r.lim.JSONBytes}
		if _, err := io.Copy(io.MultiWriter(sum, keep), f); err != nil && err != io.ErrUnexpectedEOF {
			return fmt.Sprintf("%s at byte %d", name, o.Offset)
		}
		if name != "manifest.json" || keep.over {
			return fmt.Sprintf("%s is %s", name, hash.FromHash(digest.SHA256, sum))
		}
		data = keep.data
	}
	if name != "manifest.json" {
		return fmt.Sprintf("%s is %s", name, hash.DigestBytes(digest.SHA256, data))
	}
	images, _ := oci.ParseDockerManifest(data, r.graphLimits().Documents)
	var parts []string
	for _, img := range images[:min(len(images), 3)] {
		layers := fmt.Sprintf("%d layers", len(img.Layers))
		if len(img.Layers) == 1 {
			layers = "1 layer"
		}
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s config %s, %s", strings.Join(img.RepoTags, " "), img.Config, layers)))
	}
	if len(images) == 0 {
		return "manifest.json with no image"
	}
	return strings.Join(parts, "; ")
}

// keeper keeps what is written to it up to a limit.
type keeper struct {
	data  []byte
	limit int64
	over  bool
}

func (k *keeper) Write(p []byte) (int, error) {
	if int64(len(k.data)+len(p)) > k.limit {
		k.over = true
		return len(p), nil
	}
	k.data = append(k.data, p...)
	return len(p), nil
}

// layoutNames is what index.json calls an image.
func layoutNames(g *graph.Graph, image int) []string {
	var names []string
	for _, r := range g.Roots {
		if name := cmp.Or(r.Name, r.Tag); r.Node >= 0 && name != "" && slices.Contains(g.Below(r.Node), image) {
			names = append(names, name)
		}
		if len(names) > 8 {
			break
		}
	}
	return names
}

// byView names the images of one view.
func byView(g *graph.Graph, view string) string {
	var parts []string
	for k, img := range g.Images {
		for _, v := range img.Views {
			if v != view || len(parts) == 3 {
				continue
			}
			names := img.DockerRefs
			if view == graph.OCILayout {
				names = layoutNames(g, k)
			}
			id := img.Digest.String()
			if img.Config >= 0 && g.Nodes[img.Config].SHA256 != "" {
				id = "image ID " + g.Nodes[img.Config].SHA256.String()
			}
			parts = append(parts, strings.TrimSpace(strings.Join(names[:min(len(names), 8)], " ")+" "+id))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, "; ")
}
