package secret

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	// shortest is the length from which text counts as secret: replacing every "a" or "on" of a log
	// would hide the log and reveal the secret.
	shortest = 4
	// shortestBase64 is the same for a part of base64, which any word could be.
	shortestBase64 = 6
	// shortestLine is the same for a line of a secret that has several: the last one of a key can be any word.
	shortestLine = 8
)

// patterns returns the texts that give the secrets away, longest first.
func patterns(secrets []string) []string {
	var all []string
	for _, s := range secrets {
		for _, line := range secretLines(s) {
			all = append(all, line, url.QueryEscape(line), url.PathEscape(line))
			all = append(all, jsonForms(line)...)
		}
		if len(s) >= shortest {
			all = append(all, base64Forms(s)...)
			all = append(all, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))))
		}
	}
	all = slices.DeleteFunc(all, func(p string) bool { return len(p) < shortest })
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return slices.Compact(all)
}

// secretLines returns the lines of a secret, but for a PEM file's frame, which is none. A short one counts with the line
// before it, as it is printed behind it.
func secretLines(s string) []string {
	var lines []string
	before := ""
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "-----") || line == "" {
			continue
		}
		whole := line
		if len(line) < shortestLine && before != "" {
			whole = before + line
		}
		lines, before = append(lines, whole), line
	}
	if len(lines) > 1 && len(lines[0]) < shortestLine {
		lines[0] += lines[1]
	}
	return lines
}

// jsonForms returns the forms in which a line can stand in JSON: as Go writes it, which escapes what HTML reads, and as
// most others do.
func jsonForms(line string) []string {
	var forms []string
	for _, escapeHTML := range []bool{true, false} {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(escapeHTML)
		if encoder.Encode(line) == nil {
			forms = append(forms, strings.Trim(strings.TrimSuffix(text.String(), "\n"), `"`))
		}
	}
	return forms
}

// base64Forms returns the forms in which s can stand in base64 text: alone, in lines of the usual
// widths, and behind other bytes, which shift it (an Authorization header is base64 of
// "user:secret").
func base64Forms(s string) []string {
	var forms []string
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		alone := encoding.EncodeToString([]byte(s))
		forms = append(forms, alone)
		for _, width := range []int{64, 76} {
			for chunk := range slices.Chunk([]byte(alone), width) {
				if len(alone) > width && len(chunk) >= shortestBase64 {
					forms = append(forms, string(chunk))
				}
			}
		}
		for before := range 3 {
			shifted := encoding.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, before), s...))
			// The characters at the ends hold bits of the neighbours too.
			shifted = shifted[(before*8+5)/6:]
			if (before+len(s))%3 != 0 {
				shifted = shifted[:len(shifted)-1]
			}
			if len(shifted) >= shortestBase64 {
				forms = append(forms, shifted)
			}
		}
	}
	return forms
}
