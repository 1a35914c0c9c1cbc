package apk

import (
	"io/fs"
	"testing"
)

func TestKind(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		fs.ModeDir | 0o755: "directory", fs.ModeSymlink: "symbolic link", fs.ModeSocket: "socket", fs.ModeNamedPipe: "named pipe",
		fs.ModeDevice | fs.ModeCharDevice: "device", fs.ModeIrregular: "special file",
	} {
		if got := Kind(mode); got != want {
			t.Errorf("%v: %s, want %s", mode, got, want)
		}
	}
}
