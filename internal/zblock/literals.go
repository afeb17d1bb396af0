package zblock

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/huff0"
)

var (
	errLiteralsEnd  = errors.New("literals end early")
	errLiteralsSize = errors.New("more literals than a block may have")
	errNoTree       = errors.New("literals use the tree of an earlier block, of which there is none")
)

// Literals_Block_Type, RFC 8878 3.1.1.3.1.1.
const (
	literalsRaw = iota
	literalsRLE
	literalsCompressed
	literalsTreeless
)

// readLiterals decodes the literals that a block p begins with into
// d.literals, RFC 8878 3.1.1.3.1, and returns what follows them.
func (d *Decoder) readLiterals(p []byte) ([]byte, error) {
	if len(p) < 2 {
		return nil, errLiteralsEnd
	}
	var h [8]byte
	copy(h[:], p)
	format := h[0] >> 2 & 3
	header := uint64(h[0]) | uint64(h[1])<<8 | uint64(h[2])<<16 | uint64(h[3])<<24 | uint64(h[4])<<32
	how := h[0] & 3
	var headerSize, size, stored int
	switch how {
	case literalsRaw, literalsRLE:
		switch format {
		case 1:
			headerSize, size = 2, int(header>>4&0xfff)
		case 3:
			headerSize, size = 3, int(header>>4&0xfffff)
		default:
			headerSize, size = 1, int(header>>3&0x1f)
		}
		if stored = size; how == literalsRLE {
			stored = 1
		}
	default:
		width := [4]int{10, 10, 14, 18}[format]
		headerSize = [4]int{3, 3, 4, 5}[format]
		size = int(header >> 4 & (1<<width - 1))
		stored = int(header >> (4 + width) & (1<<width - 1))
	}
	switch {
	case len(p) < headerSize+stored:
		return nil, errLiteralsEnd
	case size > d.maxBlock:
		return nil, errLiteralsSize
	}
	body, rest := p[headerSize:headerSize+stored], p[headerSize+stored:]
	switch how {
	case literalsRaw:
		d.literals = body
		return rest, nil
	case literalsRLE:
		d.literals = d.literalBuf[:size]
		for i := range d.literals {
			d.literals[i] = body[0]
		}
		return rest, nil
	case literalsCompressed:
		var err error
		if d.huff, body, err = huff0.ReadTable(body, d.huff); err != nil {
			return nil, fmt.Errorf("tree of the literals: %w", err)
		}
		d.tree = true
	case literalsTreeless:
		if !d.tree {
			return nil, errNoTree
		}
	}
	decode := d.huff.Decoder().Decompress4X
	if format == 0 {
		decode = d.huff.Decoder().Decompress1X
	}
	got, err := decode(d.literalBuf[:0:size], body)
	if err != nil {
		return nil, fmt.Errorf("literals: %w", err)
	}
	if len(got) != size {
		return nil, fmt.Errorf("%d literals where %d were announced", len(got), size)
	}
	d.literals = d.literalBuf[:size]
	return rest, nil
}
