package main

import (
	"bytes"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/spki"
	"github.com/ocisum/ocisum/trust/gpg"
)

const publicKeyHint = "a public key is a PEM file that begins with -----BEGIN PUBLIC KEY-----"

// keyHint says what to do with a file that is no public key in PEM: often it is
// one in another format.
func keyHint(path string, text []byte) string {
	if _, err := gpg.ParseKeyring(text); err == nil || bytes.Contains(text, []byte("-----BEGIN PGP ")) {
		return "--keyring FILE is for OpenPGP keys, --key for keys in PEM"
	}
	if _, err := spki.Parse(text); err == nil {
		return "the key is in DER: openssl pkey -pubin -inform DER -in " + render.Quote(path) + " -out FILE writes it in PEM"
	}
	for _, kind := range []string{"ssh-rsa ", "ecdsa-sha2-"} {
		if bytes.HasPrefix(text, []byte(kind)) {
			return "the key is one of SSH: ssh-keygen -e -m PKCS8 -f " + render.Quote(path) + " > FILE writes it in PEM"
		}
	}
	return publicKeyHint
}

// privateKeyHint says what to do with a file that is no private key that can
// sign.
func privateKeyHint(path string, text []byte) string {
	if bytes.Contains(text, []byte("ENCRYPTED")) && !bytes.Contains(text, []byte("ENCRYPTED SIGSTORE")) && !bytes.Contains(text, []byte("ENCRYPTED COSIGN")) {
		return "openssl pkey -in " + render.Quote(path) + " -out FILE asks for the password and writes the key without"
	}
	return "openssl genpkey -algorithm ed25519 -out FILE makes one"
}
