package adversary

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Limits returns two cases for every limit of the verifier: an image that
// needs exactly what the limit allows, and the same image under a limit that
// is smaller by one.
func Limits() []Case {
	return slices.Concat(documentLimits(), graphLimits(), archiveLimits(), outputLimits())
}

// pair makes the cases of one limit: need is what the image takes of it.
func pair(name, flag string, set func(*verify.Limits, int), need int, tar []byte, code report.Code, more ...report.Code) []Case {
	make := func(suffix string, n int, v report.Verdict, codes ...report.Code) Case {
		c := Case{Name: name + " " + suffix, Verdict: v, Expect: codes, Tar: tar, Flags: []string{"--" + flag + "=" + itoa(n)}}
		set(&c.Options.Limits, n)
		slices.Sort(c.Expect)
		return c
	}
	return []Case{
		make("at the limit", need, report.Verified),
		make("above the limit", need-1, report.Incomplete, append([]report.Code{code}, more...)...),
	}
}

func documentLimits() []Case {
	largest := func(t testimage.Tree) int {
		n := 0
		for _, m := range t {
			if len(m.Body) > 0 && m.Body[0] == '{' {
				n = max(n, len(m.Body))
			}
		}
		return n
	}
	plain := oci(nil)
	// An unknown field of the config: the object, and ten arrays in each other.
	deep := oci(func(i *testimage.Image, _ *testimage.Layout) {
		i.ConfigText = func(b []byte) []byte {
			return append(b[:len(b)-1], `,"x":`+strings.Repeat("[", 10)+strings.Repeat("]", 10)+"}"...)
		}
	})
	wide := oci(func(i *testimage.Image, _ *testimage.Layout) {
		i.ConfigText = func([]byte) []byte {
			return []byte(`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["` + i.Layers[0].DiffID().String() + `"]},"x":[` + strings.Repeat("0,", 99) + `0]}`)
		}
	})
	// Two objects, two lists, six names, four strings and a hundred numbers.
	const tokens = 2 + 2 + 6 + 4 + 100
	many := oci(func(i *testimage.Image, _ *testimage.Layout) {
		i.Config = func(c *v1.Image) { c.History = nil } // counted with the diff IDs
		for n := range 6 {
			i.Layers = append(i.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("f"+itoa(n), "")}, Compress: "gzip"})
		}
	})
	size := largest(plain)
	return slices.Concat(
		pair("json bytes", "max-json-bytes", func(l *verify.Limits, n int) { l.JSONBytes = int64(n) }, size, plain.Tar(), report.LimitJSONSize),
		pair("json depth", "max-json-depth", func(l *verify.Limits, n int) { l.JSONDepth = n }, 11, deep.Tar(), report.LimitJSONDepth),
		pair("json tokens", "max-json-tokens", func(l *verify.Limits, n int) { l.JSONTokens = n }, tokens, wide.Tar(), report.LimitJSONTokens),
		pair("descriptors", "max-descriptors", func(l *verify.Limits, n int) { l.Descriptors = n }, 7, many.Tar(), report.LimitDescriptors),
	)
}

// Nested returns an OCI layout in which depth indexes stand between
// index.json and the one manifest. Each lists the next one width times: there
// are width^depth paths to the manifest.
func Nested(depth, width int) testimage.Tree {
	t := oci(nil)
	files := t.Files()
	var last v1.Descriptor
	for name, body := range files {
		if bytes.Contains(body, []byte(`"layers":[`)) && strings.HasPrefix(name, "blobs/") && bytes.Contains(body, []byte("image.manifest")) {
			last = v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.FromBytes(body), Size: int64(len(body))}
		}
	}
	for range depth {
		x := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: slices.Repeat([]v1.Descriptor{last}, width)}
		body := encode(x)
		last = v1.Descriptor{MediaType: v1.MediaTypeImageIndex, Digest: digest.FromBytes(body), Size: int64(len(body))}
		t = t.Add(testimage.Member{Name: testimage.BlobPath(last.Digest), Body: body})
	}
	x := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{last}}
	return t.Edit("index.json", func([]byte) []byte { return encode(x) })
}

func graphLimits() []Case {
	return slices.Concat(
		// index.json is at depth 0, three indexes and the manifest below it.
		pair("graph depth", "max-graph-depth", func(l *verify.Limits, n int) { l.GraphDepth = n }, 4, Nested(3, 1).Tar(), report.LimitGraphDepth),
		// oci-layout, index.json, manifest, config, layer.
		pair("graph nodes", "max-graph-nodes", func(l *verify.Limits, n int) { l.GraphNodes = n }, 5, oci(nil).Tar(), report.LimitGraphNodes),
	)
}

func archiveLimits() []Case {
	good := Save("/bin/good")
	rest := tartest.Join(good.LayerMember, good.ConfigMember, good.IndexMember)
	record := tartest.Records("comment=" + strings.Repeat("x", 200))
	long := strings.Repeat("dd/", 67) + "x"
	hop := func(name, to string) []byte { return tartest.Block(header{Name: name, Type: '2', Link: to}) }
	hops := Archive(hop(good.LayerName, "../c1"), hop("c1", "c2"), hop("c2", "c3"), tartest.File("c3", string(good.Layer)), good.ConfigMember, good.IndexMember)
	return slices.Concat(
		pair("members", "max-members", func(l *verify.Limits, n int) { l.Members = n }, 4, Archive(rest, tartest.File("x", "")), report.LimitMembers),
		pair("pax bytes", "max-pax-bytes", func(l *verify.Limits, n int) { l.PAXBytes = int64(n) }, len(record), Archive(tartest.Ext('x', record), rest), report.LimitPAX),
		pair("name bytes", "max-name-bytes", func(l *verify.Limits, n int) { l.NameBytes = n }, len(long), Archive(rest, tartest.PAX("path="+long), tartest.File(long[:100], "x")), report.LimitNameLength),
		pair("link hops", "max-link-hops", func(l *verify.Limits, n int) { l.LinkHops = n }, 3, hops, report.LimitLinkHops),
	)
}

// windowed compresses b as a zstd frame that asks for a window.
func windowed(b []byte, window int) []byte {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithWindowSize(window), zstd.WithSingleSegment(false), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("adversary: " + err.Error())
	}
	half := len(b) / 2
	w.Write(b[:half]) // a bytes.Buffer takes everything
	w.Flush()         // now the size of the content cannot be in the header
	w.Write(b[half:])
	w.Close()
	return out.Bytes()
}

func outputLimits() []Case {
	const window = 1 << 20
	zst := oci(func(i *testimage.Image, _ *testimage.Layout) {
		plain := i.Layers[0].Plain()
		i.Layers[0].Compress = "zstd"
		i.Layers[0].Edit = func([]byte) []byte { return windowed(plain, window) }
	})
	big := testimage.Layer{Members: []testimage.Member{testimage.File("zeros", strings.Repeat("\x00", 100_000))}, Compress: "gzip"}
	one := oci(func(i *testimage.Image, _ *testimage.Layout) { i.Layers = []testimage.Layer{big} })
	two := oci(func(i *testimage.Image, _ *testimage.Layout) { i.Layers = append(i.Layers, big) })
	size := len(big.Plain())
	sum := size + len(image("").Layers[0].Plain())
	layer := pair("layer bytes", "max-layer-bytes", func(l *verify.Limits, n int) { l.LayerBytes, l.LayerRatio = int64(n), 1 }, size, one.Tar(), report.LimitLayerBytes)
	stored := len(big.Stored())
	ratio := pair("layer ratio", "max-layer-ratio", func(l *verify.Limits, n int) { l.LayerBytes, l.LayerRatio = 1, int64(n) }, (size+stored-1)/stored, one.Tar(), report.LimitLayerBytes)
	for i := range 2 {
		layer[i].Flags = append(layer[i].Flags, "--max-layer-ratio=1")
		ratio[i].Flags = append(ratio[i].Flags, "--max-layer-bytes=1")
	}
	// Three objects that nothing names, and the note that there is no pin.
	notes := oci(nil).Add(testimage.File("a", "1"), testimage.File("b", "2"), testimage.File("c", "3"))
	docs := 0
	for _, m := range oci(nil) {
		if m.Body[0] == '{' {
			docs += len(m.Body)
		}
	}
	stream := pair("stream documents", "max-stream-documents", func(l *verify.Limits, n int) { l.StreamDocuments = int64(n) }, docs, oci(nil).Tar(), report.LimitStreamDocuments)
	for i := range 2 {
		stream[i].Forms = []string{"stream", "gzip", "zstd"}
	}
	return slices.Concat(
		pair("window", "max-window", func(l *verify.Limits, n int) { l.Window = int64(n) }, window, zst.Tar(), report.LimitWindow),
		layer, ratio,
		pair("total bytes", "max-total-bytes", func(l *verify.Limits, n int) { l.TotalBytes = int64(n) }, sum, two.Tar(), report.LimitTotalBytes),
		pair("findings", "max-findings", func(l *verify.Limits, n int) { l.Findings = n }, 4, notes.Tar(), report.LimitFindings),
		stream,
	)
}
