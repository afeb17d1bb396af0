package oci

// LayoutVersion is the one version of the OCI image layout there is.
const LayoutVersion = "1.0.0"

// Layout is the file oci-layout.
type Layout struct {
	Version string // imageLayoutVersion, "" if there is none
}

var layoutSchema = &Schema{Type: Object, Fields: []Field{
	{Name: "imageLayoutVersion", Required: true, Schema: &Schema{Type: String, Text: checkLayoutVersion}},
}}

// ParseLayout reads the file oci-layout. A version other than LayoutVersion
// is a Value problem. The layout is nil only if nothing of it can be used.
func ParseLayout(data []byte, lim Limits) (*Layout, []Problem) {
	c := open(data, layoutSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	v, _ := c.lookup(0, "imageLayoutVersion")
	return &Layout{Version: c.str(v)}, c.sorted()
}
