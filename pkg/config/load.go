package config

import (
	"errors"

	"gopkg.in/yaml.v3"
)

// Load reads and validates the file. warnings are faults with Warning set; err is Faults if the file has mistakes.
func Load(path string) (f *File, warnings Faults, err error) {
	data, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	return Parse(path, data)
}

// Parse is Load for text that has been read already; name is the file's name in positions, and says whether it is an
// instellar.yml.
func Parse(name string, data []byte) (f *File, warnings Faults, err error) {
	f = &File{Path: name, marks: map[string]mark{}}
	found := &findings{file: f, lines: splitLines(data), lenient: f.Instellar()}
	if root := found.parse(data); root != nil {
		(&decoder{found}).file(root)
		(&validator{findings: found}).check()
	}
	faults, warnings := found.faults.split()
	if len(faults) > 0 {
		return nil, warnings, faults
	}
	return f, warnings, nil
}

// parse returns the mapping that the text is, or nil and a fault.
func (c *findings) parse(data []byte) *yaml.Node {
	data, fault := cleanText(c.file.Path, data)
	if fault != nil {
		c.add(*fault)
		return nil
	}
	documents, err := parseYAML(data)
	if err != nil && c.lenient {
		documents, err = c.parseWithTabs(data, err)
	}
	if errors.Is(err, errNoDocument) {
		c.fault(Pos{File: c.file.Path}, "", "the file is empty", "Write one with `pakman init --force`")
		return nil
	}
	if err != nil {
		c.add(syntaxFault(c.file.Path, data, err))
		return nil
	}
	root := resolve(documents[0])
	switch {
	case len(documents) > 1:
		c.fault(c.at(documents[1]), "", "a second YAML document begins here, one is allowed",
			"Remove the `---` above it, or move it to another file")
		return nil
	case root.Kind != yaml.MappingNode:
		c.fault(c.at(root), "", "found "+describe(root)+" at the top level, where keys such as `build:` are expected",
			"Begin with lines like `name: my-app`, with a space after the colon")
		return nil
	}
	if node, problem := measure(root); problem != "" {
		c.fault(c.at(node), "", problem, "Write the values without nesting or aliases")
		return nil
	}
	return root
}

// at returns the place of a node.
func (c *findings) at(n *yaml.Node) Pos {
	return Pos{File: c.file.Path, Line: n.Line, Column: n.Column}
}
