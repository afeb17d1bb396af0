package pin

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	lines := strings.Split("a b c d e f g h i j k l m n o p", " ")
	old := strings.Join(lines, "\n")
	edit := func(changed ...string) string {
		text := "\n" + old + "\n"
		for _, c := range changed {
			text = strings.Replace(text, "\n"+c+"\n", "\n"+c+"!\n", 1)
		}
		return text[1 : len(text)-1]
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"equal", old, old, ""},
		{"first", old, edit("a"), "@@ -1,4 +1,4 @@\n-a\n+a!\n b\n c\n d\n"},
		{"last, no newline", old, edit("p"), "@@ -13,4 +13,4 @@\n m\n n\n o\n-p\n\\ No newline at end of file\n+p!\n\\ No newline at end of file\n"},
		{"neighbours", old, edit("e", "f"), "@@ -2,8 +2,8 @@\n b\n c\n d\n-e\n-f\n+e!\n+f!\n g\n h\n i\n"},
		{"one hunk", old, edit("d", "j"), "@@ -1,13 +1,13 @@\n a\n b\n c\n-d\n+d!\n e\n f\n g\n h\n i\n-j\n+j!\n k\n l\n m\n"},
		{"two hunks", old, edit("d", "l"), "@@ -1,7 +1,7 @@\n a\n b\n c\n-d\n+d!\n e\n f\n g\n@@ -9,7 +9,7 @@\n i\n j\n k\n-l\n+l!\n m\n n\n o\n"},
		{"one line", "x", "y", "@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n"},
		{"carriage returns", "x\r\n", "y\r\n", "@@ -1 +1 @@\n-x\r\n+y\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want != "" {
				want = "--- a/f\n+++ b/f\n" + want
			}
			if got := string(Diff("f", []byte(tt.old), []byte(tt.new))); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
