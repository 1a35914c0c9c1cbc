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

func TestWritable(t *testing.T) {
	for text, good := range map[string]bool{"storage": true, "a/b c": true, ".": true, "/var/lib/x": false, "../x": false, "*": false, "": false} {
		f, _, err := Parse("pakman.yml", []byte("name: a\nbuild: {destinations: [bin]}\nrun:\n  writable: ['"+text+"']\n"))
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil && (!f.Given("run.writable") || f.Given("run.user")) {
			t.Errorf("%q: the file does not say what it holds", text)
		}
	}
}
