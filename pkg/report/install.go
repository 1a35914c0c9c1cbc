package report

import (
	"net/url"
	"path"
	"strings"

	"github.com/pakman/build/pkg/apkbuild"
)

// PlainURL returns a file:// URL as the path that apk, cp and people take, without percent escapes, and any other URL as it is.
func PlainURL(address string) string {
	if u, err := url.Parse(address); err == nil && u.Scheme == "file" {
		return u.Path
	}
	return address
}

// InstallCommands returns the two commands with which an Alpine machine trusts the key, knows the
// repository, and installs the packages of these names. repository and key are URLs or absolute paths;
// every word is quoted for the shell.
func InstallCommands(repository, key string, names ...string) ([]string, error) {
	words := map[string]string{"repository": repository, "key": key}
	for k, v := range words {
		quoted, err := apkbuild.Quote(v)
		if err != nil {
			return nil, err
		}
		words[k] = quoted
	}
	fetch := "cp " + words["key"] + " /etc/apk/keys/"
	if strings.Contains(key, "://") {
		target, err := apkbuild.Quote("/etc/apk/keys/" + path.Base(key))
		if err != nil {
			return nil, err
		}
		fetch = "wget -qO " + target + " " + words["key"]
	}
	// apk 2 takes an index that is up to a minute old for new with -U; update fetches it in any case.
	var add strings.Builder
	add.WriteString("apk update && apk add -u")
	for _, name := range names {
		quoted, err := apkbuild.Quote(name)
		if err != nil {
			return nil, err
		}
		add.WriteString(" " + quoted)
	}
	return []string{
		fetch + " && echo " + words["repository"] + " >> /etc/apk/repositories",
		add.String(),
	}, nil
}
