package apkbuild

import (
	"fmt"
	"slices"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
)

// hookNames are apk's install scripts, in the order in which an APKBUILD lists them.
var hookNames = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"}

// hook is an install script. apk runs it, and the platform takes anything on stderr as a failure.
type hook struct {
	Name     string // of the package
	MakeUser string
	Script   *script
	Restart  bool // the service, when it runs
	Stop     bool // the service, when it runs
	Unlink   bool // takes the service from the supervision tree
	Clean    bool // what s6 left beside the service's files
}

// Action reports whether the package has something to do after the user's script.
func (h hook) Action() bool { return h.Restart || h.Stop || h.Unlink || h.Clean }

// renderHooks returns the install scripts that are needed.
func renderHooks(v *view) ([]File, error) {
	var (
		out    []File
		faults config.Faults
	)
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
	if len(faults) > 0 {
		return nil, faults
	}
	for _, kind := range hookNames {
		h := v.hook(kind, scripts)
		if h.MakeUser == "" && h.Script == nil && !h.Action() {
			continue
		}
		body, err := execute("hook", h)
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", kind, err)
		}
		v.Install = append(v.Install, kind)
		out = append(out, File{Name: v.Name + "." + kind, Mode: 0o755, Body: body})
	}
	return out, nil
}

// hook decides what one install script does.
func (v *view) hook(kind string, scripts map[string]*script) hook {
	h := hook{Name: v.Name, Script: scripts[kind]}
	service := v.Supervisor != ""
	switch kind {
	case "pre-install", "pre-upgrade":
		h.MakeUser = v.User
	case "post-upgrade":
		// Who stops and starts the service in hooks of one's own wants no second restart.
		h.Restart = service && !controlsService(scripts["pre-upgrade"]) && !controlsService(scripts["post-upgrade"])
	case "pre-deinstall":
		h.Stop, h.Unlink = service, v.S6()
	case "post-deinstall":
		h.Clean = v.S6()
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
