package signing

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/usererror"
)

// Name returns the name of the key that the platform trusts for the packages of the repository OWNER/NAME, without
// .rsa.pub; empty where that is no repository.
func Name(repository string) string {
	owner, name, _ := strings.Cut(repository, "/")
	if owner, name = recipe.Slug(owner), recipe.Slug(name); owner == "" || name == "" {
		return ""
	}
	return owner + "-" + name
}

// ReadPublic reads key files, which are named as in /etc/apk/keys.
func ReadPublic(files []string) ([]*apk.PublicKey, error) {
	var keys []*apk.PublicKey
	for _, file := range files {
		text, err := apk.ReadKeyFile(file)
		if err != nil {
			return nil, usererror.Input(fmt.Errorf("public key: %w", err))
		}
		key, err := apk.ParsePublicKey(filepath.Base(file), text)
		if err != nil {
			return nil, usererror.Input(fmt.Errorf("public key: %w", err))
		}
		keys = append(keys, key)
	}
	return keys, nil
}
