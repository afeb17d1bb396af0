package measure

import (
	"github.com/ocisum/ocisum/internal/measure/sample"
)

// Cost is where the time of one worker goes that verifies an image of a
// format. The stages are taken from the rows of hashes and decoders; what is
// left of the time of the whole, reading the tar and its documents, is Rest.
type Cost struct {
	Format string  `json:"format"`
	Hash   float64 `json:"hash"`   // parts of 1: stored bytes
	Decode float64 `json:"decode"` // decompression
	DiffID float64 `json:"diffID"` // hash of uncompressed bytes, where they differ from the stored ones
	Rest   float64 `json:"rest"`
	// Saved is how much less the whole takes than the stages one by one, because
	// they are done at the same time: part of the sum of them, 0 if it takes more.
	Saved float64 `json:"saved"`
	Bound string  `json:"bound"` // the largest of them: "hashing", "decoding" or "the rest"
	// Scaling is how many times as fast all workers are as one.
	Scaling float64 `json:"scaling"`
	Jobs    int     `json:"jobs"`
	// Storage is the bytes a second that all workers together want; storage
	// that gives less is what bounds this machine.
	Storage float64 `json:"storage"`
}

// costs explains the verify rows by the others.
func costs(rows []Row) []Cost {
	all := []Cost{}
	for _, format := range sample.Formats() {
		one, ok := verifyRow(rows, string(format), 1)
		if !ok {
			continue
		}
		every := widest(rows, string(format))
		c := Cost{Format: string(format), Jobs: every.Jobs, Storage: every.Median, Scaling: ratio(every.Median, one.Median)}
		// Seconds for one stored byte.
		whole := ratio(1, one.Median)
		switch format {
		case sample.DockerSave:
			c.Hash = ratio(1, lanesFor(rows))
		default:
			single := oneStream(rows)
			c.Hash = ratio(1, single)
			c.Decode = one.Unpacked * decodeTime(rows, format)
			c.DiffID = one.Unpacked * ratio(1, single)
		}
		c.normalise(whole)
		all = append(all, c)
	}
	return all
}

// normalise turns seconds into parts. Parts measured apart may sum up to more
// than the whole took; then there is no rest.
func (c *Cost) normalise(whole float64) {
	sum := c.Hash + c.Decode + c.DiffID
	c.Saved = max(0, 1-ratio(whole, sum))
	whole = max(whole, sum)
	if sum == 0 {
		c.Saved = 0
	}
	if whole == 0 {
		return
	}
	c.Hash, c.Decode, c.DiffID = c.Hash/whole, c.Decode/whole, c.DiffID/whole
	c.Rest = max(0, 1-sum/whole)
	c.Bound = "the rest"
	if hashing := c.Hash + c.DiffID; hashing >= max(c.Decode, c.Rest) {
		c.Bound = "hashing"
	} else if c.Decode >= c.Rest {
		c.Bound = "decoding"
	}
}

// oneStream is the speed of the hash that is used for one stream.
func oneStream(rows []Row) float64 {
	r, _ := find(rows, func(r Row) bool { return r.Group == Hash && r.Algorithm == "sha256" && r.Streams == 1 && r.Chosen })
	return r.Median
}

// lanesFor is the speed of the hash that is used for the layers of a made-up
// image, side by side where that pays.
func lanesFor(rows []Row) float64 {
	best := oneStream(rows)
	for _, r := range rows {
		if r.Group == Hash && r.Algorithm == "sha256" && r.Chosen && r.Streams <= imageLayers {
			best = max(best, r.Median)
		}
	}
	return best
}

// decodeTime is the seconds that a decoded byte of a made-up layer takes, of
// which two thirds are library and the rest is text.
func decodeTime(rows []Row, format sample.Format) float64 {
	name := map[sample.Format]string{sample.OCIGzip: "gzip", sample.OCIZstd: "zstd"}[format]
	sum := 0.0
	for _, part := range []struct {
		kind  sample.Kind
		share float64
	}{{sample.Library, 2. / 3}, {sample.Text, 1. / 3}} {
		r, _ := find(rows, func(r Row) bool {
			return r.Group == Decode && r.Format == name && r.Kind == string(part.kind) && r.Chosen
		})
		sum += part.share * ratio(1, r.Median)
	}
	return sum
}

func verifyRow(rows []Row, format string, jobs int) (Row, bool) {
	return find(rows, func(r Row) bool { return r.Group == Verify && r.Format == format && r.Jobs == jobs })
}

// widest is the verify row of a format with the most workers.
func widest(rows []Row, format string) Row {
	var best Row
	for _, r := range rows {
		if r.Group == Verify && r.Format == format && r.Jobs > best.Jobs {
			best = r
		}
	}
	return best
}

// terabyte is what an estimate is for.
const terabyte = 1e12

// Estimate is how long it takes to verify a terabyte of stored layers, if
// the storage keeps up.
type Estimate struct {
	Of      string  `json:"of"` // a format of image, or the path
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rate"` // stored bytes a second
	Jobs    int     `json:"jobs"`
}

func estimates(rows []Row, p *Path) []Estimate {
	all := []Estimate{}
	for _, format := range []string{string(sample.DockerSave), streamed, string(sample.OCIGzip), string(sample.OCIZstd)} {
		if r := widest(rows, format); r.Median > 0 {
			all = append(all, Estimate{format, terabyte / r.Median, r.Median, r.Jobs})
		}
	}
	if p != nil && p.Stored > 0 && p.VerifyMedian > 0 {
		rate := float64(p.Stored) / p.VerifyMedian
		all = append(all, Estimate{p.Path, terabyte / rate, rate, p.Jobs})
	}
	return all
}

// ratio is a/b, and 0 where b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
