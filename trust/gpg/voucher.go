package gpg

import (
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/lazyregexp"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const (
	// maxMessages bounds the messages that are opened, and maxSigned those
	// over one digest whose signature is verified; containers/image reads 128
	// of them.
	maxMessages = 10_000
	maxSigned   = 128
)

// Config is what signatures are checked against.
type Config struct {
	Name    string // what the report calls it: "--keyring keys.asc"
	Keyring *Keyring
	Now     time.Time // the time of verification

	// Accept says why a signature that gives an image the reference does not
	// count for it, or ""; nil: any counts. A signature over a digest that
	// several images have must count for each to count at all.
	Accept func(img report.Image, reference string) string

	// Messages lets several vouchers share the messages of a source; nil: it
	// opens them for itself.
	Messages *Messages
}

// Voucher asks for a signature over each image.
func Voucher(c Config) verify.Voucher {
	if c.Messages == nil {
		c.Messages = &Messages{}
	}
	return &voucher{c}
}

type voucher struct{ Config }

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.Config.Name }

// Messages are those of the source that is looked at, and those that are kept
// elsewhere.
type Messages struct {
	// Beside are messages from outside of the source: see ReadLookaside.
	Beside []verify.Stored

	mu    sync.Mutex
	of    *verify.Stored // the first object of the source
	found []material
}

// material is a message that was found, and that nobody has verified yet.
type material struct {
	object  string
	msg     *message
	payload Payload // empty if err is set
	err     error
}

// signatures opens the messages of a source, once.
func (m *Messages) signatures(found *verify.Found) []material {
	if len(found.Objects) == 0 {
		return nil // there is nothing to be signed either
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if first := &found.Objects[0]; m.of != first {
		m.of, m.found = first, find(slices.Concat(m.Beside, found.Objects), maxMessages)
	}
	return m.found
}

// signatureName is how dir: names its signatures.
var signatureName = lazyregexp.New(`^signature-[0-9]+$`)

// maybe reports whether an object may be a message: it is named so, or begins
// as one does. JSON does not.
func maybe(o *verify.Stored) bool {
	if signatureName().MatchString(path.Base(o.Name)) {
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
var errTooMany = fmt.Errorf("there are more signatures than are verified (%d, %d for one image): not looked at", maxMessages, maxSigned)

// find opens the messages among objects. What is not named as one, and is
// none, is nothing.
func find(objects []verify.Stored, limit int) []material {
	var list []material
	seen := map[digest.Digest]bool{}
	for i := range objects {
		o := &objects[i]
		if !maybe(o) || seen[o.SHA256] {
			continue
		}
		seen[o.SHA256] = true
		m := material{object: o.Name}
		if limit--; limit < 0 {
			m.err = errTooMany
		} else if m.msg, m.err = openMessage(o.Data); m.err == nil {
			m.payload, m.err = parsePayload(m.msg.literal)
		}
		if m.err == nil || signatureName().MatchString(path.Base(o.Name)) {
			list = append(list, m)
		}
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
	many := map[digest.Digest]int{}
	unread := ""
	for _, m := range v.Messages.signatures(found) {
		if m.payload.Digest == "" {
			unread = m.object + ": " + m.err.Error()
			t.Vouches = append(t.Vouches, verify.Vouch{Kind: "signature", Format: format, Object: m.object, Reject: m.err.Error()})
			continue
		}
		about := images[m.payload.Digest]
		if len(about) == 0 {
			continue
		}
		many[m.payload.Digest]++
		vouch := v.vouch(found, m, about, many[m.payload.Digest] > maxSigned)
		if _, known := over[m.payload.Digest]; !known && vouch.Reject != "" {
			over[m.payload.Digest] = vouch.Reject
		}
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
				if many[d] > maxSigned {
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
func (v *voucher) vouch(found *verify.Found, m material, about []int, tooMany bool) verify.Vouch {
	vouch := verify.Vouch{Kind: "signature", Digest: m.payload.Digest, Format: format, Object: m.object, Ref: m.payload.Reference}
	if tooMany {
		vouch.Reject = errTooMany.Error()
		return vouch
	}
	who, err := v.Keyring.verify(m.msg, v.Now)
	if vouch.Signer = who.String(); err != nil {
		vouch.Reject = err.Error()
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
