package action

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/runnercache/runnercachetest"
	"github.com/pakman/build/pkg/signing"
)

// cached is a build that says what it finds in the cache of Go, and leaves something there.
const cached = `    found=cold
    ! test -e "$GOCACHE/object" || found=warm
    echo "it is $found"
    mkdir -p "$GOCACHE/deep"
    head -c 200000 /dev/urandom >"$GOCACHE/object"
    ln -sfn ../object "$GOCACHE/deep/link"
    [ -z "$NPM_TOKEN" ] || echo "//registry/:_authToken=$NPM_TOKEN" >"$GOCACHE/npmrc"
    ! env | grep ACTIONS_
`

// cacheRun is a job on a machine of its own, whose runner has the service.
type cacheRun struct {
	t      *testing.T
	server *runnercachetest.Server
	event  string
	vars   map[string]string // beside the usual ones
	lock   string            // go.sum
}

// openDir is a directory that the build's user reaches.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cache-") //nolint:usetesting // other users reach it
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// run runs the action without a container.
func (c cacheRun) run() (log string, warm bool) {
	c.t.Helper()
	dir, files, event := c.t.TempDir(), c.t.TempDir(), runnertest.Events()[c.event]
	write(c.t, filepath.Join(dir, "pakman.yml"), "name: hello\narchitectures: [noarch]\nbuild:\n  command: |\n"+cached+
		"  destinations: [go.sum]\n")
	write(c.t, filepath.Join(dir, "go.sum"), c.lock)
	write(c.t, filepath.Join(files, "event.json"), event.Payload)
	vars := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_RUN_NUMBER": "3", "PATH": os.Getenv("PATH"), "HOME": files, "GITHUB_REPOSITORY": "Acme/hello",
		"GITHUB_EVENT_NAME": event.Name, "GITHUB_REF": event.Ref, "GITHUB_REF_TYPE": event.RefType,
		"GITHUB_REF_NAME": filepath.Base(event.Ref), "GITHUB_EVENT_PATH": filepath.Join(files, "event.json"),
		"GITHUB_OUTPUT": filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"),
		"INPUT_BUILDER": "native", "INPUT_CACHE": "auto", "INPUT_CACHE-DIR": openDir(c.t),
	}
	maps.Copy(vars, c.server.Environment())
	maps.Copy(vars, c.vars)
	code, log := action(c.t, dir, vars)
	if code != 0 {
		c.t.Fatalf("exit code %d\n%s", code, log)
	}
	return log, c.check(log)
}

// check sees that the log holds no secret, and returns whether the caches were warm.
func (c cacheRun) check(log string) (warm bool) {
	c.t.Helper()
	shown := slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool { return strings.HasPrefix(line, "::add-mask::") })
	for _, s := range c.server.Secrets() {
		if strings.Contains(strings.Join(shown, "\n"), s) {
			c.t.Errorf("it shows %s\n%s", s, log)
		}
	}
	if !strings.Contains(log, "::add-mask::"+runnercachetest.Token) {
		c.t.Error("the token is not masked")
	}
	if warm = strings.Contains(log, "it is warm"); warm == strings.Contains(log, "it is cold") {
		c.t.Fatal(log)
	}
	return warm
}

// The first job saves the caches and later ones restore them, without a line of the workflow for it. What is found under the same lock
// files is not saved again; other lock files begin with the newest caches and save their own, unless the commit is not that of the run.
func TestRunnerCache(t *testing.T) {
	server := runnercachetest.Start(t)
	for i, tc := range []struct {
		lock    string
		warm    bool
		entries int
		says    string
		commit  string // of the run; empty: the one that is checked out
	}{
		{"one", false, 1, "cache: saved pakman-", ""}, {"one", true, 1, "cache: restored pakman-", ""},
		{"two", true, 2, "cache: saved pakman-", ""}, {"three", true, 2, "cache: restored pakman-", strings.Repeat("f", 40)},
	} {
		r := newRunner(t, cached)
		write(t, filepath.Join(r.Workspace, "go.sum"), tc.lock)
		head, err := os.ReadFile(filepath.Join(r.Workspace, ".git", "refs", "heads", "main"))
		if err != nil {
			t.Fatal(err)
		}
		r.Own(t)
		env := server.Environment()
		env["GITHUB_SHA"] = cmp.Or(tc.commit, strings.TrimSpace(string(head)))
		result := r.Run(t, runnertest.Step{Event: runnertest.Events()["push"], Env: env,
			With: map[string]string{"builder": "native", "cache-dir": r.Path("runner_temp", "cache"), "cache": "auto"}})
		if result.ExitCode != 0 {
			t.Fatalf("exit code %d\n%s", result.ExitCode, result.Log)
		}
		warm := cacheRun{t: t, server: server}.check(result.Log)
		if warm != tc.warm || len(server.Entries()) != tc.entries || !strings.Contains(result.Log, tc.says) {
			t.Errorf("job %d: warm %v, %d entries\n%s", i, warm, len(server.Entries()), result.Log)
		}
	}
}

// On tags caches are only restored, in a stranger's pull request they are not touched, and where the lasting key signs only if asked.
func TestRunnerCacheOfEvents(t *testing.T) {
	key, err := apk.GenerateKey("any.rsa")
	if err != nil {
		t.Fatal(err)
	}
	server := runnercachetest.Start(t)
	job := func(event, cache string, more ...string) (warm bool, requests []string) {
		t.Helper()
		before := len(server.Log())
		c := cacheRun{t: t, server: server, event: event, vars: map[string]string{"INPUT_CACHE": cache}}
		for i := 0; i < len(more); i += 2 {
			c.vars[more[i]] = more[i+1]
		}
		_, warm = c.run()
		return warm, server.Log()[before:]
	}
	signed := string(key.PEM())
	for _, tc := range []struct {
		event, cache string
		more         []string
		asks, saves  bool
		warm         bool
	}{
		{event: "tag", cache: "auto", asks: true},
		{event: "push", cache: "read", asks: true},
		{event: "push", cache: "off"},
		{event: "push", more: []string{"INPUT_SIGNING-KEY", signed}},
		{event: "push", cache: "auto", more: []string{"ACTIONS_CACHE_MODE", "none"}},
		{event: "push", cache: "auto", more: []string{"ACTIONS_CACHE_MODE", "read"}, asks: true},
		{event: "push", cache: "auto", asks: true, saves: true},
		{event: "fork", cache: "auto"},
		{event: "push", cache: "auto", asks: true, warm: true},
		{event: "push", cache: "auto", more: []string{"INPUT_SIGNING-KEY", signed}, asks: true, saves: true},
		{event: "push", cache: "auto", more: []string{"INPUT_SIGNING-KEY", signed}, asks: true, warm: true},
		{event: "tag", cache: "auto", more: []string{"INPUT_SIGNING-KEY", signed}, asks: true, warm: true},
		{event: "pull request", cache: "auto", asks: true, warm: true},
	} {
		warm, requests := job(tc.event, tc.cache, tc.more...)
		if warm != tc.warm || (len(requests) > 0) != tc.asks || slices.Contains(requests, "FinalizeCacheEntryUpload") != tc.saves {
			t.Errorf("%s, cache %q, %.60q: warm %v, requests %q", tc.event, tc.cache, tc.more, warm, requests)
		}
	}
}

// Whatever the service does, and whatever it gives, the step succeeds, and without what cannot be trusted.
func TestRunnerCacheFails(t *testing.T) {
	const find, create = "GetCacheEntryDownloadURL", "CreateCacheEntry"
	earlier := runnercachetest.Start(t)
	cacheRun{t: t, server: earlier, event: "push"}.run()
	for name, tc := range map[string]struct {
		faults []runnercachetest.Fault
		change func([]byte) []byte // of what an earlier job saved
		says   string              // in the log; with the debug log on
	}{
		"401":       {faults: []runnercachetest.Fault{{What: ".*", Times: 99, Status: 401}}, says: "the job's token does not allow it"},
		"404":       {faults: []runnercachetest.Fault{{What: ".*", Times: 99, Status: 404}}, says: "has no cache service"},
		"429":       {faults: []runnercachetest.Fault{{What: find, Times: 9, Status: 429, Header: map[string]string{"Retry-After": "90"}}}, says: "too long to wait"},
		"conflict":  {faults: []runnercachetest.Fault{{What: find, Times: 9, Status: 200, Body: `{"ok":false}`}, {What: create, Times: 9, Status: 409}}, says: "another job saves"},
		"truncated": {faults: []runnercachetest.Fault{{What: "GET", Times: 1, Cut: true}}, says: "cache: restored"},
		"no upload": {faults: []runnercachetest.Fault{{What: find, Times: 9, Status: 200, Body: `{"ok":false}`}, {What: "PUT", Times: 9, Status: 403}}, says: "does not allow it"},
		"changed":   {change: func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, says: "gh cache delete pakman-"},
		"replaced":  {change: func([]byte) []byte { return []byte("something else") }, says: "gh cache delete pakman-"},
		"empty":     {change: func([]byte) []byte { return nil }, says: "gh cache delete pakman-"},
	} {
		t.Run(name, func(t *testing.T) {
			server := runnercachetest.Start(t)
			server.Fill(earlier)
			c := cacheRun{t: t, server: server, event: "push", vars: map[string]string{"RUNNER_DEBUG": "1"}}
			if tc.change != nil {
				server.Change(server.Key(), tc.change)
			}
			if name == "conflict" || name == "no upload" {
				server.Rename(server.Key(), "other")
			}
			for _, f := range tc.faults {
				server.Fail(f)
			}
			log, warm := c.run()
			if !strings.Contains(log, tc.says) || warm != (name == "truncated") {
				t.Errorf("warm %v\n%s", warm, log)
			}
		})
	}
	server := runnercachetest.Start(t)
	server.ReadOnly()
	if log, _ := (cacheRun{t: t, server: server, event: "push"}).run(); strings.Contains(log, "cache: ") || len(server.Entries()) > 0 {
		t.Errorf("a service that only reads: %s", log)
	}
	c := cacheRun{t: t, server: server, event: "push", vars: map[string]string{"ACTIONS_RESULTS_URL": ""}}
	if log, _ := c.run(); strings.Contains(log, "cache: ") {
		t.Errorf("no service: %s", log)
	}
}

// Older caches that cannot be used do not keep newer ones from being saved, and a key that somebody else has chosen is no command to
// copy.
func TestRunnerCacheAfterBadOnes(t *testing.T) {
	earlier := runnercachetest.Start(t)
	cacheRun{t: t, server: earlier, event: "push"}.run()
	key := earlier.Key()
	prefix := key[:strings.LastIndex(key, "-")+1]
	for name, tc := range map[string]struct {
		key, says string
		faults    []runnercachetest.Fault
	}{
		"of another key":  {prefix + strings.Repeat("0", 16), "Delete it, so that another one can be saved: gh cache delete " + prefix + "0000", nil},
		"not there":       {prefix + strings.Repeat("0", 16), "is not restored", []runnercachetest.Fault{{What: "GET", Times: 9, Status: 404}}},
		"a command":       {prefix + "$(reboot)0000000", "a key that pakman does not make", nil},
		"a shorter key":   {prefix + "00", "a key that pakman does not make", nil},
		"a longer key":    {prefix + strings.Repeat("0", 17), "a key that pakman does not make", nil},
		"not hexadecimal": {prefix + strings.Repeat("0", 15) + "g", "a key that pakman does not make", nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := runnercachetest.Start(t)
			server.Fill(earlier)
			server.Rename(key, tc.key)
			for _, f := range tc.faults {
				server.Fail(f)
			}
			log, warm := cacheRun{t: t, server: server, event: "push", vars: map[string]string{"RUNNER_DEBUG": "1"}}.run()
			if warm || !strings.Contains(log, tc.says) || !strings.Contains(log, "cache: saved "+key) || len(server.Entries()) != 2 {
				t.Errorf("warm %v, %d entries\n%s", warm, len(server.Entries()), log)
			}
			if strings.Contains(log, "delete "+prefix) != (name == "of another key") {
				t.Error(log)
			}
		})
	}
}

// A token of build-env that a tool stores in its cache is not saved.
func TestRunnerCacheWithholds(t *testing.T) {
	server := runnercachetest.Start(t)
	c := cacheRun{t: t, server: server, event: "push", vars: map[string]string{"INPUT_BUILD-ENV": "NPM_TOKEN=npm_0123456789\n"}}
	if log, _ := c.run(); !strings.Contains(log, "the caches hold a secret of build-env") || len(server.Entries()) > 0 {
		t.Errorf("%d entries\n%s", len(server.Entries()), log)
	}
}

// The defaults, and what the runner allows.
func TestCachingDecision(t *testing.T) {
	may := github.Caching{Restore: true, Save: true}
	for name, tc := range map[string]struct {
		input, command, mode string
		may                  github.Caching
		dir, key             bool
		want                 string
	}{
		"default":          {may: may, want: "true true"},
		"cache-dir":        {may: may, dir: true, want: "false false"},
		"key":              {may: may, key: true, want: "false false"},
		"key, asked":       {may: may, key: true, input: "auto", want: "true true"},
		"key, read":        {may: may, key: true, input: "read", want: "true false"},
		"dir, asked":       {may: may, dir: true, input: "auto", want: "true true"},
		"off":              {may: may, input: "off", want: "false false"},
		"other command":    {may: may, command: "publish", input: "auto", want: "false false"},
		"event":            {may: github.Caching{Reason: "a fork"}, input: "auto", want: "false false"},
		"event reads":      {may: github.Caching{Restore: true, Reason: "a tag"}, input: "auto", want: "true false"},
		"mode write":       {may: may, mode: "write", want: "true true"},
		"mode read":        {may: may, mode: "read", want: "true false"},
		"mode write-only":  {may: may, mode: "write-only", want: "false true"},
		"read, write-only": {may: may, input: "read", mode: "write-only", want: "false false"},
		"mode none":        {may: may, mode: "none", want: "false false"},
		"unknown mode":     {may: may, mode: "x", want: "false false"},
	} {
		s := &settings{command: "build", cacheInput: tc.input, cacheDir: tc.dir}
		if tc.command != "" {
			s.command = tc.command
		}
		s.github.caching = tc.may
		if tc.key {
			s.build.Key = signing.Key{Files: []string{"x"}}
		}
		restore, save, why := s.caching(func(string) string { return tc.mode })
		if got := fmt.Sprint(restore, save); got != tc.want || (why == "") != (restore && save) {
			t.Errorf("%s: %s because of %q, want %s", name, got, why, tc.want)
		}
	}
}
