package apkbuild

import (
	"testing"
	"text/template/parse"
)

// TestTemplatesPrintThroughFunctions walks the templates: text of the recipe's may enter a file through a printer only.
func TestTemplatesPrintThroughFunctions(t *testing.T) {
	seen := 0
	var walk func(name string, n parse.Node)
	branch := func(name string, b parse.BranchNode) {
		walk(name, b.List)
		if b.ElseList != nil {
			walk(name, b.ElseList)
		}
	}
	walk = func(name string, n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			for _, c := range n.Nodes {
				walk(name, c)
			}
		case *parse.IfNode:
			branch(name, n.BranchNode)
		case *parse.RangeNode:
			branch(name, n.BranchNode)
		case *parse.WithNode:
			branch(name, n.BranchNode)
		case *parse.ActionNode:
			seen++
			last := n.Pipe.Cmds[len(n.Pipe.Cmds)-1]
			id, ok := last.Args[0].(*parse.IdentifierNode)
			if !ok || printers[id.Ident] == nil {
				t.Errorf("%s:%d: %s prints without a quoting function", name, n.Line, n)
			}
		case *parse.TextNode, *parse.TemplateNode, *parse.CommentNode:
		default:
			t.Errorf("%s: unexpected %T", name, n)
		}
	}
	for _, tmpl := range parsed().Templates() {
		if tmpl.Tree != nil {
			walk(tmpl.Name(), tmpl.Root)
		}
	}
	if seen < 50 {
		t.Errorf("only %d actions seen", seen)
	}
}
