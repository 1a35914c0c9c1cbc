package apkbuild

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
)

// hookNames are apk's install scripts, in the order in which an APKBUILD lists them.
var hookNames = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"}

// trigger is the script that apk runs at the end of a transaction.
const trigger = "trigger"

// hook is an install script. apk runs it, and the platform takes anything on stderr as a failure.
type hook struct {
	Name     string   // of the package
	Running  []string // init scripts of the services that may run
	Kind     string   // post-install …
	User     string   // of the services; empty: root
	MakeUser bool
	Writable []string // absolute paths that the user may write to, where the rest is root's
	// What an earlier version left as its user's becomes root's: directories before the upgrade, and places of its own files after it.
	OwnersBefore, OwnersAfter bool

	Logs     bool   // the directory of logs, which belongs to the user
	Loader   bool   // root reads bin/environment
	Svscan   bool   // s6-svscan must be in /bin
	Deferred bool   // the trigger does the work if the init script is not there yet
	Digest   string // of the init script and its configuration
	After    []hook // what the trigger does for the scripts that deferred it
	Script   *script
	Logger   bool // of s6, which restarts
	Restart  bool // the service, when it runs
	Stop     bool // the service, when it runs
	Unlink   bool // takes the service from the supervision tree
	Clean    bool // what the supervisor and the services left behind
	Unlinked bool // s6 left something beside the service's files
}

// Pruned returns the writable paths as patterns of find.
func (h hook) Pruned() []string {
	var patterns []string
	for _, w := range h.Writable {
		patterns = append(patterns, strings.ReplaceAll(w, `\`, `\\`))
	}
	return patterns
}

// Trigger reports whether this is the trigger.
func (h hook) Trigger() bool { return h.Kind == trigger }

// What names the script in a message.
func (h hook) What() string {
	if h.Script == nil || h.Script.Pos.File == "" {
		return "the hook"
	}
	pos := h.Script.Pos
	pos.File = filepath.Base(pos.File)
	return "hook." + h.Kind + " of " + pos.String()
}

// needed reports whether the script has anything to do.
func (h hook) needed() bool {
	return h.MakeUser || h.OwnersAfter || h.Svscan || h.Script != nil || h.Restart || h.Stop || h.Clean || h.Logger || len(h.After) > 0
}

// renderHooks returns the install scripts that are needed. Those that need the init script defer their work to the
// scripts of its package, which do it once; where these do not run, the trigger does it. digest is that of the init script
// and its configuration.
func renderHooks(v *view, digest string) ([]File, error) {
	scripts, err := v.hookScripts()
	if err != nil {
		return nil, err
	}
	var out []File
	last := hook{Name: v.Name, Kind: trigger, Svscan: v.S6()}
	for _, kind := range hookNames {
		h := v.hook(kind, scripts)
		h.Digest = digest
		if h.Deferred {
			last.After = append(last.After, h)
		}
		if !h.needed() {
			continue
		}
		file, err := renderHook(h)
		if err != nil {
			return nil, err
		}
		v.Install = append(v.Install, kind)
		out = append(out, file)
	}
	if !last.needed() {
		return out, nil
	}
	body, err := execute("hook", last)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", trigger, err)
	}
	for _, after := range last.After {
		kind := "openrc." + after.Kind
		v.OpenRCInstall = append(v.OpenRCInstall, after.Kind)
		out = append(out, File{Name: v.Name + "-" + kind, Mode: 0o755, Body: body})
	}
	v.Trigger = true
	return append(out, File{Name: v.Name + "." + trigger, Mode: 0o755, Body: body}), nil
}

// hookScripts parses the user's hooks and returns all their faults.
func (v *view) hookScripts() (map[string]*script, error) {
	var faults config.Faults
	scripts := map[string]*script{}
	for _, kind := range hookNames {
		if s, ok := v.Hooks[kind]; ok {
			parsed, fault := newScript("hook."+kind, s)
			if fault != nil {
				faults = append(faults, *fault)
			}
			scripts[kind] = parsed
		}
	}
	return scripts, faultsOrNil(faults)
}

func renderHook(h hook) (File, error) {
	body, err := execute("hook", h)
	if err != nil {
		return File{}, fmt.Errorf("render %s: %w", h.Kind, err)
	}
	return File{Name: h.Name + "." + h.Kind, Mode: 0o755, Body: body}, nil
}

// hook decides what one install script does.
func (v *view) hook(kind string, scripts map[string]*script) hook {
	h := hook{Name: v.Name, Kind: kind, Script: scripts[kind], Running: []string{v.Name}, User: v.User,
		Writable: v.writable()}
	for _, instance := range v.Instances() {
		h.Running = append(h.Running, v.Name+"."+instance)
	}
	service := v.Supervisor != ""
	switch kind {
	case "pre-install", "pre-upgrade":
		h.MakeUser, h.Loader = v.User != "", v.Loader
		h.Svscan = v.S6()
		h.Logs = service
		h.OwnersBefore = kind == "pre-upgrade" && v.codeOfRoot()
	case "post-upgrade":
		// If the user's hooks already stop and start the service, it is not restarted a second time.
		h.Restart = service && !controlsService(scripts["pre-upgrade"]) && !controlsService(scripts["post-upgrade"])
		h.Logger, h.OwnersAfter = v.S6(), v.codeOfRoot()
		h.Deferred = v.HasInit() && (h.Script != nil || h.Restart)
	case "post-install":
		h.Deferred = v.HasInit() && h.Script != nil
	case "pre-deinstall":
		h.Stop, h.Unlink = service, v.S6()
	case "post-deinstall":
		h.Clean, h.Unlinked = service, v.S6()
	}
	return h
}

// controlsService reports whether a script starts or stops services itself.
func controlsService(s *script) bool {
	if s == nil {
		return false
	}
	found := false
	syntax.Walk(s.parsed, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		words := make([]string, len(call.Args))
		for i, w := range call.Args {
			words[i] = w.Lit()
		}
		control := []string{"start", "stop", "restart", "-r", "-d", "-u"}
		if slices.Contains([]string{"rc-service", "/sbin/rc-service", "service", "s6-svc"}, words[0]) {
			found = found || slices.ContainsFunc(words[1:], func(w string) bool { return slices.Contains(control, w) })
		}
		return true
	})
	return found
}
