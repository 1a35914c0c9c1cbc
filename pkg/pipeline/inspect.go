package pipeline

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/programs"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secretscan"
)

// contents are the entries of the packages of one build, as far as they are looked at.
type contents struct {
	files *programs.Files   // every entry
	links map[string]string // symbolic links and their targets
	sizes map[string]int64  // of the files of the package that is read
	open  []string          // files, and directories without the sticky bit, that everybody may write to

	largest map[string][]report.Directory // of each package, by the name of its file

	kinds map[string]*apkbuild.PathKinds // of each package, by its path

	secrets map[string][]secretscan.Finding // by the names of their files
	keys    *secretscan.Keys                // that sign
	head    *bufio.Reader                   // of the file that is read
}

// inspect reads the packages once more, whichever builder made them, and warns of files that hardly
// anyone means to package: what git keeps, what everybody may write to, and links that lead nowhere. A secret is an error, and so
// is a link into the directory that the build ran in, which can never lead anywhere, and a service that cannot start.
func inspect(packages []string, buildDir string, secrets secretRules, starts programRules, warn func(config.Fault)) (*contents, error) {
	c := &contents{
		files: programs.NewFiles(), links: map[string]string{}, secrets: map[string][]secretscan.Finding{}, keys: secrets.keys,
		head: bufio.NewReaderSize(nil, programs.HeadSize), largest: map[string][]report.Directory{},
		kinds: map[string]*apkbuild.PathKinds{},
	}
	for _, file := range packages {
		c.sizes = map[string]int64{}
		if err := c.read(file); err != nil {
			return nil, err
		}
		c.largest[filepath.Base(file)] = report.LargestDirectories(c.sizes)
	}
	if err := secrets.check(c.secrets, warn); err != nil {
		return nil, err
	}
	c.warn(warn)
	if inside := c.inside(buildDir); len(inside) > 0 {
		return nil, fmt.Errorf(
			"links into the directory of the build lead nowhere once the package is installed: %s; make them relative, or copy what "+
				"they lead to", strings.Join(inside, ", "))
	}
	if err := starts.check(c.files, warn); err != nil {
		return nil, err
	}
	return c, nil
}

// installed returns the paths of the files and links.
func (c *contents) installed() []string {
	return slices.DeleteFunc(c.files.Names(), c.files.IsDirectory)
}

// warn shows warnings about what the packages hold.
func (c *contents) warn(warn func(config.Fault)) {
	say := func(format string, args ...any) {
		warn(config.Fault{Key: "build.destinations", Message: fmt.Sprintf(format, args...), Warning: true,
			Hint: "Leave it out with build.exclude or .pakmanignore, or name narrower destinations"})
	}
	for _, name := range c.files.Names() {
		_, found := c.secrets[name] // and said
		if what := unwanted(name); what != "" && !found {
			say("the package holds /%s, %s", name, what)
		}
	}
	for _, name := range c.open {
		say("everybody on the machine may write to /%s: take the right away with chmod o-w", name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.links)) {
		if target := c.links[name]; c.dangling(name, target) {
			say("the link /%s leads to %s, which is not in the package", name, target)
		}
	}
}

// inside returns the links that lead into the build's directory.
func (c *contents) inside(buildDir string) []string {
	var inside []string
	for _, name := range slices.Sorted(maps.Keys(c.links)) {
		if target := c.links[name]; target == buildDir || strings.HasPrefix(target, buildDir+"/") {
			inside = append(inside, fmt.Sprintf("/%s → %s", name, target))
		}
	}
	return inside
}

func (c *contents) read(file string) (err error) {
	f, err := os.Open(file) //#nosec G304 -- a package of this build
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	kinds := &apkbuild.PathKinds{}
	pkg, err := apk.Files(f, func(h *tar.Header, content io.Reader) error {
		kinds.Add(h)
		name := strings.TrimSuffix(h.Name, "/")
		c.head.Reset(content)
		head, err := c.head.Peek(programs.HeadSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		c.files.Add(h, head)
		if h.Typeflag == tar.TypeReg {
			c.sizes[name] = h.Size
			found, err := secretscan.Scan(name, c.head, c.keys)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				c.secrets[name] = found
			}
		}
		const othersWrite, sticky = 0o002, 0o1000
		switch {
		case h.Typeflag == tar.TypeSymlink:
			c.links[name] = h.Linkname
		case h.Mode&othersWrite != 0 && (h.Typeflag == tar.TypeReg || h.Mode&sticky == 0):
			c.open = append(c.open, name)
		}
		return nil
	})
	if err == nil {
		kinds.Name, kinds.Origin, c.kinds[file] = pkg.Info.Name, pkg.Info.Origin, kinds
	}
	return err
}

// dangling warns that a relative link leads to nothing in the packages. An absolute one may lead to
// another package's file.
func (c *contents) dangling(name, target string) bool {
	if path.IsAbs(target) {
		return false
	}
	return !c.exists(path.Join(path.Dir(name), target), 0)
}

// exists follows links in the directories of name, as far as a kernel would.
func (c *contents) exists(name string, hops int) bool {
	const most = 40
	if c.files.Has(name) || name == "." {
		return true
	}
	for dir := path.Dir(name); dir != "." && hops < most; dir = path.Dir(dir) {
		target, ok := c.links[dir]
		if !ok {
			continue
		}
		if path.IsAbs(target) {
			return true // who knows
		}
		return c.exists(path.Join(path.Dir(dir), target, strings.TrimPrefix(name, dir)), hops+1)
	}
	return false
}

// unwanted says what is wrong with packaging a file of that name; empty when nothing is.
func unwanted(name string) string {
	base := path.Base(name)
	switch {
	case base == ".git":
		return "what git keeps"
	case base == ".env" || strings.HasPrefix(base, ".env.") && !slices.Contains([]string{".env.example", ".env.sample", ".env.template"},
		base):
		return "which usually holds secrets"
	case slices.Contains([]string{"id_rsa", "id_ed25519", "id_ecdsa", ".npmrc", ".netrc", ".pypirc"}, base):
		return "which usually holds a key or a token"
	}
	return ""
}
