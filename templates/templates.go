// Package templates holds the templates of every file in a build directory, in init/ those of the files that
// `pakman init` writes, and in page/ that of a repository's page. Only pkg/apkbuild, pkg/detect and pkg/page execute
// them, and define the functions that they call.
package templates

import "embed"

// FS holds the templates, one for each kind of generated file, as <kind>.tmpl.
//
//go:embed *.tmpl init/*.tmpl page/*
var FS embed.FS
