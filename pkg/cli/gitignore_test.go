package cli

import "testing"

func TestAddPatterns(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "*.rsa\n/packages\n",
		"*.rsa\n/packages\n":                "*.rsa\n/packages\n",
		"/packages/\n*.rsa":                 "/packages/\n*.rsa",
		"node_modules":                      "node_modules\n*.rsa\n/packages\n",
		"node_modules\n*.rsa \n":            "node_modules\n*.rsa \n/packages\n",
		"dist\r\n":                          "dist\r\n*.rsa\r\n/packages\r\n",
		"dist\r\n*.rsa":                     "dist\r\n*.rsa\r\n/packages\r\n",
		"\ufeff*.rsa\n":                     "\ufeff*.rsa\n/packages\n",
		"#*.rsa\n/packages/x\n!/packages\n": "#*.rsa\n/packages/x\n!/packages\n*.rsa\n/packages\n",
	} {
		got := addPatterns(text, ignoredPatterns(""))
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if again := addPatterns(got, ignoredPatterns("")); again != got {
			t.Errorf("%q: a second time %q", text, again)
		}
	}
}
