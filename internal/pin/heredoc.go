package pin

import (
	"bytes"
	"fmt"

	"github.com/ocisum/ocisum/internal/lazyregexp"
)

// heredoc is a here-document that an instruction announces.
type heredoc struct {
	name  string
	chomp bool // tabs before the closing line are dropped
}

var heredocWord = lazyregexp.New(`^(\d*)<<(-?)\s*([^<]*)$`)

// heredocsOf finds the here-documents of a RUN, COPY or ADD. They are words,
// wherever they stand in it; BuildKit reads them with \ as escape character
// whatever the directive says.
func heredocsOf(t tracked) ([]heredoc, error) {
	words, err := rawWords(t)
	if err == errNesting {
		return nil, err
	} else if err != nil {
		return nil, nil // so does BuildKit: the shell may know what it means
	}
	var all []heredoc
	for _, w := range words {
		m := heredocWord().FindSubmatchIndex(w.b)
		if m == nil || m[6] == m[7] {
			continue
		}
		if bytes.IndexByte(w.b, '$') >= 0 {
			// BuildKit takes some of these for here-documents and some not.
			return nil, fmt.Errorf("a here-document with a variable in its name: %s", printable(w.String()))
		}
		name := lexer{t: w.slice(m[6], m[7]), escape: '\\'}
		if _, err := name.run(); err != nil {
			return nil, err
		}
		if len(name.words) != 1 {
			continue
		}
		text := name.words[0].String()
		all = append(all, heredoc{text, m[5] > m[4]})
	}
	return all, nil
}

// rawWords splits at blanks that are neither quoted nor escaped.
func rawWords(t tracked) ([]tracked, error) {
	l := lexer{t: t, escape: '\\', raw: true}
	_, err := l.run()
	return l.words, err
}
