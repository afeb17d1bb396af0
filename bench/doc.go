// Package bench holds the benchmarks that cross packages: hash engines, decoders
// next to their rivals, and whole verifications by format, number of layers,
// size and number of workers. It has no code of its own.
//
//	go test -run '^$' -bench . ./bench
//
// Names are key=value, for benchstat's -row, -col and -filter. The data are made
// in code (package sample), the same everywhere. With -short everything is small
// enough to run once.
//
// Folder table turns the output into the tables of docs/performance.md, folder
// mkimage writes the images, for other tools to be timed on, and folder rivals,
// a module of its own, runs such tools.
package bench
