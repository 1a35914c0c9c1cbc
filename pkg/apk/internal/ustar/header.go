package ustar

import (
	"path"
	"strconv"
	"strings"
)

const (
	nameSize   = 100 // bytes of the name and linkname fields
	ownerSize  = 32  // bytes of the uname and gname fields, with their NUL
	maxOctal11 = 1<<33 - 1
)

// append appends the header as it stands in the archive. Names that do not fit are cut; the
// extended records carry them in full.
func (h *Header) append(dst []byte) []byte {
	var b [blockSize]byte
	copy(b[0:nameSize], h.Path)
	octal(b[100:108], h.Mode)
	octal(b[108:116], 0)
	octal(b[116:124], 0)
	octal(b[124:136], min(h.Size, maxOctal11))
	octal(b[136:148], h.ModTime)
	b[156] = h.Type
	copy(b[157:257], h.Linkname)
	copy(b[257:265], "ustar\x0000")
	copy(b[265:265+ownerSize-1], h.User)
	copy(b[297:297+ownerSize-1], h.Group)
	octal(b[329:337], 0)
	octal(b[337:345], 0)
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	octal(b[148:155], int64(sum))
	return append(dst, b[:]...)
}

// octal fills field with n in octal, leading zeros and a final NUL.
func octal(field []byte, n int64) {
	field[len(field)-1] = 0
	for i := len(field) - 2; i >= 0; i-- {
		field[i] = '0' + byte(n&7)
		n >>= 3
	}
}

// records returns the records that the entry needs besides its own: GNU tar writes names outside ASCII
// as a record even where they fit.
func (h *Header) records() []Record {
	var records []Record
	if len(h.Path) > nameSize || !ascii(h.Path) {
		records = append(records, Record{"path", h.Path})
	}
	if len(h.Linkname) > nameSize {
		records = append(records, Record{"linkpath", h.Linkname})
	}
	if len(h.User) >= ownerSize {
		records = append(records, Record{"uname", h.User})
	}
	if len(h.Group) >= ownerSize {
		records = append(records, Record{"gname", h.Group})
	}
	if h.Size > maxOctal11 {
		records = append(records, Record{"size", strconv.FormatInt(h.Size, 10)})
	}
	return append(records, h.Records...)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// extendedPath names the entry that carries the records of the entry at p.
func extendedPath(p string) string {
	p = strings.TrimSuffix(p, "/")
	name := path.Join(path.Dir(p), "PaxHeaders", path.Base(p))
	return name[:min(len(name), nameSize)]
}

// recordsSize returns how many bytes appendRecords appends.
func recordsSize(records []Record) (size int64) {
	for _, r := range records {
		size += int64(r.size())
	}
	return size
}

// size returns the length of a record's line, in which it stands itself.
func (r Record) size() int {
	rest := len(r.Key) + len(r.Value) + len(" =\n")
	n := rest + digits(rest)
	return rest + digits(n)
}

func digits(n int) int {
	count := 1
	for ; n > 9; n /= 10 {
		count++
	}
	return count
}

// appendRecords appends records as "LENGTH KEY=VALUE\n", where LENGTH counts the whole line.
func appendRecords(dst []byte, records []Record) []byte {
	for _, r := range records {
		dst = strconv.AppendInt(dst, int64(r.size()), 10)
		dst = append(dst, ' ')
		dst = append(dst, r.Key...)
		dst = append(dst, '=')
		dst = append(dst, r.Value...)
		dst = append(dst, '\n')
	}
	return dst
}
