//go:build !race

package oci

const scale = 1
