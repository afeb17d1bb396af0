package offline

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestReportsAreDeterministic runs the command in many surroundings. The bytes
// of its report depend on its input alone.
func TestReportsAreDeterministic(t *testing.T) {
	runs := map[string]int{"json": 100, "jsonl": 30, "table": 30}
	if testing.Short() {
		runs = map[string]int{"json": 15}
	}
	set := files(300_000)
	set["layout"] = set["flipped.tar"]
	dir := write(t, set)
	elsewhere := t.TempDir()
	cpus := []string{"1", "2", "8"}
	zones := []string{"UTC", "Asia/Kathmandu", "America/St_Johns", ":/nowhere"}
	locales := []string{"C", "de_DE.UTF-8", "tr_TR.UTF-8", "ja_JP.SJIS"}
	for format, runs := range runs {
		for name := range set {
			path := filepath.Join(dir, name)
			var want result
			for i := range runs / len(set) {
				cmd := exec.Command(ocisum(t), "verify", "-o", format, "-j", strconv.Itoa(i%4), path)
				cmd.Env = append(os.Environ(), "GOMAXPROCS="+cpus[i%3], "TZ="+zones[i%4], "LANG="+locales[i%4], "LC_ALL="+locales[i/2%4])
				if i%2 == 1 {
					cmd.Dir = elsewhere
				}
				r := finish(t, cmd)
				if i == 0 {
					want = r
				} else if r.exit != want.exit || !bytes.Equal(r.stdout, want.stdout) {
					t.Errorf("%s as %s, run %d: got exit %d, %s, want %d, %s", name, format, i, r.exit, r.stdout, want.exit, want.stdout)
				}
			}
			if want.exit != 0 && want.exit != 1 || len(want.stdout) == 0 {
				t.Errorf("%s as %s: got exit %d without a judgement: %s", name, format, want.exit, want.stderr)
			}
		}
	}
}
