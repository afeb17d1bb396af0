package gpg

import (
	"fmt"
	"path"
	"regexp"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// maxMessages bounds what hostile signatures cost.
const maxMessages = 10_000

// Config is what signatures are checked against.
type Config struct {
	Name    string // what the report calls it: "--keyring keys.asc"
	Keyring *Keyring
	Now     time.Time // the time of verification

	// Accept says why a signature that gives an image the reference does not
	// count for it, or ""; nil: any counts. A signature over a digest that
	// several images have must count for each to count at all.
	Accept func(img report.Image, reference string) string
}

// Voucher asks for a signature over each image.
func Voucher(c Config) verify.Voucher { return &voucher{Config: c} }

type voucher struct {
	Config
	mu    sync.Mutex
	of    *verify.Found
	found []material
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.Config.Name }

// material is a signature that was found.
type material struct {
	object  string
	payload Payload // empty if err is set before it was read
	who     signer
	err     error
}

// signatureName is how dir: names its signatures.
var signatureName = regexp.MustCompile(`^signature-[0-9]+$`)

// maybe reports whether an object may be a message: it is named so, or begins
// as one does. JSON does not.
func maybe(o *verify.Stored) bool {
	if signatureName.MatchString(path.Base(o.Name)) {
		return true
	}
	if len(o.Data) < 2 || o.Data[0]&0x80 == 0 {
		return false
	}
	tag := o.Data[0] & 0x3f
	if o.Data[0]&0x40 == 0 {
		tag = o.Data[0] >> 2 & 0x0f
	}
	return tag == tagOnePass || tag == tagCompressed
}

// errTooMany is why a signature was not looked at.
var errTooMany = fmt.Errorf("there are more signatures than are verified (%d): not looked at", maxMessages)

// find looks for signatures among the objects of a source. What is not named
// as one, and is none, is nothing.
func (v *voucher) find(found *verify.Found, limit int) []material {
	var list []material
	seen := map[digest.Digest]bool{}
	for i := range found.Objects {
		o := &found.Objects[i]
		if !maybe(o) || seen[o.SHA256] {
			continue
		}
		seen[o.SHA256] = true
		m := material{object: o.Name}
		var msg *message
		if msg, m.err = openMessage(o.Data); m.err == nil {
			m.payload, m.err = parsePayload(msg.literal)
		}
		if m.err != nil {
			if signatureName.MatchString(path.Base(o.Name)) {
				list = append(list, m)
			}
			continue
		}
		if limit--; limit < 0 {
			m.err = errTooMany
		} else {
			m.who, m.err = v.Keyring.verify(msg, v.Now)
		}
		list = append(list, m)
	}
	return list
}

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	var t verify.Testimony
	digests := found.Digests()
	images := map[digest.Digest][]int{}
	for i := range found.Images {
		t.Needs = append(t.Needs, verify.Need{Image: i, Code: report.SignatureMissing, Reason: "no GPG signature is over it"})
		for _, d := range digests[i] {
			images[d] = append(images[d], i)
		}
	}
	if len(t.Needs) == 0 {
		t.Needs = []verify.Need{{Image: -1, Code: report.SignatureMissing, Reason: "there is no image that a signature could be over"}}
		return t
	}
	over := map[digest.Digest]string{} // why the first signature does not count
	many := map[digest.Digest]bool{}
	unread := ""
	for _, m := range v.signatures(found) {
		if m.payload.Digest == "" {
			unread = m.object + ": " + m.err.Error()
			t.Vouches = append(t.Vouches, verify.Vouch{Kind: "signature", Format: format, Object: m.object, Reject: m.err.Error()})
			continue
		}
		about := images[m.payload.Digest]
		if len(about) == 0 {
			continue
		}
		vouch := v.vouch(found, m, about)
		if _, known := over[m.payload.Digest]; !known && vouch.Reject != "" {
			over[m.payload.Digest] = vouch.Reject
		}
		many[m.payload.Digest] = many[m.payload.Digest] || m.err == errTooMany
		t.Vouches = append(t.Vouches, vouch)
	}
	for n := range t.Needs {
		need := &t.Needs[n]
		if unread != "" {
			need.Code, need.Reason = report.SignatureInvalid, "a GPG signature cannot be read: "+unread
		}
		for _, d := range digests[need.Image] {
			if why := over[d]; why != "" {
				need.Code, need.Reason = report.SignatureInvalid, "the GPG signature over it does not count: "+why
				if many[d] {
					need.Code = report.LimitSignatures
				}
				break
			}
		}
	}
	return t
}

const format = "gpg simple signing"

// vouch is what one signature says about the images that have its digest.
func (v *voucher) vouch(found *verify.Found, m material, about []int) verify.Vouch {
	vouch := verify.Vouch{Kind: "signature", Digest: m.payload.Digest, Format: format, Object: m.object, Ref: m.payload.Reference, Signer: m.who.String()}
	if m.err != nil {
		vouch.Reject = m.err.Error()
		return vouch
	}
	if v.Accept != nil {
		for _, i := range about {
			if vouch.Reject = v.Accept(found.Images[i], m.payload.Reference); vouch.Reject != "" {
				break
			}
		}
	}
	return vouch
}

// String names a signer as reports do.
func (s signer) String() string {
	if s.name == "" {
		return s.fingerprint
	}
	return s.fingerprint + " " + s.name
}

// signatures finds and checks the signatures of a source, once.
func (v *voucher) signatures(found *verify.Found) []material {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of != found {
		v.of, v.found = found, v.find(found, maxMessages)
	}
	return v.found
}
