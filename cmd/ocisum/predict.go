package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/ocisum/ocisum/internal/recompress"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

// predictSchema names the shape of the JSON of digest --predict.
const predictSchema = "ocisum.predict/v1"

// predicted is what is foretold of one input.
type predicted struct {
	Path    string                `json:"path"`
	Verdict report.Verdict        `json:"verdict"` // of the archive as it is
	Images  []recompress.Forecast `json:"images"`
}

const (
	seekHint      = "write it to a file first"
	notTwice      = "standard input can be read only once, and layers are read after the documents that name them"
	nothingToSay  = "there is no image of docker save in it"
	predictHint   = "ocisum digest shows the digest of the manifest that is there"
	predictNotice = "predicted, not proven: each digest holds if what is assumed of the tool is so"
)

// predict verifies the operands, and says what tools would push of them.
func (w *world) predict(ctx context.Context, l listing) error {
	l.opt.Tool, l.opt.Documents = reportTool(), false
	inputs, err := parseInputs(l.operands, l.opt)
	if err != nil {
		return err
	}
	for _, in := range inputs {
		if in.stdin {
			return usage(seekHint, "--predict: %s", notTwice)
		}
	}
	w.confine(l.free, inputs, nil)
	result := &render.Result{Tool: fullTool(inputs[0].opt.Tool), Several: len(inputs) > 1}
	j := &judge{world: w, progress: noProgress, result: result}
	j.all(ctx, inputs, false)
	list := []predicted{}
	code := exitCode(ctx, result)
	for i, in := range result.Inputs {
		if in.Report == nil || in.Err != nil {
			continue
		}
		if in.Report.Verdict != report.Verified {
			w.complain(fmt.Sprintf("%s: %s%s: nothing is predicted of it", in.Path, in.Report.Verdict, firstCode(in.Report)), "ocisum verify says what is wrong")
			continue
		}
		images, err := forecast(ctx, inputs[i], in.Report)
		var sig interruption
		switch {
		case errors.As(context.Cause(ctx), &sig):
			code = sig.exitCode()
		case err != nil:
			w.complain(in.Path+": "+err.Error(), "")
			code = exitError
		case len(images) == 0:
			w.complain(in.Path+": "+nothingToSay, predictHint)
			code = exitError
		default:
			list = append(list, predicted{in.Path, in.Report.Verdict, images})
		}
	}
	if err := showPredicted(w.stdout, l.format, result, list); err != nil {
		w.stdout.err = nil // it is in err
		return &status{code: exitError, err: fmt.Errorf("write standard output: %w", reason(err))}
	}
	w.complaints(result, l.verb)
	if code != exitOK {
		return &status{code: code}
	}
	return nil
}

func forecast(ctx context.Context, in input, rep *report.Report) ([]recompress.Forecast, error) {
	src, err := recompress.Open(ctx, in.path, in.opt)
	if err != nil {
		return nil, err
	}
	images, err := recompress.Predict(ctx, src, rep)
	return images, errors.Join(err, src.Close())
}

func showPredicted(out io.Writer, format string, result *render.Result, list []predicted) error {
	if format == "json" {
		var names []string
		for _, p := range list {
			for _, f := range p.Images {
				for _, x := range f.Predictions {
					names = append(names, x.Compressor)
				}
			}
		}
		return render.WriteJSON(out, struct {
			Schema      string                  `json:"schema"`
			Tool        report.Tool             `json:"tool"`
			Notice      string                  `json:"notice"`
			Compressors []recompress.Compressor `json:"compressors"`
			Sources     []predicted             `json:"sources"`
		}{predictSchema, result.Tool, predictNotice, recompress.Used(names), list})
	}
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		if result.Several {
			b.WriteString(render.Quote(p.Path) + "\n")
		}
		for k, f := range p.Images {
			if k > 0 {
				b.WriteByte('\n')
			}
			tellForecast(&b, f)
		}
	}
	if len(list) > 0 {
		b.WriteString("\n" + predictNotice + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// tellForecast writes the predictions for one image as text.
func tellForecast(b *strings.Builder, f recompress.Forecast) {
	names := make([]string, len(f.Refs))
	for i, r := range f.Refs {
		names[i] = render.Quote(r)
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	fmt.Fprintf(b, "%s  image ID %s\n", strings.Join(names, ", "), f.ImageID)
	var assumptions []string
	number := func(text string) string {
		for i, a := range assumptions {
			if a == text {
				return strconv.Itoa(i + 1)
			}
		}
		assumptions = append(assumptions, text)
		return strconv.Itoa(len(assumptions))
	}
	// Layers stand once for each compressor.
	var compressors []string
	layers := map[string][]recompress.Blob{}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BASIS\tMANIFEST DIGEST\tLAYERS\tASSUMED\tTOOL")
	for _, p := range f.Predictions {
		var numbers []string
		for _, a := range p.Assumptions {
			numbers = append(numbers, number(a))
		}
		by := p.Compressor
		switch {
		case p.Basis == recompress.Stored:
			by = "-"
		case by == "":
			by = "plain"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s: %s\n", p.Basis, p.Digest, by, strings.Join(numbers, ","), p.Tool, p.Versions)
		if _, told := layers[by]; !told && by != "-" {
			compressors = append(compressors, by)
		}
		if len(p.Layers) > 0 {
			layers[by] = p.Layers
		}
	}
	t.Flush()
	for _, text := range f.Excluded {
		fmt.Fprintf(b, "nothing predicted for %s\n", text)
	}
	t = tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nLAYERS\tDIGEST\tSIZE")
	for _, by := range compressors {
		for _, l := range layers[by] {
			fmt.Fprintf(t, "%s\t%s\t%d\n", by, l.Digest, l.Size)
		}
	}
	t.Flush()
	b.WriteString("\nassumed:\n")
	for i, a := range assumptions {
		fmt.Fprintf(b, "%3d  %s\n", i+1, a)
	}
}
