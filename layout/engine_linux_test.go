package layout

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	ispec "github.com/opencontainers/image-spec/specs-go/v1"
	rspec "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/umoci/oci/casext"
	"github.com/opencontainers/umoci/oci/layer"
)

// TestUmociUnpacksDockerSave hands a docker save archive to umoci, which knows
// nothing of the format.
func TestUmociUnpacksDockerSave(t *testing.T) {
	archive, _, _ := savedImageTar(t)
	tests := []struct {
		ref  string
		want map[string]string // path in the rootfs: content
	}{
		{"example.com/app/web:1.0", map[string]string{"bin/app": "top", "bin/sh": "top", "etc/motd": "hello\n"}},
		{"app:latest", map[string]string{"bin/app": "top", "bin/sh": "top", "etc/motd": "hello\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.ref, func(t *testing.T) {
			ctx := context.Background()
			e := casext.NewEngine(engine(t, newTarSource(t, archive)))
			refs, err := e.ListReferences(ctx)
			must(t, err)
			if len(refs) != 2 {
				t.Errorf("got %q, want two names", refs)
			}
			paths, err := e.ResolveReference(ctx, tt.ref)
			must(t, err)
			if len(paths) != 1 {
				t.Fatalf("got %d manifests, want 1", len(paths))
			}
			blob, err := e.FromDescriptor(ctx, paths[0].Descriptor())
			must(t, err)
			defer blob.Close()
			manifest, ok := blob.Data.(ispec.Manifest)
			if !ok {
				t.Fatalf("got %T, want a manifest", blob.Data)
			}
			bundle := filepath.Join(t.TempDir(), "bundle")
			must(t, layer.UnpackManifest(ctx, e, bundle, manifest, &layer.UnpackOptions{
				OnDiskFormat: layer.DirRootfs{MapOptions: layer.MapOptions{
					Rootless:    true,
					UIDMappings: []rspec.LinuxIDMapping{{HostID: uint32(os.Geteuid()), Size: 1}},
					GIDMappings: []rspec.LinuxIDMapping{{HostID: uint32(os.Getegid()), Size: 1}},
				}},
			}))
			for name, want := range tt.want {
				got, err := os.ReadFile(filepath.Join(bundle, layer.RootfsName, name))
				if err != nil || string(got) != want {
					t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
				}
			}
			if _, err := os.Lstat(filepath.Join(bundle, layer.RootfsName, "gone")); !os.IsNotExist(err) {
				t.Errorf("whited out file: got %v, want not exist", err)
			}
			if _, err := os.Stat(filepath.Join(bundle, "config.json")); err != nil {
				t.Errorf("runtime config: got %v, want nil", err)
			}
		})
	}
}
