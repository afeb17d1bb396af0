package main

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	distribution "github.com/distribution/reference"
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust/notation"
	"github.com/ocisum/ocisum/verify"
)

// policyFlags name policies, and what policies need to be evaluated.
func policyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "policy", Category: trustCategory, Usage: "every image must satisfy the policy in `FILE`: trustpolicy.json of Notation (with --cert-store)"},
		&cli.StringFlag{Name: "cert-store", Category: trustCategory, Usage: "trust store of Notation in `DIR`, with x509/ca/NAME in it; without --policy, anybody with a certificate of a root in it may sign"},
	}
}

// timedFlags are those that need to know what time it is.
var timedFlags = []string{"policy", "cert-store"}

// maxPolicyFile bounds a policy.
const maxPolicyFile = 1 << 20

// policyVouchers reads what policyFlags name.
func (w *world) policyVouchers(c *cli.Context) ([]verify.Voucher, error) {
	if !slices.ContainsFunc(timedFlags, c.IsSet) {
		return nil, nil
	}
	as, err := intended(c)
	if err != nil {
		return nil, err
	}
	now, err := w.verificationTime(c)
	if err != nil {
		return nil, err
	}
	path, store := c.String("policy"), c.String("cert-store")
	if !c.IsSet("policy") {
		return storeVouchers(store, now)
	}
	data, _, err := readBounded(path, maxPolicyFile)
	if err != nil {
		return nil, usage("", "--policy: %w", err)
	}
	return notationVouchers(path, data, store, now, as)
}

// notationVouchers reads a trust policy and the trust store that it needs.
func notationVouchers(path string, data []byte, store string, now time.Time, as func(report.Image) []string) ([]verify.Voucher, error) {
	policy, err := notation.ParsePolicy(data)
	if err != nil {
		return nil, usage("", "--policy %s: %w", render.Quote(path), err)
	}
	config := notation.Config{Name: "--policy " + path, Policy: policy, Now: now, Repositories: as}
	if names := policy.Stores(); len(names) > 0 {
		if store == "" {
			return nil, usage("--cert-store names the folder that has x509/ca/NAME in it", "the policy in %s needs trust stores", render.Quote(path))
		}
		if config.Store, err = openStore(store, func(fs.FS) ([]string, error) { return names, nil }); err != nil {
			return nil, err
		}
	}
	list := notation.Vouchers(config)
	list[0] = evaluate(list[0], path, data) // one document, however many statements
	return list, nil
}

// storeVouchers asks for signatures by anybody whom a trust store knows.
func storeVouchers(dir string, now time.Time) ([]verify.Voucher, error) {
	store, err := openStore(dir, notation.AllStores)
	if err != nil {
		return nil, err
	}
	return notation.Vouchers(notation.Config{Name: "--cert-store " + dir, Store: store, Now: now}), nil
}

// openStore reads the named stores of a folder that choose picks.
func openStore(dir string, choose func(fs.FS) ([]string, error)) (notation.Store, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, usage("", "--cert-store: %w", err)
	}
	defer root.Close()
	names, err := choose(root.FS())
	if err != nil {
		return nil, usage("", "--cert-store %s: %w", render.Quote(dir), err)
	}
	store, err := notation.ReadStore(root.FS(), names)
	if err != nil {
		return nil, usage("", "--cert-store %s: %w", render.Quote(dir), err)
	}
	return store, nil
}

// verificationTime is the time at which signatures are judged: the one given,
// else this machine's clock. The environment has no say.
func (w *world) verificationTime(c *cli.Context) (time.Time, error) {
	if c.String("time") != "" {
		return w.timeOf(c)
	}
	if w.now == nil {
		return time.Time{}, nil
	}
	return w.now(), nil
}

// intended returns the repositories by which an image is judged: the one of
// --as, else those of the names that the input gives it. An image that has
// none, or one that is no reference, is judged as "", which no policy knows.
func intended(c *cli.Context) (func(report.Image) []string, error) {
	if c.IsSet("as") {
		named, err := parseAs(c.String("as"))
		if err != nil {
			return nil, err
		}
		return func(report.Image) []string { return []string{named.Name()} }, nil
	}
	return func(img report.Image) []string {
		var names []string
		for _, ref := range img.Refs {
			if !strings.ContainsAny(ref, "/:@") {
				continue // a bare tag
			}
			named, err := distribution.ParseNormalizedNamed(ref)
			if err != nil {
				names = append(names, "")
				continue
			}
			names = append(names, named.Name())
		}
		if len(names) == 0 {
			names = []string{""}
		}
		return names
	}, nil
}

// parseAs reads the value of --as.
func parseAs(text string) (distribution.Named, error) {
	named, err := distribution.ParseNormalizedNamed(text)
	if err != nil {
		return nil, usage("", "--as %s: %w", render.Quote(text), err)
	}
	if _, ok := named.(distribution.Digested); ok {
		return nil, usage("--expect DIGEST asks for a digest", "--as %s: a name, not a digest", render.Quote(text))
	}
	return named, nil
}
