package main

import (
	"reflect"
	"strings"

	"github.com/ocisum/ocisum/report"
)

// reportFields gives the JSON fields of the report's types by their name in
// the schema.
func reportFields() map[string]map[string]bool {
	all := make(map[string]map[string]bool)
	for name, t := range map[string]reflect.Type{
		"report": reflect.TypeFor[report.Report](), "tool": reflect.TypeFor[report.Tool](), "source": reflect.TypeFor[report.Source](),
		"anchor": reflect.TypeFor[report.Anchor](), "image": reflect.TypeFor[report.Image](), "blob": reflect.TypeFor[report.Blob](),
		"layer": reflect.TypeFor[report.Layer](), "index": reflect.TypeFor[report.Index](), "artifact": reflect.TypeFor[report.Artifact](),
		"finding": reflect.TypeFor[report.Finding](), "coverage": reflect.TypeFor[report.Coverage](), "bytes": reflect.TypeFor[report.Bytes](),
		"mention": reflect.TypeFor[report.Mention](),
	} {
		all[name] = make(map[string]bool)
		addFields(all[name], t)
	}
	return all
}

func addFields(set map[string]bool, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			addFields(set, f.Type)
		case name != "-":
			set[name] = true
		}
	}
}
