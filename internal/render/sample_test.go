package render

import (
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// d makes a digest of one repeated digit.
func d(hex string) digest.Digest { return digest.Digest("sha256:" + strings.Repeat(hex, 64)) }

// sample is a report with something of everything.
func sample() *report.Report {
	manifest, offset := d("a"), int64(512)
	return &report.Report{
		Schema: report.Schema, Tool: report.Tool{Name: "ocisum", Version: "1.0.0", Hash: "crypto/sha256"},
		Verdict: report.Failed, Complete: true,
		Source: report.Source{
			Path: "app.tar.gz", Container: "tar", Formats: []string{"docker-archive", "oci-layout"}, Detected: true,
			Compression: "gzip", Size: 3 << 20, Digest: d("f"), IndexDigest: d("e"),
			Loads: []report.Load{{Reader: "first entry wins: podman", Image: "app:1"}},
		},
		Anchors: []report.Anchor{{Kind: "pin", By: "--expect", Digest: manifest, Matched: "manifest", Holds: true, Images: []int{0}}},
		Images: []report.Image{
			{
				Refs: []string{"app:1", "registry.example/team/app:1"}, Platform: "linux/amd64",
				MediaType: "application/vnd.oci.image.manifest.v1+json", Digest: &manifest, ImageID: d("b"), ChainID: d("c"),
				Verdict: report.Failed, Views: []string{"docker-archive", "oci-layout"}, Anchored: true,
				Config: report.Blob{Object: "blobs/sha256/bb", Digest: d("b"), Size: 1500, MediaType: "application/json", State: report.Checked},
				Layers: []report.Layer{{
					Blob:        report.Blob{Object: "blobs/sha256/cc", Digest: d("c"), Size: 3_000_000, MediaType: "layer", State: report.Checked},
					Compression: "gzip", DiffID: d("d"), UncompressedSize: 9_000_000, ChainID: d("c"), TarEntries: 12,
				}},
				Indexes: []int{0},
				Raw:     &report.Raw{Manifest: []byte(`{"schemaVersion": 2, "x": [1, {}, []]}`), Config: []byte(`{"os":"linux"}`)},
			},
			{
				Refs: []string{}, Platform: "linux/arm64", Verdict: report.Verified, Views: []string{"docker-archive"},
				ImageID: d("9"), Config: report.Blob{Object: "99.json", Digest: d("9"), Size: 1400, State: report.Checked}, Layers: []report.Layer{},
			},
		},
		Indexes: []report.Index{{Refs: []string{"app:1"}, Object: "blobs/sha256/77", Digest: d("7"), MediaType: "index", Manifests: []digest.Digest{manifest}, State: report.Checked}},
		Artifacts: []report.Artifact{{
			Refs: []string{}, Digest: d("6"), MediaType: "manifest", ArtifactType: "application/spdx", Subject: manifest,
			Config: &report.Blob{Object: "c", Size: 2, State: report.Checked}, Blobs: []report.Blob{{Object: "b", Digest: d("5"), Size: 70, State: report.Checked}}, State: report.Checked,
		}},
		Findings: []report.Finding{
			{
				Code: report.BlobDigestMismatch, Severity: report.Error, Effect: report.Failed, Object: "blobs/sha256/cc",
				Claim: d("a").String() + "#/layers/0", Claims: 4, Also: []string{"file name", "manifest.json#/0/Layers/0"}, Want: d("c").String(), Got: d("8").String(), Images: []int{0}, Message: "stored bytes differ",
			},
			{Code: report.LayerUnsafePath, Severity: report.Warning, Object: "blobs/sha256/cc", Offset: &offset, Images: []int{0, 1}, Message: `"../x" climbs out`},
			{Code: report.BlobUnreferenced, Severity: report.Note, Object: "blobs/sha256/00", Images: []int{}, Message: "named by nothing"},
		},
		Coverage: report.Coverage{Objects: 8, Checked: 7, Unreferenced: 1},
		Bytes:    report.Bytes{Stored: 3_003_070, Uncompressed: 9_000_000},
	}
}

// sound is a small report without any finding.
func sound() *report.Report {
	return &report.Report{
		Schema: report.Schema, Tool: sample().Tool, Verdict: report.Verified, Complete: true,
		Source:  report.Source{Path: "-", Container: "tar", Formats: []string{"docker-archive"}, Detected: true, Compression: "none"},
		Anchors: []report.Anchor{}, Indexes: []report.Index{}, Artifacts: []report.Artifact{}, Findings: []report.Finding{},
		Images: []report.Image{{
			Refs: []string{"alpine:3.20"}, Platform: "linux/amd64", ImageID: d("1"), Verdict: report.Verified, Views: []string{"docker-archive"},
			Config: report.Blob{Object: "1.json", Digest: d("1"), Size: 580, State: report.Checked},
			Layers: []report.Layer{{Blob: report.Blob{Object: "l/layer.tar", Digest: d("2"), Size: 8_000_000, State: report.Checked}, Compression: "none", DiffID: d("2"), UncompressedSize: 8_000_000, ChainID: d("2"), TarEntries: 80}},
		}},
		Coverage: report.Coverage{Objects: 3, Checked: 3}, Bytes: report.Bytes{Stored: 8_000_700},
	}
}

func single(r *report.Report) *Result {
	return &Result{Tool: r.Tool, Inputs: []Input{{Path: r.Source.Path, Report: r}}}
}
