package decompress

import "testing"

func TestDetect(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want Format
	}{
		{"nothing", "", None},
		{"gzip", "\x1f\x8b\x08\x00", Gzip},
		{"gzip_other_method", "\x1f\x8b\x00", Gzip},
		{"gzip_half", "\x1f", None},
		{"zstd", "\x28\xb5\x2f\xfd\x04", Zstd},
		{"zstd_half", "\x28\xb5\x2f", None},
		{"zstd_skippable_first", "\x50\x2a\x4d\x18\x00", Zstd},
		{"zstd_skippable_last", "\x5f\x2a\x4d\x18\x00", Zstd},
		{"zstd_not_skippable", "\x60\x2a\x4d\x18\x00", None},
		{"zstd_0.1", "\x1e\xb5\x2f\xfd", Zstd},
		{"zstd_0.7", "\x27\xb5\x2f\xfd", Zstd},
		{"zstd_none_between", "\x21\xb5\x2f\xfd", None},
		{"xz", "\xfd7zXZ\x00\x00\x04", Xz},
		{"xz_half", "\xfd7zXZ", None},
		{"bzip2", "BZh91AY&SY\x00", Bzip2},
		{"bzip2_empty", "BZh1\x17\x72\x45\x38\x50\x90", Bzip2},
		{"bzip2_short", "BZh91A", Bzip2},
		{"bzip2_text", "BZh9 is how a text may begin", None},
		{"bzip2_level", "BZh01AY&SY", None},
		{"tar", "./\x00\x00\x00\x00\x00\x00\x00\x00", None},
		{"json", `{"schemaVersion":2}`, None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Detect([]byte(tt.in)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFormatString(t *testing.T) {
	for f, want := range map[Format]string{None: "none", Gzip: "gzip", Zstd: "zstd", Xz: "xz", Bzip2: "bzip2", 99: "unknown"} {
		if got := f.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
