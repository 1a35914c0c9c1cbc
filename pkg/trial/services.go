package trial

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
)

// InitScripts returns the names of the packages in files, and the services that the init scripts in all of them start, by the
// name of the package. An init script NAME.SERVICE starts one of several. Of files with one package, as a noarch one is in the
// repository of each architecture, unique has the first.
func InitScripts(files []string) (unique, names []string, services map[string][]recipe.Service, err error) {
	var scripts []string
	for _, file := range files {
		p, err := listInitScripts(file, &scripts)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		if !slices.Contains(names, p.Info.Name) {
			unique, names = append(unique, file), append(names, p.Info.Name)
		}
	}
	services = map[string][]recipe.Service{}
	for _, name := range names {
		if !slices.Contains(scripts, name) {
			continue
		}
		slices.Sort(scripts)
		for _, script := range slices.Compact(scripts) {
			if service, ok := strings.CutPrefix(script, name+"."); ok {
				services[name] = append(services[name], recipe.Service{Name: service})
			}
		}
		if len(services[name]) == 0 {
			services[name] = []recipe.Service{{Name: name}}
		}
	}
	return unique, names, services, nil
}

func listInitScripts(file string, scripts *[]string) (*apk.Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return apk.Files(f, func(h *tar.Header, _ io.Reader) error {
		if script, ok := strings.CutPrefix(h.Name, "etc/init.d/"); ok && h.Typeflag != tar.TypeDir {
			*scripts = append(*scripts, script)
		}
		return nil
	})
}
