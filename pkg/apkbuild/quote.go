package apkbuild

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bare is text that means itself to every shell, in every place of a command where a word may stand.
var bare = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-]+$`)

// reserved are the words that a shell takes for syntax where a command may begin.
var reserved = regexp.MustCompile(`^(if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc)$`)

// errNUL is what no shell word can hold.
var errNUL = errors.New("text with a NUL character cannot be written into a shell script")

// Quote writes s as one POSIX shell word: as it is where that is safe, else in single quotes. It refuses NUL.
func Quote(s string) (string, error) {
	switch {
	case strings.ContainsRune(s, 0):
		return "", errNUL
	case bare.MatchString(s) && !reserved.MatchString(s):
		return s, nil
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'", nil
}

// element is what may stand in a list that abuild splits at spaces, inside double quotes.
var element = regexp.MustCompile(`^!?[A-Za-z0-9_/][A-Za-z0-9_.,:@+<>=~/-]*$`)

// list writes words as abuild reads its lists: in double quotes, one per line where they are many.
func list(words []string) (string, error) {
	for _, w := range words {
		if !element.MatchString(w) {
			return "", fmt.Errorf("%q is not allowed in a list of an APKBUILD: it may hold letters, digits and . _ + - : @ < > = ~ / only",
				w)
		}
	}
	return lines(words), nil
}

// lines joins words that are known to be safe in double quotes.
func lines(words []string) string {
	const width = 72
	if joined := strings.Join(words, " "); len(joined) <= width {
		return `"` + joined + `"`
	}
	return "\"\n\t" + strings.Join(words, "\n\t") + "\n\t\""
}

// beside writes the generated files of these suffixes as a list of names, and then those of the package of the init script.
func beside(suffixes, openrc []string) (string, error) {
	if _, err := list(slices.Concat(suffixes, openrc)); err != nil {
		return "", err
	}
	names := make([]string, 0, len(suffixes)+len(openrc))
	for _, s := range suffixes {
		names = append(names, "$pkgname."+s)
	}
	for _, s := range openrc {
		names = append(names, "$pkgname-openrc."+s)
	}
	return lines(names), nil
}

// plain is text of a narrow alphabet: names, versions, absolute paths of names.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:+~-]+$`)

// name passes what stands bare in a script, or inside a longer word, and refuses everything else.
func name(s string) (string, error) {
	if !plain.MatchString(s) {
		return "", fmt.Errorf("%q is not allowed in a script: it may hold letters, digits and . _ + - : ~ / only", s)
	}
	return s, nil
}

// comment passes text that stays on its line.
func comment(s string) (string, error) {
	if hasControl(s) {
		return "", fmt.Errorf("%q is not allowed in a comment: it holds a line break or another control character", s)
	}
	return s, nil
}

// hasControl reports whether text has characters that end a line or worse.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// glob writes a shell pattern: the metacharacters * ? [ ] work, all else means itself.
func glob(pattern string) (string, error) {
	var out, text strings.Builder
	flush := func() error {
		if text.Len() == 0 {
			return nil
		}
		q, err := Quote(text.String())
		out.WriteString(q)
		text.Reset()
		return err
	}
	for i := 0; i < len(pattern); i++ {
		meta := metaAt(pattern[i:])
		if meta == "" {
			if pattern[i] == '\\' && i+1 < len(pattern) {
				i++
			}
			text.WriteByte(pattern[i])
			continue
		}
		if err := flush(); err != nil {
			return "", err
		}
		out.WriteString(meta)
		i += len(meta) - 1
	}
	err := flush()
	return out.String(), err
}

// class is a bracket expression that needs no quoting inside.
var class = regexp.MustCompile(`^\[!?\]?(\[:[a-z]+:\]|[A-Za-z0-9_.:-])+\]`)

// metaAt returns the metacharacter or bracket expression that s begins with.
func metaAt(s string) string {
	if s[0] == '*' || s[0] == '?' {
		return s[:1]
	}
	return class.FindString(s)
}
