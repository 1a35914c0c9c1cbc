package store

import (
	"bytes"
	"io"
	"os"
)

type fileContent struct {
	path string
	size int64
}

// FileContent returns the file at path as content. The file must not change meanwhile.
func FileContent(path string) (Content, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return fileContent{path: path, size: info.Size()}, nil
}

func (f fileContent) Open() (io.ReadSeekCloser, error) { return os.Open(f.path) }
func (f fileContent) Size() int64                      { return f.size }

type bytesContent []byte

// BytesContent returns b as content.
func BytesContent(b []byte) Content { return bytesContent(b) }

func (b bytesContent) Open() (io.ReadSeekCloser, error) {
	return nopCloser{bytes.NewReader(b)}, nil
}

func (b bytesContent) Size() int64 { return int64(len(b)) }

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }
