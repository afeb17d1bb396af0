// Package lock reads, writes and keeps lock files: lists of image names, each
// with the digest that somebody approved under it. A lock file is text for a
// pull request, one fact a line, and there is exactly one text for a content:
// [Parse] refuses every other one, so a difference between two files is a
// difference in what they approve.
//
//	ocisum-lock 1
//
//	image registry.example/team/tiny:v1
//	  current sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1
//	    kind manifest
//	    verified
//	    added 2026-11-20T10:00:00Z
//	    source "tiny.tar" sha256:b02e0523a732bc3751c84c601fdecc9197f295e6b159764c051979222a215c5d
//	    platform linux/amd64
//	      manifest sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1
//	      config sha256:a57dac2f8c1ab031d3f1357b2c934a18285ec74884036a135de6f6e6a5b1c32d
//	      diff-id sha256:98951c911f53aa2e4c6a40121803448b98b9a7f7fafbc653b7825943537cded6
//	  earlier sha256:...
//	    ...
//
//	file "mirror/app.tar" sha256:b02e0523a732bc3751c84c601fdecc9197f295e6b159764c051979222a215c5d
//
// docs/lock.md has the grammar. A name is a full reference as Docker and
// containerd know it, with a tag, or with the digest itself where the one who
// approved it gave no tag. Everything that is approved is approved by digest;
// where a file came from, and its SHA-256, is information.
//
// # Limits
//
// A file has at most [MaxBytes] bytes and [MaxRecords] records. Marshal keeps
// them too, so that what was written can be read.
package lock
