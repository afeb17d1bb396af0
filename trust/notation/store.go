package notation

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// Kinds of trust stores.
const (
	storeCA        = "ca"
	storeAuthority = "signingAuthority"
	storeTSA       = "tsa" // named by policies; never read, as no time stamp is evaluated
)

const (
	// maxStoreFiles bounds the files of a named store, and maxStores the named
	// stores that are read where no policy names them.
	maxStoreFiles = 1000
	maxStores     = 200
)

// Store holds the certificates of named trust stores, by "ca:NAME".
type Store map[string][]*x509cert.Certificate

// extensions of certificate files ("Trust Store").
var extensions = []string{".pem", ".crt", ".cer"}

// ReadStore reads the named stores of a trust store directory, which has the
// directories x509/ca/NAME and x509/signingAuthority/NAME. Whatever else is in
// a named store than certificates that are CAs or self-signed is an error:
// a link, a directory, a file that cannot be read.
func ReadStore(dir fs.FS, names []string) (Store, error) {
	store := Store{}
	for _, name := range names {
		kind, base, _ := strings.Cut(name, ":")
		if kind == storeTSA {
			continue
		}
		certs, err := readNamed(dir, kind, base)
		if err != nil {
			return nil, fmt.Errorf("trust store %s: %w", name, err)
		}
		store[name] = certs
	}
	return store, nil
}

// AllStores lists the named stores that a trust store directory has, tsa ones
// excepted.
func AllStores(dir fs.FS) ([]string, error) {
	var all []string
	for _, kind := range []string{storeCA, storeAuthority} {
		entries, err := fs.ReadDir(dir, path.Join("x509", kind))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			all = append(all, kind+":"+e.Name())
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("no directory x509/ca/NAME or x509/signingAuthority/NAME")
	case len(all) > maxStores:
		return nil, fmt.Errorf("more than %d named stores", maxStores)
	}
	return all, checkStores(all)
}

func readNamed(dir fs.FS, kind, base string) ([]*x509cert.Certificate, error) {
	folder := path.Join("x509", kind, base)
	for at := folder; at != "."; at = path.Dir(at) {
		info, err := fs.Lstat(dir, at)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no folder %s", at)
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%s is no directory (links are not followed)", at)
		}
	}
	entries, err := fs.ReadDir(dir, folder)
	if err != nil {
		return nil, err
	}
	if len(entries) > maxStoreFiles {
		return nil, fmt.Errorf("more than %d files", maxStoreFiles)
	}
	var all []*x509cert.Certificate
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains(extensions, strings.ToLower(path.Ext(e.Name()))) {
			return nil, fmt.Errorf("%q is no regular file of certificates (.pem, .crt or .cer; links are not followed)", e.Name())
		}
		certs, err := readFile(dir, path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", e.Name(), err)
		}
		all = append(all, certs...)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return all, nil
}

func readFile(dir fs.FS, name string) ([]*x509cert.Certificate, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, x509cert.MaxFile+1))
	if err != nil {
		return nil, err
	}
	certs, err := x509cert.ParseFile(data)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if !c.Extensions.IsCA && (!c.SelfIssued() || c.CheckSignedBy(c) != nil) {
			return nil, fmt.Errorf("%s is neither a CA nor self-signed", c.Subject)
		}
	}
	return certs, nil
}

// has reports whether one of chain is, byte by byte, in one of the stores.
func (s Store) has(names []string, kind string, chain []*x509cert.Certificate) bool {
	for _, name := range names {
		if !strings.HasPrefix(name, kind+":") {
			continue
		}
		for _, trusted := range s[name] {
			for _, c := range chain {
				if c.Equal(trusted) {
					return true
				}
			}
		}
	}
	return false
}
