package main

import (
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/trust"
	"github.com/ocisum/ocisum/verify"
)

// keyFlags ask for signatures by public keys.
func keyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "key", Category: trustCategory, Usage: "every image must be signed by the public key in `FILE` (PEM); repeatable: by any of them"},
		&cli.StringSliceFlag{Name: "require-attestation", Category: trustCategory, Usage: "every image must have an attestation of `TYPE` by a --key: a predicate type, or cosign's name for one; repeatable"},
	}
}

// keyVouchers reads the keys that keyFlags name.
func keyVouchers(c *cli.Context) ([]verify.Voucher, error) {
	files, types := c.StringSlice("key"), c.StringSlice("require-attestation")
	if len(files) == 0 {
		if len(types) > 0 {
			return nil, usage("give the public key of who attests with --key FILE", "--require-attestation needs a key")
		}
		return nil, nil
	}
	var keys []trust.Key
	for _, name := range files {
		text, _, err := readBounded(name, maxKeyFile)
		if err != nil {
			return nil, usage(publicKeyHint, "--key: %w", err)
		}
		key, err := trust.ParsePublicKey(name, text)
		if err != nil {
			return nil, usage(keyHint(name, text), "--key: %w", err)
		}
		keys = append(keys, key)
	}
	list := []verify.Voucher{trust.Require(keys, types...)}
	for _, t := range types {
		list = append(list, trust.RequireAttestation(t, keys))
	}
	return list, nil
}
