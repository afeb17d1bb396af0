package notation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash.New
	_ "crypto/sha512"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// maxChain bounds a certificate chain. The web has chains of up to five.
const maxChain = 10

var errLongChain = fmt.Errorf("the chain has more than %d certificates", maxChain)

// parseChain reads a chain and applies every rule that needs no signature.
func parseChain(ders [][]byte) ([]*x509cert.Certificate, error) {
	if len(ders) == 0 {
		return nil, errors.New("it has no certificate chain")
	}
	var chain []*x509cert.Certificate
	for i, der := range ders {
		c, err := x509cert.Parse(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of the chain: %w", i, err)
		}
		chain = append(chain, c)
	}
	if err := checkLeaf(chain[0]); err != nil {
		return nil, fmt.Errorf("signing certificate %s: %w", chain[0].Subject, err)
	}
	for i, c := range chain[1:] {
		if err := checkCA(c, i); err != nil {
			return nil, fmt.Errorf("certificate %d of the chain, %s: %w", i+1, c.Subject, err)
		}
	}
	last := len(chain) - 1
	for i, c := range chain {
		if c.SelfIssued() != (i == last) {
			return nil, fmt.Errorf("certificate %d of the chain, %s: the last certificate is a self-signed root, and no other is", i, c.Subject)
		}
	}
	return chain, nil
}

// checkLinks verifies that each certificate is issued by the next, and the
// last by itself.
func checkLinks(chain []*x509cert.Certificate) error {
	last := len(chain) - 1
	for i, c := range chain {
		var err error
		switch {
		case i < last:
			err = c.CheckIssuer(chain[i+1])
		case last == 0: // a leaf alone, which is no CA
			err = c.CheckSignedBy(c)
		default:
			err = c.CheckIssuer(c)
		}
		if err != nil {
			return fmt.Errorf("certificate %d of the chain, %s: %w", i, c.Subject, err)
		}
	}
	return nil
}

// forbiddenUsages are what a signing certificate must not be for.
// "Certificate Requirements" lists all but the last, which notation refuses.
var forbiddenUsages = []string{
	x509cert.UsageAny, x509cert.UsageServerAuth, x509cert.UsageClientAuth,
	x509cert.UsageEmailProtection, x509cert.UsageTimeStamping, x509cert.UsageOCSPSigning,
}

// checkLeaf applies "Certificate Requirements", "Leaf Certificates".
func checkLeaf(c *x509cert.Certificate) error {
	x := c.Extensions
	const other = x509cert.KeyEncipherment | x509cert.DataEncipherment | x509cert.KeyAgreement |
		x509cert.CertSign | x509cert.CRLSign | x509cert.EncipherOnly | x509cert.DecipherOnly
	switch {
	case x.IsCA:
		return errors.New("it is a CA")
	case !x.HasKeyUsage || !x.KeyUsageCritical:
		return errors.New("it has no critical key usage")
	case x.KeyUsage&x509cert.DigitalSignature == 0:
		return errors.New("its key is not for digital signatures")
	case x.KeyUsage&other != 0:
		return errors.New("its key is for other things than digital signatures")
	}
	for _, usage := range forbiddenUsages {
		if slices.Contains(x.ExtKeyUsage, usage) {
			return fmt.Errorf("it must not have the extended key usage %s", usage)
		}
	}
	if _, err := algorithmOf(c.PublicKey); err != nil {
		return err
	}
	return nil
}

// checkCA applies "Certificate Requirements", "Root and Intermediate CA
// Certificates"; below is the number of CAs between the certificate and the
// leaf.
func checkCA(c *x509cert.Certificate, below int) error {
	x := c.Extensions
	switch {
	case !x.HasBasicConstraints || !x.BasicConstraintsCritical || !x.IsCA:
		return errors.New("it is no CA by critical basic constraints")
	case x.PathLen >= 0 && x.PathLen < below:
		return fmt.Errorf("it allows %d CAs below it, and there are %d", x.PathLen, below)
	case !x.HasKeyUsage || !x.KeyUsageCritical || x.KeyUsage&x509cert.CertSign == 0:
		return errors.New("it may not sign certificates by a critical key usage")
	}
	return nil
}

// algorithm is a row of signature-specification "Algorithm Selection".
type algorithm struct {
	name string // of JWS
	hash crypto.Hash
}

// algorithmOf returns the algorithm that a key signs with: it follows from the
// key alone.
func algorithmOf(pub crypto.PublicKey) (algorithm, error) {
	var bits int
	switch key := pub.(type) {
	case *rsa.PublicKey:
		bits = key.N.BitLen()
		switch bits {
		case 2048:
			return algorithm{"PS256", crypto.SHA256}, nil
		case 3072:
			return algorithm{"PS384", crypto.SHA384}, nil
		case 4096:
			return algorithm{"PS512", crypto.SHA512}, nil
		}
	case *ecdsa.PublicKey:
		bits = key.Curve.Params().BitSize
		switch bits {
		case 256:
			return algorithm{"ES256", crypto.SHA256}, nil
		case 384:
			return algorithm{"ES384", crypto.SHA384}, nil
		case 521:
			return algorithm{"ES512", crypto.SHA512}, nil
		}
	}
	return algorithm{}, fmt.Errorf("key of %d bits: signatures are made with RSA of 2048, 3072 or 4096 bits, or ECDSA on P-256, P-384 or P-521", bits)
}

var errSignature = errors.New("the signature does not verify")

// verifySignature checks a signature over signed: RSASSA-PSS with a salt as
// long as the hash (RFC 7518 3.5, RFC 8230 2), or ECDSA as the two numbers one
// after the other (RFC 7518 3.4, RFC 9053 2.1).
func verifySignature(pub crypto.PublicKey, signed, signature []byte) error {
	alg, err := algorithmOf(pub)
	if err != nil {
		return err
	}
	h := alg.hash.New()
	h.Write(signed)
	sum := h.Sum(nil)
	ok := false
	switch key := pub.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPSS(key, alg.hash, sum, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	case *ecdsa.PublicKey:
		half := (key.Curve.Params().BitSize + 7) / 8
		if len(signature) == 2*half {
			r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
			ok = ecdsa.Verify(key, sum, r, s)
		}
	}
	if !ok {
		return errSignature
	}
	return nil
}
