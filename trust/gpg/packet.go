package gpg

import (
	"errors"
	"fmt"
)

// Tags of packets (RFC 9580 5).
const (
	tagSignature  = 2
	tagOnePass    = 4
	tagSecretKey  = 5
	tagPublicKey  = 6
	tagCompressed = 8
	tagLiteral    = 11
)

var errTruncated = errors.New("an OpenPGP packet is cut off")

// packet is one packet with its body.
type packet struct {
	tag  byte
	body []byte
}

// nextPacket reads the packet at the start of data, and returns what follows
// it. The body shares memory with data unless it comes in parts.
func nextPacket(data []byte) (p packet, rest []byte, err error) {
	if len(data) < 2 {
		return p, nil, errTruncated
	}
	head := data[0]
	if head&0x80 == 0 {
		return p, nil, errors.New("not an OpenPGP packet")
	}
	if head&0x40 == 0 {
		p.tag = head >> 2 & 0x0f
		return oldPacket(p, head&3, data[1:])
	}
	p.tag = head & 0x3f
	return newPacket(p, data[1:])
}

// oldPacket reads a length of the legacy format (RFC 9580 4.2.2).
func oldPacket(p packet, kind byte, data []byte) (packet, []byte, error) {
	if kind == 3 { // indeterminate: to the end
		if p.tag != tagCompressed && p.tag != tagLiteral {
			return p, nil, errors.New("an OpenPGP packet without length")
		}
		p.body = data
		return p, nil, nil
	}
	octets := 1 << kind
	if len(data) < octets {
		return p, nil, errTruncated
	}
	length := 0
	for _, b := range data[:octets] {
		length = length<<8 | int(b)
	}
	return cutPacket(p, length, data[octets:])
}

func cutPacket(p packet, length int, data []byte) (packet, []byte, error) {
	if length < 0 || length > len(data) {
		return p, nil, errTruncated
	}
	p.body = data[:length:length]
	return p, data[length:], nil
}

// newPacket reads lengths of the present format (RFC 9580 4.2.1), in parts
// where the packet is of data.
func newPacket(p packet, data []byte) (packet, []byte, error) {
	var parts []byte
	for {
		if len(data) == 0 {
			return p, nil, errTruncated
		}
		length, size := int(data[0]), 1
		switch first := data[0]; {
		case first < 192:
		case first < 224 && len(data) >= 2:
			length, size = (int(first)-192)<<8+int(data[1])+192, 2
		case first == 255 && len(data) >= 5:
			length, size = int(data[1])<<24|int(data[2])<<16|int(data[3])<<8|int(data[4]), 5
		case first >= 224 && first < 255: // a part (4.2.1.4)
			if p.tag != tagCompressed && p.tag != tagLiteral {
				return p, nil, fmt.Errorf("an OpenPGP packet of type %d in parts", p.tag)
			}
			part, rest, err := cutPacket(p, 1<<(first&0x1f), data[1:])
			if err != nil {
				return p, nil, err
			}
			parts, data = append(parts, part.body...), rest
			continue
		default:
			return p, nil, errTruncated
		}
		last, rest, err := cutPacket(p, length, data[size:])
		if err != nil {
			return p, nil, err
		}
		if parts != nil {
			last.body = append(parts, last.body...)
		}
		return last, rest, nil
	}
}
