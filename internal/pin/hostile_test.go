package pin

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// What hostile files cost stays within bounds. Time is not looked at; before
// there were limits, some of these took minutes or gigabytes.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("long files")
	}
	const most = MaxBytes - 1000
	rep := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	merges := "a0: &a0 {image: x}\n"
	for i := 1; i < 100; i++ {
		merges += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d, *a%d]}\n", i, i, i-1, i-1, i-1)
	}
	lists := "x: &x0 {kind: List, items: []}\n"
	for i := 1; i < 30; i++ {
		lists += fmt.Sprintf("x%d: &x%d {kind: List, items: [%s*x%d]}\n", i, i, rep(fmt.Sprintf("*x%d,", i-1), 400), i-1)
	}
	laughs := "ARG A0=xx\n"
	for i := 1; i < 60; i++ {
		laughs += fmt.Sprintf("ARG A%d=$A%d$A%d\n", i, i-1, i-1)
	}
	for name, data := range map[string]string{
		"flow":           rep("[", most),
		"flow, closed":   rep("[", 9000) + rep("]", 9000),
		"sequences":      rep("- ", most),
		"keys":           rep("a: b\n", 5*maxMarks),
		"comments":       rep("#\n", most),
		"two comments":   rep("# x\n- a # y\n", 12*maxMarks/5),
		"empty lines":    rep("\n", most),
		"quoted lines":   `a: "` + rep("\n", most) + `"`,
		"anchors":        rep("- &a b\n", 7*maxMarks),
		"documents":      rep("--- a\n", 6*maxMarks),
		"merges":         merges + "services: {x: *a99}\n",
		"lists":          lists + "apiVersion: v1\nkind: List\nitems: [*x29]\n",
		"aliases":        "x: &x {" + rep("a: b,", 400_000) + "}\nservices:\n" + rep(" a: *x\n", 100_000),
		"ONBUILD":        "FROM a\n" + rep("ONBUILD ", most),
		"FROM":           rep("FROM a\n", most),
		"expansions":     "ARG A=" + rep("x", 900) + "\n" + rep("FROM $A\n", most),
		"laughs":         laughs + "FROM $A59\n",
		"stages":         rep("FROM a AS b\n", most/16) + rep("FROM x$TARGETARCH\n", most/16),
		"continuations":  "FROM a\n" + rep("\\\n", most),
		"nested":         "FROM " + rep("${a:-", most),
		"mounts":         "FROM a\nRUN " + rep("--mount=from=a:1 ", maxInstruction-100),
		"fields":         "FROM a\nRUN --mount=" + rep("from=a:1,", maxInstruction-100),
		"here-documents": "FROM a\nRUN " + rep("<<a ", maxInstruction-100) + "\n" + rep("a\n", most/2),
		"copies":         "FROM a\n" + rep("COPY --from=a:1 b c\n", most),
		"unknown":        "FROM a\n" + rep("X\n", most),
		"name":           "FROM " + rep("a", maxInstruction-100),
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range Kinds() {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if f, err := Find("x", kind, []byte(data)); err == nil {
					Make(f, Options{Resolver: anything{}})
				}
				runtime.ReadMemStats(&after)
				if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 1024 {
					t.Errorf("%s: %d MiB were allocated", kind, mib)
				}
			}
		})
	}
}
