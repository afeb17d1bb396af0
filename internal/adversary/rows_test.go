package adversary

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/testimage"
)

// A row is a known threat or fault, and where it is tested: "vector NAME" of
// testdata/vectors, "case NAME" of this package, "hostile NAME" of TestHostile,
// "script NAME" of cmd/ocisum, "test PACKAGE.NAME".
type row struct {
	n      int
	threat string
	tested []string
}

// rows are in the order of docs/threat-model.md: what would make a wrong
// verdict of verified (1-50), what would crash, hang, exhaust or escape
// (51-80), faults around honest input (81-89), and honest input (90-93).
var rows = []row{
	{1, "manifest edited under its old name", []string{"vector manifest_edited", "test internal/adversary.TestFlips"}},
	{2, "config edited in a layout", []string{"vector config_edited"}},
	{3, "config edited in docker save, name kept", []string{"vector docker_config_edited", "vector docker_config_name_other"}},
	{4, "manifest.json twice", []string{"case manifest twice good first", "case manifest twice good last", "case manifest twice same bytes"}},
	{5, "config or layer twice", []string{"case config twice good first", "case config twice good last", "case layer twice good first", "case layer twice good last", "vector docker_member_twice"}},
	{6, "index.json and manifest.json disagree", []string{"vector hybrid_views_disagree", "vector hybrid_names_disagree", "vector hybrid_more_in_index", "vector dir_and_layout"}},
	{7, "aliases of a path", []string{"case manifest under dot slash", "case manifest under double slash", "case manifest through a folder", "case manifest at the root", "case manifest above", "case type file with a slash", "case manifest is a folder too"}},
	{8, "pax path hides a name", []string{"case pax path hides a manifest", "case pax path renames the manifest"}},
	{9, "pax size against the header", []string{"case pax size smaller", "case pax size larger", "case pax size before gnu name"}},
	{10, "GNU and pax name for one member", []string{"case gnu name and pax path", "case pax path and gnu name", "case gnu name hides a manifest"}},
	{11, "global path or size", []string{"case pax global path", "case pax global size", "case pax global comment"}},
	{12, "members that are no files and have a body", []string{"case link with a body", "case hard link with a body", "case folder with a body", "case pipe with a body", "case character device with a body", "case block device with a body"}},
	{13, "prefix in a GNU header", []string{"case prefix in a gnu header", "case prefix in a v7 header"}},
	{14, "lone zero block, second archive", []string{"case lone zero block", "case two archives", "case text after the end", "vector docker_archive_appended"}},
	{15, "JSON key twice", []string{"vector manifest_key_twice", "vector config_label_twice"}},
	{16, "JSON key in another case, or folded", []string{"vector config_key_case", "vector config_key_folded", "vector docker_key_case", "vector config_labels_differ_in_case"}},
	{17, "JSON key twice, once escaped", []string{"vector config_key_escaped"}},
	{18, "data after a JSON document", []string{"vector manifest_trailing_data", "vector index_trailing_data", "vector docker_trailing_data", "vector index_trailing_space"}},
	{19, "a second value merges into the first", []string{"vector manifest_layers_twice_shorter", "test internal/oci.TestValueOfDuplicates"}},
	{20, "a document of two kinds", []string{"vector manifest_and_index", "vector index_and_manifest"}},
	{21, "media type against the document", []string{"vector manifest_type_lie", "vector manifest_shape_of_index", "vector index_type_unknown", "vector index_type_of_layer"}},
	{22, "descriptor without a media type", []string{"vector descriptor_type_missing"}},
	{23, "diff ID wrong or swapped", []string{"vector config_diff_id_wrong", "vector layer_diff_ids_swapped", "vector docker_layers_swapped", "vector docker_layer_flipped"}},
	{24, "more or fewer diff IDs than layers", []string{"vector config_layer_count_short", "vector config_layer_count_long", "vector docker_layers_short"}},
	{25, "rootfs or config null", []string{"vector config_null", "vector config_rootfs_null", "vector config_rootfs_missing"}},
	{26, "size of a layer wrong, negative, huge", []string{"vector layer_size_short", "vector layer_size_long", "vector descriptor_size_negative", "vector descriptor_size_huge"}},
	{27, "gzip member or zstd frame that no diff ID covers", []string{"case gzip member more", "case zstd frame more"}},
	{28, "gzip trailer cut", []string{"vector layer_gzip_trailer_missing", "vector layer_gzip_cut"}},
	{29, "gzip checksum or length wrong", []string{"vector layer_gzip_checksum", "vector layer_gzip_length"}},
	{30, "bytes after a compressed layer", []string{"vector layer_gzip_trailing", "vector layer_zstd_trailing"}},
	{31, "zeros after a compressed layer", []string{"vector layer_gzip_zeros", "case zstd zeros"}},
	{32, "media type against the compression", []string{"vector layer_plain_called_gzip", "vector layer_zstd_called_gzip", "vector layer_gzip_called_plain"}},
	{33, "layer that is no tar, or a damaged one", []string{"vector layer_not_tar", "vector layer_tar_cut", "vector layer_tar_header_damaged"}},
	{34, "descriptor.data against the digest", []string{"vector descriptor_data_lie", "vector descriptor_data_size_lie"}},
	{35, "one name for two images", []string{"vector index_name_twice", "vector docker_tag_twice"}},
	{36, "a pin that the archive answers for itself", []string{"vector pin_other", "vector valid_pin", "case pin is a layer"}},
	{37, "a forgery that agrees with itself", []string{"vector image_not_pinned", "case pin is required and missing", "script verify_anchor"}},
	{38, "unknown digest algorithm", []string{"vector digest_algorithm_unknown"}},
	{39, "sha512", []string{"vector valid_layer_sha512", "vector layer_sha512_flipped"}},
	{40, "weak or mixed algorithms", []string{"vector digest_md5", "vector digest_sha1", "vector blob_under_other_algorithm"}},
	{41, "malformed digests, digests as paths", []string{"vector digest_upper_case", "vector digest_empty", "vector digest_short", "vector digest_traversal", "vector digest_no_algorithm"}},
	{42, "a parse failure taken for success", []string{"vector config_not_json", "vector config_byte_order_mark", "test verify.FuzzMutatedImage"}},
	{43, "bytes that are not read because they are known", []string{"test internal/adversary.TestNothingIsRemembered"}},
	{44, "a hash in hardware that is wrong", []string{"test hash.TestKnownAnswersCatchAFault", "test hash.TestLanesAgree"}},
	{45, "a fast decoder that is wrong", []string{"test internal/decompress.TestDisagreement", "test verify.TestDecodersDisagree"}},
	{46, "a table of contents against its layer", []string{"vector layer_stargz_lie", "vector layer_stargz_missing", "vector layer_chunked_lie", "vector layer_two_tables", "case layer with a table of contents"}},
	{47, "JSON that is no UTF-8", []string{"vector manifest_invalid_utf8", "vector config_surrogate_alone"}},
	{48, "oci-layout missing or of another version", []string{"vector layout_file_missing", "vector layout_version", "vector layout_not_json", "vector layout_no_object"}},
	{49, "nothing to verify", []string{"case file without images", "case file with an empty list", "vector index_null", "vector index_manifests_null", "vector docker_manifest_null"}},
	{50, "history against layers", []string{"vector config_history_extra", "vector config_history_short"}},
	{51, "a panic that looks like success", []string{"test internal/adversary.TestFaults"}},
	{52, "a library that ends the process", []string{"test internal/floors.TestPackagesReturn"}},
	{53, "a hash that is not linked", []string{"test hash.TestKnownDigests", "test hash.TestUnsupportedAlgorithms"}},
	{54, "named pipes", []string{"test internal/adversary.TestSpecialFiles", "case layer is a pipe"}},
	{55, "a link to /dev/zero", []string{"test internal/adversary.TestSpecialFiles", "case config is a link to dev zero"}},
	{56, "a link to a file of the host", []string{"test internal/adversary.TestSpecialFiles", "vector docker_link_escapes"}},
	{57, "ways out of a folder", []string{"test internal/adversary.TestModules", "test layout.TestResolve"}},
	{58, "link loops, chains and escapes in a tar", []string{"case link to itself", "case loop of links", "case nine links", "case eight links", "case link leaves the archive", "case link is absolute", "case link dangles", "vector docker_link_loop", "vector docker_links_eight", "vector docker_links_nine"}},
	{59, "hard links", []string{"case layer is a hard link"}},
	{60, "an index that lists itself", []string{"vector index_cycle"}},
	{61, "billions of paths", []string{"hostile 2^40 paths", "hostile 2^40 paths within the limit", "hostile 10^14 paths within the limit"}},
	{62, "thousands of indexes in each other", []string{"hostile 3,000 indexes in each other", "hostile 3,000 indexes within the limit"}},
	{63, "60,000 entries", []string{"hostile 60,000 entries", "hostile 10,001 entries"}},
	{64, "4 MiB of empty descriptors", []string{"hostile 4 MiB of empty descriptors"}},
	{65, "manifest.json of 30 MiB", []string{"hostile manifest.json of 30 MiB"}},
	{66, "JSON 200,000 deep", []string{"hostile 200,000 lists in each other"}},
	{67, "sizes that are no sizes", []string{"vector descriptor_size_negative", "vector descriptor_size_float", "vector descriptor_size_overflow", "vector descriptor_size_missing"}},
	{68, "bombs", []string{"hostile gzip bomb", "hostile zstd bomb", "hostile gzip bomb whole", "hostile zstd bomb whole", "test internal/corpus.TestCommand"}},
	{69, "windows", []string{"case zstd window of 2^41", "case window at the limit", "case window above the limit"}},
	{70, "100,000 gzip members", []string{"case gzip members without data", "test internal/decompress.TestManyMembers"}},
	{71, "odd zstd", []string{"case zstd content size short", "case zstd dictionary", "case zstd old format behind", "case zstd skippable alone", "case zstd reserved bit"}},
	{72, "odd gzip headers", []string{"case gzip header of 100 KB", "case gzip header with reserved flag", "case gzip header with wrong sum", "case gzip header with sum"}},
	{73, "sparse members, large extended headers", []string{"case sparse by pax", "case sparse by gnu", "case layer with a sparse file", "case layer with an extended header of 2 MiB", "hostile name of 64 MiB"}},
	{74, "numbers that are none", []string{"case size negative", "case size huge", "case size in garbage octal", "case mode in garbage octal", "case size beyond the file"}},
	{75, "100,000 members", []string{"hostile 100,000 members", "hostile 200,001 members", "hostile 190,000 small documents that nothing names", "test internal/adversary.TestHostilePeak"}},
	{76, "layers with odd paths and devices", []string{"vector layer_path_climbs", "vector layer_path_twice", "vector layer_writes_through_link", "case layer with a device", "case layer with a slash before its names"}},
	{77, "config values that runtimes trip over", []string{"vector config_values_hostile", "test internal/oci.TestRisks", "case user above 31 bits", "case working directory in proc", "case volume that climbs", "case label that restarts", "case variable with an escape", "test internal/corpus.TestLibrary"}},
	{78, "thousands of referrers", []string{"test internal/adversary.TestManyReferrers"}},
	{79, "decoders in assembly", []string{"test internal/adversary.TestModules"}},
	{80, "urls of a foreign layer", []string{"vector layer_foreign_missing", "vector layer_foreign_present", "vector layer_foreign_present_flipped", "test internal/adversary.TestNoNetwork"}},
	{81, "read errors", []string{"test internal/adversary.TestFaults", "test internal/adversary.TestMediumFaults", "test internal/offline.TestFailingReads"}},
	{82, "archives cut short", []string{"case cut in a header", "case cut in the manifest", "case cut in a layer", "case no end marker", "vector docker_archive_cut"}},
	{83, "input that changes", []string{"test internal/adversary.TestInputChanges", "test internal/offline.TestChangesAreNoticed"}},
	{84, "reports that cannot be written", []string{"script verify_full_disk", "test cmd/ocisum.TestReplaceFailsWhole", "test internal/offline.TestNoReportIsLost"}},
	{85, "a crash while a report is written", []string{"test cmd/ocisum.TestReplace"}},
	{86, "signals", []string{"test cmd/ocisum.TestInterrupt", "test internal/offline.TestSignalsStopARun", "test internal/adversary.TestCancelIsPrompt"}},
	{87, "a run of hours that is killed", []string{"test verify.TestResumeAfterKill", "test verify.TestResume", "test verify.TestResumeOtherContent", "test internal/ledger.TestTorn", "test internal/ledger.TestRefused", "test internal/offline.TestKilledRunIsResumed", "script verify_resume"}},
	{88, "few files, little memory", []string{"test internal/adversary.TestOpenFiles", "test internal/adversary.TestHostilePeak"}},
	{89, "blobs that nothing names", []string{"vector blob_unreferenced", "vector blob_unreferenced_misnamed", "vector blob_unreferenced_strict", "vector file_unknown"}},
	{90, "valid images of every kind", []string{"test internal/corpus.TestLibrary", "vector valid_oci", "vector valid_docker", "vector valid_hybrid", "vector valid_dir", "vector valid_layer_zstd", "vector layer_plain", "vector layer_twice", "vector layer_none", "vector artifact_valid", "vector index_of_layers", "case gzip members", "case zstd frames", "case zstd skippable frames", "case file in xz"}},
	{91, "strings that act on a terminal", []string{"test internal/adversary.TestNothingReachesTheTerminal", "vector index_name_escapes", "vector index_name_bidi", "vector docker_tag_newline"}},
	{92, "reports that differ", []string{"test internal/adversary.TestReportsAreEqual", "test internal/offline.TestReportsAreDeterministic", "test internal/corpus.TestJobs"}},
	{93, "our own supply", []string{"test internal/adversary.TestModules", "test internal/floors.TestCommandLinksNoNetwork", "test internal/offline.TestBuildIsReproducible"}},
}

// open lists the rows that are not answered, and why.
var open = map[int]string{}

// TestRows fails if a known threat has no test, or one that does not exist.
func TestRows(t *testing.T) {
	if len(rows) != 93 {
		t.Errorf("got %d rows, want 93", len(rows))
	}
	known := map[string]bool{}
	vectors, err := testimage.LoadVectors("../../testdata/vectors")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		known["vector "+v.Name] = true
	}
	for _, c := range All() {
		known["case "+c.Name] = true
	}
	for _, h := range hostiles(t) {
		known["hostile "+h.name] = true
	}
	for _, pattern := range []string{"../../*/*_test.go", "../../*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			pkg := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(filepath.ToSlash(f), "../../")))
			for _, m := range testFunc.FindAllSubmatch(text, -1) {
				known["test "+pkg+"."+string(m[1])] = true
			}
		}
	}
	scripts, err := filepath.Glob("../../cmd/ocisum/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		known["script "+strings.TrimSuffix(filepath.Base(s), ".txtar")] = true
	}
	for i, r := range rows {
		if r.n != i+1 {
			t.Errorf("row %d stands at place %d", r.n, i+1)
		}
		if (len(r.tested) == 0) != (open[r.n] != "") {
			t.Errorf("row %d (%s): tested by %q, open because %q", r.n, r.threat, r.tested, open[r.n])
		}
		for _, where := range r.tested {
			if !known[where] {
				t.Errorf("row %d (%s): there is no %s", r.n, r.threat, where)
			}
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// TestModules holds the versions of what the safety of this program rests on
// to what is known to be sound.
func TestModules(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		what  string
		least []int
	}{
		{`(?m)^go (\d+)\.(\d+)\.(\d+)$`, []int{1, 26, 6}},                                    // os.Root, archive/tar
		{`(?m)\bgithub\.com/klauspost/compress v(\d+)\.(\d+)\.(\d+)`, []int{1, 20, 0}},       // assembly that wrote out of bounds
		{`(?m)\bgithub\.com/opencontainers/image-spec v(\d+)\.(\d+)\.(\d+)`, []int{1, 1, 0}}, // subject, artifactType
		{`(?m)\bgithub\.com/opencontainers/go-digest v(\d+)\.(\d+)\.(\d+)`, []int{1, 0, 0}},  //
		{`(?m)\bgithub\.com/minio/sha256-simd v(\d+)\.(\d+)\.(\d+)`, []int{1, 0, 1}},         // wrong sums on some CPUs before
		{`(?m)\bgithub\.com/distribution/reference v(\d+)\.(\d+)\.(\d+)`, []int{0, 6, 0}},    //
		{`(?m)\bgithub\.com/ulikunitz/xz v(\d+)\.(\d+)\.(\d+)`, []int{0, 5, 15}},             // endless loops, leaks
	} {
		m := regexp.MustCompile(want.what).FindSubmatch(text)
		if m == nil {
			t.Errorf("go.mod has no %s", want.what)
			continue
		}
		var have []int
		for _, part := range m[1:] {
			n, err := strconv.Atoi(string(part))
			if err != nil {
				t.Fatal(err)
			}
			have = append(have, n)
		}
		if slices.Compare(have, want.least) < 0 {
			t.Errorf("%s: got %v, want at least %v", want.what, have, want.least)
		}
	}
}
