// Package pin finds where Dockerfiles, Compose files and Kubernetes manifests
// name images, and writes digests there: "alpine:3.20" becomes
// "alpine:3.20@sha256:...". It edits by position. Nothing is parsed and written
// again, so every byte outside of the digests stays as it is: indentation,
// comments, line ends, quotes, a missing newline at the end.
//
// [Find] reads a file and returns its [Place]s. A [Resolver] knows digests for
// names. [Make] decides for each place what is to be done, and makes the new
// content; before it returns that, it reads it again and compares: the same
// places with the planned names, and everything else unchanged. Nothing here
// opens a file.
//
// What names an image:
//
//   - Dockerfile: FROM, COPY --from, RUN --mount=from=, each unless it names a
//     stage or scratch, also below ONBUILD; the "# syntax=" directive. A FROM
//     that gets its name from a variable is followed to the default of the ARG,
//     or to that in ${NAME:-default}. The grammar is that of BuildKit: escape
//     directive, continued lines with comments between them, here-documents.
//   - Compose: services.*.image unless the service has a build, for which
//     image is the name of its result; services.*.volumes of type image;
//     build.additional_contexts that begin with docker-image://. Anchors,
//     aliases and merges are followed.
//   - Kubernetes: image of containers, initContainers and ephemeralContainers
//     and image.reference of volumes, in Pods and in every built-in kind with a
//     pod template, and in lists of them. Other kinds are left alone.
//
// A name that is put together from several parts, or that depends on a variable
// without a default, cannot be edited; the place then has an Obstacle.
//
// Input is bounded: [MaxBytes], and for YAML the number of nodes.
package pin
