package adversary

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// hangs is the time after which a run counts as hanging. It is no statement
// about speed; what a case takes is in the log.
const hangs = time.Minute

// bounded runs a case, records its time, and wants it to end.
func bounded(t *testing.T, name string, run func(context.Context) (*report.Report, error)) *report.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangs)
	defer cancel()
	start := time.Now()
	rep, err := run(ctx)
	t.Logf("%-40s %8.3f s %s", name, time.Since(start).Seconds(), verdictOf(rep))
	if rep == nil || ctx.Err() != nil || err != nil && verify.IsContext(err) {
		t.Fatalf("%s: %v", name, err)
	}
	return rep
}

func verdictOf(rep *report.Report) report.Verdict {
	if rep == nil {
		return "none"
	}
	return rep.Verdict
}

// hostile is an input made to exhaust whoever reads it.
type hostile struct {
	name    string
	tar     func() []byte
	limits  verify.Limits
	verdict report.Verdict
	code    report.Code // empty: none needed
}

func hostiles(t *testing.T) []hostile {
	t.Helper()
	index := func(s string) []byte {
		return oci(nil).Edit("index.json", func([]byte) []byte { return []byte(s) }).Tar()
	}
	docker := func(s string) []byte { return Archive(tartest.File("manifest.json", s)) }
	depth := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	descriptors := `{"schemaVersion":2,"manifests":[` + strings.TrimSuffix(strings.Repeat("{},", (4<<20)/3-20), ",") + `]}`
	entry := `{"mediaType":"` + v1.MediaTypeImageManifest + `","digest":"sha256:` + strings.Repeat("0", 64) + `","size":1},`
	entries := func(n int) string {
		return `{"schemaVersion":2,"manifests":[` + strings.TrimSuffix(strings.Repeat(entry, n), ",") + `]}`
	}
	good := Save("/bin/good")
	rest := tartest.Join(good.LayerMember, good.ConfigMember, good.IndexMember)
	zeros := func(format string, n int64) []byte { return bomb(t, format, n) }
	big := int64(1 << 30)
	if testing.Short() {
		big = 64 << 20
	}
	bombs := func(format string) []byte {
		return oci(func(i *testimage.Image, _ *testimage.Layout) {
			i.Layers[0].Compress = format
			i.Layers[0].Edit = func([]byte) []byte { return zeros(format, big) }
			i.Config = func(c *v1.Image) {
				c.RootFS.DiffIDs[0] = digest.Digest("sha256:" + strings.Repeat("0", 64)) // whatever: the bound comes first
			}
		}).Tar()
	}
	small := verify.Limits{LayerBytes: 16 << 20, LayerRatio: 1}
	list := []hostile{
		{"4 MiB of empty descriptors", func() []byte { return index(descriptors) }, verify.Limits{}, report.Incomplete, report.LimitJSONTokens},
		{"60,000 entries", func() []byte { return index(entries(60_000)) }, verify.Limits{}, report.Incomplete, report.LimitJSONSize},
		{"10,001 entries", func() []byte { return index(entries(10_001)) }, verify.Limits{}, report.Incomplete, report.LimitDescriptors},
		{"manifest.json of 30 MiB", func() []byte { return docker(strings.Repeat(" ", 30<<20) + "[]") }, verify.Limits{}, report.Incomplete, report.LimitJSONSize},
		{"200,000 lists in each other", func() []byte { return index(`{"manifests":` + depth(200_000) + `}`) }, verify.Limits{}, report.Incomplete, report.LimitJSONDepth},
		{"2^40 paths", func() []byte { return Nested(40, 2).Tar() }, verify.Limits{}, report.Incomplete, report.LimitGraphDepth},
		{"2^40 paths within the limit", func() []byte { return Nested(40, 2).Tar() }, verify.Limits{GraphDepth: 100}, report.Verified, ""},
		{"10^14 paths within the limit", func() []byte { return Nested(14, 10).Tar() }, verify.Limits{}, report.Verified, ""},
		{"3,000 indexes in each other", func() []byte { return Nested(3000, 1).Tar() }, verify.Limits{}, report.Incomplete, report.LimitGraphDepth},
		{"3,000 indexes within the limit", func() []byte { return Nested(3000, 1).Tar() }, verify.Limits{GraphDepth: 5000}, report.Verified, ""},
		{"100,000 members", func() []byte { return Archive(rest, manyFiles(100_000)) }, verify.Limits{Findings: 200_000}, report.Verified, ""},
		{"100,000 members that nothing names", func() []byte { return Archive(rest, manyFiles(100_000)) }, verify.Limits{}, report.Verified, ""},
		{"190,000 small documents that nothing names", func() []byte { return Archive(rest, manyDocuments(190_000)) }, verify.Limits{}, report.Verified, ""},
		{"200,001 members", func() []byte { return Archive(rest, manyFiles(200_000)) }, verify.Limits{}, report.Incomplete, report.LimitMembers},
		{"name of 64 MiB", func() []byte {
			return Archive(rest, tartest.PAX("path="+strings.Repeat("n", 64<<20)), tartest.File("n", ""))
		}, verify.Limits{}, report.Incomplete, report.LimitPAX},
		{"gnu name of 64 MiB", func() []byte {
			return Archive(rest, tartest.Long('L', strings.Repeat("n", 64<<20)), tartest.File("n", ""))
		}, verify.Limits{}, report.Incomplete, report.LimitNameLength},
		{"gzip bomb", func() []byte { return bombs("gzip") }, small, report.Incomplete, report.LimitLayerBytes},
		{"zstd bomb", func() []byte { return bombs("zstd") }, small, report.Incomplete, report.LimitLayerBytes},
		{"gzip bomb whole", func() []byte { return bombs("gzip") }, verify.Limits{}, report.Failed, report.LayerDiffIDMismatch},
		{"zstd bomb whole", func() []byte { return bombs("zstd") }, verify.Limits{LayerRatio: 1 << 20}, report.Failed, report.LayerDiffIDMismatch},
	}
	return list
}

// TestHostile verifies inputs made to exhaust, at random and in one pass.
func TestHostile(t *testing.T) {
	for _, h := range hostiles(t) {
		t.Run(h.name, func(t *testing.T) {
			data := h.tar()
			if testing.Short() && len(data) > 32<<20 {
				return // without -short
			}
			for form, run := range map[string]func(context.Context) (*report.Report, error){
				"tar": func(ctx context.Context) (*report.Report, error) {
					a, err := openArchive(ctx, data, h.limits)
					if err != nil {
						return nil, err
					}
					return verify.Run(ctx, a, verify.Options{Limits: h.limits})
				},
				"stream": func(ctx context.Context) (*report.Report, error) {
					return verify.RunStream(ctx, bytes.NewReader(data), verify.Options{Limits: h.limits})
				},
			} {
				rep := bounded(t, h.name+", "+form, run)
				if rep.Verdict != h.verdict || h.code != "" && !has(rep, h.code) {
					text := Describe(rep)
					t.Errorf("%s: want %s, %s: %s", form, h.verdict, h.code, text[:min(len(text), 2000)])
				}
			}
		})
	}
}

// manyDocuments is n members that may be documents, under names that take room.
func manyDocuments(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, tartest.File("a/name/that/takes/room/in/memory/"+itoa(i), "{}")...)
	}
	return b
}

// bomb compresses n zero bytes.
func bomb(t *testing.T, format string, n int64) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if format == "zstd" {
		var err error
		if w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1)); err != nil {
			t.Fatal(err)
		}
	}
	chunk := make([]byte, 1<<20)
	for range n >> 20 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestManyReferrers hangs thousands of signatures on one image.
func TestManyReferrers(t *testing.T) {
	tree := oci(nil)
	var subject v1.Descriptor
	for _, m := range tree {
		if bytes.Contains(m.Body, []byte(`"layers":[`)) {
			subject = v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.FromBytes(m.Body), Size: int64(len(m.Body))}
		}
	}
	const n = 5000
	list := []v1.Descriptor{subject}
	for i := range n {
		m := v1.Manifest{MediaType: v1.MediaTypeImageManifest, ArtifactType: "application/vnd.example", Config: v1.DescriptorEmptyJSON, Layers: []v1.Descriptor{}, Subject: &subject, Annotations: map[string]string{"n": itoa(i)}}
		m.SchemaVersion = 2
		b := encode(m)
		d := v1.Descriptor{MediaType: v1.MediaTypeImageManifest, ArtifactType: m.ArtifactType, Digest: digest.FromBytes(b), Size: int64(len(b))}
		list = append(list, d)
		tree = tree.Add(testimage.Member{Name: testimage.BlobPath(d.Digest), Body: b})
	}
	tree = tree.Add(testimage.Member{Name: testimage.BlobPath(v1.DescriptorEmptyJSON.Digest), Body: []byte("{}")})
	index := v1.Index{MediaType: v1.MediaTypeImageIndex, Manifests: list}
	index.SchemaVersion = 2
	tree = tree.Edit("index.json", func([]byte) []byte { return encode(index) })
	src := NewMemory(tree)
	for limit, want := range map[int]report.Verdict{0: report.Verified, n: report.Incomplete} {
		rep := bounded(t, fmt.Sprintf("%d referrers, limit %d", n, limit), func(ctx context.Context) (*report.Report, error) {
			return verify.Run(ctx, src, verify.Options{Limits: verify.Limits{GraphNodes: limit}})
		})
		if rep.Verdict != want || limit > 0 && !has(rep, report.LimitGraphNodes) {
			t.Errorf("limit %d: want %s\n%.2000s", limit, want, Describe(rep))
		}
	}
}
