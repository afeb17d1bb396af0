package x509cert

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
)

// MaxFile bounds a file of certificates, and MaxCerts their number.
const (
	MaxFile  = 1 << 20
	MaxCerts = 1000
)

// ParseFile reads the certificates of a file: PEM blocks of type CERTIFICATE,
// with text between them or not, or the DER of one. A file without any is an
// error, and so is one with a block of another type.
func ParseFile(data []byte) ([]*Certificate, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("file has more than %d bytes", MaxFile)
	}
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		c, err := Parse(data)
		if err != nil {
			return nil, err
		}
		return []*Certificate{c}, nil
	}
	var certs []*Certificate
	begun := bytes.Count(data, []byte("-----BEGIN"))
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("PEM block of type %q, not CERTIFICATE", block.Type)
		}
		if len(certs) == MaxCerts {
			return nil, fmt.Errorf("more than %d certificates", MaxCerts)
		}
		c, err := Parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(certs)+1, err)
		}
		certs = append(certs, c)
	}
	if len(certs) != begun {
		return nil, errors.New("a PEM block is damaged") // encoding/pem skips it
	}
	return certs, nil
}
