package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Records of the data's PAX headers that apk reads.
const (
	checksumRecord = "APK-TOOLS.checksum.SHA1"
	xattrRecord    = "SCHILY.xattr."
)

// entries compares the data members: what only one has, what differs in both, and the order.
func (c *comparer) entries(a, b *table) {
	names := map[key]bool{}
	for _, k := range append(slices.Clone(a.order), b.order...) {
		names[k] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(names), compareKeys) {
		first, inA := a.entries[k]
		second, inB := b.entries[k]
		switch {
		case !inB:
			c.add(k.name, "entry", first.String(), "")
		case !inA:
			c.add(k.name, "entry", "", second.String())
		default:
			c.entry(k.name, first, second)
		}
	}
	c.order(a, b)
}

func compareKeys(a, b key) int {
	if n := strings.Compare(a.name, b.name); n != 0 {
		return n
	}
	return a.nth - b.nth
}

// order reports the first place where the entries that both have stand differently.
func (c *comparer) order(a, b *table) {
	common := func(t, other *table) (keys []key) {
		for _, k := range t.order {
			if _, ok := other.entries[k]; ok {
				keys = append(keys, k)
			}
		}
		return keys
	}
	inA, inB := common(a, b), common(b, a)
	for i, k := range inA {
		if k != inB[i] {
			c.add("data", "order, entry "+strconv.Itoa(i+1), k.name, inB[i].name)
			return
		}
	}
}

// String describes an entry that only one package has.
func (e entry) String() string {
	s := e.kind + " " + e.mode + " " + e.owner
	if e.link != "" {
		s += " to " + e.link
	}
	return s
}

func (c *comparer) entry(name string, a, b entry) {
	c.text(name, "type", a.kind, b.kind)
	c.text(name, "mode", a.mode, b.mode)
	c.text(name, "owner", a.owner, b.owner)
	c.text(name, "owner's numbers", a.ids, b.ids)
	c.text(name, "link", a.link, b.link)
	number(c, name, "mtime", a.mtime, b.mtime)
	// One content, compressed by two programs: its size and hashes say nothing.
	byNature := !c.all && a.inflated != "" && a.inflated == b.inflated
	if !byNature {
		number(c, name, "size", a.size, b.size)
		c.text(name, "content", a.content, b.content)
	}
	records := maps.Clone(a.pax)
	if records == nil {
		records = map[string]string{}
	}
	maps.Copy(records, b.pax)
	for _, record := range slices.Sorted(maps.Keys(records)) {
		switch {
		case record == checksumRecord && byNature:
		case record == checksumRecord:
			c.text(name, "checksum", a.pax[record], b.pax[record])
		case strings.HasPrefix(record, xattrRecord):
			c.text(name, "xattr "+strings.TrimPrefix(record, xattrRecord), a.value(record), b.value(record))
		case c.all && record != "path" && record != "linkpath": // those are the name and the link
			c.text(name, "PAX "+record, a.value(record), b.value(record))
		}
	}
}

// value returns the record, "" in quotes for one that is empty and nothing for one that does not exist.
func (e entry) value(record string) string {
	v, ok := e.pax[record]
	if ok && v == "" {
		return `""`
	}
	return v
}
