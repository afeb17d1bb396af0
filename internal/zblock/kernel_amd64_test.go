//go:build amd64 && !purego

package zblock

// fellBack reports whether the assembly did not decode the latest sequences
// itself.
func fellBack(d *Decoder) bool {
	return Fast() && !d.portable && (d.job.failed != 0 || d.job.unread != 0 || d.job.left != 0)
}
