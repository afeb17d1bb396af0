package archive

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/ocisum/ocisum/report"
)

// Limits bound what an archive can cost. A zero field means its default, a
// negative one no bound. All limits are inclusive.
type Limits struct {
	Members   int   // 200 000
	PAXBytes  int64 // 64 KiB an extended header
	NameBytes int   // 4 KiB a name or link target
	LinkHops  int   // 8 links from a name to its bytes
}

const (
	defaultMembers  = 200_000
	defaultLinkHops = 8

	// All names and link targets together. Honest archives stay far below:
	// 200 000 blobs have names of 14 MiB.
	maxNameTotal = 32 << 20

	// Findings of one kind that are listed; the rest is counted. Each may hold
	// two names.
	maxFindings = 256
)

func (l Limits) withDefaults() Limits {
	if l.Members == 0 {
		l.Members = defaultMembers
	}
	if l.LinkHops == 0 {
		l.LinkHops = defaultLinkHops
	} else if l.LinkHops < 0 {
		l.LinkHops = int(^uint(0) >> 1)
	}
	return l
}

func (l Limits) scan(visit func(*tarscan.Entry)) tarscan.Options {
	return tarscan.Options{PAXBytes: l.PAXBytes, NameBytes: l.NameBytes, Entries: int64(l.Members), Faults: maxFindings, Visit: visit}
}

// member is an object with what is known of its header.
type member struct {
	content.Object
	header int64
	spelt  string // the name as written, if that is not the canonical one
}

// index collects the members of an archive and, once finished, answers for
// them.
type index struct {
	lim       Limits
	members   []member
	nameBytes int
	objects   []content.Object
	shadowed  []content.Object
	findings  []report.Finding
	counts    map[report.Code]int
	dropped   int
	tar       bool
}

// add takes an entry. It returns false for one that has no name to list it
// under: then there is a finding about a limit.
func (x *index) add(e *tarscan.Entry) (content.Object, bool) {
	if e.Cut {
		return content.Object{}, false
	}
	before := x.nameBytes
	if x.nameBytes += len(e.Name) + len(e.Link); x.nameBytes > maxNameTotal {
		if before <= maxNameTotal {
			x.find(report.LimitMembers, "", e.Header, "the names of the members up to here take more than %d bytes", maxNameTotal)
		}
		return content.Object{}, false
	}
	clean, unsafe := e.Clean()
	m := member{
		Object: content.Object{Name: string(clean), Offset: -1, Kind: kindOf(e), Link: string(e.Link)},
		header: e.Header,
	}
	if len(clean) != len(e.Name) {
		m.spelt = string(e.Name)
	}
	if m.Kind == content.Regular {
		m.Size, m.Offset = e.Size, e.Body
	}
	switch {
	case unsafe:
		m.Name = string(e.Name)
		x.find(report.ArchiveUnsafePath, m.Name, e.Header, "the name is absolute or has a \"..\" component")
	case len(clean) > 0:
		x.members = append(x.members, m)
		return m.Object, true
	case m.Kind == content.Directory:
		return m.Object, true // the root itself
	default:
		m.Name = string(e.Name)
		x.find(report.ArchiveUnsafePath, m.Name, e.Header, "a %s whose name is empty", m.Kind)
	}
	x.shadowed = append(x.shadowed, m.Object)
	return m.Object, true
}

func kindOf(e *tarscan.Entry) content.Kind {
	switch e.Type {
	case tarscan.File, tarscan.Contig:
		if !e.Sparse {
			return content.Regular
		}
	case tarscan.HardLink:
		return content.Hardlink
	case tarscan.Symlink:
		return content.Symlink
	case tarscan.Directory:
		return content.Directory
	case tarscan.FIFO:
		return content.FIFO
	case tarscan.CharDev, tarscan.BlockDev:
		return content.Device
	}
	return content.Other
}

// find adds a finding about the header at off.
func (x *index) find(code report.Code, object string, off int64, format string, args ...any) {
	if x.counts == nil {
		x.counts = make(map[report.Code]int)
	}
	if x.counts[code]++; x.counts[code] > maxFindings {
		x.dropped++
		return
	}
	x.findings = append(x.findings, report.New(code, object, fmt.Sprintf(format, args...)).At(off))
}

// finish sorts what was collected and turns the faults of the scan into
// findings.
func (x *index) finish(sum tarscan.Summary) {
	x.tar = sum.Tar
	if !sum.Tar {
		return // there is nothing to say about an archive that is none
	}
	slices.SortStableFunc(x.members, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
	x.objects = make([]content.Object, 0, len(x.members))
	for first := 0; first < len(x.members); {
		end := first + 1
		for end < len(x.members) && x.members[end].Name == x.members[first].Name {
			end++
		}
		x.group(x.members[first:end])
		first = end
	}
	x.members = nil
	slices.SortStableFunc(x.shadowed, func(a, b content.Object) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range sum.Faults {
		name, _ := tarscan.Clean([]byte(f.Name))
		x.find(codes[f.Kind], string(name), f.Offset, "%s", f.Detail)
	}
	if x.dropped += sum.Dropped; x.dropped > 0 {
		x.find(report.LimitFindings, "", -1, "%d more findings about the archive are not listed", x.dropped)
	}
	slices.SortStableFunc(x.findings, func(a, b report.Finding) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Message, b.Message))
	})
}

// place sorts findings about no place last.
func place(f report.Finding) uint64 {
	if f.Offset == nil {
		return 1 << 63
	}
	return uint64(*f.Offset)
}

// group files the members that share a canonical name, in archive order.
func (x *index) group(ms []member) {
	first := ms[0]
	x.objects = append(x.objects, first.Object)
	x.parents(first)
	for _, m := range ms[1:] {
		switch {
		case m.Kind == content.Directory && first.Kind == content.Directory:
			continue
		case m.spelt == first.spelt:
			x.find(report.ArchiveDuplicateEntry, m.Name, m.header,
				"a %s with the name of the %s at byte %d", m.Kind, first.Kind, first.header)
		default:
			x.find(report.ArchiveNameCollision, m.Name, m.header,
				"a %s with the name %q, after a %s with the name %q at byte %d", m.Kind, m.written(), first.Kind, first.written(), first.header)
		}
		x.shadowed = append(x.shadowed, m.Object)
	}
}

func (m member) written() string {
	if m.spelt != "" {
		return m.spelt
	}
	return m.Name
}

// parents reports a member below something that is no folder: an extractor
// follows the link or fails, a reader of the index does neither. Parents sort
// before what is below them, so they are filed already.
func (x *index) parents(m member) {
	if n := len(x.objects); n > 1 && folder(x.objects[n-2].Name) == folder(m.Name) {
		return // said about the neighbour, if it is so
	}
	if o, ok := x.barrier(folder(m.Name)); ok {
		x.find(report.ArchiveNameCollision, m.Name, m.header, "a %s below %q, which is a %s", m.Kind, o.Name, o.Kind)
	}
}

// barrier returns the first object on the way down to the folder name that is
// itself no folder.
func (x *index) barrier(name string) (content.Object, bool) {
	for i := 0; i < len(name); i++ {
		j := strings.IndexByte(name[i:], '/')
		if j < 0 {
			j = len(name) - i
		}
		i += j
		if o, ok := x.Lookup(name[:i]); ok && o.Kind != content.Directory {
			return o, true
		}
	}
	return content.Object{}, false
}

// folder is the name without its last component.
func folder(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }

// codes maps the faults of the scanner to the catalogue.
var codes = map[tarscan.Kind]report.Code{
	tarscan.NotTar:       report.ArchiveHeaderInvalid,
	tarscan.Checksum:     report.ArchiveHeaderInvalid,
	tarscan.BadSize:      report.ArchiveHeaderInvalid,
	tarscan.BadNumber:    report.ArchiveHeaderInvalid,
	tarscan.BadPAX:       report.ArchiveHeaderInvalid,
	tarscan.DuplicatePAX: report.ArchiveAmbiguousHeader,
	tarscan.SizeConflict: report.ArchiveAmbiguousHeader,
	tarscan.NameConflict: report.ArchiveAmbiguousHeader,
	tarscan.Extension:    report.ArchiveAmbiguousHeader,
	tarscan.Global:       report.ArchiveAmbiguousHeader,
	tarscan.Prefix:       report.ArchiveAmbiguousHeader,
	tarscan.TypeConflict: report.ArchiveAmbiguousHeader,
	tarscan.BodyOnOther:  report.ArchiveBodyOnSpecial,
	tarscan.Sparse:       report.ArchiveSparse,
	tarscan.Truncated:    report.ArchiveTruncated,
	tarscan.NoEnd:        report.ArchiveNoEndMarker,
	tarscan.LoneZero:     report.ArchiveTrailingData,
	tarscan.Trailing:     report.ArchiveTrailingData,
	tarscan.LimitPAX:     report.LimitPAX,
	tarscan.LimitName:    report.LimitNameLength,
	tarscan.LimitEntries: report.LimitMembers,
}

// Objects returns every member that has a canonical name, sorted by it; of
// several with one name the first. Folders are among them, the root is not.
// The slice must not be changed.
func (x *index) Objects() []content.Object { return x.objects }

// Shadowed returns the members that Lookup never finds: later ones of a name,
// and those with an unsafe name, under the name as written. Each of them has a
// finding. Open opens them.
func (x *index) Shadowed() []content.Object { return x.shadowed }

// Findings returns what is wrong with the archive itself, by offset.
func (x *index) Findings() []report.Finding { return x.findings }

// IsTar reports whether the first block is a tar header, perhaps a damaged
// one, or the zero block of an empty archive. Without it there are neither
// objects nor findings.
func (x *index) IsTar() bool { return x.tar }

// Lookup finds the first member of a canonical name. It follows no links.
func (x *index) Lookup(name string) (content.Object, bool) {
	i, ok := slices.BinarySearchFunc(x.objects, name, func(o content.Object, n string) int { return strings.Compare(o.Name, n) })
	if !ok {
		return content.Object{}, false
	}
	return x.objects[i], true
}

// Archive is an archive that can be read at random. Its methods may be called
// from several goroutines.
type Archive struct {
	index
	r io.ReaderAt
}

// New indexes the archive of the given size in r. It reads headers only, and
// what follows the end marker as long as that is zero. Everything about the
// content is a finding; the error is the context's or, unchanged, that of r.
// The Archive reads from r until it is closed, and does not close it.
func New(ctx context.Context, r io.ReaderAt, size int64, lim Limits) (*Archive, error) {
	a := &Archive{index: index{lim: lim.withDefaults()}, r: r}
	sum, err := tarscan.Index(ctx, r, size, a.lim.scan(func(e *tarscan.Entry) { a.add(e) }))
	if err != nil {
		return nil, err
	}
	a.finish(sum)
	return a, nil
}

// Open returns the bytes of a regular object of this archive. A body that the
// archive cuts short ends in io.ErrUnexpectedEOF.
func (a *Archive) Open(ctx context.Context, o content.Object) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Kind != content.Regular || o.Offset < 0 || o.Size < 0 {
		return nil, fmt.Errorf("open %q: a %s: %w", o.Name, o.Kind, ErrNotRegular)
	}
	return &file{ctx: ctx, r: a.r, off: o.Offset, left: o.Size}, nil
}

// Close releases the index.
func (a *Archive) Close() error {
	a.r = nil
	return nil
}

var (
	_ content.Source = (*Archive)(nil)
	_ content.Source = (*Stream)(nil)
)
