package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const timeHint = `--time "$(date -u +%Y-%m-%dT%H:%M:%SZ)", or SOURCE_DATE_EPOCH`

// receiptFlags ask verify for a receipt.
func receiptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "receipt", Usage: "write a receipt of a verified run to `FILE`; of any other run there is none there afterwards"},
		&cli.StringFlag{Name: "receipt-key", Usage: "sign the receipt with the private key in `FILE` (PEM, PKCS #8, not encrypted)"},
		&cli.StringFlag{Name: "receipt-resource", Usage: "`URI` that a verification summary gives for what was verified", DefaultText: "file:NAME"},
		&cli.StringFlag{Name: "time", Usage: "`TIME` at which signatures are judged, and of the receipt, in RFC 3339", DefaultText: "now; of the receipt SOURCE_DATE_EPOCH, or none"},
	}
}

// evaluated is a voucher that is written down in a document, such as a lock or
// a policy: a receipt names it by its digest.
type evaluated struct {
	verify.Voucher
	document receipt.Resource
}

// evaluate says that a voucher is what the document at path, of these bytes,
// says.
func evaluate(v verify.Voucher, path string, data []byte) verify.Voucher {
	sum := hash.DigestBytes(digest.SHA256, data)
	return evaluated{v, receipt.Resource{
		URI: "file:" + render.Escape(filepath.Base(path)), Digest: map[string]string{"sha256": sum.Encoded()},
	}}
}

// receiptRequest is what the command line says about a receipt.
type receiptRequest struct {
	file   string
	signer *receipt.Signer
	opt    receipt.Options
}

// receiptOf reads receiptFlags; nil if there is to be none.
func (w *world) receiptOf(c *cli.Context, opt verify.Options) (*receiptRequest, error) {
	if !c.IsSet("receipt") {
		for _, name := range []string{"receipt-key", "receipt-resource", "time"} {
			if c.IsSet(name) && !(name == "time" && slices.ContainsFunc(timedFlags, c.IsSet)) {
				return nil, usage("--receipt FILE writes one", "--%s is about a receipt, and there is to be none", name)
			}
		}
		return nil, nil
	}
	r := &receiptRequest{file: c.String("receipt")}
	switch {
	case r.file == "" || r.file == "-":
		return nil, usage("", "--receipt needs the name of a file: standard output is for the report")
	case c.NArg() > 1 || c.Bool("recursive"):
		return nil, usage("run it once for each", "a receipt is for one image or archive")
	}
	var err error
	if r.opt.Time, err = w.timeOf(c); err != nil {
		return nil, err
	}
	for _, v := range opt.Vouchers {
		if e, ok := v.(evaluated); ok {
			r.opt.Policies = append(r.opt.Policies, e.document)
		}
	}
	if len(r.opt.Policies) > 0 && r.opt.Time.IsZero() {
		return nil, usage(timeHint, "where a lock or a policy is evaluated, the receipt is a verification summary, which must say when")
	}
	if path := c.String("receipt-key"); path != "" {
		if r.signer, err = w.signer(path); err != nil {
			return nil, err
		}
	}
	r.opt.Resource = c.String("receipt-resource")
	r.opt.Asked = receipt.Asked{
		Platform: opt.Platform, AllPlatforms: opt.AllPlatforms, Strict: opt.Strict, RequireExpect: opt.ExpectAll, FollowLinks: opt.FollowLinks,
	}
	defaults := verify.DefaultLimits()
	r.opt.Limits = map[string]int64{}
	for _, l := range limits() {
		n := l.get(opt.Limits)
		if n == 0 {
			n = l.get(defaults)
		}
		r.opt.Limits[l.name] = n
	}
	return r, nil
}

// timeOf is the time that the user gives; this machine's clock is not asked.
func (w *world) timeOf(c *cli.Context) (time.Time, error) {
	if text := c.String("time"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return t, usage(timeHint, "--time: %s is no time of RFC 3339", render.Quote(text))
		}
		return t, nil
	}
	text := w.getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Time{}, nil
	}
	const year10000 = 253402300800
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n >= year10000 {
		return time.Time{}, usage("", "SOURCE_DATE_EPOCH: %s is no number of seconds since 1970", render.Quote(text))
	}
	return time.Unix(n, 0), nil
}

// maxKeyFile bounds a file with a key: an RSA key in PEM has 3 KiB.
const maxKeyFile = 64 << 10

// signer reads a private key.
func (w *world) signer(path string) (*receipt.Signer, error) {
	text, info, err := readBounded(path, maxKeyFile)
	if err != nil {
		return nil, usage("", "--receipt-key: %w", err)
	}
	s, err := receipt.ParseSigner(text)
	if err != nil {
		return nil, usage(privateKeyHint(path, text), "--receipt-key %s: %w", render.Quote(path), err)
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		w.complain("the private key in "+render.Quote(path)+" is open to other users", "chmod 600 "+render.Quote(path))
	}
	return s, nil
}

// readBounded reads a file of at most limit bytes whole.
func readBounded(path string, limit int64) ([]byte, os.FileInfo, error) {
	// A named pipe that nobody writes to would wait for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return nil, nil, fmt.Errorf("%s is a folder", render.Quote(path))
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", render.Quote(path), limit)
	}
	return data, info, err
}

// clear removes the receipt of an earlier run: whatever becomes of this one, no
// receipt is left that it did not give. Anything else in that place may be a
// part of an image, or dear to somebody, and is left alone.
func (r *receiptRequest) clear() error {
	path, info := target(r.file)
	if info == nil || !info.Mode().IsRegular() {
		return nil
	}
	text, _, err := readBounded(path, receipt.MaxFile)
	if err == nil && len(text) > 0 {
		_, err = receipt.Parse(text)
	}
	if err != nil {
		return usage("give another name, or remove it", "--receipt: %s is there and is no receipt", render.Quote(r.file))
	}
	if err := os.Remove(path); err != nil {
		return usage("", "--receipt: %w", err)
	}
	return nil
}

// hand writes the receipt after a run that ended with err, and returns how the
// command ends. One that approves is written only if everything else went well.
func (w *world) hand(r *receiptRequest, result *render.Result, err error) error {
	code := exitOK
	if err != nil {
		code = exitError
		if s := (*status)(nil); errors.As(err, &s) {
			code = s.code
		}
	}
	none := func(why string) error {
		w.complain("no receipt: "+why, "")
		return err
	}
	if len(result.Inputs) != 1 || result.Inputs[0].Report == nil || result.Inputs[0].Err != nil {
		return none("nothing was judged")
	}
	in := result.Inputs[0]
	if verdict := in.Report.Verdict; code != verdict.ExitCode() || !in.Report.Complete {
		return none("the run did not end well")
	} else if verdict != report.Verified && len(r.opt.Policies) == 0 {
		return none("only a verified run gives one")
	}
	r.opt.Name = filepath.Base(in.Path)
	if in.Path == "-" {
		r.opt.Name = "stdin"
	}
	doc, e := r.document(in.Report)
	if e == nil {
		e = replace(r.file, func(out io.Writer) error { _, err := out.Write(doc); return err })
	}
	if e != nil {
		if code == exitOK {
			return &status{code: exitError, err: fmt.Errorf("write receipt: %w", e)}
		}
		return none(e.Error())
	}
	if r.opt.Time.IsZero() {
		w.complain("the receipt does not say when, which its type asks for", timeHint)
	}
	return err
}

func (r *receiptRequest) document(rep *report.Report) ([]byte, error) {
	s, err := receipt.New(rep, r.opt)
	if err != nil {
		return nil, err
	}
	return s.Seal(r.signer)
}
