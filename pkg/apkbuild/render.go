package apkbuild

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"text/template"

	"github.com/pakman/build/templates"
)

// printers are the functions that templates print with. Nothing reaches a file but through one of them, which a test checks.
var printers = template.FuncMap{
	"quote":    Quote,
	"list":     list,
	"beside":   beside,
	"splits":   splits,
	"name":     name,
	"number":   strconv.Itoa,
	"comment":  comment,
	"find":     findExpression,
	"glob":     glob,
	"verbatim": verbatim,
	"watched":  watched,
	"origin":   origin,
	"start":    start,
	"home":     home,
	"account":  accountOf,
	"run":      run,
}

// parsed holds every template. Most commands need none.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(printers).ParseFS(templates.FS, "*.tmpl"))
})

// execute returns the text of one template, ending in exactly one newline.
func execute(kind string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := parsed().ExecuteTemplate(&out, kind+".tmpl", data); err != nil {
		return nil, err
	}
	return append(bytes.TrimRight(out.Bytes(), "\n"), '\n'), nil
}

// renderServices returns what package() installs besides the application, in the order of source=.
func renderServices(v *view) ([]File, error) {
	files := make([]File, 0, len(v.Placed))
	for _, p := range v.Placed {
		body, err := execute(p.template, v)
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", p.Path, err)
		}
		mode, err := strconv.ParseUint(p.Mode, 8, 32)
		if err != nil {
			return nil, fmt.Errorf("mode of %s: %w", p.Path, err)
		}
		files = append(files, File{Name: v.Name + "." + p.Suffix, Mode: uint32(mode), Body: body})
	}
	return files, nil
}
