// Package layout reads image directories and hands verified images on.
//
// [Open] makes a directory a [content.Source]. It lists what is there and
// knows no format: an OCI layout, a skopeo dir: folder and an unpacked docker
// save archive are all the same to it. [NewEngine] is the other end: it lets
// users of umoci unpack an image that package verify has judged, whatever
// container it came in.
//
// # What a directory is
//
// Every file, folder, link, pipe, socket and device below the directory is one
// object; the directory itself is none. An object's name is its path with
// slashes. The list is made once, when the directory is opened, breadth first,
// so that the documents at the top are there even if a limit cuts the rest.
//
// The directory is hostile. All access goes through an [os.Root]: nothing
// outside is ever opened. Links below the directory are listed and not
// followed; the path that the user gives may itself be a link, that is the
// user's word. Nothing but a regular file is opened, without waiting, and what
// was opened is compared with what was listed before a byte of it is read. A
// reader compares again at the end: a file that is changed, replaced or removed
// during the run gives a [*ChangedError], never a mixture of two files. (An
// edit that restores the modification time within one tick of the clock of the
// file system is beyond what stat can tell.)
//
// With [Options.FollowLinks] a link is resolved against the list, component by
// component as the kernel would, if it never leaves the directory on the way.
// A name below a linked folder is looked up as a link: blobs/sha256/HEX is one
// if blobs/sha256 is.
//
// # Limits
//
// At most 200 000 objects, names of 4 KiB, folders 32 deep and 8 links in a
// row, see [Options]. What a limit leaves out is told by [Dir.Findings]; with
// the same content the same objects are kept, whatever the order on disk.
// Memory is about 200 bytes an object, and an open object costs one file
// descriptor.
package layout
