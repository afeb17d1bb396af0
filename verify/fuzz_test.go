package verify_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/adversary"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// script changes bytes as a fuzzer says: each step of seven bytes is an
// operation, a place and a value. It never makes them much longer.
func script(b, steps []byte) []byte {
	b = slices.Clone(b)
	for ; len(steps) >= 7 && len(b) > 0; steps = steps[7:] {
		at := int(binary.LittleEndian.Uint32(steps[1:]) % uint32(len(b)))
		n := min(int(steps[5]), len(b)-at)
		switch steps[0] % 8 {
		case 0:
			b[at] ^= steps[6]
		case 1:
			b[at] = steps[6]
		case 2:
			b = slices.Insert(b, at, bytes.Repeat(steps[6:7], int(steps[5]))...)
		case 3:
			b = slices.Delete(b, at, at+n)
		case 4:
			copy(b[at:], bytes.Clone(b[:n]))
		case 5: // blocks of a tar change places
			x, y := at/512*512, int(steps[6])*512
			if x+512 <= len(b) && y+512 <= len(b) {
				t := [512]byte(b[x:])
				copy(b[x:x+512], b[y:])
				copy(b[y:], t[:])
			}
		case 6: // a block is there twice
			if x := at / 512 * 512; x+512 <= len(b) {
				b = slices.Insert(b, x, bytes.Clone(b[x:x+512])...)
			}
		case 7:
			b = b[:at]
		}
	}
	return b
}

// images are the valid images that are mutated.
var images = sync.OnceValue(func() [][]byte {
	img := func(format string) testimage.Image {
		return testimage.Image{Ref: "app:1", Layers: []testimage.Layer{
			{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: format},
			{Members: []testimage.Member{testimage.File("bin/app", "#!/bin/sh\n")}, Compress: format},
		}}
	}
	nested := testimage.Layout{Images: []testimage.Image{img("gzip"), img("zstd")}, Nested: true, Index: func(x *v1.Index) {
		x.Manifests[0].Annotations = map[string]string{v1.AnnotationRefName: "app"}
	}}
	one := func(format string) []testimage.Image { return []testimage.Image{img(format)} }
	return [][]byte{
		testimage.Layout{Images: one("gzip")}.Tree().Tar(),
		testimage.Layout{Images: one("zstd")}.Tree().Tar(),
		nested.Tree().Tar(),
		testimage.DockerSave{Images: one("")}.Tree().Tar(),
		testimage.DockerSave{Images: one("gzip")}.Tree().Tar(),
		testimage.Hybrid{Images: one("")}.Tree().Tar(),
	}
})

// rehashed is an image whose manifest and config were changed before anything
// was hashed: every digest holds.
func rehashed(manifest, config []byte) []byte {
	img := testimage.Image{
		Ref:          "app:1",
		Layers:       []testimage.Layer{{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: "gzip"}},
		ManifestText: func(b []byte) []byte { return script(b, manifest) },
		ConfigText:   func(b []byte) []byte { return script(b, config) },
	}
	return testimage.Layout{Images: []testimage.Image{img}}.Tree().Tar()
}

// consistent holds the judgement of an archive against the naive verifier,
// and the two ways to read it against each other.
func consistent(t *testing.T, data []byte) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	lim := verify.Limits{LayerBytes: 16 << 20, LayerRatio: 64, TotalBytes: 64 << 20, Window: 8 << 20}
	stream, err := verify.RunStream(ctx, bytes.NewReader(data), verify.Options{Limits: lim, Jobs: 1})
	sound(t, ctx, stream, err)
	a, err := archive.New(ctx, bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	random, err := verify.Run(ctx, a, verify.Options{Limits: lim, Jobs: 2})
	sound(t, ctx, random, err)
	if stream.Source.Compression == "none" && stream.Verdict != random.Verdict && !has(stream, report.BlobAlgorithm) {
		t.Errorf("as a stream: %s\nat random: %s", adversary.Describe(stream), adversary.Describe(random))
	}
	for _, rep := range []*report.Report{stream, random} {
		if rep.Verdict != report.Verified {
			continue
		}
		plain := data
		if rep == stream && stream.Source.Compression != "none" {
			if plain, err = testimage.Decompress(data); err != nil {
				continue // padding behind the stream, or a window of its own
			}
		}
		if err := naive(plain); err != nil && len(rep.Artifacts) == 0 {
			t.Errorf("verified, but: %v\n%s", err, adversary.Describe(rep))
		}
	}
}

// sound wants a report without a fault of ours, in time.
func sound(t *testing.T, ctx context.Context, rep *report.Report, err error) {
	t.Helper()
	if ctx.Err() != nil {
		t.Fatal("the run did not end")
	}
	if rep == nil {
		t.Fatalf("no report: %v", err)
	}
	if has(rep, report.InternalError) {
		t.Fatal(adversary.Describe(rep))
	}
	if err != nil && rep.Verdict != report.Incomplete {
		t.Errorf("%v, and verdict %s", err, rep.Verdict)
	}
}

func has(rep *report.Report, code report.Code) bool { return found(rep, code) }

// FuzzMutatedImage is the oracle of consistency: a mutated image is verified
// only if what was mutated is under no digest.
func FuzzMutatedImage(f *testing.F) {
	for i, img := range images() {
		f.Add(uint8(i), []byte{0, 0, 0, 0, 0, 0, 0})
		for at := 0; at < len(img); at += 397 {
			step := []byte{0, 0, 0, 0, 0, 9, 1}
			binary.LittleEndian.PutUint32(step[1:], uint32(at))
			for op := range byte(8) {
				step[0] = op
				f.Add(uint8(i), bytes.Clone(step))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, steps []byte) {
		base := images()[int(which)%len(images())]
		consistent(t, script(base, steps[:min(len(steps), 70)]))
	})
}

// FuzzRehashedImage changes documents below digests that hold.
func FuzzRehashedImage(f *testing.F) {
	f.Add([]byte{}, []byte{})
	for at := range byte(250) {
		f.Add([]byte{0, at, 0, 0, 0, 0, 1}, []byte{})
		f.Add([]byte{3, at, 0, 0, 0, 8, 0}, []byte{1, at, 0, 0, 0, 0, '}'})
	}
	f.Fuzz(func(t *testing.T, manifest, config []byte) {
		consistent(t, rehashed(manifest[:min(len(manifest), 70)], config[:min(len(config), 70)]))
	})
}

// FuzzRunStream takes any bytes at all.
func FuzzRunStream(f *testing.F) {
	for _, img := range images() {
		f.Add(img)
		f.Add(testimage.Gzip(img))
		f.Add(testimage.Zstd(img))
	}
	for _, c := range adversary.All() {
		// A bomb as a seed would make every round of the fuzzer slow.
		if plain, err := testimage.Decompress(c.Tar); len(c.Tar) < 16<<10 && (err != nil || len(plain) < 64<<10) {
			f.Add(c.Tar)
		}
	}
	f.Add([]byte{})
	f.Add([]byte("BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { consistent(t, data) })
}
