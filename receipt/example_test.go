package receipt_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/verify"
)

// The desk verifies, and writes a receipt; whoever gets file and receipt holds
// one against the other.
func Example() {
	const path = "../testdata/example/hello.tar"
	rep, err := verify.Path(context.Background(), path, verify.Options{FileDigest: true})
	if err != nil {
		log.Fatal(err)
	}
	s, err := receipt.New(rep, receipt.Options{Name: "hello.tar", Time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err) // not verified
	}
	doc, err := s.Seal(nil)
	if err != nil {
		log.Fatal(err)
	}

	r, err := receipt.Parse(doc)
	if err != nil {
		log.Fatal(err)
	}
	rep, err = verify.Path(context.Background(), path, verify.Options{FileDigest: true, Vouchers: r.Vouchers(receipt.Terms{Name: "the receipt"})})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rep.Verdict)
	for _, a := range rep.Anchors {
		fmt.Println(a.Kind, a.Matched, a.Holds)
	}
	// Output:
	// verified
	// receipt-unsigned manifest true
	// receipt-unsigned file true
}
