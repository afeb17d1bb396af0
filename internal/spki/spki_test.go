package spki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprint("spki: ", err))
	}
	return v
}

// signers are one private key of each kind, RSA apart.
func signers() map[string]crypto.Signer {
	return map[string]crypto.Signer{
		"P-256":   must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"P-384":   must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		"P-521":   must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
		"Ed25519": must2(ed25519.GenerateKey(rand.Reader)),
	}
}

func must2[T, U any](_ T, v U, err error) U { return must(v, err) }

func text(typ string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der})
}

func TestKeysAreReadAndWrittenAsX509Does(t *testing.T) {
	all := signers()
	all["RSA"] = must(rsa.GenerateKey(rand.Reader, 2048))
	for name, signer := range all {
		der := must(x509.MarshalPKIXPublicKey(signer.Public()))
		pub, err := Parse(der)
		if err != nil || !reflect.DeepEqual(pub, must(x509.ParsePKIXPublicKey(der))) {
			t.Errorf("%s: got %v, %v", name, pub, err)
		}
		if got, err := Marshal(signer.Public()); !bytes.Equal(got, der) {
			t.Errorf("%s: got DER %x, %v, want %x", name, got, err, der)
		}
		key, err := ParsePEM(text("PUBLIC KEY", der))
		if err != nil || !bytes.Equal(key.DER, der) || key.ID().Encoded() != fmt.Sprintf("%x", sha256.Sum256(der)) {
			t.Errorf("%s: got %v, %v", name, key, err)
		}
		for i := range der { // no cut, no addition
			if _, err := Parse(der[:i]); err == nil {
				t.Errorf("%s: %d bytes of %d are taken for a key", name, i, len(der))
			}
		}
		if _, err := Parse(append(bytes.Clone(der), 0)); err == nil {
			t.Errorf("%s: a byte after the key is accepted", name)
		}
	}
}

func TestVerify(t *testing.T) {
	message := []byte("the message")
	sum := sha256.Sum256(message)
	all := signers()
	all["RSA"] = must(rsa.GenerateKey(rand.Reader, 2048))
	for name, signer := range all {
		key := Key{Public: signer.Public()}
		sigs := map[string][]byte{}
		switch s := signer.(type) {
		case ed25519.PrivateKey:
			sigs["pure"] = ed25519.Sign(s, message)
			long := sha512.Sum512(message)
			sigs["prehashed"] = must(s.Sign(nil, long[:], crypto.SHA512))
		case *rsa.PrivateKey:
			sigs["pkcs1"] = must(s.Sign(rand.Reader, sum[:], crypto.SHA256))
			sigs["pss"] = must(s.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}))
		case *ecdsa.PrivateKey:
			sigs["sha256"] = must(ecdsa.SignASN1(rand.Reader, s, sum[:]))
			switch name {
			case "P-384":
				own := sha512.Sum384(message)
				sigs["sha384"] = must(ecdsa.SignASN1(rand.Reader, s, own[:]))
			case "P-521":
				own := sha512.Sum512(message)
				sigs["sha512"] = must(ecdsa.SignASN1(rand.Reader, s, own[:]))
			}
		}
		for kind, sig := range sigs {
			if err := key.Verify(message, sig); err != nil {
				t.Errorf("%s %s: got %v", name, kind, err)
			}
			if err, bySum := key.VerifySum(sum, sig), kind == "sha256" || kind == "pkcs1" || kind == "pss"; (err == nil) != bySum {
				t.Errorf("%s %s by its SHA-256: got %v", name, kind, err)
			}
			if err := key.Verify([]byte("another"), sig); err != ErrSignature {
				t.Errorf("%s %s over another message: got %v, want %v", name, kind, err, ErrSignature)
			}
			for _, bad := range [][]byte{nil, {}, sig[:len(sig)-1], append(bytes.Clone(sig), 0), make([]byte, len(sig)), {0x30, 6, 2, 1, 0, 2, 1, 0}, {0x30, 6, 2, 1, 1, 2, 1, 1}} {
				if key.Verify(message, bad) == nil {
					t.Errorf("%s %s: signature %x accepted", name, kind, bad)
				}
			}
		}
	}
	if (Key{}).Verify(message, sum[:]) == nil || (Key{Public: ed25519.PublicKey("short")}).Verify(message, sum[:]) == nil {
		t.Error("a key that is none verifies")
	}
}

func TestOtherDERThanTheOneIsRefused(t *testing.T) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sum := sha256.Sum256(nil)
	sig := must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
	long := append([]byte{0x30, 0x81, sig[1]}, sig[2:]...)
	if (Key{Public: key.Public()}).Verify(nil, long) == nil {
		t.Error("a length in two bytes where one is enough is accepted")
	}
}

// info builds a SubjectPublicKeyInfo from its parts.
func info(oid, params, bits string) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(oid)) })
			b.AddBytes([]byte(params))
		})
		b.AddASN1BitString([]byte(bits))
	})
	return must(b.Bytes())
}

func rsaBits(n *big.Int, e int64) string {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(n)
		b.AddASN1Int64(e)
	})
	return string(must(b.Bytes()))
}

func TestRefusedKeys(t *testing.T) {
	const ec, rsaOID, ed = "\x2a\x86\x48\xce\x3d\x02\x01", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "\x2b\x65\x70"
	const p256, null = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "\x05\x00"
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	good := string(must(key.PublicKey.Bytes()))
	off := good[:64] + string(good[64]^1)
	odd := func(bits uint) *big.Int { return new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1) }
	for _, tt := range []struct {
		name, want string
		der        []byte
	}{
		{"empty", "not the DER", nil},
		{"huge", "more than 4096", make([]byte, MaxBytes+1)},
		{"no SPKI", "SubjectPublicKeyInfo", []byte{0x30, 0}},
		{"not DER: long length", "not the DER", []byte{0x30, 0x81, 0}},
		{"not on the curve", "no uncompressed point", info(ec, p256, off)},
		{"compressed", "no uncompressed point", info(ec, p256, "\x02"+good[1:33])},
		{"infinity", "no uncompressed point", info(ec, p256, "\x00")},
		{"no point", "no uncompressed point", info(ec, p256, "")},
		{"no curve", "without the name of a curve", info(ec, "", good)},
		{"curve by its parameters", "without the name of a curve", info(ec, "\x30\x00", good)},
		{"curve and more", "without the name of a curve", info(ec, p256+null, good)},
		{"P-224", "curve P-224 is not supported", info(ec, "\x06\x05\x2b\x81\x04\x00\x21", good)},
		{"secp256k1", "curve secp256k1 is not supported", info(ec, "\x06\x05\x2b\x81\x04\x00\x0a", good)},
		{"X25519", "kind of key X25519 is not supported", info("\x2b\x65\x6e", "", good[1:33])},
		{"unknown", "kind of key 1.2.3 is not supported", info("\x2a\x03", "", "")},
		{"Ed25519 with NULL", "parameters (RFC 8410", info(ed, null, good[1:33])},
		{"Ed25519 short", "of 31 bytes", info(ed, "", good[1:32])},
		{"RSA without NULL", "not NULL", info(rsaOID, "", rsaBits(odd(2048), 65537))},
		{"RSA 1024", "has 1024 bits", info(rsaOID, null, rsaBits(odd(1024), 65537))},
		{"RSA 2047", "has 2047 bits", info(rsaOID, null, rsaBits(odd(2047), 65537))},
		{"RSA 8193", "has 8193 bits", info(rsaOID, null, rsaBits(odd(8193), 65537))},
		{"RSA negative", "not positive", info(rsaOID, null, rsaBits(new(big.Int).Neg(odd(2048)), 65537))},
		{"RSA even", "even", info(rsaOID, null, rsaBits(new(big.Int).Lsh(big.NewInt(1), 2047), 65537))},
		{"RSA exponent 1", "exponent", info(rsaOID, null, rsaBits(odd(2048), 1))},
		{"RSA exponent even", "exponent", info(rsaOID, null, rsaBits(odd(2048), 65536))},
		{"RSA exponent long", "exponent", info(rsaOID, null, rsaBits(odd(2048), 1<<31+1))},
		{"RSA exponent negative", "exponent", info(rsaOID, null, rsaBits(odd(2048), -3))},
		{"RSA and more", "RSAPublicKey", info(rsaOID, null, rsaBits(odd(2048), 3)+"\x00")},
	} {
		pub, err := Parse(tt.der)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, pub, err, tt.want)
		}
	}
	if _, err := Marshal("DSA"); err == nil {
		t.Error("what is no key is marshalled")
	}
}

func TestRefusedFiles(t *testing.T) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	good := text("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
	private := text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
	for _, tt := range []struct {
		name, want string
		text       []byte
	}{
		{"empty", "empty", nil},
		{"white", "empty", []byte(" \n")},
		{"large", "too many", bytes.Repeat([]byte("x"), MaxPEM+1)},
		{"binary", "not a PEM file", []byte{0x30, 1, 2}},
		{"two", "2 PEM blocks", append(bytes.Clone(good), good...)},
		{"text before", "text around", append([]byte("hello\n"), good...)},
		{"text after", "text around", append(bytes.Clone(good), "hello"...)},
		{"private", ErrPrivate.Error(), private},
		{"private after public", ErrPrivate.Error(), append(bytes.Clone(good), private...)},
		{"private, damaged", ErrPrivate.Error(), bytes.Replace(private, []byte("M"), []byte("!"), 1)},
		{"private with text", ErrPrivate.Error(), append([]byte("mine\n"), private...)},
		{"SEC 1", ErrPrivate.Error(), text("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))},
		{"cosign", ErrPrivate.Error(), text("ENCRYPTED SIGSTORE PRIVATE KEY", []byte("{}"))},
		{"certificate", "certificate", text("CERTIFICATE", []byte{1})},
		{"PKCS 1", "PKCS #1", text("RSA PUBLIC KEY", []byte{1})},
		{"OpenPGP", "OpenPGP", text("PGP PUBLIC KEY BLOCK", []byte{1})},
		{"other", `"X\x1b[2J"`, text("X\x1b[2J", []byte{1})},
		{"not DER", "not the DER", text("PUBLIC KEY", []byte{1})},
	} {
		_, err := ParsePEM(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(must(key.Bytes()))[:8]) {
			t.Errorf("%s: the error shows the private key: %v", tt.name, err)
		}
	}
}

func TestPrivateKeys(t *testing.T) {
	message := []byte("statement")
	for name, signer := range signers() {
		files := [][]byte{text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(signer)))}
		if key, ok := signer.(*ecdsa.PrivateKey); ok {
			files = append(files, text("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key))))
		}
		for _, file := range files {
			key, err := ParsePrivatePEM(file)
			if err != nil {
				t.Errorf("%s: got %v", name, err)
				continue
			}
			sig := must(key.Sign(message))
			if again := must(key.Sign(message)); !bytes.Equal(sig, again) {
				t.Errorf("%s: two signatures over one message differ", name)
			}
			if err := key.Public().Verify(message, sig); err != nil {
				t.Errorf("%s: got %v", name, err)
			}
			want := must(x509.MarshalPKIXPublicKey(signer.Public()))
			if !bytes.Equal(key.Public().DER, want) {
				t.Errorf("%s: got public key %x, want %x", name, key.Public().DER, want)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
				if got := fmt.Sprintf(verb, key); got != key.String() {
					t.Errorf("%s: %s shows %s", name, verb, got)
				}
			}
		}
	}
}

func TestRefusedPrivateKeys(t *testing.T) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sec1 := must(x509.MarshalECPrivateKey(key))
	zero := bytes.Replace(sec1, must(key.Bytes()), make([]byte, 32), 1)
	for _, tt := range []struct {
		name, want string
		text       []byte
	}{
		{"empty", "empty", nil},
		{"public", "public key", text("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))},
		{"two", "exactly one", bytes.Repeat(text("EC PRIVATE KEY", sec1), 2)},
		{"cosign", "encrypted", text("ENCRYPTED SIGSTORE PRIVATE KEY", []byte("{}"))},
		{"headers", "encrypted", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: sec1})},
		{"RSA", "RSA is not supported", text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(must(rsa.GenerateKey(rand.Reader, 2048)))))},
		{"zero", "no scalar", text("EC PRIVATE KEY", zero)},
		{"P-224", "P-224", text("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)))))},
		{"garbage", "PKCS #8", text("PRIVATE KEY", []byte{1, 2})},
		{"garbage SEC 1", "RFC 5915", text("EC PRIVATE KEY", []byte{1, 2})},
		{"certificate", "CERTIFICATE", text("CERTIFICATE", []byte{1})},
	} {
		if _, err := ParsePrivatePEM(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// FuzzParse: what is accepted is what crypto/x509 accepts, as the same key,
// and there is one DER for each key.
func FuzzParse(f *testing.F) {
	for _, s := range signers() {
		f.Add(must(x509.MarshalPKIXPublicKey(s.Public())))
	}
	f.Add(must(x509.MarshalPKIXPublicKey(&must(rsa.GenerateKey(rand.Reader, 2048)).PublicKey)))
	// An Ed25519 key whose last three bits are said to be unused.
	f.Add(append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x03"), bytes.Repeat([]byte{8}, 32)...))
	// Another one with a NULL after the key, which crypto/x509 passes over.
	f.Add(append(append([]byte("\x30\x2c\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), bytes.Repeat([]byte{8}, 32)...), 5, 0))
	f.Fuzz(func(t *testing.T, der []byte) {
		pub, err := Parse(der)
		theirs, theirErr := x509.ParsePKIXPublicKey(der)
		if err != nil {
			if theirErr != nil {
				return
			}
			// crypto/x509 reads some keys that are not written as it writes them:
			// with something after the key, or one that does not end at a byte.
			if canonical, err := x509.MarshalPKIXPublicKey(theirs); err != nil || !bytes.Equal(canonical, der) {
				return
			}
			switch key := theirs.(type) { // refused here alone: only by a rule of ours
			case ed25519.PublicKey:
				t.Fatalf("Ed25519 key refused: %v", err)
			case *ecdsa.PublicKey:
				if key.Curve != elliptic.P224() {
					t.Fatalf("ECDSA key refused: %v", err)
				}
			case *rsa.PublicKey:
				if n := key.N.BitLen(); n >= minRSA && n <= maxRSA && key.N.Bit(0) == 1 && key.E&1 == 1 && key.E >= 3 && int64(key.E) < 1<<31 {
					t.Fatalf("RSA key refused: %v", err)
				}
			}
			return
		}
		if theirErr != nil || !reflect.DeepEqual(pub, theirs) {
			t.Fatalf("got %v, crypto/x509 says %v, %v", pub, theirs, theirErr)
		}
		if again, err := Marshal(pub); err != nil || !bytes.Equal(again, der) {
			t.Fatalf("the key of %x is written as %x, %v", der, again, err)
		}
	})
}

// FuzzPEM: whatever the file, the error does not repeat it.
func FuzzPEM(f *testing.F) {
	f.Add(text("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(signers()["P-256"].Public()))))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if key, err := ParsePEM(data); err == nil {
			if _, err := Parse(key.DER); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte("PRIVATE KEY-----")) {
				t.Fatal("accepted beside a private key")
			}
		}
		if _, err := ParsePrivatePEM(data); err != nil && len(err.Error()) > 500 {
			t.Fatalf("long error: %v", err)
		}
	})
}
