package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/goreleaser/nfpm/v2"
	nfpmapk "github.com/goreleaser/nfpm/v2/apk"
	"github.com/goreleaser/nfpm/v2/files"

	"github.com/pakman/build/pkg/apk"
)

// A packer is run as a process of its own, so that its memory can be measured.
type packer struct {
	name  string
	needs string // on PATH
	argv  func(root, out string) []string
}

// packers begins with those that the others are compared with.
func packers() []packer {
	list := []packer{
		shell("tar-gzip-9", "gzip", `gzip -n -9 > "$2"`),
		shell("tar-pigz-9", "pigz", `pigz -n -9 > "$2"`),
		shell("abuild-gzip", "abuild-tar", abuildStep("gzip")),
		shell("abuild-pigz", "abuild-tar", abuildStep("pigz")),
		shell("tar-libdeflate-6", "libdeflate-gzip", `libdeflate-gzip -6 > "$2"`),
		shell("tar-libdeflate-9", "libdeflate-gzip", `libdeflate-gzip -9 > "$2"`),
		shell("tar-libdeflate-12", "libdeflate-gzip", `libdeflate-gzip -12 > "$2"`),
		child("nfpm", "nfpm"),
	}
	for _, compression := range []string{"fast", "balanced", "small"} {
		list = append(list, child("pakman-"+compression, "pakman", compression))
	}
	return list
}

// abuildStep is how abuild makes the data of a package: its own program adds the checksums, and
// the result is read once more for its hash.
func abuildStep(compressor string) string {
	return "abuild-tar --hash | " + compressor + ` -n -9 > "$2" && sha256sum "$2" > "$2.sum"`
}

func shell(name, needs, pipe string) packer {
	return packer{name, needs, func(root, out string) []string {
		return []string{"sh", "-c", `tar -C "$1" --sort=name -cf - . | ` + pipe, "sh", root, out}
	}}
}

func child(name string, args ...string) packer {
	return packer{name, "sh", func(root, out string) []string {
		return append([]string{os.Args[0], childArgument, root, out}, args...)
	}}
}

// childArgument makes the test program a packer.
const childArgument = "pack-as-a-child"

func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == childArgument {
		err := pack(os.Args[2], os.Args[3], os.Args[4:])
		if err == nil {
			err = printPeak()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// printPeak prints the most memory that this process had at once, in KiB. What the parent learns
// from wait4 would count its own, since they share it until exec.
func printPeak() error {
	status, err := os.ReadFile("/proc/self/status") // Linux
	if err != nil {
		return err
	}
	kib, ok := peakOf(string(status))
	if !ok {
		return errors.New("no VmHWM in /proc/self/status")
	}
	_, err = fmt.Println(kib)
	return err
}

// peakOf returns the peak memory, in KiB, that a status file of /proc tells.
func peakOf(status string) (kib int64, ok bool) {
	_, rest, _ := strings.Cut(status, "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kib, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kib, err == nil
}

func pack(root, out string, with []string) error {
	if with[0] == "nfpm" {
		return packNfpm(root, out)
	}
	info := apk.Info{Name: "app", Version: "1.0.0-r0", Arch: "x86_64", BuildDate: 1700000000}
	_, err := apk.Create(context.Background(), out, info, nil, apk.Tree{Root: root}, apk.Compress(apk.Compression(with[1])))
	return err
}

func packNfpm(root, out string) (err error) {
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "app", Version: "1.0.0", Arch: "amd64", Platform: "linux", Maintainer: "Ada <ada@example.org>",
		Overridables: nfpm.Overridables{Contents: files.Contents{{Source: root, Destination: "/", Type: files.TypeTree}}},
	})
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return nfpmapk.Default.Package(info, file)
}
