package sample

import (
	"fmt"
	"io"
)

// tarWriter writes regular files as ustar, with nothing in their headers that
// could differ from run to run. The standard library's writer imports os/user,
// and with it cgo, which would keep the command from restricting all of its
// threads.
type tarWriter struct{ w io.Writer }

const tarBlock = 512

// member writes one file. Its name has at most 100 bytes.
func (t tarWriter) member(name string, body []byte) error {
	var h [tarBlock]byte
	copy(h[0:100], name)
	copy(h[100:], "0000644\x00")                       // mode
	copy(h[108:], "0000000\x00")                       // owner
	copy(h[116:], "0000000\x00")                       // group
	copy(h[124:], fmt.Sprintf("%011o\x00", len(body))) // size
	copy(h[136:], "00000000000\x00")                   // modification time
	copy(h[148:], "        ")                          // checksum, as it counts itself
	h[156] = '0'
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	if _, err := t.w.Write(h[:]); err != nil {
		return err
	}
	if _, err := t.w.Write(body); err != nil {
		return err
	}
	var padding [tarBlock]byte
	_, err := t.w.Write(padding[:(tarBlock-len(body)%tarBlock)%tarBlock])
	return err
}

// close writes the end marker.
func (t tarWriter) close() error {
	var end [2 * tarBlock]byte
	_, err := t.w.Write(end[:])
	return err
}
