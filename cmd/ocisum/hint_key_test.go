package main

import (
	"encoding/pem"
	"os"
	"strings"
	"testing"
)

// TestKeyHintDER: a key in DER is told from what is no key.
func TestKeyHintDER(t *testing.T) {
	text, err := os.ReadFile("testdata/trust/cosign/key-good.pub")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if got := keyHint("key.der", block.Bytes); !strings.Contains(got, "openssl pkey -pubin -inform DER -in key.der") {
		t.Errorf("DER: got %q", got)
	}
	if got := keyHint("key.der", block.Bytes[1:]); got != publicKeyHint {
		t.Errorf("no key: got %q", got)
	}
}
