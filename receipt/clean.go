package receipt

import "github.com/ocisum/ocisum/internal/render"

// clean makes text from an image or a command line fit for a document that
// people will read: no control or invisible characters, at most 4 KiB.
func clean(s string) string { return render.Escape(s) }
