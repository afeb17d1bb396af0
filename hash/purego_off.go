//go:build !purego

package hash

// purego says that this build has portable Go only, here and in the standard
// library, which obeys the same tag.
const purego = false
