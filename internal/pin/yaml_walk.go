package pin

import (
	"go.yaml.in/yaml/v3"
)

// step counts work.
func (d *documents) step(n int) error {
	if d.steps += n; d.steps > maxSteps {
		return errSteps
	}
	return nil
}

// resolve follows an alias; the anchor of an alias is no alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// follow resolves an alias that something was asked for, and remembers it.
func (d *documents) follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		if d.followed == nil {
			d.followed = make(map[*yaml.Node]bool)
		}
		d.followed[n] = true
	}
	return resolve(n)
}

// shared notes aliases that get a digest with the image at their anchor
// although nothing was found to be named by them.
func (d *documents) shared(f *File) {
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode && d.taken[n.Alias] && !d.followed[n] {
			f.note(n.Line, "*%s is an image elsewhere, and changes with it", printable(n.Value))
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	if len(d.taken) > 0 {
		for _, doc := range d.docs {
			walk(doc)
		}
	}
}

// null reports whether there is no value.
func null(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!null" || n.Tag == "!reset")
}

// get returns the value of a key, nil if there is none, through aliases and
// merges: https://yaml.org/type/merge.html.
func (d *documents) get(n *yaml.Node, key string) (*yaml.Node, error) {
	return d.lookup(n, key, 0)
}

func (d *documents) lookup(n *yaml.Node, key string, depth int) (*yaml.Node, error) {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	if depth > maxMerges {
		return nil, errSteps
	}
	if err := d.step(len(n.Content)/2 + 1); err != nil {
		return nil, err
	}
	var found *yaml.Node
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch {
		case k.Kind != yaml.ScalarNode:
		case k.ShortTag() == "!!merge":
			merges = append(merges, n.Content[i+1])
		case k.Value == key && found != nil:
			return nil, syntaxError(n.Content[i].Line, "a second %s in one mapping", key)
		case k.Value == key:
			found = d.follow(n.Content[i+1])
		}
	}
	if found != nil {
		return found, nil
	}
	for _, m := range merges {
		from := []*yaml.Node{resolve(m)}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if v, err := d.lookup(m, key, depth+1); v != nil || err != nil {
				return v, err
			}
		}
	}
	return nil, nil
}

// path follows keys.
func (d *documents) path(n *yaml.Node, keys ...string) (*yaml.Node, error) {
	for _, key := range keys {
		v, err := d.get(n, key)
		if v == nil || err != nil {
			return nil, err
		}
		n = v
	}
	return resolve(n), nil
}

// text returns the string at a path, "" if there is none.
func (d *documents) text(n *yaml.Node, keys ...string) (string, error) {
	v, err := d.path(n, keys...)
	if v == nil || err != nil || v.Kind != yaml.ScalarNode {
		return "", err
	}
	return v.Value, nil
}

// items returns the elements of a sequence.
func items(n *yaml.Node) []*yaml.Node {
	if n = resolve(n); n != nil && n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return nil
}

// pair is a key of a mapping with its value, both without aliases.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs returns what a mapping holds, its own keys first, then merged ones that
// it does not have itself.
func (d *documents) pairs(n *yaml.Node) ([]pair, error) {
	var all []pair
	err := d.collect(n, make(map[string]bool), &all, 0)
	return all, err
}

func (d *documents) collect(n *yaml.Node, seen map[string]bool, all *[]pair, depth int) error {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	if depth > maxMerges {
		return errSteps
	}
	if err := d.step(len(n.Content)/2 + 1); err != nil {
		return err
	}
	own := make(map[string]bool)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch {
		case k.Kind != yaml.ScalarNode:
		case k.ShortTag() == "!!merge":
			merges = append(merges, n.Content[i+1])
		case own[k.Value]:
			return syntaxError(n.Content[i].Line, "a second %s in one mapping", printable(k.Value))
		default:
			own[k.Value] = true
			if !seen[k.Value] {
				seen[k.Value] = true
				*all = append(*all, pair{k.Value, d.follow(n.Content[i+1])})
			}
		}
	}
	for _, m := range merges {
		from := []*yaml.Node{resolve(m)}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if err := d.collect(m, seen, all, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
