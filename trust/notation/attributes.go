package notation

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The names of signed attributes, in JWS and COSE alike.
const (
	attrScheme        = "io.cncf.notary.signingScheme"
	attrSigningTime   = "io.cncf.notary.signingTime"
	attrAuthenticTime = "io.cncf.notary.authenticSigningTime"
	attrExpiry        = "io.cncf.notary.expiry"
	attrPlugin        = "io.cncf.notary.verificationPlugin"
	attrPluginVersion = "io.cncf.notary.verificationPluginMinVersion"
)

// The unsigned attribute that holds a countersignature.
const attrTimestamp = "io.cncf.notary.timestampSignature"

const payloadType = "application/vnd.cncf.notary.payload.v1+json"

// The signing schemes.
const (
	schemeX509      = "notary.x509"
	schemeAuthority = "notary.x509.signingAuthority"
)

// attributes are the signed attributes of an envelope.
type attributes struct {
	algorithm   string // by its JWS name
	contentType string
	scheme      string
	critical    []string
	times       map[string]time.Time // by the names above
	others      []string             // names of further attributes
}

// signingTime returns the time at which the signer says to have signed.
func (a *attributes) signingTime() time.Time {
	if a.scheme == schemeAuthority {
		return a.times[attrAuthenticTime]
	}
	return a.times[attrSigningTime]
}

// expiry returns the end of the signature's life, and whether it has one.
func (a *attributes) expiry() (time.Time, bool) {
	t, ok := a.times[attrExpiry]
	return t, ok
}

// check applies the rules of signature-specification "Signed Attributes", and
// those on critical headers of the envelopes.
func (a *attributes) check() error {
	if a.contentType != payloadType {
		return fmt.Errorf("content type %.100q, not %s", a.contentType, payloadType)
	}
	mark := []string{attrScheme}
	required, forbidden := attrSigningTime, attrAuthenticTime
	switch a.scheme {
	case schemeX509:
	case schemeAuthority:
		required, forbidden = forbidden, required
		mark = append(mark, attrAuthenticTime)
	default:
		return fmt.Errorf("signing scheme %.100q is not supported", a.scheme)
	}
	signed, ok := a.times[required]
	if _, both := a.times[forbidden]; both || !ok {
		return fmt.Errorf("the scheme %s wants %s, and no %s", a.scheme, required, forbidden)
	}
	if expiry, ok := a.times[attrExpiry]; ok {
		mark = append(mark, attrExpiry)
		if !expiry.After(signed) {
			return errors.New("it expires before it was made")
		}
	}
	for _, name := range []string{attrPlugin, attrPluginVersion} {
		if slices.Contains(a.others, name) {
			return errors.New("it wants a verification plugin, and none is run here")
		}
	}
	for _, name := range mark {
		if !slices.Contains(a.critical, name) {
			return fmt.Errorf("%s is not marked critical", name)
		}
	}
	for _, name := range a.critical {
		if !slices.Contains(mark, name) {
			return fmt.Errorf("critical attribute %.100q is not known, or must not be marked", name)
		}
	}
	if len(a.critical) != len(mark) {
		return errors.New("an attribute is marked critical twice")
	}
	return nil
}
