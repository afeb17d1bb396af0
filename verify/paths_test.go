package verify_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/adversary"
	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// emptyMembers is the tar of n members without bytes, made as it is read.
type emptyMembers struct {
	n, at int
	left  []byte
}

func (m *emptyMembers) Read(p []byte) (int, error) {
	for len(m.left) == 0 {
		switch {
		case m.at < m.n:
			m.left = tartest.File(fmt.Sprintf("f%d", m.at), "")
		case m.at == m.n:
			m.left = tartest.End()
		default:
			return 0, io.EOF
		}
		m.at++
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

// TestLayerPaths has a layer of more members than are compared with each
// other. It is a docker save archive whose config promises another diff ID,
// which has nothing to do with it.
func TestLayerPaths(t *testing.T) {
	if testing.Short() {
		return // half a GiB passes
	}
	const limit = 1 << 20
	good := adversary.Save("/bin/good")
	for n, want := range map[int]bool{limit: false, limit + 1: true} {
		size := int64(n)*512 + 1024
		head := tartest.Block(tartest.Header{Name: good.LayerName, Size: size})
		rest := tartest.Join(good.ConfigMember, good.IndexMember, tartest.End())
		in := io.MultiReader(bytes.NewReader(head), &emptyMembers{n: n}, bytes.NewReader(rest))
		rep, err := verify.RunStream(t.Context(), in, verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if has(rep, report.LimitLayerPaths) != want || !has(rep, report.LayerDiffIDMismatch) || strings.Contains(adversary.Describe(rep), string(report.LayerDuplicatePath)) {
			t.Errorf("%d members: want %s: %v\n%s", n, report.LimitLayerPaths, want, adversary.Describe(rep))
		}
	}
}
