package config

import (
	"fmt"
	"strings"
	"unicode"
)

// asciiSpace separates the words of a list, for apk and for the shell. Other white space is part of a word for them,
// so it is refused rather than trimmed.
const asciiSpace = " \t\r\n"

// splitWords splits text as apk and the shell do.
func splitWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(asciiSpace, r) })
}

// Hidden returns the index of the first character that people do not see or take for an ordinary space, or -1: white
// space other than a space, control characters, and characters without width or that change the writing direction.
func Hidden(text string) int { return strings.IndexFunc(text, hidden) }

func hidden(r rune) bool {
	return r != ' ' && unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// deceptive reports whether r may make a script look different from what it does.
func deceptive(r rune) bool {
	return r != '\t' && r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// characters refuses text with a character that refused reports, and reports whether there is none.
func (v *validator) characters(path, text string, refused func(rune) bool) bool {
	i := strings.IndexFunc(text, refused)
	if i < 0 {
		return true
	}
	r := []rune(text[i:])[0]
	hint := "Remove it"
	if unicode.IsSpace(r) {
		hint = "Replace it with an ordinary space, or remove it"
	}
	v.fault(v.character(path, text[:i], r), path, "found the character "+CodePoint(r), hint)
	return false
}

// character returns the position of the first r in the value at path; before is the text of the value before it. It is
// the position of the value if r is written as an escape.
func (v *validator) character(path, before string, r rune) Pos {
	pos := v.file.Pos(path)
	column := pos.Column
	if m, ok := v.file.marks[path]; ok && m.literal {
		pos.Line += strings.Count(before, "\n")
		column = 1
	}
	if pos.Line < 1 || pos.Line > len(v.lines) {
		return pos
	}
	for i, c := range []rune(v.lines[pos.Line-1]) {
		if c == r && i+1 >= column {
			pos.Column = i + 1
			break
		}
	}
	return pos
}

// CodePoint returns the number of a character and, for those that are likely in a text by accident, its name.
func CodePoint(r rune) string {
	text := fmt.Sprintf("%U", r)
	switch name, known := characterNames[r]; {
	case known:
		return text + " " + name
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return text + " (a control character)"
	}
	return text
}

// characterNames are the names of the Unicode standard.
var characterNames = map[rune]string{
	0x00: "NULL", 0x07: "BELL", 0x08: "BACKSPACE", '\t': "CHARACTER TABULATION", '\n': "LINE FEED", 0x0b: "LINE TABULATION",
	0x0c: "FORM FEED", '\r': "CARRIAGE RETURN", 0x1b: "ESCAPE", 0x7f: "DELETE", 0x85: "NEXT LINE",
	0x9b: "CONTROL SEQUENCE INTRODUCER", 0x9d: "OPERATING SYSTEM COMMAND",
	0xa0: "NO-BREAK SPACE", 0xad: "SOFT HYPHEN", 0x34f: "COMBINING GRAPHEME JOINER", 0x61c: "ARABIC LETTER MARK",
	0x115f: "HANGUL CHOSEONG FILLER", 0x1160: "HANGUL JUNGSEONG FILLER", 0x1680: "OGHAM SPACE MARK",
	0x180e: "MONGOLIAN VOWEL SEPARATOR", 0x2000: "EN QUAD", 0x2001: "EM QUAD", 0x2002: "EN SPACE", 0x2003: "EM SPACE",
	0x2004: "THREE-PER-EM SPACE", 0x2005: "FOUR-PER-EM SPACE", 0x2006: "SIX-PER-EM SPACE", 0x2007: "FIGURE SPACE",
	0x2008: "PUNCTUATION SPACE", 0x2009: "THIN SPACE", 0x200a: "HAIR SPACE", 0x200b: "ZERO WIDTH SPACE",
	0x200c: "ZERO WIDTH NON-JOINER", 0x200d: "ZERO WIDTH JOINER", 0x200e: "LEFT-TO-RIGHT MARK", 0x200f: "RIGHT-TO-LEFT MARK",
	0x2028: "LINE SEPARATOR", 0x2029: "PARAGRAPH SEPARATOR", 0x202a: "LEFT-TO-RIGHT EMBEDDING",
	0x202b: "RIGHT-TO-LEFT EMBEDDING", 0x202c: "POP DIRECTIONAL FORMATTING", 0x202d: "LEFT-TO-RIGHT OVERRIDE",
	0x202e: "RIGHT-TO-LEFT OVERRIDE", 0x202f: "NARROW NO-BREAK SPACE", 0x205f: "MEDIUM MATHEMATICAL SPACE",
	0x2060: "WORD JOINER", 0x2066: "LEFT-TO-RIGHT ISOLATE", 0x2067: "RIGHT-TO-LEFT ISOLATE",
	0x2068: "FIRST STRONG ISOLATE", 0x2069: "POP DIRECTIONAL ISOLATE", 0x3000: "IDEOGRAPHIC SPACE",
	0x3164: "HANGUL FILLER", 0xfe0e: "VARIATION SELECTOR-15", 0xfe0f: "VARIATION SELECTOR-16",
	0xfeff: "ZERO WIDTH NO-BREAK SPACE", 0xffa0: "HALFWIDTH HANGUL FILLER",
}
