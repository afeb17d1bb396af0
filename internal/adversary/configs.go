package adversary

import (
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Configs returns images whose configs have legal values that runtimes have
// tripped over. They are told when asked for, and change no verdict.
func Configs() []Case {
	var all []Case
	for _, c := range []struct {
		name   string
		config v1.ImageConfig
		code   report.Code
	}{
		{"user above 31 bits", v1.ImageConfig{User: "4294967296:0"}, report.ConfigRiskyUser},
		{"working directory in proc", v1.ImageConfig{WorkingDir: "/proc/self/fd/8"}, report.ConfigRiskyPath},
		{"volume that climbs", v1.ImageConfig{Volumes: map[string]struct{}{"/../../etc": {}}}, report.ConfigRiskyPath},
		{"label that restarts", v1.ImageConfig{Labels: map[string]string{"containerd.io/restart.loguri": "binary:///bin/sh?-c=id"}}, report.ConfigRiskyLabel},
		{"variable with an escape", v1.ImageConfig{Env: []string{"PS1=\x1b[2J"}}, report.ConfigRiskyText},
	} {
		t := oci(func(i *testimage.Image, _ *testimage.Layout) { i.Config = func(x *v1.Image) { x.Config = c.config } })
		silent := passes(c.name+", not asked for", t.Tar())
		told := passes(c.name, t.Tar(), c.code)
		told.Options, told.Flags = verify.Options{Lint: true}, []string{"--lint"}
		all = append(all, told, silent)
	}
	return all
}
