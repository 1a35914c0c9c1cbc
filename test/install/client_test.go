package install

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	apkoapk "chainguard.dev/apko/pkg/apk/apk"
	apkofs "chainguard.dev/apko/pkg/apk/fs"

	"github.com/pakman/build/pkg/apk"
)

// system is an Alpine root in memory, filled by apko's library.
type system struct {
	fs       apkofs.FullFS
	packages map[string]*apkoapk.InstalledPackage
	scripts  map[string]string // "go-service.pre-install": content
}

// install puts the packages named by world into an empty root that trusts the repositories' keys.
func install(ctx context.Context, repositories []repository, world ...string) (*system, error) {
	memory := apkofs.NewMemFS()
	client, err := apkoapk.New(ctx, apkoapk.WithFS(memory), apkoapk.WithArch(apk.HostArch()), apkoapk.WithIgnoreMknodErrors(true))
	if err != nil {
		return nil, err
	}
	if err := client.InitDB(ctx); err != nil {
		return nil, err
	}
	var urls []string
	for _, r := range repositories {
		urls = append(urls, r.url)
		if r.key == nil {
			continue
		}
		if err := memory.WriteFile("etc/apk/keys/"+r.key.Name, r.key.PEM(), 0o644); err != nil {
			return nil, err
		}
	}
	if err := client.SetRepositories(ctx, urls); err != nil {
		return nil, err
	}
	if err := client.SetWorld(ctx, world); err != nil {
		return nil, err
	}
	if _, err := client.FixateWorld(ctx, nil); err != nil {
		return nil, err
	}
	installed, err := client.GetInstalled()
	if err != nil {
		return nil, err
	}
	s := &system{fs: memory, packages: map[string]*apkoapk.InstalledPackage{}}
	for _, p := range installed {
		s.packages[p.Name] = p
	}
	s.scripts, err = readScripts(memory)
	return s, err
}

// mustInstall is install for tests in which it has to succeed.
func mustInstall(t *testing.T, repositories []repository, world ...string) *system {
	t.Helper()
	s, err := install(t.Context(), repositories, world...)
	if err != nil {
		t.Fatalf("install %s: %v", strings.Join(world, " "), err)
	}
	return s
}

// mode returns the permissions of an installed file, and whether there is one.
func (s *system) mode(path string) (fs.FileMode, bool) {
	info, err := s.fs.Stat(path)
	if err != nil {
		return 0, false
	}
	return info.Mode().Perm(), true
}

// readScripts reads scripts.tar of the database, whose entries are
// NAME-VERSION.CHECKSUM.KIND as apk names them.
func readScripts(root apkofs.FullFS) (scripts map[string]string, err error) {
	file, err := root.Open("usr/lib/apk/db/scripts.tar")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	scripts = map[string]string{}
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return scripts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("scripts.tar: %w", err)
		}
		body, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		scripts[header.Name] = string(body)
	}
}
