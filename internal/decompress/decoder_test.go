package decompress

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// result is all that a decoder says about a stream.
type result struct {
	data    []byte
	err     error
	faults  []Fault
	members int
}

// decode runs a stream through d.
func decode(d *Decoder, f Format, r io.Reader) result {
	d.Reset(context.Background(), f, r)
	var res result
	for {
		p, err := d.Next()
		res.data = append(res.data, p...)
		if err != nil {
			res.err = err
			res.faults = append(res.faults, d.Faults()...)
			res.members = d.Members()
			return res
		}
	}
}

// kind returns the kind of a terminal error, "" for a clean end.
func kind(t testing.TB, err error) Kind {
	t.Helper()
	if err == io.EOF {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v of type %T, want *Error", err, err)
	}
	return e.Kind
}

// text returns n bytes that compress like prose, words with a skewed
// distribution.
func text(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	words := make([]string, 2000)
	for i := range words {
		b := make([]byte, 2+rnd.IntN(9))
		for j := range b {
			b[j] = 'a' + byte(rnd.IntN(26)*rnd.IntN(26)/26)
		}
		words[i] = string(b)
	}
	out := make([]byte, 0, n+16)
	for len(out) < n {
		out = append(out, words[rnd.IntN(1+rnd.IntN(len(words)))]...)
		out = append(out, " \n"[rnd.IntN(12)/11])
	}
	return out[:n]
}

// noise returns n random bytes.
func noise(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 2))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(rnd.Uint32())
	}
	return out
}

func gz(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, data []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, append([]zstd.EOption{zstd.WithZeroFrames(true), zstd.WithEncoderConcurrency(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xzip(t testing.TB, data []byte, c xz.WriterConfig) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := c.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The standard library has no bzip2 writer: these are the output of bzip2 -9.
const (
	bzip2Hello = "425a683931415926535960b405fc0000029180400422449020200031064c410d069ea26d833611e2ee48a7" +
		"0a120c1680bf80"
	bzip2Nothing = "425a683917724538509000000000"
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// with returns p with the byte at i (from the end if negative) changed.
func with(p []byte, i int, flip byte) []byte {
	p = bytes.Clone(p)
	if i < 0 {
		i += len(p)
	}
	p[i] ^= flip
	return p
}

type streamTest struct {
	name    string
	format  Format
	in      []byte
	want    []byte
	kind    Kind // of the error, "" for a clean end
	faults  []Kind
	members int
}

func streamTests(t testing.TB) []streamTest {
	data := text(290_000, 1)
	small := text(3_000, 2)
	g, gs, ge := gz(t, data), gz(t, small), gz(t, nil)
	z, zs, ze := zst(t, data), zst(t, small), zst(t, nil)
	x, xs := xzip(t, data, xz.WriterConfig{}), xzip(t, small, xz.WriterConfig{CheckSum: xz.SHA256})
	bz, bn := unhex(t, bzip2Hello), unhex(t, bzip2Nothing)
	skip := cat([]byte("\x5a\x2a\x4d\x18\x05\x00\x00\x00"), []byte("hello"))
	hello := []byte("hello, layer")
	zeros := make([]byte, 10_000)
	header := func(flags byte, rest string) []byte {
		h := cat([]byte{0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255}, []byte(rest))
		return cat(h, gs[10:])
	}
	headerCRC := func(flags byte, rest string) string {
		sum := crc32.ChecksumIEEE(append([]byte{0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255}, rest...))
		return string([]byte{byte(sum), byte(sum >> 8)})
	}
	long := string(bytes.Repeat([]byte("n"), 100_000))
	return []streamTest{
		{"none", None, data, data, "", nil, 0},
		{"none_empty", None, nil, nil, "", nil, 0},

		{"gzip", Gzip, g, data, "", nil, 1},
		{"gzip_empty_member", Gzip, ge, nil, "", nil, 1},
		{"gzip_members", Gzip, cat(g, ge, gs, gs), cat(data, small, small), "", nil, 4},
		{"gzip_no_bytes", Gzip, nil, nil, Empty, nil, 0},
		{"gzip_one_byte", Gzip, g[:1], nil, Truncated, nil, 0},
		{"gzip_header_cut", Gzip, g[:9], nil, Truncated, nil, 0},
		{"gzip_other_magic", Gzip, []byte("PK\x03\x04 and more of it"), nil, HeaderInvalid, nil, 0},
		{"gzip_method", Gzip, with(g, 2, 1), nil, HeaderInvalid, nil, 0},
		{"gzip_reserved_flag", Gzip, with(g, 3, 0x20), nil, HeaderInvalid, nil, 0},
		{"gzip_trailer_cut", Gzip, g[:len(g)-1], data, Truncated, nil, 1},
		{"gzip_trailer_absent", Gzip, g[:len(g)-8], data, Truncated, nil, 1},
		{"gzip_crc", Gzip, with(g, -8, 1), data, Checksum, nil, 1},
		{"gzip_isize", Gzip, with(g, -1, 1), data, Checksum, nil, 1},
		{"gzip_second_member_bad", Gzip, cat(g, with(gs, -8, 1)), cat(data, small), Checksum, nil, 2},
		{"gzip_second_member_cut", Gzip, cat(g, gs[:2]), data, Truncated, nil, 1},
		{"gzip_trailing_magic_byte", Gzip, cat(g, gs[:1]), data, "", []Kind{TrailingData}, 1},
		{"gzip_trailing_data", Gzip, cat(g, []byte("x"), zeros), data, "", []Kind{TrailingData}, 1},
		{"gzip_trailing_data_after_zeros", Gzip, cat(g, zeros, []byte("x")), data, "", []Kind{TrailingData}, 1},
		{"gzip_member_after_zeros", Gzip, cat(g, zeros, gs), data, "", []Kind{TrailingData}, 1},
		{"gzip_zero_padding", Gzip, cat(g, zeros), data, "", []Kind{ZeroPadding}, 1},
		{"gzip_one_zero", Gzip, cat(g, zeros[:1]), data, "", []Kind{ZeroPadding}, 1},
		{"gzip_name_comment_extra", Gzip, header(0x1c, "\x04\x00abcdname\x00comment\x00"), small, "", nil, 1},
		{"gzip_header_crc", Gzip, header(0x0a, "name\x00"+headerCRC(0x0a, "name\x00")), small, "", nil, 1},
		{"gzip_header_crc_wrong", Gzip, header(0x02, "\x00\x00"), nil, HeaderInvalid, nil, 0},
		{"gzip_long_name", Gzip, header(0x08, long+"\x00"), small, "", []Kind{HeaderOdd}, 1},
		{"gzip_long_extra", Gzip, header(0x04, "\xff\xff"+long[:65535]), small, "", []Kind{HeaderOdd}, 1},
		{"gzip_extra_cut", Gzip, header(0x04, "\xff\xff"+long[:99])[:100], nil, Truncated, nil, 0},
		{"gzip_name_cut", Gzip, header(0x08, long)[:5000], nil, Truncated, nil, 0},
		{"gzip_header_crc_cut", Gzip, header(0x02, "")[:11], nil, Truncated, nil, 0},

		{"zstd", Zstd, z, data, "", nil, 1},
		{"zstd_empty_frame", Zstd, ze, nil, "", nil, 1},
		{"zstd_frames", Zstd, cat(skip, z, ze, skip, zs, skip, skip), cat(data, small), "", nil, 3},
		{"zstd_no_bytes", Zstd, nil, nil, Empty, nil, 0},
		{"zstd_only_skippable", Zstd, cat(skip, skip), nil, Empty, nil, 0},
		{"zstd_skippable_cut", Zstd, cat(z, skip[:12]), data, Truncated, nil, 1},
		{"zstd_skippable_header_cut", Zstd, skip[:7], nil, Truncated, nil, 0},
		{"zstd_other_magic", Zstd, []byte("PK\x03\x04 and more of it"), nil, HeaderInvalid, nil, 0},
		{"zstd_magic_cut", Zstd, z[:3], nil, Truncated, nil, 0},
		{"zstd_header_cut", Zstd, z[:5], nil, Truncated, nil, 0},
		{"zstd_cut", Zstd, zs[:len(zs)-9], nil, Truncated, nil, 1},
		{"zstd_checksum_cut", Zstd, zs[:len(zs)-1], nil, Truncated, nil, 1},
		{"zstd_checksum", Zstd, with(zs, -1, 1), nil, Checksum, nil, 1},
		{"zstd_reserved_bit", Zstd, with(zs, 4, 8), nil, HeaderInvalid, nil, 0},
		{"zstd_legacy", Zstd, with(zs, 0, 0x28^0x27), nil, Unsupported, nil, 0},
		{"zstd_dictionary", Zstd, []byte("\x28\xb5\x2f\xfd\x01\x58\x07\x01\x00\x00"), nil, Dictionary, nil, 0},
		{"zstd_dictionary_zero", Zstd, []byte("\x28\xb5\x2f\xfd\x01\x58\x00\x01\x00\x00"), nil, "", nil, 1},
		{"zstd_window", Zstd, []byte("\x28\xb5\x2f\xfd\x00\x89\x01\x00\x00"), nil, Window, nil, 0},
		{"zstd_window_largest", Zstd, []byte("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"), nil, "", nil, 1},
		{"zstd_single_segment_window", Zstd, []byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40\x01\x00\x00"), nil, Window, nil, 0},
		{"zstd_content_size_low", Zstd, []byte("\x28\xb5\x2f\xfd\x20\x02\x19\x00\x00abc"), nil, Corrupt, nil, 1},
		{"zstd_content_size_high", Zstd, []byte("\x28\xb5\x2f\xfd\x20\x04\x19\x00\x00abc"), nil, Corrupt, nil, 1},
		{"zstd_content_size", Zstd, []byte("\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00abc"), []byte("abc"), "", nil, 1},
		{"zstd_content_size_unknown", Zstd, []byte("\x28\xb5\x2f\xfd\xc0\x58\xff\xff\xff\xff\xff\xff\xff\xff\x19\x00\x00abc"), []byte("abc"), "", nil, 1},
		{"zstd_content_size_huge", Zstd, []byte("\x28\xb5\x2f\xfd\xc0\x58\xfe\xff\xff\xff\xff\xff\xff\xff\x19\x00\x00abc"), nil, Corrupt, nil, 1},
		{"zstd_reserved_block", Zstd, []byte("\x28\xb5\x2f\xfd\x20\x03\x1f\x00\x00abc"), nil, Corrupt, nil, 1},
		{"zstd_huge_block", Zstd, []byte("\x28\xb5\x2f\xfd\x00\x58\x09\x00\xffabc"), nil, Corrupt, nil, 1},
		{"zstd_rle", Zstd, []byte("\x28\xb5\x2f\xfd\x20\x03\x1b\x00\x00a"), []byte("aaa"), "", nil, 1},
		{"zstd_trailing_data", Zstd, cat(z, []byte("xyz")), data, "", []Kind{TrailingData}, 1},
		{"zstd_zero_padding", Zstd, cat(z, zeros), data, "", []Kind{ZeroPadding}, 1},

		{"xz", Xz, x, data, "", nil, 1},
		{"xz_streams", Xz, cat(x, zeros[:8], xs, xs, zeros[:4]), cat(data, small, small), "", nil, 3},
		{"xz_blocks", Xz, xzip(t, data, xz.WriterConfig{BlockSize: 100_000}), data, "", nil, 1},
		{"xz_no_check", Xz, xzip(t, small, xz.WriterConfig{NoCheckSum: true}), small, "", nil, 1},
		{"xz_empty", Xz, xzip(t, nil, xz.WriterConfig{}), nil, "", nil, 1},
		{"xz_no_bytes", Xz, nil, nil, Empty, nil, 0},
		{"xz_magic_cut", Xz, x[:5], nil, Truncated, nil, 0},
		{"xz_header_cut", Xz, x[:11], nil, Truncated, nil, 0},
		{"xz_other_magic", Xz, []byte("PK\x03\x04 and more of it"), nil, HeaderInvalid, nil, 0},
		{"xz_cut", Xz, xs[:len(xs)-40], small, Truncated, nil, 1},
		{"xz_footer_cut", Xz, xs[:len(xs)-1], small, Truncated, nil, 1},
		{"xz_header_flags", Xz, with(x, 8, 1), nil, HeaderInvalid, nil, 0},
		{"xz_check_type", Xz, with(x, 7, 4^5), nil, Unsupported, nil, 0},
		{"xz_footer", Xz, with(xs, -1, 1), small, Corrupt, nil, 1},
		{"xz_zero_padding", Xz, cat(x, zeros[:6]), data, "", []Kind{ZeroPadding}, 1},
		{"xz_trailing_data", Xz, cat(x, []byte("xy")), data, "", []Kind{TrailingData}, 1},
		{"xz_filter", Xz, with(x, 12+2, 0x21^0x04), nil, Unsupported, nil, 1},
		{"xz_dictionary", Xz, with(x, 12+4, x[12+4]^32), nil, Window, nil, 1},

		{"bzip2", Bzip2, bz, hello, "", nil, 1},
		{"bzip2_streams", Bzip2, cat(bz, bn, bz), cat(hello, hello), "", nil, 1},
		{"bzip2_nothing", Bzip2, bn, nil, "", nil, 1},
		{"bzip2_no_bytes", Bzip2, nil, nil, Empty, nil, 0},
		{"bzip2_cut", Bzip2, bz[:len(bz)-1], hello, Truncated, nil, 1},
		{"bzip2_checksum", Bzip2, with(bz, 11, 1), hello, Checksum, nil, 1},
		{"bzip2_other_magic", Bzip2, []byte("PK\x03\x04 and more of it"), nil, HeaderInvalid, nil, 1},
		{"bzip2_corrupt", Bzip2, with(bz, 5, 1), nil, Corrupt, nil, 1},
		{"bzip2_trailing_byte", Bzip2, cat(bz, []byte("x")), hello, "", []Kind{TrailingData}, 1},
		{"bzip2_trailing_data", Bzip2, cat(bz, []byte("xyz")), hello, "", []Kind{TrailingData}, 1},
		{"bzip2_zero_padding", Bzip2, cat(bz, zeros), hello, "", []Kind{ZeroPadding}, 1},
		{"bzip2_one_zero", Bzip2, cat(bz, zeros[:1]), hello, "", []Kind{ZeroPadding}, 1},
	}
}

func TestDecoder(t *testing.T) {
	readers := []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"whole", func(r io.Reader) io.Reader { return r }},
		{"bytes", iotest.OneByteReader},
		{"data_with_eof", iotest.DataErrReader},
	}
	decoders := []*Decoder{NewDecoder(Options{}), NewDecoder(Options{Reference: true})}
	for _, tt := range streamTests(t) {
		for _, d := range decoders {
			for _, rd := range readers {
				if rd.name == "bytes" && len(tt.in) > 20_000 && (testing.Short() || d.opt.Reference) {
					continue
				}
				t.Run(fmt.Sprintf("%s/reader=%s/reference=%t", tt.name, rd.name, d.opt.Reference), func(t *testing.T) {
					in := bytes.NewReader(tt.in)
					got := decode(d, tt.format, rd.wrap(in))
					if k := kind(t, got.err); k != tt.kind {
						t.Errorf("got error %v, want kind %q", got.err, tt.kind)
					}
					if !bytes.Equal(got.data, tt.want) {
						t.Errorf("got %d bytes, want %d", len(got.data), len(tt.want))
					}
					if got.members != tt.members {
						t.Errorf("got %d members, want %d", got.members, tt.members)
					}
					var kinds []Kind
					for _, f := range got.faults {
						kinds = append(kinds, f.Kind)
					}
					if fmt.Sprint(kinds) != fmt.Sprint(tt.faults) {
						t.Errorf("got faults %v, want %v", got.faults, tt.faults)
					}
					if got.err == io.EOF && in.Len() > 0 {
						t.Errorf("got %d stored bytes unread at the end", in.Len())
					}
				})
			}
		}
	}
}
