package gpg

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxPlain bounds what a message decompresses to. Payloads have some hundred
// bytes.
const maxPlain = 64 << 10

// Algorithms of compressed packets (RFC 9580 9.4).
const (
	compressNone  = 0
	compressZIP   = 1
	compressZLIB  = 2
	compressBZip2 = 3
)

// hashes are SHA-256, SHA-384 and SHA-512 (RFC 9580 9.5).
var hashes = []byte{8, 9, 10}

// message is a signed message, taken apart.
type message struct {
	literal   []byte // what is signed
	signature []byte // the signature packet, with a head of its own
	hash      byte
	keyID     uint64
}

// openMessage takes a message apart: [compressed] one-pass literal signature.
func openMessage(data []byte) (*message, error) {
	p, rest, err := nextPacket(data)
	if err != nil {
		return nil, err
	}
	if p.tag == tagCompressed {
		if len(rest) > 0 {
			return nil, errors.New("bytes after the compressed packet")
		}
		if data, err = decompress(p.body); err != nil {
			return nil, err
		}
		if p, rest, err = nextPacket(data); err != nil {
			return nil, err
		}
	}
	m := &message{}
	if err := m.onePass(p); err != nil {
		return nil, err
	}
	if p, rest, err = nextPacket(rest); err != nil {
		return nil, err
	}
	if err := m.literalData(p); err != nil {
		return nil, err
	}
	if p, rest, err = nextPacket(rest); err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, errors.New("something follows the signature: only messages with one are read")
	}
	return m, m.checkSignature(p)
}

// decompress returns the contents of a compressed packet, whole.
func decompress(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, errTruncated
	}
	in := bytes.NewReader(body[1:])
	var r io.Reader
	switch body[0] {
	case compressNone:
		r = in
	case compressZIP:
		r = flate.NewReader(in)
	case compressZLIB:
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("compressed packet: %w", err)
		}
		r = z
	case compressBZip2:
		r = bzip2.NewReader(in)
	default:
		return nil, fmt.Errorf("compression %d is not supported", body[0])
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxPlain+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("compressed packet: %w", err)
	case len(plain) > maxPlain:
		return nil, fmt.Errorf("message of more than %d bytes", maxPlain)
	case in.Len() > 0:
		return nil, errors.New("bytes after the compressed data")
	}
	return plain, nil
}

// onePass reads a one-pass signature of version 3 (RFC 9580 5.4).
func (m *message) onePass(p packet) error {
	const length = 13
	if p.tag != tagOnePass || len(p.body) != length || p.body[0] != 3 {
		return errors.New("not a signed message: it does not begin with a one-pass signature of version 3")
	}
	if p.body[1] != 0 || p.body[length-1] == 0 {
		return errors.New("the signature is not over binary data, or not the only one")
	}
	if m.hash = p.body[2]; !slices.Contains(hashes, m.hash) {
		return fmt.Errorf("hash %d is not supported (SHA-256, SHA-384 and SHA-512 are)", m.hash)
	}
	for _, b := range p.body[4 : length-1] {
		m.keyID = m.keyID<<8 | uint64(b)
	}
	return nil
}

// literalData reads literal data (RFC 9580 5.9). Its file name and date are
// not signed, and say nothing.
func (m *message) literalData(p packet) error {
	if p.tag != tagLiteral || len(p.body) < 2 || bytes.IndexByte([]byte("btu"), p.body[0]) < 0 {
		return errors.New("no literal data follows the one-pass signature")
	}
	const date = 4
	head := 2 + int(p.body[1]) + date
	if len(p.body) < head {
		return errTruncated
	}
	m.literal = p.body[head:]
	return nil
}

// checkSignature checks that a packet is a signature of version 4, over binary
// data, by the hash that the one-pass packet announced (RFC 9580 5.2.3).
func (m *message) checkSignature(p packet) error {
	if p.tag != tagSignature || len(p.body) < 4 || p.body[0] != 4 {
		return errors.New("no signature of version 4 follows the data")
	}
	if p.body[1] != 0 || p.body[3] != m.hash {
		return errors.New("the signature is not the one that was announced")
	}
	n := len(p.body)
	m.signature = append([]byte{0x80 | 0x40 | tagSignature, 255, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, p.body...)
	return nil
}
