// Package policy reads containers policies, policy.json of
// containers-policy.json(5), which podman, skopeo and buildah obey, and turns
// them into vouchers.
//
// # What is read
//
// A strict subset. Unknown members and names that stand twice are errors, and
// what is known and not supported is refused by name:
//
//   - default, which is required, and transports with their scopes;
//   - the requirements insecureAcceptAnything, reject, signedBy (keyType
//     GPGKeys, with one of keyPath, keyPaths and keyData) and sigstoreSigned
//     (with one of keyPath, keyPaths, keyData and keyDatas). Keyless signatures
//     (fulcio, pki) and transparency logs (rekorPublicKey...) are refused here:
//     they need certificates and trusted roots that this program does not read;
//   - signedIdentity matchExact, matchRepoDigestOrExact (the default),
//     matchRepository, exactReference, exactRepository and remapIdentity.
//
// A keyPath that is not absolute is taken from the folder of the policy file.
// Other tools take it from their working directory, where anybody might have
// put a file; write absolute paths in policies that they share.
//
// # Which requirements apply
//
// An image with a name is judged as the transport docker would be, whatever
// file it comes in: the name says where it is meant to come from. The name is
// that of the user, or else those that the source gives the image, and then all
// of them count; a source can give any name. The scopes are tried in this
// order, and the first one decides, with all of its requirements:
//
//	registry.example:5000/team/app@sha256:...   a digest that the image has
//	registry.example:5000/team/app:v1
//	registry.example:5000/team/app
//	registry.example:5000/team
//	registry.example:5000
//	*.example
//	""                                          of the transport
//
// else default. A digest scope is compared with digests that were computed from
// bytes: with insecureAcceptAnything it is an entry of an allowlist, and the
// report says that the policy vouches for the image.
//
// An image without a name is judged by the scope "" of the transport that the
// source is, dir, oci, oci-archive or docker-archive, else by default. Where
// the policy has that scope, it holds for images with names as well. Scopes of
// those transports other than "" are refused: they are paths of files, which
// say nothing about what is in them.
//
// # Limits
//
// A policy has at most 1 MiB, 1000 scopes, and 16 requirements in each.
package policy
