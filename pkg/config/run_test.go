package config

import "testing"

func TestCountsAndSizes(t *testing.T) {
	for text, want := range map[string]int{"": 0, "1": 1, "1000": 1000, "0": -1, "1001": -1, "-1": -1, "many": -1, "1.5": -1} {
		n, ok := ParseCount(text)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("count %q: %d, %t; want %d", text, n, ok, want)
		}
	}
	for text, want := range map[string]int{"": 0, "4096": 4096, "5 MB": 5_000_000, "1MiB": 1 << 20, "250 MiB": 250 << 20, "4 kB": -1,
		"251 MiB": -1, "NaN": -1, "-1": -1, "99999999999999 EB": -1, "much": -1} {
		n, ok := ParseLogSize(text)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("size %q: %d, %t; want %d", text, n, ok, want)
		}
	}
}
