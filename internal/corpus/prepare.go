package corpus

import (
	"fmt"
	"os"
	"path/filepath"
)

// Prepare returns the path to verify. A case without steps is used where it
// lies below root; the others are copied below the folder scratch, which must
// be empty, and get their folders, pipes, sockets and links there.
func (c Case) Prepare(root, scratch string) (string, error) {
	if len(c.Setup) == 0 {
		return filepath.Join(root, filepath.FromSlash(c.Path)), nil
	}
	src := c.Path
	if c.Copy != "" {
		src = c.Copy
	}
	top := filepath.Join(scratch, filepath.Base(src))
	if err := os.CopyFS(top, os.DirFS(filepath.Join(root, filepath.FromSlash(src)))); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(src, c.Path)
	if err != nil {
		return "", err
	}
	path := filepath.Join(top, rel)
	for _, s := range c.Setup {
		if err := s.apply(path); err != nil {
			return "", fmt.Errorf("%s: %s %s: %w", c.Name, s.Op, s.Path, err)
		}
	}
	return path, nil
}

func (s Step) apply(base string) error {
	path := filepath.Join(base, filepath.FromSlash(s.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch s.Op {
	case "mkdir":
		return os.MkdirAll(path, 0o755)
	case "symlink":
		return os.Symlink(s.Target, path)
	case "mkfifo":
		return mkfifo(path)
	case "socket":
		return mksocket(path)
	}
	return fmt.Errorf("unknown step")
}
