// Package templates holds the text of every file that a build directory is rendered from. Only pkg/apkbuild
// executes them; it decides what each function that they call means.
package templates

import "embed"

// FS holds the templates, one for each kind of generated file, as <kind>.tmpl.
//
//go:embed *.tmpl
var FS embed.FS
