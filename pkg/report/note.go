package report

import "strings"

// InstallNote returns Markdown that shows how an Alpine machine installs the packages, for the text of a release.
func (r *Report) InstallNote() string {
	return "### Install on Alpine\n\n" + fence("sh", strings.Join(r.Install, "\n"))
}
