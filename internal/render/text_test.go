package render

import (
	"strings"
	"testing"
)

func TestEscapeAndQuote(t *testing.T) {
	tests := []struct{ name, in, escaped, quoted string }{
		{"plain", "alpine:3.20", "alpine:3.20", "alpine:3.20"},
		{"empty", "", "", `""`},
		{"space", "a b", "a b", `"a b"`},
		{"quotes", `a"b`, `a"b`, `"a\"b"`},
		{"backslash", `a\x1b`, `a\x1b`, `"a\\x1b"`},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`, `"\x1b[31mred"`},
		{"line breaks", "a\r\n\tb", `a\r\n\tb`, `"a\r\n\tb"`},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`, `"\x00\x7f"`},
		{"C1", "\u0085\u009b", `\u0085\u009b`, `"\u0085\u009b"`},
		{"C1 as a raw byte", "a\x9b", `a\x9b`, `"a\x9b"`},
		{"bidi", "\u202e\u2066\u200e\u200f\u061c", `\u202e\u2066\u200e\u200f\u061c`, `"\u202e\u2066\u200e\u200f\u061c"`},
		{"zero width", "\u200b\u200d\u2060\ufeff", `\u200b\u200d\u2060\ufeff`, `"\u200b\u200d\u2060\ufeff"`},
		{"invisible letters", "\u3164\u115f\u2800\ufe0f", `\u3164\u115f\u2800\ufe0f`, `"\u3164\u115f\u2800\ufe0f"`},
		{"other spaces", "\u00a0\u3000\u2028", `\u00a0\u3000\u2028`, `"\u00a0\u3000\u2028"`},
		{"tag characters", "\U000e0041", `\U000e0041`, `"\U000e0041"`},
		{"broken UTF-8", "a\xff\xc3", `a\xff\xc3`, `"a\xff\xc3"`},
		{"encoded U+FFFD", "\ufffd", "\ufffd", "\ufffd"},
		{"letters", "größe", "größe", "größe"},
		{"wide", "日本語", "日本語", "日本語"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Escape(tt.in); got != tt.escaped {
				t.Errorf("Escape: got %s, want %s", got, tt.escaped)
			}
			if got := Quote(tt.in); got != tt.quoted {
				t.Errorf("Quote: got %s, want %s", got, tt.quoted)
			}
		})
	}
}

func TestLongStringsAreCut(t *testing.T) {
	in := strings.Repeat("é", maxText) // two bytes each
	want := strings.Repeat("é", maxText/2) + "...(+4096 bytes)"
	if got := Escape(in); got != want {
		t.Errorf("got %d bytes ending in %q, want %d", len(got), got[len(got)-20:], len(want))
	}
	if got := Quote("a" + in); !strings.HasSuffix(got, "é...(+4098 bytes)") {
		t.Errorf("got %q at the end", got[len(got)-20:])
	}
}

func TestSize(t *testing.T) {
	for _, tt := range []struct {
		n    int64
		want string
	}{
		{-1, "-"}, {0, "0B"}, {999, "999B"}, {1000, "1kB"}, {1499, "1.5kB"}, {999_499, "999kB"}, {999_500, "1MB"},
		{3_630_000, "3.63MB"}, {123_456_789, "123MB"}, {1 << 40, "1.1TB"}, {1<<63 - 1, "9.22EB"},
	} {
		if got := Size(tt.n); got != tt.want {
			t.Errorf("Size(%d): got %s, want %s", tt.n, got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		in   string
		max  int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc..."}, {"日本語日本語", 9, "日本語..."}, {"日本語日本語", 10, "日本語..."}, {"日本語", 6, "日本語"},
	} {
		if got := Shorten(tt.in, tt.max); got != tt.want {
			t.Errorf("Shorten(%q, %d): got %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for doc, want := range map[string]bool{
		"{\n\t\"a\": 1\n}\n": true, "": true, "\n": true, "{\"a\":\"\x7f\"}": false, "\"\u202e\"": false, "a\rb": false, "\xff": false, "x\n\x1b": false,
	} {
		if got := Plain([]byte(doc)); got != want {
			t.Errorf("Plain(%q): got %v, want %v", doc, got, want)
		}
	}
}
