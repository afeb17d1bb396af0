// Package adversary attacks the verifier. It is support for tests; nothing
// that is released imports it.
//
// It holds what the text files of testdata/vectors cannot express: archives
// whose bytes no writer makes ([Cases]), images on both sides of every limit
// ([Limits]), sources that fail while they are read ([Faulty]), and changes of
// the structure of an archive ([Mutate]).
//
// Its tests ask the questions a sceptic would ask:
//
//   - Census: flip every byte of a small image of each format. Is each flip
//     noticed, and if not, why is it allowed to be? The answer is measured and
//     written to docs/census.md.
//   - Flips: ten thousand seeded bit flips over the images of the corpus. Is
//     each caught, and the right object named?
//   - Faults: the k-th read fails, for every k. Is the verdict incomplete,
//     never verified and never failed, and does the run go on?
//   - Splits: two tar readers see two images in one archive. Is there always a
//     finding?
//   - Output: can an image write to the terminal, and do two runs say the same?
//
// The table in rows_test.go names for each known threat the test that answers
// it, and fails if one has none. Check deletion, which needs to reach into the
// verifier, is in package verify (deletion_test.go), and so are the fuzz
// targets.
package adversary
