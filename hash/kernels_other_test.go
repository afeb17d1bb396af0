//go:build (!amd64 && !arm64) || purego

package hash

var laneTests = []laneTest{
	{"everything", features{shaNI: true, avx512: true, sha2: true}, map[int]int{2: 0, 16: 0}},
}
