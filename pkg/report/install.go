package report

import (
	"path"
	"strings"

	"github.com/pakman/build/pkg/apkbuild"
)

// InstallCommands are the two commands with which an Alpine machine trusts the key, knows the
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
	add := "apk add -uU"
	for _, name := range names {
		quoted, err := apkbuild.Quote(name)
		if err != nil {
			return nil, err
		}
		add += " " + quoted
	}
	return []string{
		fetch + " && echo " + words["repository"] + " >> /etc/apk/repositories",
		add,
	}, nil
}
