package hash

import (
	"os"
	"runtime"

	"github.com/klauspost/cpuid/v2"

	"github.com/ocisum/ocisum/internal/cpu"
)

// features is what the choice of engines depends on.
type features struct {
	shaNI  bool // amd64: SHA extensions with the SSSE3 and SSE4.1 that surround them
	avx    bool
	avx2   bool
	avx512 bool // amd64: F, BW, VL and DQ
	maker  maker
	sha2   bool // arm64
	std256 string
	std512 string
}

// maker is as much as must be known about who made the CPU and when: the same
// instructions take different time.
type maker struct {
	intel bool
	zen5  bool // AMD family 1Ah and later, whose AVX-512 is 512 bits wide
}

// detect asks the CPU, and GODEBUG for what it must not use.
func detect() features {
	f := featuresOf(os.Getenv("GODEBUG"), func(id cpuid.FeatureID) bool { return cpuid.CPU.Has(id) })
	f.maker = maker{intel: cpuid.CPU.IsVendor(cpuid.Intel), zen5: cpuid.CPU.IsVendor(cpuid.AMD) && cpuid.CPU.Family >= 0x1a}
	return f
}

// featuresOf leaves out what the cpu options of godebug switch off, by the
// names the Go runtime gives them. The standard library obeys the same options,
// so that what it is said to use is what it uses.
func featuresOf(godebug string, has func(cpuid.FeatureID) bool) features {
	on := func(name string, id cpuid.FeatureID) bool { return has(id) && !cpu.SwitchedOff(godebug, name) }
	f := features{std256: "generic", std512: "generic"}
	if purego {
		return f
	}
	switch runtime.GOARCH {
	case "amd64":
		f.shaNI = on("sha", cpuid.SHA) && on("ssse3", cpuid.SSSE3) && on("sse41", cpuid.SSE4)
		f.avx = on("avx", cpuid.AVX)
		f.avx2 = f.avx && on("avx2", cpuid.AVX2)
		f.avx512 = f.avx2 && on("avx512f", cpuid.AVX512F) && on("avx512bw", cpuid.AVX512BW) &&
			on("avx512vl", cpuid.AVX512VL) && on("avx512dq", cpuid.AVX512DQ)
		// The conditions of crypto/internal/fips140/sha256 and sha512.
		if f.avx2 && on("bmi2", cpuid.BMI2) {
			f.std256, f.std512 = "avx2", "avx2"
		}
		if f.shaNI && f.avx {
			f.std256 = "sha-ni"
		}
	case "arm64":
		f.sha2 = on("sha2", cpuid.SHA2)
		if f.sha2 {
			f.std256 = "sha2"
		}
		if on("sha512", cpuid.SHA512) {
			f.std512 = "sha512"
		}
	case "386", "loong64", "ppc64", "ppc64le", "riscv64", "s390x":
		f.std256, f.std512 = runtime.GOARCH, runtime.GOARCH
	}
	return f
}
