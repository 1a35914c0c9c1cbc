package detect

import (
	"encoding/json"
	"regexp"
	"strings"
)

var denoCall = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*deno (run|serve)((?: --?[\w=.,:/*-]+)*) (\./)?([\w@.][\w@./-]*)((?: [\w./:=-]+)*)$`)

// deno packages the application with the modules that it imports. The task `start` names its file, else the usual names do.
func deno(d *directory) *Application {
	const lock = "deno.lock"
	config := d.first("deno.json", "deno.jsonc", lock)
	if config == "" {
		return nil
	}
	var manifest struct{ Tasks map[string]any }
	if config != lock {
		if err := json.Unmarshal([]byte(plainJSON(d.text(config))), &manifest); err != nil {
			d.unknown(config + ": " + err.Error())
			return nil
		}
	}
	task := func(name string) string {
		text, _ := manifest.Tasks[name].(string)
		if table, ok := manifest.Tasks[name].(map[string]any); ok {
			text, _ = table["command"].(string)
		}
		return strings.TrimSpace(text)
	}
	verb, flags, args := "run", " --allow-net --allow-env --allow-read", ""
	file := d.first("main.ts", "main.js", "server.ts", "mod.ts", "index.ts", "src/main.ts", "src/server.ts", "src/index.ts")
	why := file + " is started, as there is no task `start`; its permissions are those of servers"
	match := denoCall.FindStringSubmatch(task("start"))
	switch {
	case match != nil:
		verb, flags, file, args = match[1], match[2], match[4], match[5]
		why = "the task start: " + task("start")
	case task("start") != "":
		d.unknown(config + ": the task start is `" + task("start") + "`, of which init does not know what it runs")
		return nil
	}
	if file == "" || !d.has(file) && task("build") == "" || !d.plain(file) {
		d.unknown("Deno, but neither a task `start` nor main.ts says what starts the application")
		return nil
	}
	var commands []string
	if task("build") != "" {
		commands = append(commands, "deno task build")
	}
	return planned("Deno", &plan{
		Needs: []string{"deno"}, Runtime: []string{"deno"}, Commands: append(commands, "deno cache "+file),
		BuildEnv: []pair{{"DENO_DIR", "deno-dir"}}, Destinations: []string{"*"},
		Env:    []pair{{"DENO_DIR", "/var/lib/" + appName + "/deno-dir"}, {"DENO_NO_UPDATE_CHECK", "1"}, {"PORT", "8000"}},
		Binary: "deno", Path: "/usr/bin/deno", Call: verb + " --cached-only" + flags + " " + file + args,
	}, config, why)
}
