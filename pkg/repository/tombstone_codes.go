package repository

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk"
)

// retirement returns the entry of a file that left the index of the list at that time.
func (e *editor) retirement(l *list, file string, left time.Time) retirement {
	r := retirement{Left: left}
	for _, k := range e.keys {
		r.Codes = append(r.Codes, retirementCode(k, l, file, left))
	}
	return r
}

// authentic reports whether somebody with one of our keys made the entry. Without keys, in a dry run, it takes the word of
// an entry that has a code.
func (e *editor) authentic(l *list, file string, r retirement) bool {
	if len(e.keys) == 0 {
		return len(r.Codes) > 0
	}
	return slices.ContainsFunc(e.keys, func(k *apk.PrivateKey) bool {
		want := []byte(retirementCode(k, l, file, r.Left))
		return slices.ContainsFunc(r.Codes, func(code string) bool { return hmac.Equal([]byte(code), want) })
	})
}

// retirementCode returns an HMAC-SHA256 in hex.
func retirementCode(k *apk.PrivateKey, l *list, file string, left time.Time) string {
	h := hmac.New(sha256.New, k.PEM())
	fmt.Fprintf(h, "pakman: retired package %q of %q at %d", file, path.Dir(l.key), left.Unix())
	return hex.EncodeToString(h.Sum(nil))
}

// isPackage reports whether a file in the directory of an index may be deleted as a package.
func isPackage(file string) bool {
	name, ok := strings.CutSuffix(file, ".apk")
	return ok && element.MatchString(strings.NewReplacer("+", "_", "~", "_").Replace(name))
}
