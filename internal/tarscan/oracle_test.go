//go:build unix

package tarscan

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Long and foreign names in all places, links, folders: what makes writers
// reach for their extensions.
func tree(t *testing.T) string {
	root := t.TempDir()
	dir := strings.Repeat("folder-", 15)
	long := strings.Repeat("n", 120)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir + "/" + dir + "/" + dir, "plain/" + strings.Repeat("d", 94), "\u00e9/\u00fc"} {
		must(os.MkdirAll(filepath.Join(root, d), 0o755))
	}
	for i, f := range []string{
		"plain/a", "plain/" + strings.Repeat("g", 93), "plain/" + strings.Repeat("g", 94), "plain/" + strings.Repeat("g", 95), "plain/" + long,
		dir + "/" + dir + "/" + dir + "/" + long, dir + "/short", "\u00e9/\u00fc/f\u00efle", "\u00e9/" + strings.Repeat("\u00e9", 80), "plain/bad\xff\xfe", "plain/new\nline",
	} {
		must(os.WriteFile(filepath.Join(root, f), []byte(f), 0o600))
		must(os.Link(filepath.Join(root, f), filepath.Join(root, fmt.Sprintf("hard-%d", i))))
	}
	must(os.Symlink("../a", filepath.Join(root, "plain/s")))
	must(os.Symlink(dir+"/"+dir+"/"+dir+"/"+long, filepath.Join(root, "long")))
	must(os.Symlink("\u00e9/"+strings.Repeat("\u00e9", 80), filepath.Join(root, "foreign")))
	return root
}

// TestOtherWritersHaveNoFaults asks the tar programs that are installed.
func TestOtherWritersHaveNoFaults(t *testing.T) {
	root := tree(t)
	python := "import sys,tarfile\nt=tarfile.open(sys.argv[2],'w',format=int(sys.argv[1]))\nt.add('.')\nt.close()"
	for _, command := range []string{
		"tar --format=gnu -cf", "tar --format=oldgnu -cf", "tar --format=posix -cf", "tar --format=ustar -cf", "tar --format=v7 -cf", "tar --format=gnu -V label -cf",
		"bsdtar --format=pax -cf", "bsdtar --format=gnutar -cf", "bsdtar --format=ustar -cf", "bsdtar --format=v7 -cf",
		"busybox tar -cf", "python3 0", "python3 1", "python3 2",
	} {
		args := strings.Fields(command)
		if _, err := exec.LookPath(args[0]); err != nil {
			t.Logf("%s is not here", args[0])
			continue
		}
		out := filepath.Join(t.TempDir(), "out.tar")
		if args[0] == "python3" {
			args = []string{"python3", "-c", python, args[1], out}
		} else {
			args = append(args, out, ".")
		}
		for _, locale := range []string{"C", "C.UTF-8"} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "LC_ALL="+locale)
			// A format that cannot hold a name makes the program complain and
			// leave it out: what it did write counts.
			message, err := cmd.CombinedOutput()
			data, readErr := os.ReadFile(out)
			if readErr != nil || len(data) == 0 {
				t.Logf("%s wrote nothing: %v %s", command, err, message)
				continue
			}
			all, sum := scan(t, data, Options{})
			if len(all) < 10 && err == nil {
				t.Errorf("%s in %s: got %d entries, want more", command, locale, len(all))
			}
			// Python stops in the middle of a name that ustar cannot hold.
			if got := kinds(sum); got != "" && !(err != nil && got == string(NoEnd)) {
				t.Errorf("%s in %s: got %+v, want no fault", command, locale, sum.Faults)
			}
			compareWithGo(t, data, all, sum)
		}
	}
}
