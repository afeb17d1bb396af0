package pin

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// scratch is the stage that is empty.
const scratch = "scratch"

// instructions that BuildKit knows. Others, which a frontend of its own may
// have, are noted.
var known = strings.Fields("ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR")

// automatic are the variables that a build sets itself and FROM can use
// (Dockerfile reference, "Automatic platform ARGs in the global scope").
var automatic = strings.Fields("BUILDPLATFORM BUILDOS BUILDOSVERSION BUILDARCH BUILDVARIANT TARGETPLATFORM TARGETOS TARGETOSVERSION TARGETARCH TARGETVARIANT TARGETSTAGE")

// dockerfile is a Dockerfile while it is read, and then its shape.
type dockerfile struct {
	*File
	escape byte
	ins    []instruction
	args   map[string]value
	budget int
	stages []string        // names of the stages so far, "" for those without
	named  map[string]bool // all names of stages, in lower case
	before map[string]bool // those so far
}

// dockerfile finds the places of a Dockerfile.
func (f *File) dockerfile() error {
	l := lines{data: f.data}
	if err := l.split(); err != nil {
		return err
	}
	d := &dockerfile{
		File: f, escape: l.escape, ins: l.instructions, budget: maxExpanded,
		args: make(map[string]value), named: make(map[string]bool), before: make(map[string]bool),
	}
	f.shape = d
	for _, name := range automatic {
		d.args[name] = value{}
	}
	if t, line := syntaxDirective(f.data); t.len() > 0 {
		f.add(t.place("syntax", line))
	}
	for _, in := range d.ins {
		if c := splitCommand(in.tracked, d.escape); c.is("FROM") {
			if words := fields(c.args); len(words) == 3 && strings.EqualFold(words[1].String(), "AS") {
				d.named[strings.ToLower(words[2].String())] = true
			}
		}
	}
	for _, in := range d.ins {
		if err := d.instruction(in); err != nil {
			return err
		}
	}
	if len(d.stages) == 0 {
		return syntaxError(0, "this is no Dockerfile: no FROM")
	}
	return nil
}

// add takes a place in.
func (f *File) add(p Place) {
	f.Known++
	if len(f.Places) > maxPlaces {
		return // Find says so
	}
	if at := p.offset(); at >= 0 {
		p.Line = f.lineOf(at)
	}
	f.Places = append(f.Places, p)
}

// lineOf returns the number of the line of an offset.
func (f *File) lineOf(offset int) int {
	if f.ends == nil {
		for i, b := range f.data {
			if b == '\n' {
				f.ends = append(f.ends, i)
			}
		}
	}
	n, _ := slices.BinarySearch(f.ends, offset)
	return n + 1
}

func (f *File) note(line int, format string, args ...any) {
	switch {
	case len(f.Notes) < maxNotes:
		f.Notes = append(f.Notes, Note{line, fmt.Sprintf(format, args...)})
	case len(f.Notes) == maxNotes:
		f.Notes = append(f.Notes, Note{line, "there are more such remarks"})
	}
}

func (d *dockerfile) instruction(in instruction) error {
	c := splitCommand(in.tracked, d.escape)
	if c.is("ARG") && len(d.stages) == 0 {
		return d.arg(c, in.line)
	}
	if c.is("FROM") {
		return d.from(c, in.line)
	}
	if len(d.stages) == 0 {
		return syntaxError(in.line, "%s before the first FROM", printable(c.name))
	}
	what := ""
	if c.is("ONBUILD") {
		what, c = "ONBUILD ", splitCommand(c.args, d.escape)
	}
	switch {
	case c.is("COPY"):
		if from, ok := c.flag("from"); ok {
			d.source(from, what+"COPY --from", in.line)
		}
	case c.is("RUN"):
		for _, f := range c.flags {
			if mount, ok := cutFlag(f, "mount"); ok {
				d.mount(mount, what+"RUN --mount", in.line)
			}
		}
	case !slices.Contains(known, strings.ToUpper(c.name)):
		d.note(in.line, "the instruction %s is not known and not looked at", printable(c.name))
	}
	return nil
}

// arg keeps the defaults of an ARG before the first FROM, the only ones that a
// FROM can use.
func (d *dockerfile) arg(c command, line int) error {
	for _, word := range quotedFields(c.args, d.escape) {
		i := bytes.IndexByte(word.b, '=')
		if i < 0 {
			continue // without a default; an earlier one stays
		}
		l := d.lexer(word.from(i + 1))
		t, err := l.run()
		if err != nil {
			return syntaxError(line, "ARG: %v", err)
		}
		d.args[string(word.b[:i])] = value{t, len(l.unknown) == 0 && !l.odd, l.hollow}
	}
	return nil
}

func (d *dockerfile) lexer(t tracked) *lexer {
	return &lexer{t: t, escape: rune(d.escape), budget: &d.budget, lookup: func(name string) (value, bool) {
		v, ok := d.args[name]
		return v, ok
	}}
}

// from takes a FROM: its image, and the name of its stage.
func (d *dockerfile) from(c command, line int) error {
	words := fields(c.args)
	stage := ""
	switch {
	case len(words) == 3 && strings.EqualFold(words[1].String(), "AS"):
		stage = strings.ToLower(words[2].String())
	case len(words) != 1:
		return syntaxError(line, "FROM takes NAME or NAME AS STAGE")
	}
	l := d.lexer(words[0])
	t, err := l.run()
	if err != nil {
		return syntaxError(line, "FROM: %v", err)
	}
	switch {
	case len(l.unknown) > 0 || l.odd:
		d.open(words[0], l, line)
	case t.len() == 0 && len(l.unset) > 0:
		p := words[0].place("FROM", line)
		p.Obstacle = fmt.Sprintf("%s has no default", l.unset[0])
		d.add(p)
	case d.before[strings.ToLower(t.String())], t.String() == scratch:
		d.Known++
	default:
		p := t.place("FROM", line)
		if l.hollow {
			p.Obstacle = "a variable in it is empty or has no default"
		}
		d.add(p)
	}
	d.stages = append(d.stages, stage)
	if stage != "" {
		d.before[stage] = true
	}
	return nil
}

// open takes a FROM whose name only the build knows. Often it chooses among the
// stages above: FROM base-${TARGETARCH}.
func (d *dockerfile) open(word tracked, l *lexer, line int) {
	pattern := lexer{t: word, escape: l.escape, budget: l.budget, lookup: func(name string) (value, bool) {
		if v, ok := d.args[name]; ok && v.known {
			return v, true
		}
		return value{tracked{[]byte{0}, []int32{-1}}, true, false}, true
	}}
	t, err := pattern.run()
	const most = 1000 // stages are looked through for each such FROM
	if len(d.before) > most {
		err = errExpanded
	}
	if before, after, ok := strings.Cut(t.String(), "\x00"); err == nil && !pattern.odd && ok && !strings.Contains(after, "\x00") {
		for stage := range d.before {
			if len(before)+len(after) > 0 && len(stage) > len(before)+len(after) && strings.HasPrefix(stage, strings.ToLower(before)) && strings.HasSuffix(stage, strings.ToLower(after)) {
				d.Known++
				d.note(line, "FROM %s is taken for one of the stages above", printable(word.String()))
				return
			}
		}
	}
	p := word.place("FROM", line)
	if len(l.unknown) > 0 {
		p.Obstacle = fmt.Sprintf("%s is known to the build only", l.unknown[0])
	} else {
		p.Obstacle = "the name is cut out of a variable"
	}
	d.add(p)
}

// source takes the image of a COPY --from or of a mount, if it is not a stage.
// A stage may also be named by its number.
func (d *dockerfile) source(t tracked, what string, line int) {
	name := t.String()
	if name == "" || name == scratch || d.named[strings.ToLower(name)] {
		d.Known++
		return
	}
	if _, err := strconv.Atoi(name); err == nil && strings.HasSuffix(what, "COPY --from") {
		d.Known++
		return
	}
	p := t.place(what, line)
	switch {
	case strings.Contains(name, "$"):
		p.Obstacle = "variables are not allowed here: give the image a stage of its own, FROM IMAGE AS NAME"
	case strings.HasPrefix(what, "ONBUILD") && !strings.ContainsAny(name, ":/@"):
		d.Known++
		d.note(line, "%s %s may be a stage of the next build and is left alone", what, printable(name))
		return
	}
	d.add(p)
}

// mount takes the image of a mount.
func (d *dockerfile) mount(t tracked, what string, line int) {
	var from tracked
	for _, field := range csv(t) {
		if key, _, ok := strings.Cut(field.String(), "="); ok && strings.EqualFold(key, "from") {
			from = field.from(len("from="))
		}
	}
	if from.len() > 0 {
		d.source(from, what, line)
	}
}

// after compares what the instructions say: that of d, with the edits, and that
// of a changed file. Comments and here-documents count like the rest, through
// the bytes between instructions, which Apply does not touch.
func (d *dockerfile) after(edits []edit, s shape) error {
	changed, ok := s.(*dockerfile)
	if !ok || len(changed.ins) != len(d.ins) || changed.escape != d.escape {
		return fmt.Errorf("the instructions would be others")
	}
	for i, in := range d.ins {
		other := changed.ins[i]
		if got, want := other.String(), in.edited(edits); got != want || in.line != other.line || len(in.docs) != len(other.docs) {
			return fmt.Errorf("line %d would mean something else: %s", in.line, printable(got))
		}
		for k := range in.docs {
			if in.docs[k].String() != other.docs[k].String() {
				return fmt.Errorf("a here-document of line %d would be another", in.line)
			}
		}
	}
	if !slices.Equal(d.stages, changed.stages) {
		return fmt.Errorf("the stages would be others")
	}
	return nil
}
