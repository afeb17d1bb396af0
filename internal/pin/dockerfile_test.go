package pin

import (
	"strings"
	"testing"
)

func TestDockerfile(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"plain", "FROM alpine:3.20\n", "1 FROM alpine:3.20\n"},
		{"no newline at the end", "FROM alpine", "1 FROM alpine\n"},
		{"lower case and odd blanks", " \t from\t  alpine   as\tx  \r\nfrom x", "1 FROM alpine\n"},
		{"platform", "FROM --platform=\"$TARGETPLATFORM\" alpine", "1 FROM alpine\n"},
		{"scratch", "FROM scratch", ""},
		{"stages", "FROM a AS One\nFROM one\nCOPY --from=ONE / /\nCOPY --from=0 / /\nRUN --mount=from=oNe true", "1 FROM a\n"},
		{"a stage of the same name", "FROM alpine AS alpine\nFROM alpine", "1 FROM alpine\n"},
		{"a stage further down", "FROM b\nCOPY --from=b / /\nFROM a AS b", "1 FROM b\n3 FROM a\n"},
		{"copy", "FROM a\nCOPY --chown=1 --from=b:1 --link / /\nCOPY  --from='c' / /\nCOPY x --from=d /", "1 FROM a\n2 COPY --from b:1\n3 COPY --from c\n"},
		{"mounts", "FROM a\nRUN --mount=type=cache,FROM=b:1,target=/x --mount=\"type=bind,from=c\" --mount=type=bind,\\\"from=d\\\" --network=none true --mount=from=e", "1 FROM a\n2 RUN --mount b:1\n2 RUN --mount c\n2 RUN --mount d\n"},
		{"last from of a mount", "FROM a\nRUN --mount=from=b,from=c true", "1 FROM a\n2 RUN --mount c\n"},
		{"onbuild", "FROM a\nONBUILD COPY --from=b:1 / /\nONBUILD RUN --mount=from=c/d true\nONBUILD COPY --from=build / /", "1 FROM a\n2 ONBUILD COPY --from b:1\n3 ONBUILD RUN --mount c/d\n4 note ONBUILD COPY --from \"build\" may be a stage of the next build and is left alone\n"},
		{"continued", "FROM \\\n# comment\n\n  alpine:3 \\ \n AS x", "4 FROM alpine:3\n"},
		{"continued by nothing", "FROM alpine \\", "1 FROM alpine\n"},
		{"no continuation", "FROM a\nRUN x \\\\\nCOPY --from=b / /", "1 FROM a\n3 COPY --from b\n"},
		{"escape", "# escape=`\nFROM a `\nAS b\nRUN dir c:\\\nCOPY --from=x `\n / /", "2 FROM a\n5 COPY --from x\n"},
		{"no escape directive after a comment", "# x\n# escape=`\nFROM a\\\nb", "3 FROM ab\n"},
		{"heredoc", "FROM a\nRUN <<EOF cat\nFROM b\nEOF\nCOPY <<-\"X\" <<Y /\n\tFROM c\n\tX\nY\nFROM d", "1 FROM a\n9 FROM d\n"},
		{"no heredoc in JSON", "FROM a\nRUN [\"cat\", \"<<EOF\"]\nFROM b", "1 FROM a\n3 FROM b\n"},
		{"no heredoc in CMD", "FROM a\nCMD cat <<EOF\nFROM b", "1 FROM a\n3 FROM b\n"},
		{"comments", "# FROM x\n  # FROM y\nFROM a\n#COPY --from=z", "3 FROM a\n"},
		{"arg", "ARG BASE=alpine:3\nFROM $BASE", "1 FROM alpine:3\n"},
		{"arg in quotes", "ARG BASE=\"alpine:3\"\nFROM \"${BASE}\"", "1 FROM alpine:3\n"},
		{"several args", "ARG A=x B='y' C\nARG B\nFROM $B", "1 FROM y\n"},
		{"the later arg", "ARG A=x\nARG A=y\nFROM $A", "2 FROM y\n"},
		{"arg of an arg", "ARG A=x\nARG B=${A}\nFROM $B", "1 FROM x\n"},
		{"arg of two FROM", "ARG A=x\nFROM $A\nFROM ${A}", "1 FROM x\n"},
		{"default", "FROM ${A:-x:1}", "1 FROM x:1\n"},
		{"default not used", "ARG A=y\nFROM ${A:-x:1}", "1 FROM y\n"},
		{"arg of a stage", "FROM a\nARG B=x\nFROM ${B:-y}", "1 FROM a\n3 FROM y\n"},
		{"no default", "ARG A\nFROM $A", "2 FROM $A !A has no default\n"},
		{"empty in front", "ARG REG=\nFROM ${REG}x:1", "2 FROM x:1\n"},
		{"empty behind", "ARG S=\nFROM x:1$S", "2 FROM x:1 !a variable in it is empty or has no default\n"},
		{"empty behind in quotes", "ARG S\nFROM \"x:1$S\"", "2 FROM x:1 !a variable in it is empty or has no default\n"},
		{"known to the build", "FROM x:$TARGETARCH", "1 FROM x:$TARGETARCH !TARGETARCH is known to the build only\n"},
		{"cut out", "ARG A=x:1\nFROM ${A%:1}", "2 FROM ${A%:1} !the name is cut out of a variable\n"},
		{"stage by platform", "FROM x AS b-amd64\nFROM y AS b-arm64\nFROM b-$TARGETARCH", "1 FROM x\n2 FROM y\n3 note FROM \"b-$TARGETARCH\" is taken for one of the stages above\n"},
		{"variable in copy", "FROM a\nCOPY --from=$X / /", "1 FROM a\n2 COPY --from $X !variables are not allowed here: give the image a stage of its own, FROM IMAGE AS NAME\n"},
		{"syntax", "# Syntax = docker/dockerfile:1 -x\nFROM a", "1 syntax docker/dockerfile:1\n2 FROM a\n"},
		{"syntax after a shebang", "#!/usr/bin/env x\n#syntax=a/b\nFROM a", "2 syntax a/b\n3 FROM a\n"},
		{"syntax after escape", "# escape=\\\n# syntax=a/b\nFROM a", "2 syntax a/b\n3 FROM a\n"},
		{"no syntax after a comment", "# x\n# syntax=a/b\nFROM a", "3 FROM a\n"},
		{"no syntax with a blank in front", " # syntax=a/b\nFROM a", "2 FROM a\n"},
		{"unknown instruction", "FROM a\nINCLUDE b", "1 FROM a\n2 note the instruction \"INCLUDE\" is not known and not looked at\n"},
		{"digest", "FROM a@sha256:00", "1 FROM a@sha256:00\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Find("Dockerfile", Detect, []byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if got := listed(f); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestDockerfileErrors(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"empty", "", "no FROM"},
		{"no FROM", "ARG A=b", "no FROM"},
		{"before FROM", "RUN x", `line 1: "RUN" before the first FROM`},
		{"two names", "FROM a b", "line 1: FROM takes"},
		{"no name", "FROM", "line 1: FROM takes"},
		{"quote", "FROM 'a", "line 1: FROM: a ' is missing"},
		{"brace", "ARG A=${B", "line 1: ARG: "},
		{"substitution", "FROM ${:a}", "bad substitution"},
		{"heredoc", "FROM a\nRUN <<X\nx", `line 2: the here-document "X" does not end`},
		{"heredoc of a variable", "FROM a\nRUN <<X${Y-z}\nX", "line 2: a here-document with a variable in its name"},
		{"two directives", "# escape=`\n# escape=`\nFROM a", "line 2: a second escape directive"},
		{"escape", "# escape=x\nFROM a", "line 1: the escape directive"},
		{"laughs", "ARG A=" + strings.Repeat("x", 1000) + "\nFROM " + strings.Repeat("$A", 2000), "variables expand to too much"},
		{"nested", "FROM " + strings.Repeat("${A:-", 100) + strings.Repeat("}", 100), "nested too deeply"},
		{"instructions", strings.Repeat("FROM a\n", maxInstructions+1), "more than 20000 instructions"},
		{"instruction", "FROM a\nRUN " + strings.Repeat("x\\\n", maxInstruction), "more than 256 KiB"},
		{"size", strings.Repeat("x", MaxBytes+1), "more than 4 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Find("Dockerfile", Detect, []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestPinDockerfile(t *testing.T) {
	const hub = "docker.io/library/"
	for _, tt := range []struct{ name, data, want string }{
		{"arg in quotes", "ARG A=\"x:1\" B=y\nFROM $A", "ARG A=\"x:1" + sum(hub+"x:1") + "\" B=y\nFROM $A"},
		{"default", "FROM ${A:-x:1} AS b", "FROM ${A:-x:1" + sum(hub+"x:1") + "} AS b"},
		{"registry in a variable", "ARG REG=r.example\nFROM ${REG}/x:1", "ARG REG=r.example\nFROM ${REG}/x:1" + sum("r.example/x:1")},
		{"empty registry", "ARG REG=\nFROM ${REG}x:1", "ARG REG=\nFROM ${REG}x:1" + sum(hub+"x:1")},
		{"quotes", "FROM 'x:1'\nCOPY --from=\"y\" / /", "FROM 'x:1" + sum(hub+"x:1") + "'\nCOPY --from=\"y" + sum(hub+"y:latest") + "\" / /"},
		{"continued at the end", "FROM x:1\\\n AS b", "FROM x:1" + sum(hub+"x:1") + "\\\n AS b"},
		{"tag in a variable", "ARG T=1\nFROM x:$T", "ARG T=1\nFROM x:$T"},
		{"continued within", "FROM x:\\\n1", "FROM x:\\\n1"},
		{"digest after a variable", "ARG T=1\nFROM x:$T" + sum("old"), "ARG T=1\nFROM x:$T" + sum(hub+"x:1")},
		{"digest in a variable", "ARG D=" + sum("old")[1:] + "\nARG T=1\nFROM x:$T@$D", "ARG D=" + sum(hub + "x:1")[1:] + "\nARG T=1\nFROM x:$T@$D"},
		{"digest in two parts", "ARG D=sha256:\nFROM x:1@$D" + sum("old")[8:], "ARG D=sha256:\nFROM x:1@$D" + sum("old")[8:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := pinned(t, "Dockerfile", tt.data)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if !strings.Contains(tt.data, "@") {
				if back := unpinned(t, "Dockerfile", got); back != tt.data {
					t.Errorf("unpinned: got\n%s\nwant\n%s", back, tt.data)
				}
			}
		})
	}
}

// One edit may not change another name.
func TestSelfCheck(t *testing.T) {
	f, err := Find("Dockerfile", Detect, []byte("ARG A=x:1\nFROM $A\nFROM ${A}-slim\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, out, err := Make(f, Options{Resolver: anything{}})
	if err == nil || out != nil || !strings.Contains(err.Error(), `"x:1-slim" would become`) {
		t.Errorf("got %q, %v", out, err)
	}
}
