package notation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// signature is an envelope whose integrity holds.
type signature struct {
	*envelope
	certs  []*x509cert.Certificate
	target target
}

// signer names who signed.
func (s *signature) signer() string { return s.certs[0].Subject.String() }

// failure is a validation that failed.
type failure struct {
	validation string
	err        error
}

// judgement is what a statement makes of a signature.
type judgement struct {
	reject    string // why it does not count
	remark    string // what the policy merely logs
	anonymous bool   // it counts although nobody knows whose it is
}

// evaluate applies a statement to a signature at a time.
func (s *Statement) evaluate(sig *signature, store Store, now time.Time) judgement {
	var remarks []string
	j := judgement{}
	for _, f := range []failure{
		{authenticity, s.authentic(sig, store)},
		{expiry, s.fresh(sig, now)},
		{timestamp, s.timely(sig, now)},
		{revocation, s.unrevoked(sig)},
	} {
		switch {
		case f.err == nil:
		case s.actions[f.validation] == enforce:
			return judgement{reject: f.err.Error()}
		case s.actions[f.validation] == logged:
			j.anonymous = j.anonymous || f.validation == authenticity
			remarks = append(remarks, f.validation+": "+f.err.Error())
		}
	}
	j.remark = strings.Join(remarks, "; ")
	return j
}

// authentic validates that the signer is trusted.
func (s *Statement) authentic(sig *signature, store Store) error {
	kind := storeCA
	if sig.scheme == schemeAuthority {
		kind = storeAuthority
	}
	if !store.has(s.stores, kind, sig.certs) {
		return fmt.Errorf("no certificate of its chain is in the trust stores %s", strings.Join(s.stores, ", "))
	}
	if s.anyone {
		return nil
	}
	who, err := subjectOf(sig.certs[0].Subject)
	if err != nil {
		return fmt.Errorf("subject of the signing certificate: %w", err)
	}
	if !slices.ContainsFunc(s.identities, func(trusted subject) bool { return trusted.within(who) }) {
		return errors.New("the signer is none of the trusted identities")
	}
	return nil
}

// fresh validates that the signature has not expired: now is before its
// expiry.
func (s *Statement) fresh(sig *signature, now time.Time) error {
	if end, ok := sig.expiry(); ok && !now.Before(end) {
		return fmt.Errorf("the signature expired at %s", end.Format(time.RFC3339))
	}
	return nil
}

// timely validates that the signature was made while its certificates were
// valid, as far as that can be known without a time stamping authority.
func (s *Statement) timely(sig *signature, now time.Time) error {
	if sig.scheme == schemeAuthority {
		return validAt(sig.certs, sig.signingTime(), "when it was signed")
	}
	expired := slices.ContainsFunc(sig.certs, func(c *x509cert.Certificate) bool { return now.After(c.NotAfter) })
	wantsTSA := slices.ContainsFunc(s.stores, func(name string) bool { return strings.HasPrefix(name, storeTSA+":") })
	if wantsTSA && (!s.afterOnly || expired) {
		return errors.New("the policy wants a time stamp, and countersignatures of time stamping authorities are not evaluated")
	}
	err := validAt(sig.certs, now, "at the time of verification")
	if err != nil && sig.timestamp {
		return fmt.Errorf("%w; its countersignature is not evaluated", err)
	}
	return err
}

func validAt(chain []*x509cert.Certificate, t time.Time, when string) error {
	for _, c := range chain {
		if !c.ValidAt(t) {
			return fmt.Errorf("certificate %s was not valid %s, %s: it is from %s to %s", c.Subject, when,
				t.UTC().Format(time.RFC3339), c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
		}
	}
	return nil
}

// unrevoked validates that no certificate is revoked, which can be known here
// only of those that cannot be.
func (s *Statement) unrevoked(sig *signature) error {
	for _, c := range sig.certs {
		if c.Extensions.Revocable {
			return fmt.Errorf("revocation of certificate %s cannot be asked for offline (the policy may override revocation with skip or log)", c.Subject)
		}
	}
	return nil
}
