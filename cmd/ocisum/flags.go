package main

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/verify"
)

const limitCategory = "Limits (a size like 64MiB, 16g or 1000000; none lifts a limit):"

// limits is the table of limit flags.
func limits() []limit {
	bytes := func(name, usage string, field func(*verify.Limits) *int64) limit {
		return limit{name, usage, true, func(l *verify.Limits, n int64) { *field(l) = n }, func(l verify.Limits) int64 { return *field(&l) }}
	}
	count := func(name, usage string, field func(*verify.Limits) *int) limit {
		return limit{name, usage, false, func(l *verify.Limits, n int64) { *field(l) = int(n) }, func(l verify.Limits) int64 { return int64(*field(&l)) }}
	}
	nameBytes := count("max-name-bytes", "names in the archive of at most `SIZE`", func(l *verify.Limits) *int { return &l.NameBytes })
	nameBytes.bytes = true
	ratio := bytes("max-layer-ratio", "... or `N` times their stored size, whichever is larger", func(l *verify.Limits) *int64 { return &l.LayerRatio })
	ratio.bytes = false
	return []limit{
		bytes("max-json-bytes", "documents of at most `SIZE`", func(l *verify.Limits) *int64 { return &l.JSONBytes }),
		count("max-json-depth", "documents nested at most `N` deep", func(l *verify.Limits) *int { return &l.JSONDepth }),
		count("max-json-tokens", "documents of at most `N` tokens", func(l *verify.Limits) *int { return &l.JSONTokens }),
		count("max-descriptors", "documents of at most `N` descriptors", func(l *verify.Limits) *int { return &l.Descriptors }),
		count("max-graph-depth", "indexes nested at most `N` deep", func(l *verify.Limits) *int { return &l.GraphDepth }),
		count("max-graph-nodes", "at most `N` objects named by documents", func(l *verify.Limits) *int { return &l.GraphNodes }),
		count("max-members", "at most `N` objects in the input", func(l *verify.Limits) *int { return &l.Members }),
		bytes("max-pax-bytes", "extended headers of the archive of at most `SIZE`", func(l *verify.Limits) *int64 { return &l.PAXBytes }),
		nameBytes,
		count("max-link-hops", "at most `N` links from a name to its bytes", func(l *verify.Limits) *int { return &l.LinkHops }),
		bytes("max-window", "decompression windows of at most `SIZE`, all workers together", func(l *verify.Limits) *int64 { return &l.Window }),
		bytes("max-layer-bytes", "layers of at most `SIZE` decompressed ...", func(l *verify.Limits) *int64 { return &l.LayerBytes }),
		ratio,
		bytes("max-total-bytes", "at most `SIZE` decompressed in the run", func(l *verify.Limits) *int64 { return &l.TotalBytes }),
		count("max-findings", "at most `N` findings listed, the rest counted", func(l *verify.Limits) *int { return &l.Findings }),
		bytes("max-stream-documents", "at most `SIZE` of documents kept from a stream", func(l *verify.Limits) *int64 { return &l.StreamDocuments }),
	}
}

// limit is one bound of verify.Limits and its flag.
type limit struct {
	name, usage string
	bytes       bool // a size, not a count
	set         func(*verify.Limits, int64)
	get         func(verify.Limits) int64
}

func limitFlags() []cli.Flag {
	var flags []cli.Flag
	defaults := verify.DefaultLimits()
	for _, l := range limits() {
		value := &amount{n: l.get(defaults), bytes: l.bytes}
		flags = append(flags, &cli.GenericFlag{Name: l.name, Usage: l.usage, Value: value, Category: limitCategory})
	}
	return flags
}

// setLimits returns the limits that were given on the command line.
func setLimits(c *cli.Context) verify.Limits {
	var set verify.Limits
	for _, l := range limits() {
		if a, ok := c.Generic(l.name).(*amount); ok && c.IsSet(l.name) {
			l.set(&set, a.n)
		}
	}
	return set
}

// amount is the value of a limit flag: positive, or -1 for none.
type amount struct {
	n     int64
	bytes bool
}

// Set implements cli.Generic.
func (a *amount) Set(s string) error {
	if s == "none" {
		a.n = -1
		return nil
	}
	n, err := parseAmount(s, a.bytes)
	if err != nil {
		return err
	}
	a.n = n
	return nil
}

// String implements cli.Generic; it is the default in the help text.
func (a *amount) String() string {
	if a.n < 0 {
		return "none"
	}
	for _, unit := range []struct {
		shift int
		name  string
	}{{40, "TiB"}, {30, "GiB"}, {20, "MiB"}, {10, "KiB"}} {
		if n := a.n >> unit.shift; a.bytes && n > 0 && n<<unit.shift == a.n {
			return strconv.FormatInt(n, 10) + unit.name
		}
	}
	return strconv.FormatInt(a.n, 10)
}

// parseAmount reads a positive number, for sizes with a unit: K, M, G and T,
// alone or as KiB and so on, are powers of 1024; KB, MB, GB and TB powers of
// 1000.
func parseAmount(s string, bytes bool) (int64, error) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil {
		return 0, errors.New("not a whole number")
	}
	factor := int64(1)
	if unit := strings.ToLower(s[digits:]); unit != "" {
		f, ok := map[string]int64{
			"b": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1e3, "m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
			"g": 1 << 30, "gib": 1 << 30, "gb": 1e9, "t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
		}[unit]
		if !ok || !bytes {
			return 0, errors.New("no such unit")
		}
		factor = f
	}
	if n < 1 {
		return 0, errors.New(`must be positive, or "none"`)
	}
	if n > math.MaxInt64/factor {
		return 0, errors.New("too large")
	}
	return n * factor, nil
}

// contentLimits bound the reading of layers and its findings, which verbs that
// read documents only do not have.
var contentLimits = []string{"max-layer-bytes", "max-layer-ratio", "max-total-bytes", "max-findings"}

// documentFlags are common to the verbs that read documents only.
func documentFlags() []cli.Flag {
	return slices.DeleteFunc(sourceFlags(), func(f cli.Flag) bool {
		return slices.Contains(contentLimits, f.Names()[0])
	})
}

// sourceFlags are common to all verbs that read images.
func sourceFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "platform", Usage: "only images for `OS/ARCH[/VARIANT]`, which must be there"},
		&cli.BoolFlag{Name: "follow-links", Usage: "follow symbolic links that stay inside of a layout folder"},
		&cli.BoolFlag{Name: "file-digest", Usage: "give the digest of the file itself, also where that costs a second hash"},
		sandboxFlag(),
	}, limitFlags()...)
}

// sourceOptions reads sourceFlags.
func sourceOptions(c *cli.Context) verify.Options {
	return verify.Options{
		Platform:    c.String("platform"),
		FollowLinks: c.Bool("follow-links"),
		FileDigest:  c.Bool("file-digest"),
		Limits:      setLimits(c),
	}
}

// parseDigests reads the values of a flag that takes digests.
func parseDigests(flag string, values []string) ([]digest.Digest, error) {
	var all []digest.Digest
	for _, v := range values {
		d, err := hash.Parse(v)
		if err != nil {
			return nil, usage("a digest is sha256: and 64 lower-case hexadecimal digits", "%s: %w", flag, err)
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all, nil
}

// jobs checks the number of workers.
func jobs(c *cli.Context) (int, error) {
	n := c.Int("jobs")
	if n < 0 || n > 1024 {
		return 0, usage("", "--jobs: %d is not between 0 (one for each CPU) and 1024", n)
	}
	return n, nil
}

// sorted returns s in order.
func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// examples formats the examples of a help text.
func examples(lines ...string) string {
	return "Examples:\n  " + strings.Join(lines, "\n  ")
}

// atLeastOne is the usage error of a verb that needs operands.
func atLeastOne(c *cli.Context) error {
	if c.NArg() > 0 {
		return nil
	}
	return usage("see ocisum "+verbOf(c)+" --help", "%s needs at least one image, or - for standard input", verbOf(c))
}
