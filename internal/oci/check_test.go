package oci

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	hexA = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	desc = `{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:` + hexA + `","size":3}`
)

// brief lists problems as "kind pointer@offset", which is what most tests
// compare.
func brief(ps []Problem) []string {
	list := []string{}
	for _, p := range ps {
		list = append(list, fmt.Sprintf("%s %s@%d", p.Kind, p.Pointer, p.Offset))
	}
	return list
}

func compare(t *testing.T, ps []Problem, want ...string) {
	t.Helper()
	if got := brief(ps); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheckSyntax(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"empty", "", []string{"invalid @0"}},
		{"space only", " \n", []string{"invalid @2"}},
		{"scalar", "0", nil},
		{"all of JSON", " {\"a\" : [ true,false,null,-0,1.5e+3,0E-1,\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"]\t,\r\n\"b\":{},\"c\":[]} \n", nil},
		{"mark", "\ufeff{}", []string{"invalid @0"}},
		{"mark and nothing", "\ufeff", []string{"invalid @0", "invalid @3"}},
		{"mark in the middle", "[\ufeff1]", []string{"invalid /0@1"}},
		{"utf-16", "\xff\xfe{\x00}\x00", []string{"invalid @0"}},
		{"cut in object", `{"a":[1,{"b":`, []string{"invalid /a/1/b@13"}},
		{"cut in string", `["abc`, []string{"invalid /0@5"}},
		{"cut in escape", `["a\`, []string{"invalid /0@3"}},
		{"cut in name", `{"a":1,"b`, []string{"invalid @9"}},
		{"cut after name", `{"a"`, []string{"invalid /a@4"}},
		{"cut in literal", `[1,tru`, []string{"invalid /1@3"}},
		{"comma at end of array", `[1,]`, []string{"invalid /1@3"}},
		{"comma at end of object", `{"a":1,}`, []string{"invalid /a@7"}},
		{"no comma", `[1 2]`, []string{"invalid /0@3"}},
		{"no colon", `{"a" 1}`, []string{"invalid /a@5"}},
		{"name without quotes", `{a:1}`, []string{"invalid @1"}},
		{"single quotes", `{'a':1}`, []string{"invalid @1"}},
		{"comment", `{}/**/`, []string{"trailing-data @2"}},
		{"wrong bracket", `{"a":[1}`, []string{"invalid /a/0@7"}},
		{"wrong bracket at once", `[}`, []string{"invalid /0@1"}},
		{"leading zero", `[01]`, []string{"invalid /0@2"}},
		{"plus", `[+1]`, []string{"invalid /0@1"}},
		{"only minus", `[-]`, []string{"invalid /0@2"}},
		{"no fraction", `[1.]`, []string{"invalid /0@3"}},
		{"no exponent", `[1e+]`, []string{"invalid /0@4"}},
		{"not a number", `[NaN]`, []string{"invalid /0@1"}},
		{"unknown escape", `["\x41"]`, []string{"invalid /0@2"}},
		{"short unicode escape", `["\u12g4"]`, []string{"invalid /0@2"}},
		{"control in string", "[\"a\nb\"]", []string{"invalid /0@3"}},
		{"vertical tab as space", "[\v1]", []string{"invalid /0@1"}},
		{"second document", `{} {}`, []string{"trailing-data @3"}},
		{"zero byte", "{}\n\x00", []string{"trailing-data @3"}},
	} {
		t.Run(tt.name, func(t *testing.T) { compare(t, Check([]byte(tt.doc), nil, DefaultLimits()), tt.want...) })
	}
}

func TestCheckText(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"unicode", "[\"\u00e9\u20ac\U0001f600\"]", nil},
		{"replacement character", "[\"\ufffd\",\"\\ufffd\",\"\\uFFFD\"]", nil},
		{"noncharacter and zero", "[\"\uffff\\u0000\"]", nil},
		{"lone byte", "[\"ab\xff\"]", []string{"invalid-utf8 /0@4"}},
		{"overlong", "[\"\xc0\xaf\"]", []string{"invalid-utf8 /0@2"}},
		{"surrogate in UTF-8", "[\"\xed\xa0\x80\"]", []string{"invalid-utf8 /0@2"}},
		{"beyond Unicode", "[\"\xf4\x90\x80\x80\"]", []string{"invalid-utf8 /0@2"}},
		{"cut character", "[\"a\xe2\x82\"]", []string{"invalid-utf8 /0@3"}},
		{"lone high", `["x\ud800y"]`, []string{"invalid-utf8 /0@3"}},
		{"lone low", `["\udc00"]`, []string{"invalid-utf8 /0@2"}},
		{"two high", `["\ud83d\ud83d\ude00"]`, []string{"invalid-utf8 /0@2"}},
		{"high and other escape", `["\ud83d\n"]`, []string{"invalid-utf8 /0@2"}},
		{"name", "{\"a\xff\":1}", []string{"invalid-utf8 /a\xff@3"}},
		{"several", "[\"\xff\",\"\xff\xff\",{\"k\":\"\xff\"}]", []string{"invalid-utf8 /0@2", "invalid-utf8 /1@6", "invalid-utf8 /2/k@16"}},
	} {
		t.Run(tt.name, func(t *testing.T) { compare(t, Check([]byte(tt.doc), nil, DefaultLimits()), tt.want...) })
	}
}

func TestCheckNames(t *testing.T) {
	schema := &Schema{Type: Object, Fields: []Field{
		{Name: "size"}, {Name: "disk"},
		{Name: "labels", Schema: &Schema{Type: Map}},
		{Name: "in", Schema: &Schema{Type: Object, Fields: []Field{{Name: "a/b~c", Required: true}}}},
	}}
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"twice", `{"a":1,"b":2,"a":1}`, []string{"duplicate-key /a@13"}},
		{"thrice", `{"a":1,"a":2,"a":3}`, []string{"duplicate-key /a@7", "duplicate-key /a@13"}},
		{"escaped", `{"ab":1,"\u0061b":2,"a\u0062":3}`, []string{"duplicate-key /ab@8", "duplicate-key /ab@20"}},
		{"escaped slash", `{"a/b":1,"a\/b":2}`, []string{"duplicate-key /a~1b@9"}},
		{"in unknown", `{"x":[{"y":{"z":1,"z":1}}]}`, []string{"duplicate-key /x/0/y/z@18"}},
		{"in map", `{"labels":{"a":1,"a":1}}`, []string{"duplicate-key /labels/a@17"}},
		{"empty name", `{"":1,"":2}`, []string{"duplicate-key /@6"}},
		{"same name elsewhere", `{"a":{"a":{}},"b":{"a":1}}`, nil},
		{"case", `{"Size":1}`, []string{"case-variant /Size@1"}},
		{"case beside it", `{"size":1,"SIZE":2,"sizE":3}`, []string{"case-variant /SIZE@10", "case-variant /sizE@19"}},
		{"Kelvin", "{\"dis\u212a\":1}", []string{"case-variant /dis\u212a@1"}},
		{"Kelvin escaped", `{"dis\u212a":1}`, []string{"case-variant /dis\u212a@1"}},
		{"long s", "{\"\u017fize\":1}", []string{"case-variant /\u017fize@1"}},
		{"case in map", `{"labels":{"Size":1,"SIZE":1}}`, nil},
		{"case of unknown", `{"foo":1,"FOO":2}`, nil},
		{"case elsewhere", `{"in":{"Size":1,"a/b~c":1}}`, nil},
		{"absent", `{"in":{}}`, []string{"required /in/a~1b~0c@6"}},
		{"case variant is not the field", `{"in":{"A/b~c":1}}`, []string{"required /in/a~1b~0c@6", "case-variant /in/A~1b~0c@7"}},
		{"wrong type", `{"in":[{"x":1,"x":1}]}`, []string{"wrong-type /in@6", "duplicate-key /in/0/x@14"}},
	} {
		t.Run(tt.name, func(t *testing.T) { compare(t, Check([]byte(tt.doc), schema, DefaultLimits()), tt.want...) })
	}
}

func TestCheckManyNames(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range 5000 {
		fmt.Fprintf(&b, `"k%d":0,`, i*7919%5000)
	}
	b.WriteString(`"k4321":0}`)
	ps := Check([]byte(b.String()), nil, DefaultLimits())
	if len(ps) != 1 || ps[0].Kind != DuplicateKey || ps[0].Pointer != "/k4321" {
		t.Errorf("got %v, want one duplicate of k4321", ps)
	}
}

func TestLimits(t *testing.T) {
	lim := Limits{Bytes: 30, Depth: 3, Tokens: 6, Elements: 2}
	schema := &Schema{Type: Array, Counted: true}
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"bytes at limit", strings.Repeat(" ", 28) + "[]", nil},
		{"bytes beyond", strings.Repeat(" ", 29) + "[]", []string{"size-limit @0"}},
		{"depth at limit", "[[[]]]", nil},
		{"depth beyond", "[[[[]]]]", []string{"depth-limit /0/0/0@3"}},
		{"depth beyond in object", `[{"a":[{}]}]`, []string{"depth-limit /0/a/0@7"}},
		{"tokens at limit", "[[0,0,0,0]]", nil},
		{"tokens beyond", "[[0,0,0,0,0]]", []string{"token-limit /0/4@10"}},
		{"names are tokens", `[{"a":0,"b":0}]`, nil},
		{"tokens beyond in object", `[{"a":0,"b":0,"c":0}]`, []string{"token-limit /0/b@14"}},
		{"elements at limit", "[0,0]", nil},
		{"elements beyond", "[0,0,0]", []string{"element-limit /2@5"}},
		{"elements beyond said once", "[0,0,0,0,0]", []string{"element-limit /2@5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ps := Check([]byte(tt.doc), schema, lim)
			compare(t, ps, tt.want...)
			for _, p := range ps {
				if !p.Kind.IsLimit() {
					t.Errorf("IsLimit(%s) = false, want true", p.Kind)
				}
			}
		})
	}
	if DuplicateKey.IsLimit() {
		t.Error("IsLimit(duplicate-key) = true, want false")
	}
}

func TestZeroLimits(t *testing.T) {
	compare(t, Check([]byte("[]"), nil, Limits{}), "size-limit @0")
	compare(t, Check([]byte("[]"), nil, Limits{Bytes: 9}), "token-limit @0")
	compare(t, Check([]byte("[]"), nil, Limits{Bytes: 9, Tokens: 9}), "depth-limit @0")
	compare(t, Check([]byte("0"), nil, Limits{Bytes: 9, Tokens: 9}))
}

// The depth a caller may ask for is bounded, for recursion's sake.
func TestDepthIsBounded(t *testing.T) {
	lim := Limits{Bytes: 1 << 30, Depth: 1 << 30, Tokens: 1 << 30, Elements: 1 << 30}
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	compare(t, Check(deep(maxDepth), nil, lim))
	ps := Check(deep(maxDepth+1), nil, lim)
	if len(ps) != 1 || ps[0].Kind != DepthLimit || len(ps[0].Pointer) > maxText {
		t.Errorf("got %d problems, want one depth-limit with a short pointer", len(ps))
	}
}

// Many problems of one kind neither fill memory nor hide another kind.
func TestProblemsAreBounded(t *testing.T) {
	doc := "[" + strings.Repeat("\"\xff\",", 1000) + `{"a":0,"a":0}]`
	ps := Check([]byte(doc), nil, DefaultLimits())
	count := make(map[Kind]int)
	for _, p := range ps {
		count[p.Kind]++
	}
	if count[InvalidUTF8] != maxPerKind+1 || count[DuplicateKey] != 1 {
		t.Errorf("got %v, want %d invalid-utf8 and 1 duplicate-key", count, maxPerKind+1)
	}
	last := ps[len(ps)-1]
	if last.Kind != InvalidUTF8 || last.Offset != -1 || last.Detail != "744 more problems of this kind" {
		t.Errorf("got %+v, want the number of problems not kept", last)
	}
}

func TestLongStringsAreCut(t *testing.T) {
	long := strings.Repeat("\u20ac", 10_000)
	doc := `{"` + long + `":{"a":1,"a":"` + long + `"},"mediaType":["` + long + `"]}`
	for _, p := range Check([]byte(doc), indexSchema, DefaultLimits()) {
		if n := len(p.Pointer) + len(p.Want) + len(p.Got); n > maxText+200 {
			t.Errorf("%s: got %d bytes of text, want at most about %d", p.Kind, n, maxText)
		}
		if strings.Contains(p.Pointer, "\ufffd") {
			t.Errorf("%s: pointer is cut within a character", p.Kind)
		}
	}
	ps := Check([]byte(`"`+strings.Repeat(`\u20ac`, 10_000)+`"`), &Schema{Type: Object}, DefaultLimits())
	if len(ps) != 1 || ps[0].Got != long[:maxText-maxText%3] {
		t.Errorf("got %d problems, want one that shows the first %d bytes", len(ps), maxText)
	}
}

func itoa(n int64) string { return fmt.Sprint(n) }

// TestKeyMessages wants sentences that name the key and its place, whatever
// the key is made of.
func TestKeyMessages(t *testing.T) {
	long := strings.Repeat("\u202e", 5000)
	for _, tt := range []struct{ doc, want string }{
		{`{"a":1,"a":2}`, `the key "a" is twice in the document, at bytes 1 and 7`},
		{`{"x":[{"a":1,"\u0061":2}]}`, `the key "a" is twice in "/x/0", at bytes 7 and 13`},
		{`{"RootFS":{}}`, `the key "RootFS" in the document is "rootfs" in another case: parsers disagree on it`},
		{`{"` + long + `":{"\n":1,"\n":2}}`, `the key "\n" is twice in "/` + strings.Repeat(`\u202e`, 13) + `"..., at bytes 15005 and 15012`},
	} {
		var got []string
		for _, p := range Check([]byte(tt.doc), &Schema{Type: Object, Fields: []Field{{Name: "rootfs", Schema: unknown}}}, DefaultLimits()) {
			if p.Kind == DuplicateKey || p.Kind == CaseVariant {
				got = append(got, p.Detail)
			}
		}
		if len(got) != 1 || got[0] != tt.want {
			t.Errorf("%.30s: got %q, want %q", tt.doc, got, tt.want)
		}
	}
}
