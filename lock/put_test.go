package lock

import (
	"errors"
	"testing"

	"github.com/opencontainers/go-digest"
)

func TestPut(t *testing.T) {
	index := Record{Digest: dg("f"), Kind: Index, Verified: true, Platforms: []Platform{platform("linux/amd64", "a", "1"), platform("linux/arm64", "b", "2")}}
	half := index
	half.Platforms = index.Platforms[:1]
	imported := Record{Digest: dg("a"), Kind: Registry, Imported: "imgpkg"}
	for _, c := range []struct {
		name          string
		first, second Record
		what          What
		current       digest.Digest
		history       int
	}{
		{"moved", manifest("a", "1"), manifest("b", "2"), Moved, dg("b"), 1},
		{"same", manifest("a", "1"), manifest("a", "1"), Same, dg("a"), 0},
		{"index completes manifest", manifest("a", "1"), index, Completed, dg("f"), 0},
		{"manifest is in index", index, manifest("a", "1"), Same, dg("f"), 0},
		{"manifest completes image ID", imageID("1"), manifest("a", "1"), Completed, dg("a"), 0},
		{"image ID is in manifest", manifest("a", "1"), imageID("1"), Same, dg("a"), 0},
		{"image ID is in index", index, imageID("2"), Same, dg("f"), 0},
		{"other manifest with the same config", manifest("a", "1"), manifest("b", "1"), Moved, dg("b"), 1},
		{"more platforms", half, index, Updated, dg("f"), 0},
		{"fewer platforms", index, half, Same, dg("f"), 0},
		{"verified after import", imported, manifest("a", "1"), Updated, dg("a"), 0},
		{"import after verified", manifest("a", "1"), imported, Same, dg("a"), 0},
		{"index over imported manifest", imported, index, Completed, dg("f"), 0},
		{"import moves", manifest("b", "1"), imported, Moved, dg("a"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &File{}
			if got, err := f.Put("app", c.first); err != nil || got.What != Added {
				t.Fatalf("got %v, %v", got, err)
			}
			got, err := f.Put("docker.io/library/app:latest", c.second)
			if err != nil {
				t.Fatal(err)
			}
			img, _ := f.Lookup("app")
			if got.What != c.what || img.Current.Digest != c.current || got.New != c.current || len(img.History) != c.history {
				t.Errorf("got %+v, current %s, %d earlier, want %s, %s, %d", got, img.Current.Digest, len(img.History), c.what, c.current, c.history)
			}
			if _, err := f.Marshal(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPutInAnyOrder(t *testing.T) {
	at := func(r Record, path string) Record {
		r.Sources = []Source{{path, dg("0")}}
		return r
	}
	index := Record{Digest: dg("f"), Kind: Index, Verified: true, Platforms: []Platform{platform("linux/arm64", "b", "2"), platform("linux/amd64", "a", "1")}}
	half := index
	half.Platforms = index.Platforms[1:]
	type put struct {
		name string
		r    Record
	}
	all := []put{
		{"app", at(index, "all.tar")}, {"app", at(half, "half.tar")}, {"app", at(manifest("a", "1"), "amd64.tar")},
		{"app", at(imageID("1"), "docker.tar")}, {"zeta", at(manifest("c", "3"), "c.tar")},
	}
	want := ""
	var try func(done, left []put)
	try = func(done, left []put) {
		if len(left) > 0 {
			for i := range left {
				rest := append(append([]put{}, left[:i]...), left[i+1:]...)
				try(append(append([]put{}, done...), left[i]), rest)
			}
			return
		}
		f := &File{}
		for _, p := range done {
			if _, err := f.Put(p.name, p.r); err != nil {
				t.Fatal(err)
			}
		}
		got := marshal(t, f)
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
	try(nil, all)
}

func TestPutFixedName(t *testing.T) {
	f := &File{}
	name := "registry.example/x@" + string(dg("a"))
	if _, err := f.Put(name, manifest("b", "1")); !errors.Is(err, ErrFixed) {
		t.Errorf("got %v, want %v", err, ErrFixed)
	}
	if _, err := f.Put(name, manifest("a", "1")); err != nil {
		t.Error(err)
	}
}

func TestRollback(t *testing.T) {
	f := &File{}
	put := func(r Record) {
		if _, err := f.Put("app", r); err != nil {
			t.Fatal(err)
		}
	}
	put(Record{Digest: dg("e"), Kind: Registry, Imported: "imgpkg"})
	put(manifest("a", "1"))
	put(manifest("b", "2"))
	put(manifest("c", "3"))
	var refused *RollbackError
	for name, d := range map[string]digest.Digest{"app": dg("e"), "app:latest": dg("d"), "docker.io/library/app": dg("c"), "other": ""} {
		if _, err := f.Rollback(name, d); !errors.As(err, &refused) {
			t.Errorf("rollback of %s to %s: got %v, want a refusal", name, d, err)
		}
	}
	got, err := f.Rollback("app", "")
	if err != nil || got != (Change{"docker.io/library/app:latest", Moved, dg("c"), dg("b"), dg("b")}) {
		t.Fatalf("got %v, %v", got, err)
	}
	got, err = f.Rollback("app", dg("a"))
	if err != nil || got.New != dg("a") {
		t.Fatalf("got %v, %v", got, err)
	}
	img, _ := f.Lookup("app")
	var history string
	for _, r := range img.History {
		history += string(r.Digest[7])
	}
	if history != "bce" {
		t.Errorf("got history %s, want bce", history)
	}
	if _, err := f.Marshal(); err != nil {
		t.Error(err)
	}
}

// TestStepBack says when a name is moved to an image that it had before.
func TestStepBack(t *testing.T) {
	index := Record{Digest: dg("f"), Kind: Index, Verified: true, Platforms: []Platform{platform("linux/amd64", "a", "1"), platform("linux/arm64", "e", "5")}}
	for _, c := range []struct {
		name        string
		first, then Record
		want        digest.Digest
	}{
		{"the same digest", manifest("a", "1"), manifest("a", "1"), dg("a")},
		{"its image ID", manifest("a", "1"), imageID("1"), dg("a")},
		{"its manifest", imageID("1"), manifest("a", "1"), dg("1")},
		{"a platform of the index", index, manifest("e", "5"), dg("f")},
		{"another image", manifest("a", "1"), manifest("c", "3"), ""},
		{"the same config, compressed otherwise", manifest("a", "1"), manifest("c", "1"), ""},
	} {
		f := &File{}
		for i, r := range []Record{c.first, manifest("b", "2"), c.then} {
			got, err := f.Put("app", r)
			if err != nil {
				t.Fatal(err)
			}
			want := digest.Digest("")
			if i == 2 {
				want = c.want
			}
			if got.Earlier != want {
				t.Errorf("%s, %d: got %q, want %q", c.name, i, got.Earlier, want)
			}
		}
	}
}

// TestRollbackTwice goes further back, and not forth again, if the times say
// what was left behind.
func TestRollbackTwice(t *testing.T) {
	for _, c := range []struct {
		timed bool
		want  string // the current ones
	}{{true, "ba!"}, {false, "bcb"}} {
		f := &File{}
		for i, m := range []string{"a", "b", "c"} {
			r := manifest(m, m)
			if c.timed {
				r.Added = when.AddDate(0, 0, i)
			}
			if _, err := f.Put("app", r); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		for range c.want {
			change, err := f.Rollback("app", "")
			if err != nil {
				got += "!"
				continue
			}
			got += string(change.New[7])
		}
		if got != c.want {
			t.Errorf("times %v: got %s, want %s", c.timed, got, c.want)
		}
		if _, err := f.Rollback("app", dg("c")); err != nil && c.timed {
			t.Errorf("to a digest that is named: %v", err)
		}
	}
}
