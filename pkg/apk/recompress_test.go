package apk

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecompress: what was packed fast becomes, byte for byte, what is packed small at once.
func TestRecompress(t *testing.T) {
	tree := Tree{Root: writeTree(t, map[string]string{
		"srv/a": strings.Repeat("some text, over and over ", 60_000), "srv/b": "-> a", "srv/c": "",
	})}
	scripts := []Script{{Name: ".post-install", Body: []byte("#!/bin/sh\necho datahash = \n")}}
	file := create(t, testInfo(), scripts, tree, Compress(Fast))
	must(t, SignFile(context.Background(), file, file, keyA()))
	must(t, Recompress(context.Background(), file, file, Compress(Small)))
	small := create(t, testInfo(), scripts, tree, Compress(Small))
	if !bytes.Equal(readFile(t, file), readFile(t, small)) {
		t.Error("not the same as packed small at once")
	}
}

func TestRecompressRefuses(t *testing.T) {
	whole := readFile(t, sampleFile(t))
	var more bytes.Buffer
	z := gzip.NewWriter(&more)
	must(t, z.Close())
	for name, c := range map[string]struct {
		content []byte
		opt     Option
		want    string
	}{
		"cut off":       {whole[:len(whole)-3], Compress(Small), "unexpected EOF"},
		"damaged":       {append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1), Compress(Small), "gzip"},
		"a member more": {append(bytes.Clone(whole), more.Bytes()...), Compress(Small), "damaged"},
		"compression":   {whole, Compress("tiny"), `unknown compression "tiny"; allowed are fast, balanced and small`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.apk")
			must(t, os.WriteFile(path, c.content, 0o600))
			wantError(t, Recompress(context.Background(), path, path, c.opt), c.want)
			if files, err := os.ReadDir(dir); err != nil || len(files) != 1 || !bytes.Equal(readFile(t, path), c.content) {
				t.Errorf("%d files, error %v, or the package was changed", len(files), err)
			}
		})
	}
}
