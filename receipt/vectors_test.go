package receipt_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Every vector that is verified gives a receipt, no other does, and a receipt
// is for its own file and for no other.
func TestVectors(t *testing.T) {
	vectors, err := testimage.LoadVectors("../testdata/vectors")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	judge := func(v testimage.Vector, vouchers []verify.Voucher) *report.Report {
		path := filepath.Join(dir, v.Name)
		if _, err := os.Stat(path); err != nil {
			if err := os.WriteFile(path, v.Tar(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		opt := verify.Options{FileDigest: true, Strict: v.Strict, Platform: v.Platform, AllPlatforms: v.AllPlatforms, Vouchers: vouchers}
		if v.Pin != "" {
			opt.Expect = []digest.Digest{digest.Digest(v.Pin)}
		}
		rep, _ := verify.Path(context.Background(), path, opt)
		return rep
	}
	given := 0
	var earlier, file []byte
	for _, v := range vectors {
		rep := judge(v, nil)
		if rep == nil {
			continue
		}
		if earlier != nil && !bytes.Equal(file, v.Tar()) {
			r, err := receipt.Parse(earlier)
			if err != nil {
				t.Fatal(err)
			}
			if rep := judge(v, r.Vouchers(receipt.Terms{})); rep.Verdict == report.Verified && len(rep.Images) > 0 {
				t.Errorf("%s: the receipt of another file holds", v.Name)
			}
		}
		s, err := receipt.New(rep, receipt.Options{Name: v.Name})
		if want := rep.Verdict == report.Verified && len(rep.Images) > 0; (err == nil) != want {
			t.Errorf("%s: %s, %d images: %v", v.Name, rep.Verdict, len(rep.Images), err)
		}
		if err != nil {
			continue
		}
		given++
		doc := seal(t, s, nil)
		r, err := receipt.Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if rep := judge(v, r.Vouchers(receipt.Terms{})); rep.Verdict != report.Verified {
			t.Errorf("%s: held against itself: %s %v", v.Name, rep.Verdict, codes(rep))
		}
		earlier, file = doc, v.Tar()
	}
	if given < 20 || given == len(vectors) {
		t.Errorf("%d receipts for %d vectors", given, len(vectors))
	}
}
