package apkbuild

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// serviceTools are the programs that run a command of a service.
var serviceTools = []string{"rc-service", "/sbin/rc-service", "service"}

// serviceCalls returns the commands of a hook that start, stop or migrate a service, and whose failure the hook itself does
// not look at. Its exit status is that of its last line, so the failure would be lost.
func (s *script) serviceCalls() []*syntax.Stmt {
	var found []*syntax.Stmt
	listed(s.parsed.Stmts, func(stmt *syntax.Stmt) {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if ok && !stmt.Negated && len(call.Args) > 0 && slices.Contains(serviceTools, call.Args[0].Lit()) && !hasHeredoc(stmt) {
			found = append(found, stmt)
		}
	})
	return found
}

func hasHeredoc(stmt *syntax.Stmt) bool {
	return slices.ContainsFunc(stmt.Redirs, func(r *syntax.Redirect) bool { return r.Hdoc != nil })
}

// Watched reports whether the script has commands whose failure is noted.
func (s *script) Watched() bool { return len(s.serviceCalls()) > 0 }

// watched returns the user's text, in which the failure of a service's command is noted. Nothing else changes: the hook
// goes on as it did, and no line moves.
func watched(s *script) (string, error) {
	text, err := verbatim(s)
	if err != nil {
		return "", err
	}
	calls := s.serviceCalls()
	slices.Reverse(calls)
	for _, stmt := range calls {
		end := end(stmt)
		words, err := Quote(strings.Join(strings.Fields(text[stmt.Pos().Offset():end]), " "))
		if err != nil {
			return "", err
		}
		text = text[:end] + " || _failed $? " + words + text[end:]
	}
	return text, contained(text)
}

// end returns the place behind a command, before a semicolon.
func end(stmt *syntax.Stmt) uint {
	end := stmt.Cmd.End().Offset()
	for _, r := range stmt.Redirs {
		end = max(end, r.End().Offset())
	}
	return end
}
