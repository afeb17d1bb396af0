package intoto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

var (
	hexA = strings.Repeat("a", 64)
	a    = digest.Digest("sha256:" + hexA)
	wide = digest.Digest("sha512:" + strings.Repeat("b", 128))
)

func TestParse(t *testing.T) {
	doc := func(typ, subject string) string {
		return fmt.Sprintf(`{"_type":%q,"subject":%s,"predicateType":"p","predicate":{"subject":[1,2]}}`, typ, subject)
	}
	sub := `{"name":"n","digest":{"sha256":"` + hexA + `","gitCommit":"x"},"annotations":{}}`
	for _, tt := range []struct {
		name, doc string
		want      []digest.Digest
		err       string
	}{
		{"v0.1", doc(StatementV01, "["+sub+"]"), []digest.Digest{a}, ""},
		{"v1", doc(StatementV1, "["+sub+"]"), []digest.Digest{a}, ""},
		{"twice the same", doc(StatementV1, "["+sub+","+sub+"]"), []digest.Digest{a}, ""},
		{"two algorithms", doc(StatementV1, `[{"digest":{"sha512":"`+wide.Encoded()+`","sha256":"`+hexA+`"}}]`), []digest.Digest{a, wide}, ""},
		{"other algorithms only", doc(StatementV1, `[{"digest":{"gitCommit":"1"}}]`), nil, ""},
		{"no subject", doc(StatementV1, `[]`), nil, ""},
		{"subject null", doc(StatementV1, `null`), nil, ""},
		{"white space around", " \n" + doc(StatementV1, `[]`) + "\n", nil, ""},
		{"empty", ``, nil, "no object"},
		{"array", `[]`, nil, "no object"},
		{"cut", doc(StatementV1, "["+sub), nil, "at offset"},
		{"another version", doc("https://in-toto.io/Statement/v2", `[]`), nil, "version 0.1 or 1"},
		{"no type", `{"predicateType":"p"}`, nil, "version 0.1 or 1"},
		{"no predicate type", `{"_type":"` + StatementV1 + `"}`, nil, "predicateType"},
		{"subject is an object", doc(StatementV1, sub), nil, "no list"},
		{"subject is a string", doc(StatementV1, `["x"]`), nil, "wrong type"},
		{"digest in capitals", doc(StatementV1, `[{"digest":{"sha256":"`+strings.Repeat("A", 64)+`"}}]`), nil, "no digest"},
		{"digest short", doc(StatementV1, `[{"digest":{"sha256":"aa"}}]`), nil, "no digest"},
		{"digest is a number", doc(StatementV1, `[{"digest":{"sha256":1}}]`), nil, "wrong type"},
		{"subject twice", `{"_type":"` + StatementV1 + `","predicateType":"p","subject":[],"subject":[` + sub + `]}`, nil, "twice"},
		{"digest twice", doc(StatementV1, `[{"digest":{"sha256":"`+hexA+`","sha256":"`+hexA+`"}}]`), nil, "twice"},
		{"a name twice in the predicate", `{"_type":"` + StatementV1 + `","predicateType":"p","predicate":{"x":1,"x":2}}`, nil, "twice"},
		{"another case", `{"_type":"` + StatementV1 + `","PredicateType":"p"}`, nil, "without predicateType"},
		{"something after it", doc(StatementV1, `[]`) + `{}`, nil, "bytes after it"},
		{"bad UTF-8", "{\"_type\":\"\xff\"}", nil, "at offset"},
		{"deep", `{"predicate":` + strings.Repeat("[", 20_000), nil, "at offset"},
		{"many", doc(StatementV1, "["+strings.Repeat("{},", MaxSubjects)+"{}]"), nil, "more than 10000"},
		{"long type", doc(strings.Repeat("x", 5000), `[]`), nil, "..."},
	} {
		st, err := Parse([]byte(tt.doc))
		switch {
		case tt.err == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || len(err.Error()) > 300):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.err)
		case tt.err == "" && !reflect.DeepEqual(st.Digests(), tt.want):
			t.Errorf("%s: got %v, want %v", tt.name, st.Digests(), tt.want)
		}
	}
}

// FuzzParse: what is accepted means the same to encoding/json, which takes the
// last of two names and any case.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"n","digest":{"sha256":"` + hexA + `"}}],"predicateType":"p","predicate":{}}`))
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v0.1","subject":null,"predicateType":"p"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := Parse(data)
		if err != nil {
			if len(err.Error()) > 300 {
				t.Fatalf("long error: %v", err)
			}
			return
		}
		var other map[string]any
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(&other); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if other["predicateType"] != st.PredicateType {
			t.Fatalf("got predicate type %q, encoding/json %v", st.PredicateType, other["predicateType"])
		}
		list, _ := other["subject"].([]any)
		if len(list) != len(st.Subjects) {
			t.Fatalf("got %d subjects, encoding/json %d", len(st.Subjects), len(list))
		}
		for i, s := range st.Subjects {
			m, _ := list[i].(map[string]any)
			d, _ := m["digest"].(map[string]any)
			for _, got := range s.Digests {
				if d[got.Algorithm().String()] != got.Encoded() {
					t.Fatalf("got %s, encoding/json %v", got, d)
				}
			}
		}
	})
}
