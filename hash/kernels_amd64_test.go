//go:build amd64 && !purego

package hash

var laneTests = []laneTest{
	{"nothing", features{}, map[int]int{2: 0, 16: 0}},
	{"sha-ni", features{shaNI: true}, map[int]int{1: 0, 2: 2, 3: 3, 4: 4, 5: 4, 16: 4}},
	{"avx512", features{avx512: true}, map[int]int{1: 0, 2: 8, 8: 8, 11: 8, 12: 16, 16: 16}},
	{"avx2", features{avx2: true}, map[int]int{1: 0, 2: 0, 3: 8, 16: 8}},
	{"all of avx", features{avx2: true, avx512: true}, map[int]int{2: 8, 12: 16}},
	{"sha-ni and avx2", features{avx2: true, shaNI: true}, map[int]int{2: 2, 8: 4}},
	{"intel", features{shaNI: true, avx512: true, maker: maker{intel: true}}, map[int]int{1: 0, 2: 2, 4: 2, 6: 2, 7: 8, 11: 8, 12: 16}},
	{"intel without avx512", features{shaNI: true, maker: maker{intel: true}}, map[int]int{2: 2, 4: 4, 16: 4}},
	{"zen4", features{shaNI: true, avx512: true}, map[int]int{2: 2, 3: 3, 4: 4, 16: 4}},
	{"zen5", features{shaNI: true, avx512: true, maker: maker{zen5: true}}, map[int]int{2: 2, 4: 4, 12: 4, 13: 16, 16: 16}},
}
