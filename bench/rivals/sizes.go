package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocisum/ocisum/internal/measure/sample"
)

// parseSizes reads a list of MiB.
func parseSizes(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var sizes []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-sizes: %q is no number of MiB", word)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// sizeContests show what size costs: the command verifies images of each format
// that differ in nothing else.
func sizeContests(opt options) ([]contest, error) {
	var all []contest
	for _, format := range sample.Formats() {
		c := contest{
			title: fmt.Sprintf("verify %s by size", format),
			note:  "8 layers; MB/s are of the file or folder, and *ours* is the first row.",
		}
		if !opt.only.MatchString(c.title) || opt.ocisum == "" {
			continue
		}
		for _, mib := range opt.sizes {
			path, err := job{format: format, name: fmt.Sprintf("%s-%d", format, mib), layers: 8, size: mib << 20}.image(opt)
			if err != nil {
				return nil, err
			}
			size, err := sizeOf(path)
			if err != nil {
				return nil, err
			}
			for _, e := range program(fmt.Sprintf("%d MiB", mib), opt.ocisum, "verify", "-q", path) {
				e.bytes = size
				c.entrants = append(c.entrants, e)
			}
		}
		if len(c.entrants) > 0 {
			all = append(all, c)
		}
	}
	return all, nil
}
