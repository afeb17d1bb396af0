//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a writer of a lock file waits for another one, which
// needs milliseconds.
const patience = 5 * time.Second

// lockFolder keeps other writers away from the folder of a file until unlock
// is called. The folder, not the file: that is replaced. Where the file system
// knows no locks, a change between reading and writing can go unnoticed.
func lockFolder(path string) (unlock func(), err error) {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return func() {}, nil // writing will say why
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err = unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return func() { d.Close() }, nil
		}
		if time.Now().After(end) {
			d.Close()
			return nil, errors.New("another process holds a lock on its folder")
		}
	}
}
