package lock

import (
	"time"

	"github.com/opencontainers/go-digest"
)

// jsonSchema names the shape of the JSON form. Fields are added under the same
// name and never change their meaning.
const jsonSchema = "ocisum.lock/v1"

type jsonFile struct {
	Schema string       `json:"schema"`
	Images []jsonImage  `json:"images"`
	Files  []jsonSource `json:"files"`
}

type jsonImage struct {
	Name    string       `json:"name"`
	Current jsonRecord   `json:"current"`
	History []jsonRecord `json:"history"`
}

type jsonRecord struct {
	Digest    digest.Digest  `json:"digest"`
	Kind      Kind           `json:"kind"`
	Verified  bool           `json:"verified"`
	Imported  string         `json:"imported,omitempty"`
	Added     string         `json:"added,omitempty"`
	Sources   []jsonSource   `json:"sources"`
	Platforms []jsonPlatform `json:"platforms"`
}

type jsonSource struct {
	Path   string        `json:"path"`
	SHA256 digest.Digest `json:"sha256,omitempty"`
}

type jsonPlatform struct {
	Platform string          `json:"platform"`
	Manifest digest.Digest   `json:"manifest,omitempty"`
	Config   digest.Digest   `json:"config,omitempty"`
	DiffIDs  []digest.Digest `json:"diffIDs"`
}

func (f *File) json() ([]byte, []Left, error) {
	out := jsonFile{Schema: jsonSchema, Images: []jsonImage{}, Files: sourcesOf(f.Files)}
	for i := range f.Images {
		img := &f.Images[i]
		j := jsonImage{Name: img.Name, Current: img.Current.json(), History: []jsonRecord{}}
		for k := range img.History {
			j.History = append(j.History, img.History[k].json())
		}
		out.Images = append(out.Images, j)
	}
	b, err := text(out)
	return b, nil, err
}

func (r *Record) json() jsonRecord {
	j := jsonRecord{Digest: r.Digest, Kind: r.Kind, Verified: r.Verified, Imported: r.Imported, Sources: sourcesOf(r.Sources), Platforms: []jsonPlatform{}}
	if !r.Added.IsZero() {
		j.Added = r.Added.Format(time.RFC3339)
	}
	for _, p := range r.Platforms {
		j.Platforms = append(j.Platforms, jsonPlatform{p.Name, p.Manifest, p.Config, append([]digest.Digest{}, p.DiffIDs...)})
	}
	return j
}

func sourcesOf(list []Source) []jsonSource {
	out := []jsonSource{}
	for _, s := range list {
		out = append(out, jsonSource(s))
	}
	return out
}
