package config

import (
	"cmp"
	"slices"
	"strings"
)

// Fault is one mistake in the file, for the person who wrote it.
type Fault struct {
	Pos     Pos    `json:"pos"`
	Key     string `json:"key,omitempty"`  // "build.destinations[0]"; empty for the file as a whole
	Message string `json:"message"`        // what was found and what is allowed
	Hint    string `json:"hint,omitempty"` // what to do next
	Warning bool   `json:"warning"`        // the build goes on
}

// String returns the fault as `file:line:col: key: message. hint`, in one line; without the place where there is none.
func (f Fault) String() string {
	if f.Pos == (Pos{}) {
		return f.Text()
	}
	return f.Pos.String() + ": " + f.Text()
}

// Text returns the fault without its place, for annotations that have one already.
func (f Fault) Text() string {
	text := f.Message
	if f.Key != "" {
		text = f.Key + ": " + text
	}
	if f.Hint != "" {
		text += ". " + f.Hint
	}
	return strings.Join(strings.Fields(text), " ")
}

// Faults is every mistake found in one run. It is the error of Load when one of them is not a warning.
type Faults []Fault

// Error has one line for each fault; warnings among them say so.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
		if fault.Warning {
			lines[i] = fault.Pos.String() + ": warning: " + fault.Text()
		}
	}
	return strings.Join(lines, "\n")
}

// split separates errors from warnings, each in the order of the file, without repetitions.
func (f Faults) split() (faults, warnings Faults) {
	sorted := slices.Clone(f)
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	for _, fault := range slices.Compact(sorted) {
		if fault.Warning {
			warnings = append(warnings, fault)
		} else {
			faults = append(faults, fault)
		}
	}
	return faults, warnings
}

// maxFaults limits the errors, and the warnings, that are noted: a file with more is the wrong file.
const maxFaults = 200

// findings collects faults while a file is read and checked.
type findings struct {
	file             *File
	lines            []string // of the file, without their ends
	lenient          bool     // an instellar.yml: what the original PAKman accepted is a warning
	faults           Faults
	errors, warnings int
}

// add notes a fault; after maxFaults it notes once that there are too many.
func (c *findings) add(f Fault) {
	count := &c.errors
	if f.Warning {
		count = &c.warnings
	}
	*count++
	if *count > maxFaults+1 {
		return
	}
	f.Key = shorten(f.Key)
	if *count == maxFaults+1 {
		f = Fault{Pos: f.Pos, Message: "too many mistakes; the rest is not shown", Hint: "Fix those listed, then check again",
			Warning: f.Warning}
	}
	c.faults = append(c.faults, f)
}

// fault notes a mistake that prevents a build.
func (c *findings) fault(pos Pos, key, message, hint string) {
	c.add(Fault{Pos: pos, Key: key, Message: message, Hint: hint})
}

// warn notes a mistake that is corrected automatically.
func (c *findings) warn(pos Pos, key, message, hint string) {
	c.add(Fault{Pos: pos, Key: key, Message: message, Hint: hint, Warning: true})
}

// strict notes a warning in an instellar.yml and an error in a pakman.yml.
func (c *findings) strict(pos Pos, key, message, hint string) {
	c.add(Fault{Pos: pos, Key: key, Message: message, Hint: hint, Warning: c.lenient})
}
