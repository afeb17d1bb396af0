package verify

import (
	"fmt"
	"strconv"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/ocisum/ocisum/report"
)

// layer judges what is inside a layer: its compression against its media
// type, the stream, the diff IDs, and the tar. bad says that the stored bytes
// are not the ones that were promised: what is wrong inside of them is then
// told only as far as it helps to find the damage.
func (j *judge) layer(n *graph.Node, obs *Observation, bad bool) {
	c := firstClaim(n)
	if !j.compression(n, obs) {
		return
	}
	for _, f := range obs.Faults {
		j.stream(n, c, f)
	}
	if obs.Total {
		j.add(report.LimitTotalBytes, n, c, "at most "+strconv.FormatInt(j.limits.TotalBytes, 10)+" bytes", "", "the run reached its limit of decompressed bytes in this layer")
	}
	if !obs.Decoded {
		return
	}
	for _, c := range n.Claims {
		if c.DiffID == "" {
			continue
		}
		got, known := obs.diffID(c.DiffID)
		if !known {
			j.add(report.BlobAlgorithm, n, c, string(c.DiffID), "", "the %s diff ID was not computed in this pass", c.DiffID.Algorithm())
		} else if got != c.DiffID {
			j.add(report.LayerDiffIDMismatch, n, c, string(c.DiffID), string(got), "the uncompressed bytes have another digest than the diff ID")
		}
	}
	if obs.Tar != nil && !bad && tarPromised(n) {
		j.tar(n, c, obs)
		j.contents(n, obs)
	}
}

// tarPromised reports whether something says that a node is a tar: a layer's
// media type, or docker save, which has no media types.
func tarPromised(n *graph.Node) bool {
	typed := false
	for _, c := range n.Claims {
		if _, ok := layerType(c); ok {
			return true
		}
		typed = typed || c.MediaType != ""
	}
	return !typed
}

// compression judges the media types of a layer against its bytes. It reports
// false if the layer cannot be looked into.
func (j *judge) compression(n *graph.Node, obs *Observation) bool {
	look := true
	for _, c := range n.Claims {
		t, ok := layerType(c)
		if !ok {
			continue
		}
		got := obs.Compression.String()
		switch {
		case t.Encrypted:
			continue // see encrypted
		case t.Compression == "" && obs.Compression == decompress.None:
			j.add(report.LayerCompressionUnknown, n, c, c.MediaType, "", "the compression that the media type names is not known")
			look = false
		case t.Compression == "" || t.Compression == got:
		case t.Docker && t.Compression == "gzip" && obs.Compression == decompress.None && obs.Tar != nil && obs.Tar.Tar:
			j.add(report.LayerMediaTypeDocker, n, c, t.Compression, got, "a plain tar under Docker's gzip media type")
		default:
			j.add(report.LayerMediaType, n, c, t.Compression, got, "the media type says %s, the bytes are %s", compressionName(t.Compression), compressionName(got))
			if obs.Compression == decompress.None && (obs.Tar == nil || !obs.Tar.Tar) {
				look = false
			}
		}
	}
	return look
}

func compressionName(s string) string {
	if s == "none" {
		return "not compressed"
	}
	return s
}

// encrypted says which layers cannot be looked into without a key.
func (j *judge) encrypted(n *graph.Node) {
	for _, c := range n.Claims {
		if t, ok := layerType(c); ok && t.Encrypted {
			j.add(report.LayerEncrypted, n, c, "", "", "the layer is encrypted: its stored bytes were checked, its diff ID cannot be")
			return
		}
	}
}

var streamCodes = map[decompress.Kind]report.Code{
	decompress.Corrupt:       report.StreamCorrupt,
	decompress.Truncated:     report.StreamTruncated,
	decompress.Checksum:      report.StreamChecksum,
	decompress.TrailingData:  report.StreamTrailingData,
	decompress.ZeroPadding:   report.StreamZeroPadding,
	decompress.HeaderOdd:     report.StreamHeaderOdd,
	decompress.HeaderInvalid: report.StreamHeaderInvalid,
	decompress.Dictionary:    report.StreamDictionary,
	decompress.Empty:         report.StreamEmpty,
	decompress.Unsupported:   report.StreamUnsupported,
	decompress.Window:        report.LimitWindow,
	decompress.OutputLimit:   report.LimitLayerBytes,
	decompress.Disagreement:  report.StreamDecodersDisagree,
}

// stream turns a fault of a compressed stream into a finding.
func (j *judge) stream(n *graph.Node, c content.Claim, f decompress.Fault) {
	code, ok := streamCodes[f.Kind]
	if !ok {
		code = report.StreamCorrupt
	}
	text := f.Detail
	if f.Kind == decompress.OutputLimit {
		text = "the layer decompresses to more than the limit"
	}
	finding := report.New(code, n.Object.Name, text)
	finding.Claim = c.By
	j.out.add(finding.At(f.Offset))
}

var layerTarCodes = map[tarscan.Kind]report.Code{
	tarscan.NotTar:    report.LayerNotTar,
	tarscan.Truncated: report.LayerTarTruncated,
	tarscan.Checksum:  report.LayerTarInvalid,
	tarscan.BadSize:   report.LayerTarInvalid,
	tarscan.NoEnd:     report.LayerTarNoEndMarker,
	tarscan.Trailing:  report.LayerTarTrailingData,
	tarscan.LimitPAX:  report.LimitPAX,
	tarscan.LimitName: report.LimitNameLength,
}

// tar judges the tar inside a layer. Nothing is extracted, so what an
// extractor has to guard against is a warning here.
func (j *judge) tar(n *graph.Node, c content.Claim, obs *Observation) {
	t := obs.Tar
	for _, f := range t.Faults {
		if f.Kind == tarscan.Sparse {
			continue // legal in a layer
		}
		code, ok := layerTarCodes[f.Kind]
		if !ok {
			code = report.LayerTarAmbiguous
		}
		finding := report.New(code, n.Object.Name, f.Detail)
		finding.Claim, finding.Got = c.By, f.Name
		j.out.add(finding.At(f.Offset))
	}
	if t.Dropped > 0 {
		j.add(report.LayerTarAmbiguous, n, c, "", fmt.Sprintf("%d more", t.Dropped), "there are more faults of the same kinds in this layer")
	}
	j.paths(report.LayerUnsafePath, n, c, t.Unsafe, "path that climbs out of the root")
	j.paths(report.LayerUnsafeLink, n, c, t.Through, "member below a link that leaves the root")
	j.paths(report.LayerDuplicatePath, n, c, t.Duplicate, "path that is there before")
	j.paths(report.LayerDevice, n, c, t.Devices, "device")
	if t.Untracked {
		j.add(report.LimitLayerPaths, n, c, "", "", "duplicate paths were looked for among the first %d only", maxTracked)
	}
}

func (j *judge) paths(code report.Code, n *graph.Node, c content.Claim, p Paths, what string) {
	switch {
	case p.Count == 1:
		j.add(code, n, c, "", p.First, "the layer holds a %s", what)
	case p.Count > 1:
		j.add(code, n, c, "", p.First, "the layer holds %d times a %s; the first is shown", p.Count, what)
	}
}
