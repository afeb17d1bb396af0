package lock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/verify"
)

const images = `ocisum-lock 1

image registry.example/team/tiny:v1
  current sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1
    kind registry
    imported imgpkg
`

func ExampleParse() {
	f, err := lock.Parse([]byte(images))
	if err != nil {
		fmt.Println(err)
		return
	}
	img, ok := f.Lookup("registry.example/team/tiny:v1")
	fmt.Println(ok, img.Current.Digest)
	// Output: true sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1
}

// A lock as an allowlist: everything else is denied.
func ExampleFile_Voucher() {
	f, err := lock.Parse([]byte(images))
	if err != nil {
		fmt.Println(err)
		return
	}
	allow, err := f.Voucher("images.lock", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	rep, err := verify.Path(context.Background(), "app.tar", verify.Options{Vouchers: []verify.Voucher{allow}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rep.Verdict)
}

// Approve what a verified archive holds.
func ExampleApprove() {
	rep, err := verify.Path(context.Background(), "app.tar", verify.Options{FileDigest: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := lock.Approve(rep, "", time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := &lock.File{}
	if _, err := f.PutAll(list); err != nil {
		fmt.Println(err)
		return
	}
	text, err := f.Marshal()
	fmt.Println(string(text), err)
}
