package gpg

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgp "github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const fixtures = "../../cmd/ocisum/testdata/trust/gpg/"

// Times of the test keys and signatures.
var (
	made   = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	signed = time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	now    = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
)

func at(t time.Time) *pgp.Config {
	return &pgp.Config{Time: func() time.Time { return t }, Algorithm: pgp.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256}
}

// entity makes a key; change changes how.
func entity(t testing.TB, change func(*pgp.Config)) *openpgp.Entity {
	t.Helper()
	c := at(made)
	if change != nil {
		change(c)
	}
	e, err := openpgp.NewEntity("Test", "", "test@example.test", c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// public is a keyring of keys.
func public(t testing.TB, keys ...*openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, e := range keys {
		if err := e.Serialize(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func keyring(t testing.TB, keys ...*openpgp.Entity) *Keyring {
	t.Helper()
	k, err := ParseKeyring(public(t, keys...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const goodPayload = `{"critical":{"type":"atomic container signature","image":{"docker-manifest-digest":"sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"},"identity":{"docker-reference":"registry.example/team/tiny:v1"}},"optional":{"creator":"test"}}`

// sign makes a message that is not compressed.
func sign(t testing.TB, e *openpgp.Entity, config *pgp.Config) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := openpgp.Sign(&b, e, &openpgp.FileHints{IsBinary: true}, config)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(goodPayload))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wrap makes a packet of the new format.
func wrap(tag byte, body []byte) []byte {
	n := len(body)
	return append([]byte{0xc0 | tag, 255, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

func compressed(algorithm byte, data []byte) []byte {
	b := bytes.NewBuffer([]byte{algorithm})
	switch algorithm {
	case compressZIP:
		w, _ := flate.NewWriter(b, 9)
		w.Write(data)
		w.Close()
	case compressZLIB:
		w := zlib.NewWriter(b)
		w.Write(data)
		w.Close()
	default:
		b.Write(data)
	}
	return wrap(tagCompressed, b.Bytes())
}

// check runs a message through everything.
func check(k *Keyring, data []byte, t time.Time) (Payload, error) {
	m, err := openMessage(data)
	if err != nil {
		return Payload{}, err
	}
	p, err := parsePayload(m.literal)
	if err != nil {
		return Payload{}, err
	}
	_, err = k.verify(m, t)
	return p, err
}

func TestMessages(t *testing.T) {
	e := entity(t, nil)
	k := keyring(t, e)
	plain := sign(t, e, at(signed))
	first, rest, err := nextPacket(plain)
	if err != nil {
		t.Fatal(err)
	}
	second, third, err := nextPacket(rest)
	if err != nil {
		t.Fatal(err)
	}
	last, _, err := nextPacket(third)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := wrap(tagOnePass, first.body), wrap(tagLiteral, second.body), wrap(tagSignature, last.body)
	concat := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	edit := func(p []byte, i int, b byte) []byte { p = bytes.Clone(p); p[6+i] = b; return p }
	for _, tt := range []struct {
		name string
		data []byte
		want string // in the error; empty: it is right
	}{
		{"plain", plain, ""},
		{"in parts", concat(one, []byte{0xc0 | tagLiteral, 0xe3}, second.body[:8], []byte{192 + byte((len(second.body)-8-192)>>8), byte(len(second.body) - 8 - 192)}, second.body[8:], three), ""},
		{"new format", concat(one, two, three), ""},
		{"old format", concat([]byte{0x80 | tagOnePass<<2, 13}, first.body, []byte{0x80 | tagLiteral<<2 | 1, byte(len(second.body) >> 8), byte(len(second.body))}, second.body, three), ""},
		{"zip", compressed(compressZIP, plain), ""},
		{"zlib", compressed(compressZLIB, plain), ""},
		{"stored", compressed(compressNone, plain), ""},
		{"other compression", compressed(9, plain), "compression 9"},
		{"compressed twice", compressed(compressZIP, compressed(compressZIP, plain)), "does not begin with a one-pass"},
		{"bomb", compressed(compressZIP, make([]byte, 64<<20)), "more than 65536"},
		{"damaged", func() []byte { d := compressed(compressZLIB, plain); d[40] ^= 1; return d }(), "compressed packet"},
		{"after the compressed packet", concat(compressed(compressZIP, plain), one), "after the compressed packet"},
		{"after the compressed data", wrap(tagCompressed, append(compressed(compressZIP, plain)[6:], 0)), "after the compressed data"},
		{"two signatures", concat(one, two, three, three), "follows the signature"},
		{"signature first", concat(three, two), "does not begin"},
		{"detached", three, "does not begin"},
		{"no signature", concat(one, two), "cut off"},
		{"no data", concat(one, three), "no literal data"},
		{"two data", concat(one, two, two), "no signature of version 4"},
		{"encrypted", wrap(18, []byte{1, 2, 3}), "does not begin"},
		{"text signature", concat(edit(one, 1, 1), two, three), "not over binary data"},
		{"nested", concat(edit(one, 12, 0), two, three), "not the only one"},
		{"SHA-1 announced", concat(edit(one, 2, 2), two, edit(three, 3, 2)), "hash 2"},
		{"other hash announced", concat(edit(one, 2, 10), two, three), "announced"},
		{"other key announced", concat(edit(one, 5, first.body[5]^1), two, three), "another key than was announced"},
		{"version 3", concat(one, two, edit(three, 0, 3)), "version 4"},
		{"signature of a key", concat(one, two, edit(three, 1, 0x18)), "announced"},
		{"other data", concat(one, edit(two, len(second.body)-1, ' '), three), ""},
		{"cut", plain[:len(plain)-1], "cut off"},
		{"empty", nil, "cut off"},
		{"armored", []byte("-----BEGIN PGP MESSAGE-----"), "not an OpenPGP packet"},
		{"a length beyond", []byte{0xc4, 0xff, 0xff, 0xff, 0xff, 0xff}, "cut off"},
		{"a part beyond", []byte{0xc8, 0xfe}, "cut off"},
		{"no length", []byte{0x80 | tagOnePass<<2 | 3, 1, 2}, "without length"},
		{"one-pass in parts", []byte{0xc4, 0xe1, 1, 2}, "in parts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := check(k, tt.data, now)
			if tt.name == "other data" {
				if err == nil {
					t.Error("other data verifies")
				}
				return
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err == nil && p.Reference != "registry.example/team/tiny:v1" {
				t.Errorf("got %+v", p)
			}
		})
	}
}

// TestKeys: which keys count, and when.
func TestKeys(t *testing.T) {
	good := entity(t, nil)
	data := sign(t, good, at(signed))
	revoke := func(reason pgp.ReasonForRevocation, when time.Time) *openpgp.Entity {
		e, err := openpgp.ReadEntity(pgp.NewReader(bytes.NewReader(public(t, good))))
		if err != nil {
			t.Fatal(err)
		}
		e.PrivateKey = good.PrivateKey
		if err := e.RevokeKey(reason, "", at(when)); err != nil {
			t.Fatal(err)
		}
		e.PrivateKey = nil
		return e
	}
	expiring := entity(t, func(c *pgp.Config) { c.KeyLifetimeSecs = 10 * 24 * 3600 })
	sub := entity(t, nil)
	if err := sub.AddSigningSubkey(at(made)); err != nil {
		t.Fatal(err)
	}
	ecdsa := entity(t, func(c *pgp.Config) { c.Algorithm, c.Curve = pgp.PubKeyAlgoECDSA, pgp.CurveNistP256 })
	koblitz := entity(t, func(c *pgp.Config) { c.Algorithm, c.Curve = pgp.PubKeyAlgoECDSA, pgp.CurveSecP256k1 })
	rsa := entity(t, func(c *pgp.Config) { c.Algorithm, c.RSABits = pgp.PubKeyAlgoRSA, 2048 })
	short := entity(t, func(c *pgp.Config) { c.Algorithm, c.RSABits = pgp.PubKeyAlgoRSA, 1024 })
	sha1 := sign(t, rsa, &pgp.Config{Time: func() time.Time { return signed }, DefaultHash: crypto.SHA512})
	limited := at(signed)
	limited.SigLifetimeSecs = 24 * 3600
	for _, tt := range []struct {
		name string
		keys []*openpgp.Entity
		data []byte
		now  time.Time
		want string
	}{
		{"right", []*openpgp.Entity{good}, data, now, ""},
		{"among others", []*openpgp.Entity{rsa, good, ecdsa}, data, now, ""},
		{"another", []*openpgp.Entity{rsa}, data, now, "not in the keyring"},
		{"at its time", []*openpgp.Entity{good}, data, signed, ""},
		{"before its time", []*openpgp.Entity{good}, data, signed.Add(-time.Second), "expired"},
		{"compromised since", []*openpgp.Entity{revoke(pgp.KeyCompromised, now)}, data, now, "revoked"},
		{"compromised later", []*openpgp.Entity{revoke(pgp.KeyCompromised, now.AddDate(1, 0, 0))}, data, now, "revoked"},
		{"superseded", []*openpgp.Entity{revoke(pgp.KeySuperseded, signed)}, data, now, "revoked"},
		{"key alive", []*openpgp.Entity{expiring}, sign(t, expiring, at(signed)), made.AddDate(0, 0, 9), ""},
		{"key expired", []*openpgp.Entity{expiring}, sign(t, expiring, at(signed)), made.AddDate(0, 0, 11), "key expired"},
		{"signature expired", []*openpgp.Entity{good}, sign(t, good, limited), now, "expired"},
		{"subkey", []*openpgp.Entity{sub}, sign(t, sub, at(signed)), now, ""},
		{"ECDSA", []*openpgp.Entity{ecdsa}, sign(t, ecdsa, at(signed)), now, ""},
		{"secp256k1", []*openpgp.Entity{koblitz}, sign(t, koblitz, at(signed)), now, "not supported"},
		{"RSA", []*openpgp.Entity{rsa}, sign(t, rsa, at(signed)), now, ""},
		{"RSA SHA-512", []*openpgp.Entity{rsa}, sha1, now, ""},
		{"short RSA", []*openpgp.Entity{short}, sign(t, short, at(signed)), now, "less than 2048"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := check(keyring(t, tt.keys...), tt.data, tt.now)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPayload(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(goodPayload, old, new, 1) }
	for name, tt := range map[string]struct {
		text string
		ok   bool
	}{
		"right":           {goodPayload, true},
		"no optional":     {replace(`,"optional":{"creator":"test"}`, ``), true},
		"other type":      {replace("atomic", "cosign"), false},
		"no type":         {replace(`"type":"atomic container signature",`, ``), false},
		"unknown member":  {replace(`"type"`, `"x":1,"type"`), false},
		"unknown on top":  {replace(`"critical"`, `"x":1,"critical"`), false},
		"name twice":      {replace(`"type"`, `"type":"a","type"`), false},
		"other case":      {replace(`"type"`, `"Type"`), false},
		"weak digest":     {replace("sha256:66", "sha1:66"), false},
		"short digest":    {replace("sha256:66", "sha256:6"), false},
		"no reference":    {replace("registry.example/team/tiny:v1", ""), false},
		"tail":            {goodPayload + "{}", false},
		"array":           {"[" + goodPayload + "]", false},
		"invalid UTF-8":   {replace("test", "te\xff"), false},
		"null":            {"null", false},
		"optional string": {replace(`{"creator":"test"}`, `"x"`), false},
	} {
		if _, err := parsePayload([]byte(tt.text)); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", name, err, tt.ok)
		}
	}
}

func TestKeyrings(t *testing.T) {
	a, b := entity(t, nil), entity(t, func(c *pgp.Config) { c.Algorithm, c.RSABits = pgp.PubKeyAlgoRSA, 2048 })
	armored := func(kind string, data []byte) []byte {
		var out bytes.Buffer
		w, _ := armor.Encode(&out, kind, nil)
		w.Write(data)
		w.Close()
		return append(out.Bytes(), '\n')
	}
	var private bytes.Buffer
	if err := a.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	one := public(t, a)
	file, err := os.ReadFile(fixtures + "signer.pub.asc")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		data []byte
		keys int
		want string
	}{
		"binary":                 {one, 1, ""},
		"two":                    {public(t, a, b), 2, ""},
		"armored":                {armored(openpgp.PublicKeyType, public(t, a, b)), 2, ""},
		"two blocks":             {append(armored(openpgp.PublicKeyType, one), file...), 2, ""},
		"of GnuPG":               {file, 1, ""},
		"private":                {private.Bytes(), 0, "private key"},
		"private, armored":       {armored(openpgp.PrivateKeyType, private.Bytes()), 0, "PRIVATE KEY"},
		"public inside private":  {armored(openpgp.PublicKeyType, private.Bytes()), 0, "private key"},
		"message":                {armored("PGP MESSAGE", one), 0, "MESSAGE"},
		"keybox":                 {append([]byte{0, 0, 0, 32, 1, 1, 0, 2}, "KBXf"...), 0, "keybox"},
		"empty":                  {nil, 0, "no key"},
		"text":                   {[]byte("hello"), 0, "not a keyring"},
		"cut":                    {one[:len(one)-1], 0, "cut off"},
		"damaged self-signature": {func() []byte { d := bytes.Clone(one); d[len(d)-1] ^= 1; return d }(), 0, "key 1 of 1"},
		"no user ID":             {one[:2+int(one[1])], 0, "key 1 of 1"},
		"bad one after good one": {append(bytes.Clone(one), one[:2+int(one[1])]...), 0, "key 2 of 2"},
		"signature first":        {[]byte{0xc2, 1, 0}, 0, "not a keyring"},
		"too many":               {bytes.Repeat(one[:2+int(one[1])], 1001), 0, "more than 1000"},
		"too large":              {make([]byte, 1<<20+1), 0, "more than 1048576"},
		"damaged armor":          {bytes.Replace(file, []byte("mDME"), []byte("mDM!"), 1), 0, ""},
	} {
		k, err := ParseKeyring(tt.data)
		switch {
		case tt.keys > 0 && (err != nil || k.Len() != tt.keys):
			t.Errorf("%s: got %v, want %d keys", name, err, tt.keys)
		case tt.keys == 0 && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// fixture is the signature that skopeo made, and who made it.
func fixture(t testing.TB, name string) (*Keyring, []byte) {
	t.Helper()
	text, err := os.ReadFile(fixtures + "signer.pub.asc")
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(fixtures + name + "/signature-1")
	if err != nil {
		t.Fatal(err)
	}
	return k, data
}

// TestEveryByte damages every byte of a message, compressed and not: whatever
// still verifies says the same.
func TestEveryByte(t *testing.T) {
	when := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	k, data := fixture(t, "dir-signed")
	plain, err := decompress(data[1:])
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{data, plain} {
		want, err := check(k, data, when)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			for _, bit := range []byte{1, 4, 0x80} {
				damaged := bytes.Clone(data)
				damaged[i] ^= bit
				if got, err := check(k, damaged, when); err == nil && got != want {
					t.Errorf("byte %d: got %+v", i, got)
				}
			}
		}
	}
}

// FuzzMessage wants no panic, and that whatever verifies is the payload of the
// seeds.
func FuzzMessage(f *testing.F) {
	k, data := fixture(f, "dir-signed")
	when := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	plain, err := decompress(data[1:])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(plain)
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := check(k, data, when); err == nil && (p.Reference != "registry.example/team/tiny:v1" || !strings.HasPrefix(p.Digest.Encoded(), "66beeaa4")) {
			t.Errorf("verified %+v", p)
		}
	})
}

// FuzzKeyring wants no panic, and keys that can be asked.
func FuzzKeyring(f *testing.F) {
	text, err := os.ReadFile(fixtures + "signer.pub.asc")
	if err != nil {
		f.Fatal(err)
	}
	_, data := fixture(f, "dir-signed")
	m, err := openMessage(data)
	if err != nil {
		f.Fatal(err)
	}
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil {
		f.Fatal(err)
	}
	var binary bytes.Buffer
	binary.ReadFrom(block.Body)
	f.Add(text)
	f.Add(binary.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, err := ParseKeyring(data); err == nil {
			k.verify(m, now)
		}
	})
}

// TestMany: signatures in any number cost no more than the limits allow.
func TestMany(t *testing.T) {
	good, other := entity(t, nil), entity(t, nil)
	d := digest.Digest("sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1")
	found := &verify.Found{Images: []report.Image{{Digest: &d}}}
	add := func(name string, data []byte) {
		found.Objects = append(found.Objects, verify.Stored{Name: name, SHA256: digest.FromBytes(data), Data: data})
	}
	wrong := sign(t, other, at(signed))
	for i := range 300 { // the file name in the literal packet is not signed
		p, rest, _ := nextPacket(wrong)
		lit, tail, _ := nextPacket(rest)
		body := append([]byte{'b', 2, byte(i), byte(i >> 8)}, lit.body[2+int(lit.body[1]):]...)
		add(fmt.Sprintf("signature-%d", i+1), bytes.Join([][]byte{wrap(tagOnePass, p.body), wrap(tagLiteral, body), tail}, nil))
	}
	voucher := Voucher(Config{Name: "--keyring k", Keyring: keyring(t, good), Now: now})
	count := func() (many, others int, need verify.Need) {
		t.Helper()
		said := voucher.Vouch(found)
		for _, v := range said.Vouches {
			if v.Reject == errTooMany.Error() {
				many++
			} else {
				others++
			}
		}
		return many, others, said.Needs[0]
	}
	if many, others, need := count(); many != 300-maxSigned || others != maxSigned || need.Code != report.LimitSignatures {
		t.Errorf("got %d not looked at, %d looked at, %+v", many, others, need)
	}
	if list := find(found.Objects, 10); len(list) != 300 || list[9].err != nil || list[10].err != errTooMany {
		t.Errorf("got %d messages, the tenth %v, the next %v", len(list), list[9].err, list[10].err)
	}
}
