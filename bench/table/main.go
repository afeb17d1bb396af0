// Command table turns the output of the benchmarks of folder bench into tables:
//
//	go test -run '^$' -bench . -count 5 ./bench | go run ./bench/table [-doc FILE]
//
// Of several samples the median counts. With -doc the tables become the part
// "bench" of a Markdown file.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ocisum/ocisum/bench/page"
)

func main() {
	doc := flag.String("doc", "", "write the tables into this `file`")
	command := flag.String("command", "make bench", "the `command` that this is part of")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, os.Stderr, *doc, *command); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

// run reads benchmark lines, which it repeats on progress, and writes tables.
func run(in io.Reader, out, progress io.Writer, doc, command string) error {
	facts := page.Facts(command)
	var all results
	failed := false
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		fmt.Fprintln(progress, lines.Text())
		failed = failed || lines.Text() == "FAIL"
		all.add(lines.Text())
	}
	switch {
	case lines.Err() != nil:
		return lines.Err()
	case failed:
		return fmt.Errorf("the benchmarks failed")
	case len(all) == 0:
		return fmt.Errorf("no benchmark among the input")
	}
	tables := all.tables()
	if doc != "" {
		if err := page.Replace(doc, "bench", page.Join(facts, tables, page.Table.Markdown)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, page.Join(facts, tables, page.Table.Text))
	return err
}
