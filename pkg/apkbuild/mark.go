package apkbuild

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// Shells stop at a command that fails (set -e) without saying at which: ash and dash have no trap for it, and in the one
// they have for their end $LINENO is lost. So before each command that can be the one, what is built has a mark on the
// same line, which notes the command's line in a file. It prints nothing, and keeps $?: the function gives back the
// status that it was given, and a command before && ends no shell.
const (
	markFile     = ".pakman-line"
	markFunction = "_pakman_at"
)

// marker is the function behind the marks. A block that ran to its good end leaves line 0.
const marker = `
` + markFunction + `() {
	case $1:$2 in
	[1-9]* | 0:0) printf '%s' "$1" 2>/dev/null >|"$startdir"/` + markFile + ` || : ;;
	esac
	return "$2"
}
`

// mark returns one mark.
func mark(line uint) string { return fmt.Sprintf("%s %d $? && :; ", markFunction, line) }

// Marked returns the build directory with marks in the user's command blocks, no line of which moves. A block in which they
// cannot stand is left as it is.
func (d Directory) Marked(r *recipe.Recipe) Directory {
	blocks := d.blocks(r)
	if len(blocks) == 0 {
		return d
	}
	slices.SortFunc(blocks, func(a, b embedded) int { return cmp.Compare(b.offset, a.offset) })
	body := d[0].Body
	for _, b := range blocks {
		end := b.offset + len(b.Text)
		if text, ok := markScript(b.Text); ok {
			rest := bytes.TrimPrefix(body[end:], []byte("\n"))
			body = slices.Concat(body[:b.offset], []byte(text), rest)
		}
	}
	marked := slices.Clone(d)
	marked[0].Body = append(slices.Clip(body), marker...)
	return marked
}

// markScript puts the marks into a script, which it ends on the line of what follows.
func markScript(text string) (string, bool) {
	file, err := parseShell(text)
	if err != nil || len(file.Stmts) == 0 {
		return "", false
	}
	var b strings.Builder
	last := uint(0)
	for _, pos := range starts(file.Stmts) {
		b.WriteString(text[last:pos.Offset()] + mark(pos.Line()))
		last = pos.Offset()
	}
	b.WriteString(strings.TrimSuffix(text[last:], "\n") + "\n" + mark(0))
	return b.String(), contained(b.String()+"\n") == nil
}

// starts returns the places of the commands in listed, in order.
func starts(list []*syntax.Stmt) []syntax.Pos {
	var found []syntax.Pos
	listed(list, func(s *syntax.Stmt) { found = append(found, s.Pos()) })
	return found
}

// listed calls visit for the commands whose failing ends the shell, in order: those in lists and in the branches and
// loops of lists. Where the shell looks at a command's status (conditions, && and ||), where it runs beside others
// (pipelines, &) and in functions, what holds the command is visited, and not the command itself.
func listed(list []*syntax.Stmt, visit func(*syntax.Stmt)) {
	for _, s := range list {
		if s.Background || s.Coprocess {
			continue
		}
		visit(s)
		if s.Negated {
			continue
		}
		switch c := s.Cmd.(type) {
		case *syntax.Block:
			listed(c.Stmts, visit)
		case *syntax.Subshell:
			listed(c.Stmts, visit)
		case *syntax.IfClause:
			for branch := c; branch != nil; branch = branch.Else {
				listed(branch.Then, visit)
			}
		case *syntax.WhileClause:
			listed(c.Do, visit)
		case *syntax.ForClause:
			listed(c.Do, visit)
		case *syntax.CaseClause:
			for _, item := range c.Items {
				listed(item.Stmts, visit)
			}
		}
	}
}

// Failed returns the place in the YAML file, and the line itself, of the command at which a build of the marked directory
// at dir stopped in that function of the APKBUILD. It is false where that was no command of the user's.
func (d Directory) Failed(r *recipe.Recipe, dir, function string) (pos config.Pos, command string, ok bool) {
	line := markedLine(dir)
	for _, b := range d.blocks(r) {
		if lines := scriptLines(b.Script); b.function == function && line >= 1 && line <= len(lines) {
			return scriptPos(b.Script, line), strings.TrimSpace(lines[line-1]), true
		}
	}
	return config.Pos{}, "", false
}

// markedLine reads the file of the marks, which the build's user could write whatever into; 0 when it is no number.
func markedLine(dir string) int {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0
	}
	defer func() { _ = root.Close() }() // only read
	if info, err := root.Lstat(markFile); err != nil || !info.Mode().IsRegular() {
		return 0 // to open another kind of file could take forever
	}
	f, err := root.Open(markFile)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // likewise
	const digits = 9
	text, err := io.ReadAll(io.LimitReader(f, digits))
	line, errNumber := strconv.Atoi(string(text))
	if err != nil || errNumber != nil {
		return 0
	}
	return line
}
