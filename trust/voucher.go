package trust

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/signature"
	"github.com/ocisum/ocisum/verify"
)

// voucher asks for a signature, or for an attestation, by any of some keys.
type voucher struct {
	keys      []Key
	hints     [][]string // in which signatures may name each key
	predicate string     // of the attestation that is asked for; empty: a signature
	asked     []string   // types of attestations that others ask for
	short     string     // predicate, as the user wrote it
	max       budget
}

// Require returns a voucher that asks for a signature over each image by any of
// the keys. It lists attestations by them as well, but for those of the
// predicate types in elsewhere, which other vouchers list.
func Require(keys []Key, elsewhere ...string) verify.Voucher {
	v := newVoucher(keys)
	for _, name := range elsewhere {
		v.asked = append(v.asked, Predicate(name))
	}
	return v
}

// RequireAttestation returns a voucher that asks for an attestation about each
// image, of a predicate type or its short name, by any of the keys.
func RequireAttestation(predicate string, keys []Key) verify.Voucher {
	v := newVoucher(keys)
	v.predicate, v.short = Predicate(predicate), predicate
	return v
}

func newVoucher(keys []Key) *voucher {
	v := &voucher{keys: keys, max: budget{maxVerifications, maxMessages}}
	for _, k := range keys {
		id := k.ID()
		raw, err := hex.DecodeString(id.Encoded())
		if err != nil {
			panic("trust: a digest is no hex")
		}
		v.hints = append(v.hints, []string{id.String(), id.Encoded(), base64.StdEncoding.EncodeToString(raw), "SHA256:" + base64.RawStdEncoding.EncodeToString(raw)})
	}
	return v
}

// Name implements verify.Voucher.
func (v *voucher) Name() string {
	if v.predicate != "" {
		return "--require-attestation " + v.short
	}
	names := make([]string, len(v.keys))
	for i, k := range v.keys {
		names[i] = "--key " + k.name
	}
	return strings.Join(names, " ")
}

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	objects := make([]signature.Object, len(found.Objects))
	for i, o := range found.Objects {
		objects[i] = signature.Object{Name: o.Name, SHA256: o.SHA256, Data: o.Data}
	}
	r := newReview(v, found)
	for m := range signature.Find(objects) {
		switch {
		case v.concerns(m):
			r.material(m)
		case v.predicate != "" && m.Kind == signature.Attestation && m.Predicate != "":
			r.ofOtherType(m)
		}
	}
	return r.testimony(found)
}

// concerns reports whether material is this voucher's to speak of.
func (v *voucher) concerns(m *signature.Material) bool {
	if v.predicate != "" {
		return m.Kind == signature.Attestation && m.Predicate == v.predicate
	}
	return m.Kind == signature.Signature || !slices.Contains(v.asked, m.Predicate)
}

// order returns the keys to try for a hint: those it names first.
func (v *voucher) order(hint string) (list []int, named int) {
	for i := range v.keys {
		if hint != "" && slices.Contains(v.hints[i], hint) {
			list = slices.Insert(list, named, i)
			named++
		} else {
			list = append(list, i)
		}
	}
	return list, named
}
