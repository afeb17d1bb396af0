package render

import (
	"bufio"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// maxAnchors bounds the claims from outside that a table lists.
const maxAnchors = 20

// anchorRows says what locks, signatures and the like claim, a line each. The
// pins that hold are in the last line, and those that do not are findings.
//
//	signature holds: sha256:66beeaa4cf39 (manifest), cosign simple signing, signed by SHA256:..., in blobs/sha256/8ee1
//	signature does not hold: sha256:66beeaa4cf39 (manifest): no key that was given made it
func anchorRows(b *bufio.Writer, anchors []report.Anchor) {
	shown := slices.DeleteFunc(slices.Clone(anchors), func(a report.Anchor) bool { return a.Kind == "pin" && len(a.Chain) == 0 })
	chains := map[digest.Digest]bool{}
	for _, a := range shown[:min(len(shown), maxAnchors)] {
		b.WriteString(anchorLine(&a) + "\n")
		if !chains[a.Digest] { // several claims about one digest share its chain
			chainRows(b, &a)
			chains[a.Digest] = true
		}
	}
	if more := len(shown) - maxAnchors; more > 0 {
		b.WriteString("and " + strconv.Itoa(more) + " more claims of locks, signatures and the like\n")
	}
}

func anchorLine(a *report.Anchor) string {
	s := Escape(a.Kind)
	switch {
	case !a.Holds:
		s += " does not hold: "
	case a.Kind == "evidence":
		s += " fits, but nobody approved of it: "
	case a.Kind == "receipt-unsigned":
		s = "receipt fits, but anybody could have written it: "
	default:
		s += " holds: "
	}
	s += short(a.Digest)
	if a.Matched != "" {
		s += " (" + Escape(a.Matched) + ")"
	}
	for _, part := range []struct{ before, text string }{
		{"", a.Format}, {"signed by ", a.Signer}, {"for ", a.Ref}, {"by ", a.By}, {"in ", a.Object},
	} {
		if part.text != "" {
			s += ", " + part.before + Shorten(Quote(part.text), maxAnchorText)
		}
	}
	if a.Reason != "" {
		s += ": " + Escape(a.Reason)
	}
	return s
}

// maxLinks bounds the links of a chain that a table lists.
const maxLinks = 200

// chainRows shows how evidence leads from a digest to the bytes in the source.
func chainRows(b *bufio.Writer, a *report.Anchor) {
	if len(a.Chain) == 0 {
		return
	}
	var g grid
	for _, l := range a.Chain[:min(len(a.Chain), maxLinks)] {
		state := "holds"
		if !l.Holds {
			state = "BROKEN"
		}
		text := Quote(l.Object)
		if l.Reason != "" {
			text = Escape(l.Reason)
		}
		g.row(state, Escape(l.Step), short(l.Digest), text)
	}
	g.write(b, 2)
	if more := len(a.Chain) - maxLinks; more > 0 {
		b.WriteString("  and " + strconv.Itoa(more) + " more links\n")
	}
	if a.Holds && a.Approves() {
		b.WriteString("  proven: the config and every layer, in order; not proven: the names in the archive\n")
	}
}

// maxAnchorText bounds a name in the line of an anchor; a digest fits.
const maxAnchorText = 80
