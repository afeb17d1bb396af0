package report

// Codes of images: configs, names, platforms, anchors.
const (
	ConfigInvalid      Code = "config.invalid"
	ConfigRootFS       Code = "config.rootfs-type"
	ConfigDiffIDCount  Code = "config.diff-id-count"
	ConfigHistoryCount Code = "config.history-count"
	ConfigRiskyUser    Code = "config.risky-user"
	ConfigRiskyPath    Code = "config.risky-path"
	ConfigRiskyLabel   Code = "config.risky-label"
	ConfigRiskyText    Code = "config.risky-text"
	PlatformMismatch   Code = "platform.mismatch"
	PlatformMissing    Code = "platform.missing"
	RefAmbiguous       Code = "ref.ambiguous"
	RefInvalid         Code = "ref.invalid"
	PinMismatch        Code = "pin.mismatch"
	AnchorUncovered    Code = "anchor.uncovered"
	AnchorRequired     Code = "anchor.required"
	AnchorNone         Code = "anchor.none"
	AnchorDisguised    Code = "anchor.disguised"
)

var imageEntries = []Entry{
	fails(ConfigInvalid, "config-invalid", "image-spec config.md", "an image config lacks what is required",
		"rootfs is missing or null, or the config is no object."),
	fails(ConfigRootFS, "rootfs-type", "image-spec config.md, rootfs", "rootfs.type is not \"layers\"",
		"The specification requires \"layers\" and tells implementations to refuse anything else."),
	fails(ConfigDiffIDCount, "layer-count-mismatch", "image-spec config.md, rootfs.diff_ids", "the number of diff IDs is not the number of layers",
		"Each layer needs exactly one diff ID, in order. Some clients panic on this, some ignore the rest."),
	fails(ConfigHistoryCount, "history-count-mismatch", "image-spec config.md, history", "the history does not fit the layers",
		"The entries that are not marked empty_layer must be as many as there are layers."),
	warns(ConfigRiskyUser, "", "CVE-2024-40635, CVE-2026-46680", "a user or group number that runtimes have taken for another",
		"Told with --lint only: the specification allows it. A number in config.User does not fit into 31 bits. Runtimes let it overflow, to 0 for instance, which is root, or looked it up as a name in a file of the image."),
	warns(ConfigRiskyPath, "", "CVE-2024-21626, CVE-2022-23648", "a path that has led runtimes out of the container",
		"Told with --lint only: the specification allows it. config.WorkingDir lies in /proc, where a runtime may have left descriptors of the host open, or a name in config.Volumes climbs with \"..\", and a runtime may copy from there."),
	warns(ConfigRiskyLabel, "", "CVE-2026-53488", "a label that steers the runtime",
		"Told with --lint only: the specification allows it. Labels that begin with containerd.io/restart., io.cri-containerd. or nerdctl/ are meant for containers, where they choose logging programs and states. Runtimes have copied them from the image. No builder writes them."),
	warns(ConfigRiskyText, "", "image-spec config.md, config", "a control character in a value of the config",
		"Told with --lint only: the specification allows it. There is a control character in the user, the working directory, a volume, or the name of a label or variable, or one other than a line break or tab in the value of these. Scripts and consoles that show or store such values may do something else with them."),
	fails(PlatformMismatch, "platform-mismatch", "image-spec image-index.md, platform", "an index gives another platform than the config",
		"A client that selects by platform gets an image built for another one."),
	halts(PlatformMissing, "blob-missing", "image-spec image-index.md, platform", "a platform that was asked for is not there",
		"No image of that platform is present in what was selected."),
	fails(RefAmbiguous, "ref-ambiguous", "image-spec annotations.md, ref.name", "one name stands for two images",
		"Two entries carry the same name and different digests. Which one a client takes depends on the client."),
	warns(RefInvalid, "ref-invalid", "distribution reference grammar", "a name is not a valid image reference",
		"Some clients refuse it, some rewrite it."),
	denies(PinMismatch, "pinned-digest-mismatch", "", "nothing in the source has the digest that was asked for",
		"The content may be sound, but it is not what was pinned. The report lists the digests that were found. An archive that docker save wrote without the containerd store has no manifest, and so none of the digests that a registry gives: the raw manifest, given with --evidence, proves it to be that image (docs/lost-digest.md). Evidence has to be byte for byte what the registry serves: a manifest that was formatted has another digest."),
	warns(AnchorUncovered, "", "", "no pin covers an image",
		"Digests were given, and they cover other images of this source, but not this one. Whoever loads the whole archive loads it too. --require-expect makes it count."),
	denies(AnchorRequired, "pinned-digest-mismatch", "", "an image is not covered by any pin, and --require-expect was given",
		"Give the approved digest with --expect, or as PATH@DIGEST."),
	denies(AnchorDisguised, "", "image-spec manifest.md, config", "a manifest that may be loaded as an image is no image here",
		"Its config has the type of an image's, or one that some runtime takes for it, and none of its layers has the type of a layer. What such blobs are is not checked beyond their digests, and no lock, key or policy is asked about them; so where one is demanded, the source is refused. Signatures and attestations are exempt: their blobs have a known type and are JSON."),
	notes(AnchorNone, "", "", "consistent, not authenticated",
		"The source agrees with itself. Nothing outside it vouches for it: whoever made it could have made another one that agrees with itself just as well. Pin a digest with --expect."),
}
