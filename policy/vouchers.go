package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust/gpg"
	"github.com/ocisum/ocisum/verify"
)

// Vouchers returns a voucher for each requirement of the policy: an image has
// to satisfy all of those that apply to it. The name is what the report calls
// the policy, "--policy policy.json"; now is the time of verification. beside
// are GPG signatures from outside of the source, see gpg.ReadLookaside.
func (p *Policy) Vouchers(name string, names Names, now time.Time, beside []verify.Stored) []verify.Voucher {
	c := &chosen{policy: p, names: names, messages: gpg.Messages{Beside: beside}}
	list := []verify.Voucher{&something{name}}
	for _, s := range p.scopes() {
		for i := range s.requirements {
			list = append(list, &voucher{chosen: c, name: fmt.Sprintf("%s#%s/%d", name, s.pointer, i), scope: s, index: i, now: now})
		}
	}
	return list
}

// scopes lists the scopes in the order of their pointers.
func (p *Policy) scopes() []*scope {
	list := []*scope{p.fallback}
	for _, of := range p.transports {
		for _, s := range of {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *scope) int { return strings.Compare(a.pointer, b.pointer) })
	return list
}

// something denies a source without any image: a policy that is about nothing
// must not pass.
type something struct{ name string }

// Name implements verify.Voucher.
func (s *something) Name() string { return s.name }

// Vouch implements verify.Voucher.
func (s *something) Vouch(found *verify.Found) verify.Testimony {
	if len(found.Images) > 0 {
		return verify.Testimony{}
	}
	return verify.Testimony{Needs: []verify.Need{{Image: -1, Code: report.PolicyRejected, Refused: true, Reason: "there is no image that the policy could apply to"}}}
}

// chosen are the scopes that apply to the images of a source.
type chosen struct {
	policy *Policy
	names  Names

	mu sync.Mutex
	of *verify.Found
	by map[*scope][]int // images

	messages gpg.Messages // of GPG, for all requirements
}

func (c *chosen) images(found *verify.Found, s *scope) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != found {
		c.of, c.by = found, map[*scope][]int{}
		digests := found.Digests()
		for i, img := range found.Images {
			for _, s := range c.policy.choose(c.names.Of(img), digests[i], transport(found.Source, img)) {
				c.by[s] = append(c.by[s], i)
			}
		}
	}
	return c.by[s]
}

// voucher is one requirement.
type voucher struct {
	*chosen
	name  string
	scope *scope
	index int
	now   time.Time
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.name }

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	images := v.images(found, v.scope)
	if len(images) == 0 {
		return verify.Testimony{}
	}
	// The requirement sees only the images that it is about.
	narrow := &verify.Found{Source: found.Source, Indexes: found.Indexes, Objects: found.Objects}
	for _, i := range images {
		narrow.Images = append(narrow.Images, found.Images[i])
		if i < len(found.Proven) {
			narrow.Proven = append(narrow.Proven, found.Proven[i])
		}
	}
	q := &v.scope.requirements[v.index]
	t := q.testify(v.name, narrow, v.chosen, v.now)
	for n := range t.Needs {
		t.Needs[n].Image = images[t.Needs[n].Image]
	}
	if q.kind == acceptAnything && v.scope.digest {
		t.Vouches = v.listed(narrow)
	}
	return t
}

// listed vouches for images whose digest the policy lists.
func (v *voucher) listed(found *verify.Found) []verify.Vouch {
	_, text, _ := strings.Cut(v.scope.pointer, "@")
	for _, digests := range found.Digests() {
		if i := slices.Index(digests, digest.Digest(text)); i >= 0 {
			return []verify.Vouch{{Kind: "policy", Digest: digests[i], Format: "digest scope"}}
		}
	}
	return nil
}

// transport is what containers-transports(5) calls the source.
func transport(source report.Source, img report.Image) string {
	switch {
	case slices.Contains(img.Views, string(verify.Dir)):
		return "dir"
	case slices.Contains(img.Views, string(verify.OCILayout)):
		if source.Container == "directory" {
			return "oci"
		}
		return "oci-archive"
	}
	return "docker-archive"
}

// choose returns the scopes that apply to an image: one for each name, and
// that of its transport where there is one.
func (p *Policy) choose(names []reference.Named, digests []digest.Digest, transport string) []*scope {
	own := p.transports[transport][""]
	var list []*scope
	add := func(s *scope) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, named := range names {
		switch {
		case named != nil:
			add(p.docker(named, digests))
			if own != nil {
				add(own)
			}
		case own != nil:
			add(own)
		default:
			add(p.fallback)
		}
	}
	return list
}

// docker returns the most specific scope for a name.
func (p *Policy) docker(named reference.Named, digests []digest.Digest) *scope {
	scopes := p.transports["docker"]
	for _, name := range candidates(named, digests) {
		if s := scopes[name]; s != nil {
			return s
		}
	}
	return p.fallback
}

// candidates are the scopes that a name has, the most specific first.
func candidates(named reference.Named, digests []digest.Digest) []string {
	var list []string
	name := named.Name()
	for _, d := range digests {
		list = append(list, name+"@"+d.String())
	}
	if tagged, ok := named.(reference.Tagged); ok {
		list = append(list, name+":"+tagged.Tag())
	}
	for part := name; ; {
		list = append(list, part)
		i := strings.LastIndexByte(part, '/')
		if i < 0 {
			break
		}
		part = part[:i]
	}
	host, _, _ := strings.Cut(reference.Domain(named), ":")
	for {
		var ok bool
		if _, host, ok = strings.Cut(host, "."); !ok {
			break
		}
		list = append(list, "*."+host)
	}
	return append(list, "")
}
