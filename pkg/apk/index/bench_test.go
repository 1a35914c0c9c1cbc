package index

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// BenchmarkRead reads indexes whose entries are about as long as Alpine's.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{20_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := &Index{}
			for i := range n {
				x.Entries = append(x.Entries, Entry{Info: apk.Info{
					Name: fmt.Sprintf("package-%06d", i), Version: fmt.Sprintf("1.%d.%d-r%d", i%17, i%5, i%3), Arch: "x86_64",
					License:     "MIT",
					Description: fmt.Sprintf("Number %d of many packages, with a text", i), URL: "https://example.org/packages",
					Origin:     "package",
					Maintainer: "Natanael Copa <ncopa@example.org>", Commit: fmt.Sprintf("%040x", i*i), BuildDate: 1700000000 + int64(i),
					Size:     100_000,
					Depends:  []string{"so:libc.musl-x86_64.so.1", fmt.Sprintf("package-%06d", i/2), "so:libcrypto.so.3", "so:libssl.so.3"},
					Provides: []string{fmt.Sprintf("cmd:package-%06d=1.0-r0", i), fmt.Sprintf("so:libpackage-%06d.so.1=1.0.0", i)},
				}, Checksum: fmt.Sprintf("Q1%027d=", i), FileSize: int64(i)})
			}
			var archive bytes.Buffer
			must(b, x.Write(&archive, keyA()))
			b.SetBytes(int64(archive.Len()))
			b.ReportAllocs()
			for b.Loop() {
				_, err := Read(bytes.NewReader(archive.Bytes()), keyA().Public())
				must(b, err)
			}
		})
	}
}
