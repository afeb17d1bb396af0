//go:build race

package oci

// scale shrinks the largest documents where the race detector makes them
// slow; what they cost is measured without it.
const scale = 10
