package verify_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// locked are runs that a lock is asked about.
func locked(t *testing.T) []subject {
	t.Helper()
	img := func(ref, text string) testimage.Image {
		return testimage.Image{Ref: ref, Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("a", text)}}}}
	}
	record := func(text string) lock.Record {
		return lock.Record{Digest: img("", text).Descriptor().Digest, Kind: lock.Registry, Imported: "test"}
	}
	f := &lock.File{}
	for _, put := range []struct{ name, text string }{{"app:1", "old"}, {"app:1", "new"}, {"other:1", "other"}} {
		if _, err := f.Put(put.name, record(put.text)); err != nil {
			t.Fatal(err)
		}
	}
	f.Files = []lock.Source{{Path: "a.tar", SHA256: digest.FromString("a")}}
	ask := func(ref, text string, code report.Code) subject {
		tree := testimage.Layout{Images: []testimage.Image{img(ref, text)}}.Tree()
		return subject{"lock, " + ref + " with " + text, []report.Code{code}, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			v, err := f.Voucher("--lock", "")
			if err != nil {
				return nil, err
			}
			opt.Vouchers = []verify.Voucher{v}
			return verify.RunStream(ctx, bytes.NewReader(tree.Tar()), opt)
		}}
	}
	return []subject{
		ask("app:1", "else", report.LockUnlisted),
		ask("app:1", "old", report.LockSuperseded),
		ask("app:1", "other", report.LockNameConflict),
		ask("app:2", "new", report.LockNameUnknown),
	}
}
