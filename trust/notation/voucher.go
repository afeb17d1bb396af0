package notation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Config is what signatures are checked against.
type Config struct {
	Name   string  // what the report calls it: "--policy trustpolicy.json"
	Policy *Policy // nil: every image needs a signature that leads to a root of Store, by anybody
	Store  Store
	Now    time.Time // the time of verification

	// Repositories names the repositories that an image is known by, "" for an
	// image without a name. Every one has to be satisfied.
	Repositories func(report.Image) []string
}

// Vouchers returns a voucher for each statement of the policy, and one that
// refuses the images to which no statement applies.
func Vouchers(c Config) []verify.Voucher {
	shared := &cache{}
	if c.Policy == nil {
		return []verify.Voucher{&voucher{Config: c, cache: shared, statement: anybody(c.Store), all: true}}
	}
	list := []verify.Voucher{&refuser{c}}
	for _, s := range c.Policy.Statements {
		if !s.Skips() {
			list = append(list, &voucher{Config: c, cache: shared, statement: s})
		}
	}
	return list
}

// anybody is the statement that stands for a trust store without a policy:
// strict, but for revocation, which cannot be asked for here.
func anybody(store Store) *Statement {
	s := &Statement{Level: "strict", actions: map[string]action{authenticity: enforce, timestamp: enforce, expiry: enforce, revocation: logged}, anyone: true}
	for name := range store {
		s.stores = append(s.stores, name)
	}
	slices.Sort(s.stores)
	return s
}

// cache keeps the signatures of the source that is looked at, for all
// statements.
type cache struct {
	mu    sync.Mutex
	of    *verify.Found
	found []material
}

func (c *cache) signatures(found *verify.Found) []material {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != found {
		c.of, c.found = found, find(found, maxCost)
	}
	return c.found
}

// voucher vouches under one statement.
type voucher struct {
	Config
	*cache
	statement *Statement
	all       bool // every image is asked for
}

// Name implements verify.Voucher.
func (v *voucher) Name() string {
	if v.statement.Name == "" {
		return v.Config.Name
	}
	return v.Config.Name + "#" + v.statement.Name
}

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	var t verify.Testimony
	var images []int
	digests := found.Digests()
	relevant := map[digest.Digest]bool{}
	for i, img := range found.Images {
		if !v.applies(img) {
			continue
		}
		images = append(images, i)
		for _, d := range digests[i] {
			relevant[d] = true
		}
	}
	if len(images) == 0 {
		if v.all {
			t.Needs = []verify.Need{{Image: -1, Code: report.SignatureMissing, Reason: "there is no image that a signature could be over"}}
		}
		return t
	}
	over := map[digest.Digest]*tally{}
	for _, m := range v.signatures(found) {
		if !relevant[m.target] {
			continue
		}
		vouch, enough := v.vouch(m)
		if over[m.target] == nil {
			over[m.target] = &tally{}
		}
		over[m.target].add(m.err, vouch.Reject, enough)
		t.Vouches = append(t.Vouches, vouch)
	}
	for _, i := range images {
		need := verify.Need{Image: i, Code: report.SignatureMissing, Reason: "no Notation signature is over it"}
		enough := false
		for _, d := range digests[i] {
			if over[d] == nil {
				continue
			}
			if enough = enough || over[d].enough; need.Code == report.SignatureMissing {
				need.Code, need.Reason = over[d].judge()
			}
		}
		if !enough {
			t.Needs = append(t.Needs, need)
		}
	}
	return t
}

// tally counts the signatures over one digest that do not count.
type tally struct {
	first     string // why one does not
	rejected  int
	unchecked int // of them, by the limit
	enough    bool
}

func (c *tally) add(err error, reject string, enough bool) {
	c.enough = c.enough || enough
	if reject == "" {
		return
	}
	if c.first == "" {
		c.first = reject
	}
	c.rejected++
	if err == errTooMany {
		c.unchecked++
	}
}

// judge says what an image lacks if none counts.
func (c *tally) judge() (report.Code, string) {
	switch {
	case c.unchecked > 0:
		return report.LimitSignatures, fmt.Sprintf("%d Notation signatures over it were not verified, and none of the others counts", c.unchecked)
	case c.rejected == 0:
		return report.SignatureInvalid, "the Notation signature over it is right, but says that it has another size"
	case c.rejected > 1:
		return report.SignatureInvalid, fmt.Sprintf("none of %d Notation signatures over it counts, the first because: %s", c.rejected, c.first)
	}
	return report.SignatureInvalid, "the Notation signature over it does not count: " + c.first
}

// vouch is what one signature says under the statement. Where the statement
// merely logs that nobody knows whose it is, it vouches for nothing, and is
// enough all the same.
func (v *voucher) vouch(m material) (vouch verify.Vouch, enough bool) {
	vouch = verify.Vouch{Kind: "signature", Digest: m.target, Format: m.format, Object: m.object, Quiet: true}
	if m.sig != nil {
		vouch.Size, vouch.Signer = m.sig.target.Size, m.sig.signer()
	}
	if m.err != nil {
		vouch.Reject = m.err.Error()
		return vouch, false
	}
	j := v.statement.evaluate(m.sig, v.Store, v.Now)
	if j.anonymous {
		vouch.Reject = "level " + v.statement.Level + " does not enforce: " + j.remark
		return vouch, true
	}
	if vouch.Reject = j.reject; j.remark != "" {
		vouch.Format += " (level " + v.statement.Level + "; not enforced: " + j.remark + ")"
	}
	return vouch, false
}

func (v *voucher) applies(img report.Image) bool {
	if v.all {
		return true
	}
	for _, name := range v.Repositories(img) {
		if v.Policy.For(name) == v.statement {
			return true
		}
	}
	return false
}

// refuser denies images to which no statement applies.
type refuser struct{ Config }

// Name implements verify.Voucher.
func (r *refuser) Name() string { return r.Config.Name }

// Vouch implements verify.Voucher.
func (r *refuser) Vouch(found *verify.Found) verify.Testimony {
	var t verify.Testimony
	if len(found.Images) == 0 {
		t.Needs = []verify.Need{{Image: -1, Code: report.PolicyRejected, Refused: true, Reason: "there is no image that the policy could apply to"}}
	}
	for i, img := range found.Images {
		for _, name := range r.Repositories(img) {
			if r.Policy.For(name) != nil {
				continue
			}
			need := verify.Need{Image: i, Code: report.PolicyRejected, Refused: true, Reason: "no statement of the trust policy applies to " + name}
			if name == "" {
				need.Reason = "the image has no name that a trust policy could apply to (say which with --as NAME)"
			}
			t.Needs = append(t.Needs, need)
			break
		}
	}
	return t
}
