//go:build arm64 && !purego

package hash

var laneTests = []laneTest{
	{"nothing", features{}, map[int]int{2: 0, 16: 0}},
	{"sha2", features{sha2: true}, map[int]int{1: 0, 2: 2, 16: 2}},
}
