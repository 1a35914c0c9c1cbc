package repository

import (
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// Retention says which versions of a package stay in an index: the newest Keep, and those that are younger than
// KeepDays. Zero sets no limit of that kind; the newest version stays always.
type Retention struct {
	Keep     int // versions, by Alpine's order
	KeepDays int // since the package was built or put into the store, whichever is later
}

// leaving returns the entries that are to leave the index, which is in order. An entry for which spared returns true stays,
// and so does a version on which a package that stays depends with =.
func (r Retention) leaving(x *index.Index, files map[string]store.Info, now time.Time, spared func(index.Entry) bool) []index.Entry {
	if r.Keep == 0 && r.KeepDays == 0 {
		return nil
	}
	stay := make([]bool, len(x.Entries))
	newer := 0
	for i := len(x.Entries) - 1; i >= 0; i-- {
		e := x.Entries[i]
		if i+1 == len(x.Entries) || x.Entries[i+1].Name != e.Name {
			newer = 0
		}
		young := r.KeepDays > 0 && now.Sub(dated(e, files)) < time.Duration(r.KeepDays)*24*time.Hour
		stay[i] = newer < max(r.Keep, 1) || young || spared(e)
		newer++
	}
	keepNeeded(x, stay)
	var leaving []index.Entry
	for i, e := range x.Entries {
		if !stay[i] {
			leaving = append(leaving, e)
		}
	}
	return leaving
}

// dated returns when the package was built or put into the store, whichever is later.
func dated(e index.Entry, files map[string]store.Info) time.Time {
	built := time.Unix(e.BuildDate, 0)
	if put := files[e.Filename()].Modified; put.After(built) {
		return put
	}
	return built
}

// keepNeeded also keeps the versions on which those that stay depend, directly or not.
func keepNeeded(x *index.Index, stay []bool) {
	var look []int
	for i := range stay {
		if stay[i] {
			look = append(look, i)
		}
	}
	for len(look) > 0 {
		e := x.Entries[look[0]]
		look = look[1:]
		for _, d := range e.Depends {
			name, version, _ := strings.Cut(d, "=")
			if i := x.Find(name, version); i >= 0 && !stay[i] {
				stay[i] = true
				look = append(look, i)
			}
		}
	}
}
