package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/policy"
	"github.com/ocisum/ocisum/trust/gpg"
	"github.com/ocisum/ocisum/trust/notation"
	"github.com/ocisum/ocisum/verify"
)

// policyFlags name policies, and what policies need to be evaluated.
func policyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "keyring", Category: trustCategory, Usage: "every image must have a GPG signature (signature-1 of a dir: folder) by a key in `FILE`; with --as, for that name"},
		&cli.StringFlag{Name: "lookaside", Category: trustCategory, Usage: "look for GPG signatures in the folder `DIR` as well, with NAME@sha256=HEX/signature-1 in it"},
		&cli.StringFlag{Name: "policy", Category: trustCategory, Usage: "every image must satisfy the policy in `FILE`: policy.json of podman and skopeo, or trustpolicy.json of Notation (with --cert-store)"},
		&cli.StringFlag{Name: "cert-store", Category: trustCategory, Usage: "trust store of Notation in `DIR`, with x509/ca/NAME in it; without --policy, anybody with a certificate of a root in it may sign"},
	}
}

// timedFlags are those that need to know what time it is.
var timedFlags = []string{"keyring", "policy", "cert-store"}

// maxPolicyFile bounds a policy.
const maxPolicyFile = 1 << 20

// policyVouchers reads what policyFlags name.
func (w *world) policyVouchers(c *cli.Context) ([]verify.Voucher, error) {
	if !slices.ContainsFunc(timedFlags, c.IsSet) {
		if c.IsSet("lookaside") {
			return nil, usage("", "--lookaside has signatures: say whose count with --keyring or --policy")
		}
		return nil, nil
	}
	var names policy.Names
	if c.IsSet("as") {
		var err error
		if names, err = policy.ParseNames(c.String("as")); err != nil {
			return nil, usage("", "--as %s: %w", render.Quote(c.String("as")), err)
		}
	}
	now, err := w.verificationTime(c)
	if err != nil {
		return nil, err
	}
	var beside []verify.Stored
	if c.IsSet("lookaside") {
		if beside, err = readLookaside(c.String("lookaside")); err != nil {
			return nil, err
		}
	}
	var list []verify.Voucher
	if c.IsSet("keyring") {
		if list, err = keyringVouchers(c.String("keyring"), now, names, beside); err != nil {
			return nil, err
		}
	}
	var more []verify.Voucher
	switch store := c.String("cert-store"); {
	case c.IsSet("policy"):
		more, err = readPolicy(c.String("policy"), store, now, names, beside)
	case c.IsSet("cert-store"):
		more, err = storeVouchers(store, now)
	}
	return append(list, more...), err
}

// keyringVouchers asks for signatures by any key of a keyring.
func keyringVouchers(path string, now time.Time, names policy.Names, beside []verify.Stored) ([]verify.Voucher, error) {
	data, _, err := readBounded(path, gpg.MaxKeyring)
	if err != nil {
		return nil, usage("", "--keyring: %w", err)
	}
	keyring, err := gpg.ParseKeyring(data)
	if err != nil {
		return nil, usage("gpg --export NAME > FILE writes a keyring", "--keyring %s: %w", render.Quote(path), err)
	}
	return []verify.Voucher{gpg.Voucher(gpg.Config{
		Name: "--keyring " + path, Keyring: keyring, Now: now, Accept: names.SameName(), Messages: &gpg.Messages{Beside: beside},
	})}, nil
}

// readLookaside reads the signatures that are kept apart from the image.
func readLookaside(dir string) ([]verify.Stored, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, usage("", "--lookaside: %w", err)
	}
	defer root.Close()
	list, err := gpg.ReadLookaside(root.FS(), "--lookaside "+dir)
	if err != nil {
		return nil, usage("", "--lookaside %s: %w", render.Quote(dir), err)
	}
	return list, nil
}

// readPolicy reads a policy of either kind, which its content tells.
func readPolicy(path, store string, now time.Time, names policy.Names, beside []verify.Stored) ([]verify.Voucher, error) {
	data, _, err := readBounded(path, maxPolicyFile)
	if err != nil {
		return nil, usage("", "--policy: %w", err)
	}
	if err := noPolicy(path, data); err != nil {
		return nil, err
	}
	if !policy.IsContainers(data) {
		return notationVouchers(path, data, store, now, names)
	}
	if store != "" {
		return nil, usage("", "--cert-store is for trust policies of Notation, and %s is none", render.Quote(path))
	}
	document, err := policy.Parse(data, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) { // where the policy is, not where we happen to be
			name = filepath.Join(filepath.Dir(path), name)
		}
		key, _, err := readBounded(name, gpg.MaxKeyring)
		return key, err
	})
	if err != nil {
		return nil, usage("", "--policy %s: %w", render.Quote(path), err)
	}
	list := document.Vouchers("--policy "+path, names, now, beside)
	list[0] = evaluate(list[0], path, data)
	return list, nil
}

// noPolicy says what a file is that was given for a policy by mistake.
func noPolicy(path string, data []byte) error {
	switch name := render.Quote(path); {
	case bytes.HasPrefix(data, []byte("ocisum-lock ")):
		return usage("--lock FILE", "--policy %s: this is a lock file", name)
	case !looksLikeJSON(data):
		return usage("", "--policy %s: no policy, which is a JSON object", name)
	case bytes.Contains(data, []byte(`"predicateType"`)) || bytes.Contains(data, []byte(`"payloadType"`)):
		return usage("ocisum receipt verify RECEIPT REF is for receipts", "--policy %s: this is an in-toto statement, no policy", name)
	}
	return nil
}

// looksLikeJSON reports whether a file begins as an object in JSON does.
func looksLikeJSON(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(data), []byte("{"))
}

// notationVouchers reads a trust policy and the trust store that it needs.
func notationVouchers(path string, data []byte, store string, now time.Time, names policy.Names) ([]verify.Voucher, error) {
	document, err := notation.ParsePolicy(data)
	if err != nil {
		return nil, usage("", "--policy %s: %w", render.Quote(path), err)
	}
	config := notation.Config{Name: "--policy " + path, Policy: document, Now: now, Repositories: names.Repositories}
	if stores := document.Stores(); len(stores) > 0 {
		if store == "" {
			return nil, usage("--cert-store names the folder that has x509/ca/NAME in it", "the policy in %s needs trust stores", render.Quote(path))
		}
		if config.Store, err = openStore(store, func(fs.FS) ([]string, error) { return stores, nil }); err != nil {
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
	hint := ""
	if at := filepath.Join(dir, "truststore"); isFolder(at) { // that of Notation's configuration
		hint = "--cert-store " + render.Quote(at)
	}
	names, err := choose(root.FS())
	if err != nil {
		return nil, usage(hint, "--cert-store %s: %w", render.Quote(dir), err)
	}
	store, err := notation.ReadStore(root.FS(), names)
	if err != nil {
		return nil, usage(hint, "--cert-store %s: %w", render.Quote(dir), err)
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
