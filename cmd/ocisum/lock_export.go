package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

func lockExportCommand(w *world) *cli.Command {
	formats := exportFormats()
	return &cli.Command{
		Name:      "export",
		Usage:     "write what is approved for other tools",
		UsageText: "ocisum lock export --lock FILE --format FORMAT [--output FILE] [--compose FILE | --service NAME=IMAGE...]",
		Description: `FORMAT is one of
  imgpkg      Carvel ImagesLock, for imgpkg copy and kbld
  sha256sums  the files that images were read from, for sha256sum -c
  buildkit    source policy that adds the digest to each name, for
              EXPERIMENTAL_BUILDKIT_SOURCE_POLICY and buildctl
  compose     override file with the digests, for docker compose -f
  policy      containers-policy.json(5) that rejects all but the digests, for
              skopeo and podman
  json        everything in the lock, for programs

Entries that a format cannot say are named, and make the exit status 3; image
IDs of docker save archives, for instance, which no registry serves.

` + examples(
			"ocisum lock export --lock images.lock --format imgpkg --output .imgpkg/images.yml",
			"ocisum lock export --lock images.lock --format sha256sums | sha256sum -c",
			"ocisum lock export --lock images.lock --format compose --compose compose.yaml"),
		Flags: []cli.Flag{
			fileFlag(),
			&cli.StringFlag{Name: "format", Usage: "write `FORMAT`: " + strings.Join(formats, ", ")},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`", DefaultText: "standard output"},
			&cli.StringFlag{Name: "compose", Usage: "for compose: the services of `FILE`"},
			&cli.StringSliceFlag{Name: "service", Usage: "for compose: a service, `NAME=IMAGE`; repeatable"},
		},
		Action: func(c *cli.Context) error { return w.lockExport(c) },
	}
}

// exportFormats are those of the package, and the one that needs more than a
// lock.
func exportFormats() []string {
	list := lock.ExportFormats()
	return slices.Insert(list, slices.Index(list, "policy"), "compose")
}

// formatOf is the value of --format.
func formatOf(c *cli.Context, known []string) (string, error) {
	format := c.String("format")
	if format == "" {
		return "", usage("--format is one of "+strings.Join(known, ", "), "%s needs --format", verbOf(c))
	}
	if !slices.Contains(known, format) {
		return "", usage("the formats are "+strings.Join(known, ", "), "%s has no format %s", verbOf(c), render.Quote(format))
	}
	return format, nil
}

func (w *world) lockExport(c *cli.Context) error {
	format, err := formatOf(c, exportFormats())
	if err != nil {
		return err
	}
	if c.NArg() > 0 {
		return usage("", "lock export takes no operands")
	}
	if format != "compose" && (c.IsSet("compose") || c.IsSet("service")) {
		return usage("", "--compose and --service are for --format compose")
	}
	f, err := lockOf(c)
	if err != nil {
		return err
	}
	text, left, err := w.exported(c, f, format)
	if err != nil {
		return err
	}
	if file := c.String("output"); file == "" || file == "-" {
		_, err = w.stdout.Write(text)
		if err != nil {
			return nil // the output remembers it
		}
	} else if err := w.exportTo(file, f.path, text); err != nil {
		return err
	}
	for _, l := range left {
		w.complain("left out: "+render.Quote(l.Name)+": "+l.Reason, "")
	}
	if len(left) > 0 {
		return &status{code: report.Incomplete.ExitCode()}
	}
	return nil
}

func (w *world) exportTo(file, from string, text []byte) error {
	if err := ready([]sink{{file: file}}, []string{from}); err != nil {
		if dir := filepath.Dir(file); errors.Is(err, fs.ErrNotExist) {
			return usage("mkdir -p "+render.Quote(dir), "--output: there is no folder %s", render.Quote(dir))
		}
		return err
	}
	err := replace(file, func(out io.Writer) error {
		_, err := out.Write(text)
		return err
	})
	if err != nil {
		return &status{code: exitError, err: fmt.Errorf("write export: %w", err)}
	}
	return nil
}

func (w *world) exported(c *cli.Context, f *lockFile, format string) ([]byte, []lock.Left, error) {
	if format != "compose" {
		text, left, err := f.Export(format)
		if err != nil {
			return nil, nil, &status{code: exitError, err: err}
		}
		return text, left, nil
	}
	var services []lock.Service
	if path := c.String("compose"); path != "" {
		data, _, err := readBounded(path, lock.MaxBytes)
		if err != nil {
			return nil, nil, usage("", "--compose: %w", err)
		}
		if services, err = lock.ComposeServices(data); err != nil {
			return nil, nil, usage("", "--compose %s: %w", render.Quote(path), err)
		}
	}
	for _, s := range c.StringSlice("service") {
		name, image, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, nil, usage("--service web=registry.example/team/app:1", "--service %s: not NAME=IMAGE", render.Quote(s))
		}
		services = append(services, lock.Service{Name: name, Image: image})
	}
	if len(services) == 0 {
		return nil, nil, usage("give the services: --compose compose.yaml or --service NAME=IMAGE", "no service with an image")
	}
	text, left, err := f.Compose(services)
	if err != nil {
		return nil, nil, usage("", "%w", err)
	}
	return text, left, nil
}

func lockImportCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "take over what a file of another format approves",
		UsageText: "ocisum lock import --lock FILE --format FORMAT INPUT",
		Description: `FORMAT is one of
  imgpkg      Carvel ImagesLock
  sha256sums  output of sha256sum: whole files, with every image in them
  policy      containers-policy.json(5): the scopes with a digest that accept

A person approved what INPUT lists, so lock verify accepts it. This tool did
not verify it: the entries are marked as imported, and lock rollback refuses
them. Adding the same image with lock add replaces the mark.

` + examples("ocisum lock import --lock images.lock --format imgpkg .imgpkg/images.yml"),
		Flags: []cli.Flag{
			fileFlag(),
			&cli.StringFlag{Name: "format", Usage: "read `FORMAT`: " + strings.Join(lock.ImportFormats(), ", ")},
			timeFlag(),
		},
		Action: func(c *cli.Context) error { return w.lockImport(c) },
	}
}

func (w *world) lockImport(c *cli.Context) error {
	format, err := formatOf(c, lock.ImportFormats())
	if err != nil {
		return err
	}
	path, err := lockPath(c)
	if err != nil {
		return err
	}
	if c.NArg() != 1 {
		return usage("see ocisum lock import --help", "lock import needs one file")
	}
	when, err := w.timeOf(c)
	if err != nil {
		return err
	}
	name := c.Args().First()
	data, _, err := readBounded(name, lock.MaxBytes)
	if err != nil {
		return usage("", "%w", err)
	}
	in, left, err := lock.Import(format, data, when)
	if err != nil {
		return usage("", "%s: %w", render.Quote(name), err)
	}
	if len(in.Images)+len(in.Files) == 0 {
		return usage("", "%s approves nothing by digest", render.Quote(name))
	}
	f, err := openOrBegin(path)
	if err != nil {
		return err
	}
	images, err := f.PutAll(in.Images)
	if err != nil {
		return usage("", "%w", err)
	}
	files, err := f.PutFiles(in.Files)
	if err != nil {
		return usage("", "%w", err)
	}
	if err := w.saveLock(f, images); err != nil {
		return err
	}
	for _, change := range files {
		change.Name = "file " + render.Quote(change.Name)
		w.printChange(change, nil)
	}
	for _, l := range left {
		w.complain("left out: "+render.Quote(l.Name)+": "+l.Reason, "")
	}
	return nil
}
