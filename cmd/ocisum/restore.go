package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/opencontainers/go-digest"
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/internal/recompress"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// restoreSchema names the shape of the JSON of restore.
const restoreSchema = "ocisum.restore/v1"

func restoreCommand(w *world) *cli.Command {
	formats := []string{"table", "json"}
	return &cli.Command{
		Name:      "restore",
		Usage:     "rebuild what a registry holds from docker save and the manifest",
		UsageText: "ocisum restore [OPTIONS] --evidence PATH --dir FOLDER REF",
		Description: `The archive is verified first. Then the compressor is looked for whose output
has the digests that the manifest gives for the layers, and an OCI layout is
written with the very blobs, the config and the manifest that were pushed. What
was written is verified; if anything in it is wrong, nothing is left. A signature
made in the registry then holds again.

A layer that no known compressor makes ends it with exit code 3: verify
--evidence still proves such an archive. Give the approved digest as REF@DIGEST,
or else anybody may have written the manifest.

` + examples(
			"ocisum restore --evidence manifest.json --dir layout alpine.tar@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
			"ocisum restore --evidence evidence/ --dir layout app.tar",
			"ocisum verify --key cosign.pub layout"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "dir", Aliases: []string{"d"}, Usage: "write the layout to `FOLDER`, which must not exist or be empty"},
			&cli.StringSliceFlag{Name: "evidence", Usage: "`FILE` or folder with the raw manifest, and the index above it if there is one; repeatable", DefaultText: ".evidence/ of the archive"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: formats[0], Usage: "write `FORMAT`: " + strings.Join(formats, " or ")},
		}, sourceFlags()...),
		Action: func(c *cli.Context) error {
			req, err := restoreRequestOf(c, formats)
			if err != nil {
				return err
			}
			return w.restore(c.Context, req)
		},
	}
}

// restoreRequest is what the command line asked for.
type restoreRequest struct {
	in       input
	dir      string
	evidence []verify.Evidence
	format   string
	free     bool // no sandbox
}

func restoreRequestOf(c *cli.Context, formats []string) (restoreRequest, error) {
	req := restoreRequest{dir: c.String("dir"), format: c.String("output"), free: c.Bool("no-sandbox")}
	switch {
	case c.NArg() != 1:
		return req, usage("see ocisum restore --help", "restore needs one archive")
	case req.dir == "":
		return req, usage("restore --dir FOLDER", "restore needs the folder that the layout is written to")
	case req.format != formats[0] && req.format != formats[1]:
		return req, usage("the formats are "+strings.Join(formats, ", "), "restore has no output format %s", render.Quote(req.format))
	}
	opt := sourceOptions(c)
	opt.Tool = reportTool()
	var err error
	if req.evidence, err = evidenceOf(c); err != nil {
		return req, err
	}
	opt.Evidence = req.evidence
	inputs, err := parseInputs(c.Args().Slice(), opt)
	if err != nil {
		return req, err
	}
	req.in = inputs[0]
	if req.in.stdin {
		return req, usage(seekHint, "restore: %s", notTwice)
	}
	if isFolder(req.in.path) && within(req.dir, req.in.path) {
		return req, usage("", "--dir: %s is in the input, to which nothing is written", render.Quote(req.dir))
	}
	return req, nil
}

// within reports whether path is in a folder, or it, with links followed as far
// as path exists.
func within(path, folder string) bool {
	real := func(p string) string {
		p, _ = filepath.Abs(p)
		rest := ""
		for {
			if q, err := filepath.EvalSymlinks(p); err == nil {
				return filepath.Join(q, rest)
			}
			parent := filepath.Dir(p)
			if parent == p {
				return filepath.Join(p, rest)
			}
			p, rest = parent, filepath.Join(filepath.Base(p), rest)
		}
	}
	rel, err := filepath.Rel(real(folder), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// restore verifies, writes, and verifies what it wrote. On every way out but
// success the folder is as it was.
func (w *world) restore(ctx context.Context, req restoreRequest) (err error) {
	// Folders cannot be made in the sandbox.
	writing.Lock() // a second signal waits until nothing is left
	defer writing.Unlock()
	store, err := recompress.Create(req.dir)
	if err != nil {
		return usage("give a folder that does not exist, or is empty", "--dir: %w", err)
	}
	done := false
	defer func() {
		if done {
			return
		}
		if undo := store.Remove(); undo != nil {
			w.complain("take back what was written: "+undo.Error(), "")
		}
	}()
	inputs := []input{req.in}
	w.confine(req.free, inputs, nil, req.dir)
	req.in = inputs[0]

	rep, docs, err := w.examine(ctx, req)
	if err != nil {
		return err
	}
	root := rootOf(docs, req.in.opt.Pin)
	plans, err := plansOf(rep, docs, root)
	if err != nil {
		return err
	}
	images, kept, err := rebuild(ctx, req.in, rep, plans, docs, store)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	after, err := inspectRestored(ctx, req, plans)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	if after.Verdict != report.Verified {
		return &status{code: after.Verdict.ExitCode(), err: fmt.Errorf("what was written is %s%s, and was removed", after.Verdict, firstCode(after))}
	}
	r := restored{
		Schema: restoreSchema, Tool: fullTool(req.in.opt.Tool), Path: req.in.path, Dir: req.dir, Verdict: after.Verdict,
		Approved: root, Images: images, Kept: kept,
	}
	var names []string
	for _, img := range images {
		for _, l := range img.Layers {
			names = append(names, l.By)
		}
	}
	r.Compressors = recompress.Used(names)
	if err := r.show(w.stdout, req.format); err != nil {
		w.stdout.err = nil // it is in err
		return &status{code: exitError, err: fmt.Errorf("write standard output: %w", reason(err))}
	}
	done = true
	return store.Close()
}

// examine verifies the archive, and collects the evidence.
func (w *world) examine(ctx context.Context, req restoreRequest) (*report.Report, []evidence.Document, error) {
	var inside evidence.Collector
	req.in.opt.Vouchers = []verify.Voucher{&inside}
	result := &render.Result{Tool: fullTool(req.in.opt.Tool)}
	j := &judge{world: w, progress: noProgress, result: result}
	j.all(ctx, []input{req.in}, false)
	if code := exitCode(ctx, result); code != exitOK {
		w.complaints(result, "restore")
		if in := result.Inputs[0]; in.Err == nil {
			return nil, nil, &status{code, fmt.Errorf("%s: %s%s: nothing is restored of it", in.Path, in.Report.Verdict, firstCode(in.Report)), "ocisum verify says what is wrong"}
		}
		return nil, nil, &status{code: code}
	}
	docs := evidence.Sort(req.evidence)
	if len(docs) == 0 {
		docs = inside.Documents
	}
	return result.Inputs[0].Report, docs, nil
}

// rootOf is the pin, if that is the digest of a manifest or an index. That of a
// config approves of what is in the image, and of no manifest.
func rootOf(docs []evidence.Document, pin digest.Digest) digest.Digest {
	for _, d := range docs {
		if d.Digest == pin {
			return pin
		}
	}
	return ""
}

// plansOf finds the manifests that are about the archive.
func plansOf(rep *report.Report, docs []evidence.Document, root digest.Digest) ([]recompress.Plan, error) {
	plans, err := recompress.Match(rep, docs, root, oci.DefaultLimits())
	switch {
	case errors.Is(err, recompress.ErrNoManifest):
		return nil, usage("--evidence FILE: the manifest as the registry serves it, byte for byte", "%w", err)
	case err != nil:
		return nil, &status{report.Denied.ExitCode(), err, "the manifest is that of another image"}
	}
	return plans, nil
}

// rebuild writes the layout, index.json last.
func rebuild(ctx context.Context, in input, rep *report.Report, plans []recompress.Plan, docs []evidence.Document, store *recompress.Store) (_ []recompress.Restored, kept []digest.Digest, err error) {
	src, err := recompress.Open(ctx, in.path, in.opt)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	images, err := recompress.Restore(ctx, src, rep, plans, store)
	var not *recompress.NotReproducedError
	if errors.As(err, &not) {
		return nil, nil, &status{report.Incomplete.ExitCode(), err, "another compressor made it; ocisum verify --evidence proves the archive without"}
	}
	if err != nil {
		return nil, nil, err
	}
	for _, d := range recompress.Others(docs) {
		b, err := store.PutBytes(ctx, d.Data)
		if err != nil {
			return nil, nil, err
		}
		kept = append(kept, b.Digest)
	}
	return images, kept, store.Finish(recompress.Entries(plans))
}

// inspectRestored verifies what was written, by nothing but its bytes.
func inspectRestored(ctx context.Context, req restoreRequest, plans []recompress.Plan) (*report.Report, error) {
	opt := verify.Options{Path: req.dir, Format: verify.OCILayout, Limits: req.in.opt.Limits, Jobs: req.in.opt.Jobs, Tool: req.in.opt.Tool}
	for _, p := range plans {
		opt.Expect = append(opt.Expect, p.Digest())
	}
	return verify.Path(ctx, req.dir, opt)
}

// interruptedOr is err, or that the run was interrupted.
func interruptedOr(ctx context.Context, err error) error {
	var sig interruption
	if errors.As(context.Cause(ctx), &sig) {
		return &status{code: sig.exitCode(), err: sig}
	}
	return err
}

// restored is what restore says.
type restored struct {
	Schema  string         `json:"schema"`
	Tool    report.Tool    `json:"tool"`
	Path    string         `json:"path"`
	Dir     string         `json:"dir"`
	Verdict report.Verdict `json:"verdict"` // of the layout that was written
	// Approved is the digest that the user gave, of an index or a manifest.
	// Without one, nobody vouches for the manifest.
	Approved digest.Digest         `json:"approved,omitempty"`
	Images   []recompress.Restored `json:"images"`
	// Compressors are those that made layers, and what they are.
	Compressors []recompress.Compressor `json:"compressors"`
	Kept        []digest.Digest         `json:"kept"` // other evidence in the layout, such as signatures
}

func (r restored) show(out io.Writer, format string) error {
	if format == "json" {
		return render.WriteJSON(out, r)
	}
	var b strings.Builder
	for _, img := range r.Images {
		fmt.Fprintf(&b, "manifest  %s\n", img.Digest)
		for _, x := range img.Indexes {
			fmt.Fprintf(&b, "index     %s\n", x)
		}
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "config    %s\t\tstored\n", img.Config)
		for _, l := range img.Layers {
			fmt.Fprintf(t, "layer     %s\t%d\t%s\n", l.Digest, l.Size, l.By)
		}
		t.Flush()
	}
	for _, d := range r.Kept {
		fmt.Fprintf(&b, "evidence  %s\n", d)
	}
	by := "nobody outside vouches for the manifest"
	if r.Approved != "" {
		by = "approved as " + string(r.Approved)
	}
	fmt.Fprintf(&b, "restored and verified: %s; %s\n", render.Quote(r.Dir), by)
	_, err := io.WriteString(out, b.String())
	return err
}
