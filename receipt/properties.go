package receipt

import (
	"strings"

	"github.com/ocisum/ocisum/report"
)

// Properties that a receipt may grant. A name is never given another meaning.
const (
	// Objects: every object that the documents name has the digest and size that
	// every one of them gives it, and the one in its name.
	Objects = "OCISUM_OBJECT_DIGESTS"
	// Documents: every document is strict JSON of the shape its type demands.
	Documents = "OCISUM_DOCUMENTS"
	// Layers: every layer of every image was decoded to its end and has the diff
	// ID that the config gives it.
	Layers = "OCISUM_DIFF_IDS"
	// Container: the archive or folder has one reading only.
	Container = "OCISUM_CONTAINER"
	// Whole: nothing in the source was left out.
	Whole = "OCISUM_WHOLE_SOURCE"
	// AllPlatforms: every platform that an index lists is there.
	AllPlatforms = "OCISUM_ALL_PLATFORMS"
	// Strict: there were no warnings, and no object that no document names.
	Strict = "OCISUM_STRICT"
	// Base: every image is built on an approved base.
	Base = "OCISUM_APPROVED_BASE"
	// Attested: there is an attestation about every image, by a key that was
	// given.
	Attested = "OCISUM_ATTESTED"
	// Anchored and a kind of anchor in capitals: for every image an anchor of
	// that kind holds, and it approves of the image: OCISUM_ANCHORED_PIN,
	// OCISUM_ANCHORED_LOCK, OCISUM_ANCHORED_SIGNATURE.
	Anchored = "OCISUM_ANCHORED_"
)

// properties lists what a verified report grants.
func properties(rep *report.Report, opt Options) []string {
	list := []string{Objects, Documents}
	if decoded(rep.Images) {
		list = append(list, Layers)
	}
	list = append(list, Container)
	if whole(rep) {
		list = append(list, Whole)
	}
	if opt.Asked.AllPlatforms {
		list = append(list, AllPlatforms)
	}
	if opt.Asked.Strict {
		list = append(list, Strict)
	}
	seen := map[string]bool{}
	for _, a := range rep.Anchors {
		if !seen[a.Kind] && everyImage(rep, a.Kind) {
			switch {
			case a.Kind == "base":
				list = append(list, Base)
			case a.Kind == "attestation":
				list = append(list, Attested)
			case a.Approves():
				list = append(list, Anchored+capitals(a.Kind))
			}
		}
		seen[a.Kind] = true
	}
	return list
}

// decoded reports whether the diff ID of every layer was observed. Images
// without a config, as in schema 1, promise none.
func decoded(images []report.Image) bool {
	for _, img := range images {
		if img.ImageID == "" {
			return false
		}
		for _, l := range img.Layers {
			if l.DiffID == "" || l.UncompressedSize < 0 {
				return false
			}
		}
	}
	return true
}

// whole reports whether everything in the source was judged.
func whole(rep *report.Report) bool {
	c := rep.Coverage
	return rep.Complete && c.Unreached == 0 && c.Unreadable == 0
}

// everyImage reports whether anchors of a kind that hold cover every image.
func everyImage(rep *report.Report, kind string) bool {
	covered := make([]bool, len(rep.Images))
	for _, a := range rep.Anchors {
		if a.Kind != kind || !a.Holds {
			continue
		}
		for _, i := range a.Images {
			covered[i] = true
		}
	}
	for _, yes := range covered {
		if !yes {
			return false
		}
	}
	return len(covered) > 0
}

// capitals is the kind of an anchor as a part of a property.
func capitals(kind string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, kind)
}
