package recompress

import "github.com/ocisum/ocisum/internal/recompress/kflate"

// A recipe is one way from an archive into a registry.
type recipe struct {
	tool       string
	versions   string
	compressor string // "": layers are pushed as plain tars
	keeps      keeps
	dialect    dialect
	assumes    []string
}

// keeps says what a tool does with layers that are compressed in the archive.
type keeps uint8

const (
	keepsNone   keeps = iota // decompresses them, and compresses anew
	keepsEach                // pushes them as they are
	keepsImages              // pushes them as they are if the first layer is compressed, and takes all for plain otherwise
	keepsStored              // as keepsEach; takes a manifest in the archive for the image's
)

// What recipes assume.
const (
	assumeFresh    = "the daemon never pulled or pushed these layers: what it remembers of a registry it pushes again"
	assumeConfig   = "the config goes to the registry as it is in the archive"
	assumeGzip     = "layers are compressed with gzip at the tool's default level, no flag or setting says otherwise"
	assumeContent  = "the content store has no compressed copy of these layers"
	assumeSchema2  = "the registry takes Docker's media types"
	assumeBuilt    = "the image was built and pushed in one go, and pulled to be saved; no attestations, annotations or rewritten timestamps"
	assumeOCIImage = "the image was an OCI image in the registry, without annotations, and pulled to be saved"
	assumeAMD64    = "the tool ran on amd64; on other processors some of these versions compress differently"
)

// recipes lists what is predicted.
func recipes() []recipe {
	list := []recipe{
		{"docker push", "Docker Engine with graph drivers, 1.10 and later", GoDefault, keepsNone, docker(true, "   "),
			[]string{assumeConfig, assumeGzip, assumeFresh, assumeSchema2}},
		{"docker push (containerd image store), ctr images import", "containerd 1.7 and later", "", keepsStored, docker(false, ""),
			[]string{assumeConfig, assumeContent, "what was imported is pushed as it is"}},
		{"ctr images import --compress-blobs", "containerd 1.7 and later", GoDefault, keepsStored, docker(false, ""),
			[]string{assumeConfig, assumeContent, "what was imported is pushed as it is"}},
		{"crane push", "go-containerregistry", GoBestSpeed, keepsImages, docker(true, ""), []string{assumeConfig}},
		{"ko, crane (OCI media types)", "go-containerregistry", GoBestSpeed, keepsNone, open(true, ""),
			[]string{assumeConfig, assumeBuilt}},
		{"BuildKit (OCI media types)", "BuildKit, docker buildx", GoDefault, keepsNone, open(false, "  ").emptyIsNull(),
			[]string{assumeConfig, assumeGzip, assumeBuilt}},
		{"BuildKit (Docker media types)", "BuildKit, docker buildx", GoDefault, keepsNone, docker(false, "  ").emptyIsNull(),
			[]string{assumeConfig, assumeGzip, assumeBuilt}},
	}
	for _, g := range []struct {
		generation kflate.Generation
		versions   string
	}{
		{kflate.V1_15_11, "podman 4.3 to 5.7 and what is of that time, built with klauspost/compress 1.15.11 to 1.18.0"},
		{kflate.V1_18_2, "built with klauspost/compress 1.18.2 to 1.20.3"},
		{kflate.V1_20_4, "built with klauspost/compress 1.20.4"},
		{kflate.V1_15, "built with klauspost/compress 1.15.0 to 1.15.9"},
	} {
		list = append(list,
			recipe{"skopeo copy, podman push", g.versions, nameOf(g.generation), keepsNone, docker(true, ""),
				[]string{assumeConfig, assumeGzip, assumeSchema2, assumeAMD64}},
			recipe{"podman push, buildah push (OCI media types)", g.versions, nameOf(g.generation), keepsNone, open(false, ""),
				[]string{assumeConfig, assumeGzip, assumeOCIImage, assumeAMD64}})
	}
	return list
}
