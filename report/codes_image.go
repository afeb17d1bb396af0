package report

// Codes of images: configs, names, platforms, anchors.
const (
	ConfigInvalid      Code = "config.invalid"
	ConfigRootFS       Code = "config.rootfs-type"
	ConfigDiffIDCount  Code = "config.diff-id-count"
	ConfigHistoryCount Code = "config.history-count"
	PlatformMismatch   Code = "platform.mismatch"
	PlatformMissing    Code = "platform.missing"
	RefAmbiguous       Code = "ref.ambiguous"
	RefInvalid         Code = "ref.invalid"
	PinMismatch        Code = "pin.mismatch"
	AnchorUncovered    Code = "anchor.uncovered"
	AnchorRequired     Code = "anchor.required"
	AnchorNone         Code = "anchor.none"
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
	fails(PlatformMismatch, "platform-mismatch", "image-spec image-index.md, platform", "an index gives another platform than the config",
		"A client that selects by platform gets an image built for another one."),
	halts(PlatformMissing, "blob-missing", "image-spec image-index.md, platform", "a platform that was asked for is not there",
		"No image of that platform is present in what was selected."),
	fails(RefAmbiguous, "ref-ambiguous", "image-spec annotations.md, ref.name", "one name stands for two images",
		"Two entries carry the same name and different digests. Which one a client takes depends on the client."),
	warns(RefInvalid, "ref-invalid", "distribution reference grammar", "a name is not a valid image reference",
		"Some clients refuse it, some rewrite it."),
	denies(PinMismatch, "pinned-digest-mismatch", "", "nothing in the source has the digest that was asked for",
		"The content may be sound, but it is not what was pinned. The report lists the digests that were found."),
	warns(AnchorUncovered, "", "", "no pin covers an image",
		"Digests were given, and they cover other images of this source, but not this one. Whoever loads the whole archive loads it too. --require-expect makes it count."),
	denies(AnchorRequired, "pinned-digest-mismatch", "", "an image is not covered by any pin, and --require-expect was given",
		"Give the approved digest with --expect, or as PATH@DIGEST."),
	notes(AnchorNone, "", "", "consistent, not authenticated",
		"The source agrees with itself. Nothing outside it vouches for it: whoever made it could have made another one that agrees with itself just as well. Pin a digest with --expect."),
}
