package signing

import (
	"slices"

	"github.com/pakman/build/pkg/apk"
)

// SignedBy reports whether all keys have signed the package, which is not read again, with better than the SHA-1 that
// abuild still uses.
func SignedBy(p *apk.Package, keys []*apk.PrivateKey) bool {
	for _, key := range keys {
		public := key.Public()
		strong := slices.ContainsFunc(p.Signatures, func(s apk.Signature) bool { return s.KeyName == public.Name && !s.Weak() })
		if !strong || p.Verify(public) != nil {
			return false
		}
	}
	return true
}
