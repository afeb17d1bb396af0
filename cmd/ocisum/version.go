package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/sandbox"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func versionCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version, and what this build does on this machine",
		UsageText:   "ocisum version [OPTIONS]",
		Description: examples("ocisum version", "ocisum version -o json"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "table", Usage: "`FORMAT`: table or json"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("", "version takes no operands")
			}
			return printVersion(w, c.String("output"))
		},
	}
}

// build describes the program. That no network code is linked is checked by a
// test over the dependency closure.
type build struct {
	Schema   string            `json:"schema"`
	Version  string            `json:"version"`
	Revision string            `json:"revision,omitempty"`
	Go       string            `json:"go"`
	OS       string            `json:"os"`
	Arch     string            `json:"arch"`
	Hash     string            `json:"hash"`
	Engines  []hash.EngineInfo `json:"engines"`
	Decoders []decoderInfo     `json:"decoders"`
	Network  string            `json:"network"`
	Sandbox  string            `json:"sandbox"`
}

func thisBuild() build {
	return build{
		Schema: "ocisum.version/v1", Version: buildVersion(), Revision: revision(), Go: runtime.Version(),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Hash: hash.Describe(), Engines: hash.Engines(), Network: networkCode(),
		Sandbox: sandbox.Describe().String(), Decoders: decoders(),
	}
}

// decoderInfo says what decodes a format.
type decoderInfo struct {
	Format string `json:"format"`
	Engine string `json:"engine"`
	Impl   string `json:"impl,omitempty"`
	Beside string `json:"hashesBeside,omitempty"` // the instructions that hash meanwhile
}

func decoders() []decoderInfo {
	var all []decoderInfo
	for _, f := range []decompress.Format{decompress.Gzip, decompress.Zstd, decompress.Xz, decompress.Bzip2} {
		engine, impl := decompress.Engine(f, false)
		all = append(all, decoderInfo{Format: f.String(), Engine: engine, Impl: impl})
		if f == decompress.Zstd {
			all[len(all)-1].Beside = decompress.HashesBeside()
		}
	}
	return all
}

// String is a decoder in words.
func (d decoderInfo) String() string {
	text := d.Engine
	if d.Impl != "" {
		text += " (" + d.Impl + ")"
	}
	if d.Beside != "" {
		text += ", hashing beside it (" + d.Beside + ")"
	}
	return text
}

func printVersion(w *world, format string) error {
	b := thisBuild()
	switch format {
	case "json":
		return render.WriteJSON(w.stdout, b)
	case "table":
	default:
		return usage("the formats are table, json", "version has no output format %s", render.Quote(format))
	}
	_, err := fmt.Fprintf(w.stdout, "ocisum %s\nbuilt with %s for %s/%s\nhash engines: %s\ndecoders: gzip: %s; zstd: %s\nnetwork code: %s\nsandbox: %s\n",
		b.Version, b.Go, b.OS, b.Arch, b.Hash, b.Decoders[0], b.Decoders[1], b.Network, b.Sandbox)
	return err
}

// version is set by the Makefile (-X main.version); empty in plain builds.
var version string

// networkCode says what the tests prove about the closure of dependencies. On
// Windows the system call library itself imports package net.
func networkCode() string {
	if runtime.GOOS == "windows" {
		return "no dialer and no server; the system call library links package net"
	}
	return "none linked"
}

// buildVersion is what the Makefile stamped, else the module version that the
// Go toolchain did, else devel.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// reportTool is what package verify needs to know about the program.
func reportTool() verify.Tool { return verify.Tool{Version: buildVersion()} }

// fullTool is the same for documents that no verify run made.
func fullTool(t verify.Tool) report.Tool {
	return report.Tool{Name: "ocisum", Version: t.Version, Hash: hash.Describe(), Sandbox: t.Sandbox}
}
