package gpg

import (
	"bytes"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash.Available
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	openpgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	pgp "github.com/ProtonMail/go-crypto/openpgp/packet"
)

const (
	// MaxKeyring bounds a keyring, and maxKeys the keys in it.
	MaxKeyring = 1 << 20
	maxKeys    = 1000

	minRSA, maxRSA = 2048, 16384
)

// Keyring holds public keys.
type Keyring struct{ keys openpgp.EntityList }

// Len is the number of keys.
func (k *Keyring) Len() int { return len(k.keys) }

const armorBegin = "-----BEGIN PGP "

// ParseKeyring reads public keys as `gpg --export` writes them, with --armor or
// without. Each key has to be read: a key that is left out in silence could be
// the one that was to be trusted, or its revocation.
func ParseKeyring(data []byte) (*Keyring, error) {
	switch {
	case len(data) > MaxKeyring:
		return nil, fmt.Errorf("keyring has more than %d bytes", MaxKeyring)
	case len(data) >= 12 && string(data[8:12]) == "KBXf":
		return nil, errors.New("this is a keybox of GnuPG: gpg --export > FILE writes a keyring")
	case !bytes.Contains(data, []byte(armorBegin)):
		return parseKeys(data)
	}
	all := &Keyring{}
	for _, block := range blocks(data) {
		text, err := armor.Decode(bytes.NewReader(block))
		if err != nil {
			return nil, fmt.Errorf("armor: %w", err)
		}
		if text.Type != openpgp.PublicKeyType {
			return nil, fmt.Errorf("block of type %.100q, not %s", text.Type, openpgp.PublicKeyType)
		}
		binary, err := io.ReadAll(text.Body)
		if err != nil {
			return nil, fmt.Errorf("armor: %w", err)
		}
		k, err := parseKeys(binary)
		if err != nil {
			return nil, err
		}
		if all.keys = append(all.keys, k.keys...); len(all.keys) > maxKeys {
			return nil, fmt.Errorf("more than %d keys", maxKeys)
		}
	}
	return all, nil
}

// blocks cuts a text into its armored blocks: the decoder reads only the first.
func blocks(data []byte) [][]byte {
	var list [][]byte
	for {
		i := bytes.Index(data, []byte(armorBegin))
		if i < 0 {
			return list
		}
		data = data[i:]
		next := bytes.Index(data[1:], []byte(armorBegin))
		if next < 0 {
			return append(list, data)
		}
		list, data = append(list, data[:next+1]), data[next+1:]
	}
}

// parseKeys reads binary keys, one entity after the other.
func parseKeys(data []byte) (*Keyring, error) {
	var starts []int // of primary keys
	for rest := data; len(rest) > 0; {
		p, after, err := nextPacket(rest)
		if err != nil {
			return nil, fmt.Errorf("not a keyring: %w", err)
		}
		switch p.tag {
		case tagSecretKey:
			return nil, errors.New("this is a private key: give the public key, and keep this file to yourself")
		case tagPublicKey:
			starts = append(starts, len(data)-len(rest))
		}
		if len(starts) == 0 {
			return nil, errors.New("not a keyring: it does not begin with a public key")
		}
		rest = after
	}
	if len(starts) == 0 {
		return nil, errors.New("not a keyring: there is no key in it")
	}
	if len(starts) > maxKeys {
		return nil, fmt.Errorf("more than %d keys", maxKeys)
	}
	k := &Keyring{}
	for i, start := range starts {
		end := len(data)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		e, err := openpgp.ReadEntity(pgp.NewReader(bytes.NewReader(data[start:end])))
		if err != nil {
			return nil, fmt.Errorf("key %d of %d: %w", i+1, len(starts), err)
		}
		if self, _ := e.PrimarySelfSignature(); self == nil {
			return nil, fmt.Errorf("key %d of %d: no self-signature", i+1, len(starts))
		}
		k.keys = append(k.keys, e)
	}
	return k, nil
}

// signer is who signed a message.
type signer struct {
	fingerprint string // of the primary key
	name        string // its first user ID
}

// verify checks the signature of a message at a time.
func (k *Keyring) verify(m *message, now time.Time) (who signer, err error) {
	defer func() { // the library's parser has had panics, and the packet is anybody's
		if r := recover(); r != nil {
			who, err = signer{}, fmt.Errorf("the signature packet cannot be read: %v", r)
		}
	}()
	config := &pgp.Config{Time: func() time.Time { return now }}
	sig, entity, err := openpgp.VerifyDetachedSignature(k.keys, bytes.NewReader(m.literal), bytes.NewReader(m.signature), config)
	if entity != nil {
		who.fingerprint = fmt.Sprintf("%X", entity.PrimaryKey.Fingerprint)
		if id := entity.PrimaryIdentity(); id != nil {
			who.name = id.Name
		}
	}
	switch {
	case errors.Is(err, openpgperrors.ErrUnknownIssuer):
		return who, fmt.Errorf("it is signed by the key %016X, which is not in the keyring (or not for signing)", m.keyID)
	case err != nil:
		return who, err
	case sig == nil || entity == nil || sig.IssuerKeyId == nil || *sig.IssuerKeyId != m.keyID:
		return who, errors.New("the signature is by another key than was announced")
	}
	for _, key := range k.keys.KeysById(m.keyID) {
		if key.Entity != entity {
			continue
		}
		for _, pub := range []*pgp.PublicKey{key.PublicKey, entity.PrimaryKey} {
			if err := checkKey(pub); err != nil {
				return who, err
			}
		}
		if !sig.CheckKeyIdOrFingerprint(key.PublicKey) {
			return who, errors.New("the signature names the fingerprint of another key")
		}
	}
	return who, nil
}

// checkKey refuses keys that are weak, or of kinds that nobody needs.
func checkKey(pub *pgp.PublicKey) error {
	switch pub.PubKeyAlgo {
	case pgp.PubKeyAlgoRSA, pgp.PubKeyAlgoRSASignOnly:
		if key, ok := pub.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() < minRSA || key.N.BitLen() > maxRSA {
			return fmt.Errorf("RSA key of less than %d bits, or of too many", minRSA)
		}
		return nil
	case pgp.PubKeyAlgoECDSA:
		curve, err := pub.Curve()
		if err == nil && (curve == pgp.CurveNistP256 || curve == pgp.CurveNistP384 || curve == pgp.CurveNistP521) {
			return nil
		}
	case pgp.PubKeyAlgoEdDSA, pgp.PubKeyAlgoEd25519, pgp.PubKeyAlgoEd448:
		return nil
	}
	return fmt.Errorf("keys of algorithm %d or on that curve are not supported", pub.PubKeyAlgo)
}

// Add takes over the keys of another keyring.
func (k *Keyring) Add(other *Keyring) { k.keys = append(k.keys, other.keys...) }
