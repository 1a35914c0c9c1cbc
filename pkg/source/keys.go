package source

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/secretscan"
)

// maxKey is how many bytes a file may have to be compared with a key's.
const maxKey = 64 << 10

// privateKey is in the first line of every PEM file that holds one.
const privateKey = "PRIVATE KEY-----"

// keyFiles are the files of the keys in use, which never enter a build: the package would hold them.
type keyFiles struct {
	infos []fs.FileInfo
	texts [][]byte         // also of protected keys
	known *secretscan.Keys // the others, in any form
}

// openKeys reads the key files; of a directory all files are. Those that are missing have nothing to hide.
func openKeys(paths, texts []string) keyFiles {
	var keys keyFiles
	for _, text := range texts {
		if strings.Contains(text, privateKey) {
			keys.texts = append(keys.texts, bytes.TrimSpace([]byte(text)))
		}
	}
	for _, path := range paths {
		entries, err := os.ReadDir(path)
		if err != nil {
			keys.add(path)
			continue
		}
		for _, entry := range entries {
			keys.add(filepath.Join(path, entry.Name()))
		}
	}
	keys.known = secretscan.NewKeys(keys.texts...)
	return keys
}

func (k *keyFiles) add(path string) {
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() {
		return
	}
	text, err := readFile(path, maxKey)
	text = bytes.TrimSpace(text)
	if err == nil && !bytes.Contains(text, []byte(privateKey)) {
		return // a public key, which may be packaged
	}
	k.infos = append(k.infos, info)
	if err == nil {
		k.texts = append(k.texts, text)
	}
}

// is reports whether an open file is one of the key files, whatever its name, or a copy of one.
func (k *keyFiles) is(f *os.File, info fs.FileInfo) (bool, error) {
	for _, key := range k.infos {
		if os.SameFile(key, info) {
			return true, nil
		}
	}
	if len(k.texts) == 0 || info.Size() > maxKey {
		return false, nil
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxKey))
	if err != nil {
		return false, err
	}
	for _, key := range k.texts {
		if bytes.Contains(text, key) {
			return true, nil
		}
	}
	return k.known.In(text), nil
}
