package trust_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ocisum/ocisum/trust"
	"github.com/ocisum/ocisum/verify"
)

func ExampleRequire() {
	text, err := os.ReadFile(fixtures + "/cosign/key-good.pub")
	if err != nil {
		panic(err)
	}
	key, err := trust.ParsePublicKey("key-good.pub", text)
	if err != nil {
		panic(err)
	}
	opt := verify.Options{Vouchers: []verify.Voucher{trust.Require([]trust.Key{key})}}
	rep, err := verify.Path(context.Background(), fixtures+"/cosign/save-v3.tar.gz", opt)
	if err != nil {
		panic(err)
	}
	for _, a := range rep.Anchors {
		fmt.Println(rep.Verdict, a.Format, a.Holds, a.Matched)
	}
	// Output: verified sigstore bundle v0.3 true manifest
}
