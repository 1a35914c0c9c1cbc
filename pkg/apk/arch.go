package apk

import "runtime"

// noarch is the architecture of packages that run on all of them.
const noarch = "noarch"

// HostArch returns Alpine's name of the architecture this program runs on ("x86_64", "aarch64", …).
func HostArch() string { return alpineArch(runtime.GOARCH) }

func alpineArch(goarch string) string {
	switch goarch {
	case "amd64":
		return "x86_64"
	case "386":
		return "x86"
	case "arm64":
		return "aarch64"
	case "arm":
		return "armv7"
	case "loong64":
		return "loongarch64"
	}
	return goarch // ppc64le, riscv64, s390x have the same name
}

// Arches lists Alpine's architectures.
func Arches() []string {
	return []string{
		"aarch64", "armhf", "armv7", "loongarch64", "ppc64le", "riscv64", "s390x", "x86", "x86_64",
	}
}
