package abuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/internal/tree"
)

// maxPackage is the size of a package at most.
const maxPackage = 16 << 30

// collect copies, compressed as the job wants it, the packages that abuild left in <repodest>/<repository>/<arch>/ into the
// job's output and returns their paths, sorted. Copies, because what the build's user wrote stays the build's user's: what is
// compared with the plan is the copy.
func (s *session) collect(ctx context.Context, plan builder.Plan) (packages []string, err error) {
	made, err := s.made(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err, packages = errors.Join(err, removeAll(packages)), nil
		}
	}()
	var sizes tree.Sizes
	for _, file := range made {
		target := filepath.Join(s.job.Output, path.Base(file))
		if err := s.copyOut(target, file); err != nil {
			return packages, err
		}
		packages = append(packages, target)
		if err := s.checkPackage(target, plan, &sizes); err != nil {
			return packages, fmt.Errorf("%s: %w", path.Base(file), err)
		}
		if err := apk.Recompress(ctx, target, target, apk.Compress(s.job.Compression)); err != nil {
			return packages, err
		}
	}
	slices.Sort(packages)
	return packages, nil
}

// prefixes finds an APKBUILD that puts something before the names of libraries or modules.
var prefixes = regexp.MustCompile(`(?m)^\s*(?:export\s+)?(?:sonameprefix|pcprefix)=`)

// checkPackage holds a package to the plan, and looks for what apk would fail to install.
func (s *session) checkPackage(file string, plan builder.Plan, sizes *tree.Sizes) error {
	c := newInventory(s.job.Arch, !bytes.Contains(s.apkbuild, []byte("!archcheck")), plan[0].Options, sizes)
	got, err := c.read(file, s.job.TempDir)
	if err != nil {
		return err
	}
	if want := got.Info.Filename(); want != filepath.Base(file) {
		return builder.Refuse("the file holds the package %s", want)
	}
	return comparison{plan: plan, job: s.job, files: c, prefixes: prefixes.Match(s.apkbuild)}.compare(got)
}

// made returns the packages, by their paths in repodest. abuild ends with status 0 and no package when the APKBUILD is for
// another architecture. Whatever else is there is not abuild's.
func (s *session) made(ctx context.Context, plan builder.Plan) ([]string, error) {
	entries, err := s.repo.List(ctx)
	if err != nil {
		return nil, err
	}
	repository := filepath.Base(filepath.Dir(s.job.Dir))
	want := plan.Files()
	var made []string
	for _, e := range entries {
		dir, name := path.Split(e.Path)
		parts := strings.Split(strings.TrimSuffix(dir, "/"), "/")
		switch {
		case e.Type.IsDir() && strings.Count(e.Path, "/") < 2:
		case e.Type.IsRegular() && name == apk.IndexName:
		case len(parts) == 2 && parts[0] == repository && parts[1] != s.job.Arch && slices.Contains(want, name):
			return nil, fmt.Errorf("abuild built %s for %s, not for %s: build on a machine of that architecture", name, parts[1],
				s.job.Arch)
		case len(parts) == 2 && parts[0] == repository && e.Type.IsRegular() && slices.Contains(want, name):
			made = append(made, e.Path)
		default:
			return nil, builder.Refuse("the build left /%s where abuild leaves its packages, and it is not one of the planned packages: %s",
				e.Path, strings.Join(want, ", "))
		}
	}
	return made, missing(filepath.Base(s.job.Dir), made, want)
}

// missing refuses a build that did not make all that is planned.
func missing(name string, made, want []string) error {
	if len(made) == 0 {
		return fmt.Errorf("abuild made no package of %s: its architectures do not include this machine's; "+
			"set architectures, or build on a machine that they include", name)
	}
	for _, file := range want {
		if !slices.ContainsFunc(made, func(m string) bool { return path.Base(m) == file }) {
			return fmt.Errorf("abuild did not make %s, which the APKBUILD is for", file)
		}
	}
	return nil
}

// copyOut copies a package that abuild made to dst, which appears whole or not at all.
func (s *session) copyOut(dst, src string) (err error) {
	in, err := s.repo.Open(src)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // read only
	return atomicfile.Write(dst, atomicfile.Options{Mode: 0o644}, func(out *os.File) error {
		n, err := io.Copy(out, io.LimitReader(in, maxPackage+1))
		if err == nil && n > maxPackage {
			err = builder.Refuse("%s has more than %d GiB", path.Base(src), maxPackage>>30)
		}
		return err
	})
}

func removeAll(files []string) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, os.Remove(file)) //nolint:forbidigo // files that this program copied
	}
	return errors.Join(errs...)
}
