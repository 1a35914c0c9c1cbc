// Package templates holds the text of every file that a build directory is rendered from, and in
// init/ that of the files `pakman init` writes. Only pkg/apkbuild and pkg/detect execute them;
// they decide what each function that they call means.
package templates

import "embed"

// FS holds the templates, one for each kind of generated file, as <kind>.tmpl.
//
//go:embed *.tmpl init/*.tmpl
var FS embed.FS
