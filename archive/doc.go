// Package archive reads the tar archive around an image and says what is wrong
// with it. It knows nothing of images.
//
// [New] indexes an archive that can be read at random, [NewStream] reads one
// that passes once. Both give the same objects and findings for the same
// bytes, and both are a [content.Source] (a Stream after its end, and without
// the bytes). [Unwrap] sees through a compressed file around the archive, and
// [OpenFile] opens what a user named.
//
// # Names
//
// A member's canonical name is its name without "." and empty components and
// without a slash at the end. Every ambiguity is a finding, never a choice
// made in silence:
//
//   - two members with one name: archive.duplicate-entry; with names that
//     differ in spelling only: archive.name-collision. Lookup finds the first;
//     Shadowed has the others. A folder may be listed many times.
//   - a member below another that is no folder: archive.name-collision.
//   - a name that is absolute, has a ".." component, or is empty:
//     archive.unsafe-path. Such a member has no canonical name: it is in
//     Shadowed under the name as written, and no lookup finds it.
//
// # Links
//
// Links are followed inside the archive only, by [Archive.Resolve]: symbolic
// links from the folder of the link, hard links from the root. A link may come
// before its target. Following ends after [Limits].LinkHops links, at a target
// outside, and at one that passes through another link or through a file.
//
// # Limits
//
// An exceeded limit is a finding that makes a verdict incomplete. Memory is
// that of the names: at most Limits.Members of them and 32 MiB in all. Bodies
// are never held and never read to find the next header.
package archive
