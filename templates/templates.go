// Package templates holds the text of every file that a build directory is rendered from, in init/ that of the
// files `pakman init` writes, and in page/ that of a repository's page. Only pkg/apkbuild, pkg/detect and pkg/page
// execute them; they decide what each function that they call means.
package templates

import "embed"

// FS holds the templates, one for each kind of generated file, as <kind>.tmpl.
//
//go:embed *.tmpl init/*.tmpl page/*
var FS embed.FS
