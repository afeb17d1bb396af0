// Command vectors writes every test vector in plain form, for other tools: as
// a folder where a folder can hold it and as a tar, and what a verifier has to
// say about it in cases.jsonl.
//
//	go run ./internal/testimage/vectors testdata/vectors OUT
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ocisum/ocisum/internal/testimage"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: vectors DIR OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	vectors, err := testimage.LoadVectors(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	list, err := os.Create(filepath.Join(out, "cases.jsonl"))
	if err != nil {
		return err
	}
	enc := json.NewEncoder(list)
	for _, v := range vectors {
		path := filepath.Join(out, v.Name)
		err := os.WriteFile(path+".tar", v.Tar(), 0o644)
		if slices.Contains(v.Forms, "folder") {
			err = errors.Join(err, os.Mkdir(path, 0o755), v.Tree.Folder(path))
		}
		err = errors.Join(err, enc.Encode(struct {
			Name, Comment, Verdict string
			Expect                 []string
			Strict, AllPlatforms   bool
			Pin, Platform          string
		}{v.Name, v.Comment, v.Verdict, v.Expect, v.Strict, v.AllPlatforms, v.Pin, v.Platform}))
		if err != nil {
			return errors.Join(err, list.Close())
		}
	}
	return list.Close()
}
