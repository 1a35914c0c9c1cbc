package sandbox

import "testing"

func TestOnlyRoot(t *testing.T) {
	for text, want := range map[string]bool{
		"         0       1000          1\n": true, "         0          0          1\n": false, "0 0 4294967295\n": false,
		"0 1000 1\n1 100000 65536\n": false, "1000 1000 1\n": false, "": false,
	} {
		if got := onlyRoot(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
