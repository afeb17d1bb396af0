package adversary

import (
	"testing"
)

// TestCases runs every archive in every container through the library.
func TestCases(t *testing.T) {
	for _, c := range All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, form := range c.Containers() {
				rep, err := c.Verify(t.Context(), t.TempDir(), form)
				for _, wrong := range c.Judge(rep, err) {
					t.Errorf("%s: %s\n%s", form, wrong, Describe(rep))
				}
			}
		})
	}
}
