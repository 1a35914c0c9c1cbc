package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// folded returns what a reader sees of a text that is written in lines of a width, with a pause after each, without white space.
func folded(t *testing.T, text, secret, separator string, width int, pause time.Duration) (shown string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := Redactor(&out, secret)
		for rest := text; rest != ""; rest = rest[min(width, len(rest)):] {
			if _, err := io.WriteString(w, rest[:min(width, len(rest))]+separator); err != nil {
				t.Fatal(err)
			}
			time.Sleep(pause)
			synctest.Wait()
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		shown = strings.NewReplacer("\n", "", "\r", "", " ", "").Replace(out.String())
	})
	return shown
}

// Whoever pauses between the pieces of a secret sees no more of it than counts as none, in whichever form and however small the
// pieces are.
func TestPausesShowNoSecret(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nabcdefghijklmnopqrstuvwxyz0123456789ABCD\nGOT1\n" +
		"-----END PRIVATE KEY-----\n"
	for _, secret := range []string{"hunter2", "hunter2-and-more", "s3cr3t\"\\/<>+&token", "abcdefghabcdefghX", key} {
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string]string{
			"plain": strings.ReplaceAll(secret, "\n", ""), "JSON": string(quoted), "hex": hex.EncodeToString([]byte(secret)),
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "header": base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
		} {
			for _, separator := range []string{"\n", "\r\n", "\r", "\n\n", "\n  "} {
				for width := 1; width < 20; width++ {
					atOnce := folded(t, text, secret, separator, width, 0)
					paused := folded(t, text, secret, separator, width, 2*patience)
					masks := strings.Count(paused, Mask)
					more := len(strings.ReplaceAll(paused, Mask, "")) - len(strings.ReplaceAll(atOnce, Mask, ""))
					if masks == 0 || more > masks*(shortest-1) {
						t.Errorf("%s of %.10q in lines of %d, %q: %q, without pauses %q", form, secret, width, separator, paused, atOnce)
					}
				}
			}
		}
	}
}
