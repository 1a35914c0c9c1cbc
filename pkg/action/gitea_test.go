package action

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/action/runnertest"
)

// forgeCommand is how the runners of Gitea and Forgejo read a command: the name is as long as it can be.
var forgeCommand = regexp.MustCompile("^::([^ ]+)( (.+))?::([^\r\n]*)$")

// A secret with colons is masked in parts on forges, and no part is in the name of a command, which would be printed.
func TestMasksOnForges(t *testing.T) {
	for _, secret := range []string{"plain-secret", "first::second", ":::first:::second::", "one two::three four", "a::long-enough::b"} {
		for _, forge := range []bool{true, false} {
			var out strings.Builder
			c := newTestConsole(&out)
			c.forge = forge
			c.mask(secret)
			if !forge {
				if all := runnertest.Commands(out.String()); len(all) != 1 || all[0].Value != secret {
					t.Errorf("%q: %+v", secret, all)
				}
				continue
			}
			rest := secret
			for line := range strings.Lines(out.String()) {
				m := forgeCommand.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
				if m == nil || m[1] != "add-mask" || m[2] != "" {
					t.Errorf("%q: %q", secret, m)
					continue
				}
				rest = strings.ReplaceAll(rest, m[4], "")
			}
			if left := strings.ReplaceAll(rest, ":", ""); len(left) > 3 {
				t.Errorf("%q: %q is not masked", secret, left)
			}
		}
	}
}
