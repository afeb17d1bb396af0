package notation

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Labels of headers and the tag of COSE_Sign1 (RFC 9052 2 and 3.1, RFC 9360 2).
const (
	tagSign1       = 18
	labelAlgorithm = int64(1)
	labelCritical  = int64(2)
	labelType      = int64(3)
	labelChain     = int64(33)

	tagEpoch = 1 // of a time in seconds (RFC 8949 3.4.2)
)

// coseAlgorithms are those of signature-envelope-cose, by their JWS names.
var coseAlgorithms = map[int64]string{-7: "ES256", -35: "ES384", -36: "ES512", -37: "PS256", -38: "PS384", -39: "PS512"}

// strictCBOR decodes what one encoder could have written, within bounds that
// honest envelopes never meet. Lengths are compared with the bytes that are
// there before memory is taken.
var strictCBOR = sync.OnceValue(func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   8,
		MaxArrayElements:  64,
		MaxMapPairs:       64,
		IntDec:            cbor.IntDecConvertSignedOrFail,
		UTF8:              cbor.UTF8RejectInvalid,
		BignumTag:         cbor.BignumTagForbidden,
		NaN:               cbor.NaNDecodeForbidden,
		Inf:               cbor.InfDecodeForbidden,
		TimeTag:           cbor.DecTagRequired,
		BinaryUnmarshaler: cbor.BinaryUnmarshalerNone,
	}.DecMode()
	if err != nil {
		panic("notation: options of the CBOR decoder: " + err.Error())
	}
	return mode
})

// parseCOSE reads an envelope of media type application/cose.
func parseCOSE(data []byte) (*envelope, error) {
	mode := strictCBOR()
	var tag cbor.RawTag
	if err := mode.Unmarshal(data, &tag); err != nil {
		return nil, fmt.Errorf("not a COSE_Sign1_Tagged: %w", err)
	}
	var parts []cbor.RawMessage
	if err := mode.Unmarshal(tag.Content, &parts); err != nil || tag.Number != tagSign1 || len(parts) != 4 {
		return nil, errors.New("not a COSE_Sign1_Tagged (RFC 9052 4.2)")
	}
	protected, ok0 := byteString(parts[0])
	payload, ok2 := byteString(parts[2])
	signature, ok3 := byteString(parts[3])
	if !ok0 || !ok2 || !ok3 {
		return nil, errors.New("not a COSE_Sign1 of byte strings, with its payload inside")
	}
	e := &envelope{format: "notation cose", payload: payload, signature: signature, signed: sigStructure(protected, payload)}
	if err := e.coseAttributes(protected); err != nil {
		return nil, fmt.Errorf("protected header: %w", err)
	}
	var header map[any]cbor.RawMessage
	if err := mode.Unmarshal(parts[1], &header); err != nil || header == nil {
		return nil, fmt.Errorf("unprotected header: not a map: %w", errors.Join(err))
	}
	_, e.timestamp = header[attrTimestamp]
	if err := e.coseChain(header[labelChain]); err != nil {
		return nil, fmt.Errorf("x5chain: %w", err)
	}
	return e, nil
}

// coseChain reads the certificates of label x5chain: signature-envelope-cose
// wants an array, even of one.
func (e *envelope) coseChain(value cbor.RawMessage) error {
	if len(value) == 0 {
		return errors.New("there is none")
	}
	var list []cbor.RawMessage
	if err := strictCBOR().Unmarshal(value, &list); err != nil {
		return err
	}
	if len(list) > maxChain {
		return errLongChain
	}
	for _, item := range list {
		der, ok := byteString(item)
		if !ok {
			return errors.New("not an array of byte strings")
		}
		e.chain = append(e.chain, der)
	}
	return nil
}

// coseAttributes reads the protected header, a map wrapped in a byte string.
func (e *envelope) coseAttributes(data []byte) error {
	mode := strictCBOR()
	var members map[any]cbor.RawMessage
	if err := mode.Unmarshal(data, &members); err != nil || members == nil {
		return fmt.Errorf("not a map: %w", errors.Join(err))
	}
	e.times = map[string]time.Time{}
	for label, value := range members {
		var err error
		switch label {
		case labelAlgorithm:
			var id int64
			if err = mode.Unmarshal(value, &id); err == nil {
				e.algorithm = coseAlgorithms[id]
			}
		case labelType:
			err = mode.Unmarshal(value, &e.contentType)
		case labelCritical:
			err = e.coseCritical(value)
		case attrScheme:
			err = mode.Unmarshal(value, &e.scheme)
		case attrSigningTime, attrAuthenticTime, attrExpiry:
			e.times[label.(string)], err = epoch(value)
		default:
			e.others = append(e.others, fmt.Sprint(label))
		}
		if err != nil {
			return fmt.Errorf("%v: %w", label, err)
		}
	}
	slices.Sort(e.others)
	return nil
}

// coseCritical reads the labels of critical headers. A label that is no text
// is none that is known here, and stays unknown as its number.
func (e *envelope) coseCritical(value cbor.RawMessage) error {
	var labels []any
	if err := strictCBOR().Unmarshal(value, &labels); err != nil {
		return err
	}
	for _, l := range labels {
		e.critical = append(e.critical, fmt.Sprint(l))
	}
	return nil
}

// epoch reads a time of tag 1 in whole seconds.
func epoch(value cbor.RawMessage) (time.Time, error) {
	var tag cbor.RawTag
	var seconds int64
	if err := strictCBOR().Unmarshal(value, &tag); err != nil || tag.Number != tagEpoch ||
		majorType(tag.Content) > 1 || strictCBOR().Unmarshal(tag.Content, &seconds) != nil {
		return time.Time{}, errors.New("not a time in whole seconds (RFC 8949 3.4.2)")
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// majorType is the type of an encoded item (RFC 8949 3.1).
func majorType(item cbor.RawMessage) byte {
	if len(item) == 0 {
		return 7
	}
	return item[0] >> 5
}

const (
	majorBytes = 2
	majorArray = 4
)

// byteString returns the bytes of an item that is a byte string, and nothing
// that the decoder would convert into one.
func byteString(item cbor.RawMessage) ([]byte, bool) {
	if majorType(item) != majorBytes {
		return nil, false
	}
	var b []byte
	err := strictCBOR().Unmarshal(item, &b)
	return b, err == nil
}

// sigStructure is what is signed (RFC 9052 4.4), without external data.
func sigStructure(protected, payload []byte) []byte {
	b := []byte{majorArray<<5 | 4, 0x6a}
	b = append(b, "Signature1"...)
	b = appendBytes(b, protected)
	b = appendBytes(b, nil)
	return appendBytes(b, payload)
}

// appendBytes appends a byte string with the shortest head (RFC 8949 4.2.1).
func appendBytes(b, s []byte) []byte {
	n := len(s)
	switch {
	case n < 24:
		b = append(b, majorBytes<<5|byte(n))
	case n < 1<<8:
		b = append(b, majorBytes<<5|24, byte(n))
	case n < 1<<16:
		b = append(b, majorBytes<<5|25, byte(n>>8), byte(n))
	default:
		b = append(b, majorBytes<<5|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, s...)
}
