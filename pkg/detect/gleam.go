package detect

import "regexp"

var gleamJavaScript = regexp.MustCompile(`(?m)^target\s*=\s*["']javascript["']`)

// gleam packages what `gleam export` makes for Erlang.
func gleam(d *directory) *Application {
	text := d.text("gleam.toml")
	switch {
	case text == "":
		return nil
	case gleamJavaScript.MatchString(text):
		d.unknown("gleam.toml: the target is JavaScript, of which gleam.toml does not say how it is started")
		return nil
	}
	return planned("Gleam", &plan{
		Needs: []string{"erlang", "gleam", "rebar3"}, Runtime: []string{"erlang"},
		Commands: []string{"gleam export erlang-shipment"}, Destinations: []string{"build/erlang-shipment"},
		Env: []pair{{"PORT", "8000"}}, Binary: "entrypoint.sh", Path: "erlang-shipment", Call: "run",
	}, "gleam.toml")
}
