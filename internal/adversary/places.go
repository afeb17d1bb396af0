package adversary

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// headerFields are the fields of a tar header, by offset (POSIX ustar).
var headerFields = []struct {
	end  int
	name string
}{
	{100, "name"}, {108, "mode"}, {116, "uid"}, {124, "gid"}, {136, "size"}, {148, "mtime"}, {156, "checksum"}, {157, "typeflag"},
	{257, "linkname"}, {263, "magic"}, {265, "version"}, {297, "uname"}, {329, "gname"}, {337, "devmajor"}, {345, "devminor"}, {500, "prefix"}, {512, "padding"},
}

// TarPlaces says what every byte of a well-formed tar is for: "NAME body",
// "header FIELD", "padding of members", "end of archive". For documents the
// place of the byte in the JSON is added.
func TarPlaces(b []byte) ([]string, error) {
	places := make([]string, len(b))
	in := bytes.NewReader(b)
	tr := tar.NewReader(in)
	at := 0
	for {
		hdr, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if body := len(b) - in.Len(); body != at+512 {
			return nil, fmt.Errorf("extension header at %d", at)
		}
		from := 0
		for _, f := range headerFields {
			fill(places[at+from:at+f.end], "header "+f.name)
			from = f.end
		}
		at += 512
		size := int(hdr.Size)
		copy(places[at:], FilePlaces(hdr.Name, b[at:at+size]))
		at += size
		padding := -size & 511
		fill(places[at:at+padding], "padding of members")
		at += padding
	}
	fill(places[at:], "end of archive")
	return places, nil
}

func fill(s []string, v string) {
	for i := range s {
		s[i] = v
	}
}

// FilePlaces says what every byte of a file of an image is for.
func FilePlaces(name string, body []byte) []string {
	places := make([]string, len(body))
	kind := name
	switch {
	case strings.HasPrefix(name, "blobs/") || len(name) >= 64:
		kind = "blob"
	}
	fill(places, kind+" body")
	if kind == "blob" || !json.Valid(body) {
		return places
	}
	type level struct {
		object bool
		key    string
		value  bool // a key was read, its value comes next
	}
	var stack []level
	path := func() string {
		var p strings.Builder
		for _, l := range stack {
			if l.object {
				p.WriteString("/" + l.key)
			} else {
				p.WriteString("/0")
			}
		}
		return p.String()
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	last := 0
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		end := int(dec.InputOffset())
		// The token is what is left of the bytes when separators are taken off.
		start := end - len(bytes.TrimLeft(body[last:end], " \t\r\n,:"))
		fill(places[last:start], kind+" punctuation")
		what := " value "
		top := len(stack) - 1
		switch d := tok.(type) {
		case json.Delim:
			fill(places[start:end], kind+" punctuation")
			if d == '{' || d == '[' {
				stack = append(stack, level{object: d == '{'})
			} else {
				stack = stack[:top]
				if top > 0 {
					stack[top-1].value = false
				}
			}
			last = end
			continue
		case string:
			if top >= 0 && stack[top].object && !stack[top].value {
				stack[top].key, stack[top].value = d, true
				what = " name of "
				break
			}
		}
		fill(places[start:end], kind+what+path())
		if what == " value " && top >= 0 {
			stack[top].value = false
		}
		last = end
	}
	fill(places[last:], kind+" punctuation")
	return places
}
