package page

import (
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

// publicKey is one of 2048 bits, whose private half nobody has.
const publicKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArZgNpeJFote7OhK0JG+v
Le6rv2hQH6dXSIOKI8CRxi5cOaSKD/WGh9Xnn0H8p08CSMGjwBxM/+i/bdmpQUY/
VrHBl6EdMZ/OKhzi+WT/TGWo6vgVCqqixirQuRRb3cElIO5iMqe5Q6SxueLbPA14
CCNDlJSLdxJEBwv+upAd5sGxYs8HSil7taJPAGn//4rDUAzY3Z5rF255vcTAH7E9
JfFeVB1GemmWFpnTZx9IXIEz6B5uOcj3hzvOVNlySgWb4ZyaxawIZldT3IkG0WZ2
eHjDl440IMpXBSAdq7e4xdNLvg/+Ada+4zZUZv/G+aQzTGS5wlbxm5+F7GR2LS5N
swIDAQAB
-----END PUBLIC KEY-----
`

func entry(name, version, arch, description, license, url string, size int64, built int64) index.Entry {
	return index.Entry{FileSize: size, Info: apk.Info{Name: name, Version: version, Arch: arch, Description: description, License: license,
		URL:  url,
		Size: size * 5 / 2, BuildDate: built, Origin: strings.TrimSuffix(name, "-openrc")}}
}

// sample is a repository of two architectures with some history.
func sample() *repository.Contents {
	key, err := apk.ParsePublicKey("acme-shop.rsa.pub", []byte(publicKey))
	if err != nil {
		panic(err)
	}
	c := &repository.Contents{
		Location: repository.Location{Branch: "v3.24", Repository: "main"}, URL: "https://packages.example.org/apk/v3.24/main",
		Keys: []repository.PublishedKey{{PublicKey: key, URL: "https://packages.example.org/apk/keys/acme-shop.rsa.pub"}},
	}
	const day = 86400
	for i, arch := range []string{"aarch64", "x86_64"} {
		x := &index.Index{Description: "Acme shop"}
		for n := range int64(31) {
			version := fmt.Sprintf("1.%d.%d-r0", n/10, n%10)
			size := 2_410_000 + n*21_000 + n%7*40_000 + int64(i)*90_000 - n/24*600_000
			x.Put(entry("shop-api", version, arch, "Orders, payments and stock for the shop", "Apache-2.0", "https://example.com/shop",
				size, 1_790_000_000+n*2*day))
			x.Put(entry("shop-api-openrc", version, arch, "Orders, payments and stock for the shop (OpenRC init scripts)", "Apache-2.0",
				"https://example.com/shop", 2_900, 1_790_000_000+n*2*day))
		}
		for n := range int64(4) {
			x.Put(entry("storefront", fmt.Sprintf("2026.%d-r%d", n+8, n), arch, "What customers see: pages rendered on the server",
				"MIT AND (Apache-2.0 OR BSD-3-Clause)", "https://storefront.example.com/", 2_995_000+n*n*70_000, 1_791_000_000+n*6*day))
		}
		if arch == "x86_64" {
			x.Put(entry("legacy-importer", "0.9_rc2-r11", arch, "Nightly import from the old system", "custom", "", 812_400, 1_700_000_000))
		}
		c.Indexes = append(c.Indexes, repository.ArchIndex{Arch: arch, Index: x})
	}
	return c
}
