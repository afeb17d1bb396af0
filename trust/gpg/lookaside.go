package gpg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/lazyregexp"
	"github.com/ocisum/ocisum/verify"
)

const (
	// maxLookaside bounds the entries of a lookaside folder that are looked
	// at, maxSignature a signature in it; package verify keeps as much.
	maxLookaside = 100_000
	maxSignature = 64 << 10
)

// lookasideFolder is how the folder of an image's signatures ends
// (containers-registries.d(5)): NAME@ALGORITHM=HEX.
var lookasideFolder = lazyregexp.New(`@[a-z0-9]+=[0-9a-f]{32,}$`)

// ReadLookaside reads the signatures of a lookaside folder, the form in which
// containers tools keep signatures apart from registries: signature-1 and so on
// in NAME@sha256=HEX. What is signed is what the signatures say; the names of
// the folders serve only to find them. Links are not followed.
//
// The objects have the name of the folder before their own.
func ReadLookaside(dir fs.FS, name string) ([]verify.Stored, error) {
	var list []verify.Stored
	entries := 0
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entries++; entries > maxLookaside {
			return fmt.Errorf("more than %d files and folders", maxLookaside)
		}
		if !d.Type().IsRegular() || !signatureName().MatchString(d.Name()) || !lookasideFolder().MatchString(path.Dir(file)) {
			return nil
		}
		if len(list) == maxMessages {
			return fmt.Errorf("more than %d signatures", maxMessages)
		}
		data, err := readSignature(dir, file)
		if err != nil {
			return fmt.Errorf("%q: %w", file, err)
		}
		list = append(list, verify.Stored{Name: name + "/" + file, SHA256: hash.DigestBytes(digest.SHA256, data), Data: data})
		return nil
	})
	if err == nil && len(list) == 0 {
		err = errors.New("no signature in it (NAME@sha256=HEX/signature-1)")
	}
	return list, err
}

func readSignature(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSignature+1))
	if err == nil && len(data) > maxSignature {
		err = fmt.Errorf("more than %d bytes", maxSignature)
	}
	return data, err
}
