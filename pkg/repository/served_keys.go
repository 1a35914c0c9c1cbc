package repository

import (
	"path"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// pageName is what web servers show for the directory of a repository.
const pageName = "index.html"

// pageHeaders keep caches from serving a page that is no longer true.
var pageHeaders = store.PutOptions{ContentType: "text/html; charset=utf-8", CacheControl: "no-cache"}

// Served reports whether the object of key is one that clients of a repository of the selection fetch, and the headers that it
// has in a bucket. Other objects of a store are not served.
func (s Selection) Served(key string) (store.PutOptions, bool) {
	if store.CheckKey(key) != nil {
		return store.PutOptions{}, false
	}
	if path.Dir(key) == "keys" {
		return keyHeaders, strings.HasSuffix(key, ".rsa.pub")
	}
	if path.Base(key) == pageName {
		parts := strings.Split(key, "/")
		return pageHeaders, len(parts) == 3 && s.selects(Place{Location: Location{Branch: parts[0], Repository: parts[1]},
			Arch: s.anyArch()})
	}
	place, file, ok := parseKey(key)
	if !ok || !s.selects(place) {
		return store.PutOptions{}, false
	}
	switch file {
	case indexName:
		return indexHeaders, true
	case adbName:
		return adbHeaders, true
	}
	return packageHeaders, strings.HasSuffix(file, ".apk")
}

// anyArch returns an architecture that the selection selects.
func (s Selection) anyArch() string { return append(s.Arches, apk.Arches()...)[0] }
