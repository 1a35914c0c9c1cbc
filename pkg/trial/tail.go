package trial

import (
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// How much is kept of what the packages' programs say, in bytes.
const (
	mostOutput = 64 << 10
	mostLine   = 2 << 10
	mostAnswer = 1 << 20 // a verdict has some lines, as JSON
)

// tail is a writer that keeps the last bytes.
type tail struct {
	most int
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-t.most):]...)
	t.kept = t.kept[max(0, len(t.kept)-t.most):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// shortened returns the beginning of a line.
func shortened(line string) string { return line[:min(len(line), mostLine)] }

// readEnd returns the end of a regular file. A service may have put something in its place that never ends, or never begins.
func readEnd(name string) (string, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-mostOutput), mostOutput))
	return string(text), err
}
