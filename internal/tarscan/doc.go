// Package tarscan finds the members of a tar archive, block by block, and
// says where tar readers would disagree about them.
//
// There is one machine, the [Scanner]. Bytes go in, entries and faults come
// out, and bodies are stepped over without being looked at:
//
//   - push: [Scanner.Write] takes the chunks of a stream that somebody else
//     reads, such as the decoded bytes of a layer while they are hashed;
//   - pull: [Scanner.Next] stops after each entry, so that its body can be read
//     from the same stream;
//   - random access: [Index] reads headers only and jumps over bodies.
//
// All three give the same entries, faults and summary for the same bytes.
//
// # What is read
//
// The headers of V7, POSIX ustar, pax (x and g), star and GNU tar (L, K, and
// the sparse forms), numbers in octal and base-256, checksums summed over
// unsigned or signed bytes. Where readers differ the Scanner does what Go's
// archive/tar does, because that is what image tools are built on, and reports
// a [Fault]. A name is bytes: it may hold anything but NUL.
//
// # What is a fault
//
// A fault is a place where the archive is damaged or where two sources of the
// same fact disagree, in a way that no writer produces. Writers do store a
// shortened name in the ustar header next to the real one in a pax or GNU
// extension (cut at 100 bytes, characters outside of ASCII dropped or
// replaced), and a size of zero next to a pax size above 8 GiB; that is no
// fault. A pax path that renames "notes.txt" to "manifest.json" is.
//
// After a header that cannot be located or believed (checksum, size) nothing
// more is read: what follows has no certain meaning. The end of the archive is
// the first zero block; what follows the marker is only judged as zero or not.
//
// # Limits
//
// Memory does not depend on the input: one block, one name, one link target
// ([Options.NameBytes] each) and a bounded number of faults. Extended headers
// are understood as they pass, whatever their size; one above
// [Options.PAXBytes] is a fault all the same. A Scanner is for one goroutine.
package tarscan
