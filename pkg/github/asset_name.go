package github

import (
	"fmt"
	"strings"
)

// AssetName returns a name that GitHub leaves as it is: letters, digits, "-", "_", "+" and "." stay, everything else becomes a
// dot, and several dots become one.
func AssetName(name string) string { return fold(name, "-_+") }

// sameAsset compares names as a server may shorten them: GitHub is seen to keep "+", others replace it.
func sameAsset(name string) string { return fold(name, "-_") }

func fold(name, kept string) string {
	var b strings.Builder
	dot := true // none at the beginning
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(kept, r):
			b.WriteRune(r)
			dot = false
		case !dot:
			b.WriteByte('.')
			dot = true
		}
	}
	return b.String()
}

// distinct refuses files of which a server may make one asset.
func distinct(files []File) error {
	names := map[string]string{}
	for _, f := range files {
		if other, ok := names[sameAsset(f.Name)]; ok {
			return &refusedError{text: fmt.Sprintf("the assets %s and %s get the same name there: give one of the packages another name",
				other, f.Name)}
		}
		names[sameAsset(f.Name)] = f.Name
	}
	return nil
}

// named returns the asset of that name, or the one that a server has made of it.
func named(assets map[string]asset, name string) (asset, bool) {
	if a, ok := assets[name]; ok {
		return a, true
	}
	for _, a := range assets {
		if sameAsset(a.Name) == sameAsset(name) {
			return a, true
		}
	}
	return asset{}, false
}
