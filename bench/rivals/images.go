package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/apex/log"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/opencontainers/umoci"
	"github.com/opencontainers/umoci/oci/cas/dir"
	"github.com/opencontainers/umoci/oci/casext"
	"github.com/opencontainers/umoci/oci/layer"

	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// job is an image that is verified.
type job struct {
	title  string
	format sample.Format
	name   string // of the file or folder
	layers int
	size   int // of all layers; 0: what the options say
}

// imageContests verify whole images.
func imageContests(opt options) ([]contest, error) {
	var all []contest
	for _, j := range []job{
		{"docker save tar, 8 plain layers", sample.DockerSave, "docker-save.tar", 8, 0},
		{"OCI layout, 8 gzip layers", sample.OCIGzip, "oci-gzip", 8, 0},
		{"OCI layout, 8 zstd layers", sample.OCIZstd, "oci-zstd", 8, 0},
		{"OCI layout, one gzip layer", sample.OCIGzip, "oci-one", 1, 0},
	} {
		j.title = "verify " + j.title
		piped := "docker save tar from a pipe"
		if !opt.only.MatchString(j.title) && !(j.format == sample.DockerSave && opt.only.MatchString(piped)) {
			continue
		}
		path, err := j.image(opt)
		if err != nil {
			return nil, err
		}
		size, err := sizeOf(path)
		if err != nil {
			return nil, err
		}
		if j.format == sample.DockerSave {
			all = append(all, contest{title: j.title, bytes: size, entrants: tarEntrants(opt, path)})
			if opt.ocisum != "" {
				all = append(all, contest{title: piped, bytes: size, entrants: pipeEntrants(opt, path)})
			}
			continue
		}
		all = append(all, contest{title: j.title, bytes: size, entrants: layoutEntrants(opt, path, j.format)})
	}
	return all, nil
}

// image returns the path of the image, which it makes unless it is given.
func (j job) image(opt options) (string, error) {
	if opt.images != "" {
		path := filepath.Join(opt.images, j.name)
		_, err := os.Stat(path)
		return path, err
	}
	path := filepath.Join(opt.scratch, j.name)
	img, err := sample.Build(sample.Spec{Format: j.format, Layers: j.layers, LayerSize: cmp.Or(j.size, opt.size<<22) / j.layers})
	if err != nil {
		return "", err
	}
	if j.format != sample.DockerSave {
		return path, img.WriteDir(path)
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = img.WriteTo(f)
	return path, err
}

func sizeOf(path string) (int64, error) {
	var size int64
	err := filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// ours are the entrants of this project: the command first, if it is there.
func ours(opt options, path string) []entrant {
	var all []entrant
	if opt.ocisum != "" {
		all = program("ocisum verify", opt.ocisum, "verify", "-q", path)
	}
	return append(all, inside("ocisum verify, linked", func() error {
		rep, err := verify.Path(context.Background(), path, verify.Options{})
		if err == nil && rep.Verdict != report.Verified {
			err = fmt.Errorf("judged %s", rep.Verdict)
		}
		return err
	}))
}

func tarEntrants(opt options, path string) []entrant {
	out := filepath.Join(opt.scratch, "out")
	all := ours(opt, path)
	all = append(all, shell("shell: tar, openssl", `for l in $(tar -tf `+path+` | grep '\.tar$'); do tar -xOf `+path+` "$l" | openssl dgst -sha256 -r; done`, "tar", "openssl")...)
	all = append(all, shell("shell: tar, sha256sum", `for l in $(tar -tf `+path+` | grep '\.tar$'); do tar -xOf `+path+` "$l" | sha256sum; done`, "tar", "sha256sum")...)
	all = append(all, inside("go-containerregistry validate", func() error {
		img, err := tarball.ImageFromPath(path, nil)
		if err != nil {
			return err
		}
		return validate.Image(img)
	}))
	all = append(all, program("crane validate", "crane", "validate", "--tarball", path)...)
	return append(all, shell("skopeo copy to dir:", "rm -rf "+out+"; skopeo copy -q docker-archive:"+path+" dir:"+out+"; rm -rf "+out, "skopeo")...)
}

func pipeEntrants(opt options, path string) []entrant {
	all := shell("ocisum verify -", "cat "+path+" | "+opt.ocisum+" verify -q -", opt.ocisum)
	return append(all, shell("openssl dgst", "cat "+path+" | openssl dgst -sha256 -r", "openssl")...)
}

// layoutEntrants are those for OCI layouts. The scripts are what a careful
// person types: every blob hashed, every layer decoded and hashed. They compare
// nothing, so that they are rather too fast.
func layoutEntrants(opt options, path string, format sample.Format) []entrant {
	out := filepath.Join(opt.scratch, "out")
	all := ours(opt, path)
	cores := runtime.GOMAXPROCS(0)
	script := func(gunzip, hash string) string {
		each := fmt.Sprintf("xargs -P%d -n1", cores)
		return fmt.Sprintf(`ls -S %[1]s/blobs/sha256/* | %[2]s %[3]s >/dev/null
find %[1]s/blobs/sha256 -size +64k | %[2]s sh -c '%[4]s <"$0" | %[3]s' >/dev/null`, path, each, hash, gunzip)
	}
	decoders := [][]string{{"gzip", "-dc"}, {"igzip", "-dc"}}
	if format == sample.OCIZstd {
		decoders = [][]string{{"zstd", "-qdc"}}
	}
	for _, d := range decoders {
		for _, h := range []string{"sha256sum", "openssl"} {
			hash := h
			if h == "openssl" {
				hash = "openssl dgst -sha256 -r"
			}
			all = append(all, shell(fmt.Sprintf("shell: %s, %s, %d processes", d[0], h, cores), script(d[0]+" "+d[1], hash), d[0], h)...)
		}
	}
	if format == sample.OCIGzip { // it knows no zstd
		all = append(all, inside("go-containerregistry validate", func() error { return validateLayout(path) }))
	}
	all = append(all, inside("umoci unpack", func() error { return unpack(path, out) }))
	return append(all, shell("skopeo copy to dir:", "rm -rf "+out+"; skopeo copy -q oci:"+path+":v1 dir:"+out+"; rm -rf "+out, "skopeo")...)
}

func validateLayout(path string) error {
	index, err := layout.ImageIndexFromPath(path)
	if err != nil {
		return err
	}
	return validate.Index(index)
}

func unpack(path, out string) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	defer os.RemoveAll(out)
	log.SetLevel(log.ErrorLevel) // umoci tells what it does
	engine, err := dir.Open(path)
	if err != nil {
		return err
	}
	defer engine.Close()
	return umoci.Unpack(casext.NewEngine(engine), "v1", out, layer.UnpackOptions{
		OnDiskFormat: layer.DirRootfs{MapOptions: layer.MapOptions{Rootless: true}},
	})
}
