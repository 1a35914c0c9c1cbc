package programs

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"
)

// compiled is an ELF program of that machine with that loader; none: it is static.
func compiled(t *testing.T, machine elf.Machine, loader string) string {
	t.Helper()
	const headers = 64 + 56
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1}
	// The section headers stand far behind what is read, as in a large program.
	file := elf.Header64{
		Ident: ident, Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
		Shoff: 1 << 30, Shentsize: 64, Shnum: 9, Shstrndx: 8,
	}
	segment := elf.Prog64{Type: uint32(elf.PT_LOAD)}
	if loader != "" {
		segment = elf.Prog64{Type: uint32(elf.PT_INTERP), Off: headers, Filesz: uint64(len(loader) + 1)}
	}
	var b bytes.Buffer
	for _, part := range []any{file, segment, []byte(loader + "\x00")} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// files makes the entries of "MODE name content", "-> name target" for a link, "= name target" for a hard one.
func files(entries [][3]string) *Files {
	f := NewFiles()
	for _, dir := range []string{"var", "var/lib", "var/lib/app", "var/lib/app/bin"} {
		f.Add(&tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	for _, e := range entries {
		h := &tar.Header{Name: e[1], Typeflag: tar.TypeReg, Mode: 0o755, Uname: "app", Gname: "app"}
		switch e[0] {
		case "->":
			h.Typeflag, h.Linkname = tar.TypeSymlink, e[2]
		case "=":
			h.Typeflag, h.Linkname = tar.TypeLink, e[2]
		case "dir":
			h.Typeflag = tar.TypeDir
		case "644":
			h.Mode = 0o644
		case "root700":
			h.Mode, h.Uname, h.Gname = 0o700, "root", "root"
		}
		f.Add(h, []byte(e[2]))
	}
	return f
}

const bin = "var/lib/app/bin/"

// app is bin/app with that content.
func app(content string) [][3]string { return [][3]string{{"", bin + "app", content}} }

func TestCheck(t *testing.T) {
	musl, glibc := "/lib/ld-musl-x86_64.so.1", "/lib64/ld-linux-x86-64.so.2"
	for name, tc := range map[string]struct {
		entries [][3]string
		command string // default: the application's bin/app
		depends string
		hook    string
		args    string
		shell   bool
		want    string // part of the message; empty: none
		maybe   bool
	}{
		"static":        {entries: app(compiled(t, elf.EM_X86_64, ""))},
		"musl":          {entries: app(compiled(t, elf.EM_X86_64, musl))},
		"glibc":         {entries: app(compiled(t, elf.EM_X86_64, glibc)), want: "the GNU C library"},
		"gcompat":       {entries: app(compiled(t, elf.EM_X86_64, glibc)), depends: "gcompat"},
		"glibc by hook": {entries: app(compiled(t, elf.EM_X86_64, glibc)), hook: "apk add /tmp/glibc.apk"},
		"own loader": {
			entries: append(app(compiled(t, elf.EM_X86_64, "/var/lib/app/lib/ld.so")),
				[3]string{"", "var/lib/app/lib/ld.so", "x"}),
		},
		"no loader":     {entries: app(compiled(t, elf.EM_X86_64, "/nix/store/x/ld.so")), want: "needs the loader /nix/store/x/ld.so"},
		"other machine": {entries: app(compiled(t, elf.EM_AARCH64, "")), want: "compiled for EM_AARCH64"},
		"cut":           {entries: app("\x7fELF\x02\x01\x01"), want: "damaged", maybe: true},
		"shell":         {entries: app("#!/bin/sh\n")},
		"blank":         {entries: app("#! /bin/sh -e\n")},
		"Windows":       {entries: app("#!/bin/sh\r\necho\r\n"), want: "Windows line endings"},
		"env Windows":   {entries: app("#!/usr/bin/env sh\r\n"), want: "Windows line endings"},
		"mark":          {entries: app("\xef\xbb\xbf#!/bin/sh\n"), want: "byte order mark"},
		"no #!":         {entries: app("echo hi\n"), want: "neither a compiled program nor a script"},
		"by a shell":    {entries: app("echo hi\n"), shell: true},
		"nothing after": {entries: app("#!\n"), want: "without an interpreter"},

		"env":            {entries: app("#!/usr/bin/env node\n"), depends: "nodejs>=20"},
		"env by another": {entries: app("#!/usr/bin/env node\n"), depends: "bash nodejs-current"},
		"env, no node":   {entries: app("#!/usr/bin/env node\n"), depends: "bash curl", want: `"/usr/bin/env node": node is not in`},
		"env, who knows": {entries: app("#!/usr/bin/env node\n"), depends: "acme-base", want: "node is not in", maybe: true},
		"env, own":       {entries: [][3]string{{"", bin + "app", "#!/usr/bin/env deno\n"}, {"", "usr/bin/deno", "x"}}},
		"env, no other":  {entries: app("#!/usr/bin/env deno\n"), depends: "bash", want: "deno is not in"},
		"env, of a part": {entries: app("#!/usr/bin/env deno\n"), depends: "acme-base"},
		"env, two words": {
			entries: app("#!/usr/bin/env node --x\n"), depends: "nodejs",
			want: `env looks for a program called "node --x"`,
		},
		"env -S":           {entries: app("#!/usr/bin/env -S node --x\n"), depends: "nodejs", want: "does not know -S"},
		"env -S, GNU":      {entries: app("#!/usr/bin/env -S node --x\n"), depends: "nodejs coreutils"},
		"python by a part": {entries: app("#!/usr/bin/python3\n"), depends: "py3-gunicorn"},
		"bash":             {entries: app("#!/bin/bash\n"), want: "/bin/bash is not in the package"},
		"usr/local":        {entries: app("#!/usr/local/bin/node\n"), depends: "nodejs", want: "nothing in /usr/local", maybe: true},
		"of the build":     {entries: app("#!/tmp/pakman/1/build/venv/bin/python\n"), depends: "python3", want: "a build may have"},
		"own interpreter":  {entries: [][3]string{{"", bin + "app", "#!/var/lib/app/bin/run\n"}, {"", bin + "run", "#!/bin/sh\n"}}},
		"interpreter's": {
			entries: [][3]string{{"", bin + "app", "#!/var/lib/app/bin/run\n"}, {"", bin + "run", "#!/bin/zsh\n"}},
			want:    "/bin/zsh is not in the package",
		},
		"lost interpreter": {entries: app("#!/var/lib/app/bin/run\n"), want: "/var/lib/app/bin/run is not in the package"},
		"in a circle":      {entries: app("#!/var/lib/app/bin/app\n"), want: "the kernel follows 4 of them"},
		"four scripts in a row": {entries: append(app("#!/var/lib/app/bin/1\n"), [][3]string{{"", bin + "1", "#!/var/lib/app/bin/2\n"},
			{"", bin + "2", "#!/var/lib/app/bin/3\n"}, {"", bin + "3", "#!/var/lib/app/bin/4\n"}, {"", bin + "4", "#!/bin/sh\n"}}...)},

		"missing":   {want: "/var/lib/app/bin/app is not in the package"},
		"directory": {entries: [][3]string{{"dir", bin + "app", ""}}, want: "is a directory"},
		"not executable": {
			entries: [][3]string{{"644", bin + "app", "#!/bin/sh\n"}},
			want:    "is not executable for the user app (mode 0644)",
		},
		"root's alone": {
			entries: [][3]string{{"root700", bin + "app", "#!/bin/sh\n"}},
			want:    "is not executable for the user app",
		},
		"link": {entries: [][3]string{{"->", bin + "app", "../lib/app-1"}, {"", "var/lib/app/lib/app-1", "#!/bin/sh\n"}}},
		"link of a directory": {
			entries: [][3]string{{"->", "var/lib/app/now", "/var/lib/app/bin"}, {"", bin + "app", "#!/bin/sh\n"}},
			command: "/var/lib/app/now/app",
		},
		"lost link": {
			entries: [][3]string{{"->", bin + "app", "../lib/app-1"}},
			want:    "leads to /var/lib/app/lib/app-1, which is not",
		},
		"circle":               {entries: [][3]string{{"->", bin + "app", "app"}}, want: "leads in a circle"},
		"link to a dependency": {entries: [][3]string{{"->", bin + "app", "/usr/bin/python3"}}, depends: "python3"},
		"link to nothing": {
			entries: [][3]string{{"->", bin + "app", "/usr/bin/python3"}},
			want:    "leads to /usr/bin/python3, which",
		},
		"hard link": {
			entries: [][3]string{{"", bin + "real", "#!/bin/zsh\n"}, {"=", bin + "app", bin + "real"}},
			want:    "/bin/zsh",
		},

		"by a hook":          {hook: "python3 -m venv /var/lib/app/venv", want: "is not in the package", maybe: true},
		"hook in its home":   {hook: "cd /var/lib/app && make", want: "is not in the package", maybe: true},
		"hook of an owner":   {hook: "rc-update add app\nchown -R app:app /var/lib/app\n", want: "is not in the package"},
		"of a dependency":    {command: "/usr/sbin/caddy", depends: "bash caddy"},
		"of who knows which": {command: "/usr/sbin/frobnicate", depends: "acme-tools"},
		"of cmd":             {command: "/usr/bin/node", depends: "cmd:node"},
		"of a path":          {command: "/usr/bin/node", depends: "/usr/bin/node"},
		"of nobody": {
			command: "/usr/bin/node", depends: "bash app-openrc so:libc.musl-x86_64.so.1",
			want: "/usr/bin/node is not in the package",
		},
		"of a conflict":   {command: "/usr/bin/node", depends: "!nodejs", want: "/usr/bin/node is not in the package"},
		"of busybox":      {command: "/usr/bin/tail"},
		"of this package": {command: "/usr/bin/app", entries: [][3]string{{"", "usr/bin/app", "#!/bin/sh\n"}}},

		"script": {
			command: "/usr/bin/node", depends: "nodejs", args: "server.js --port 1",
			entries: [][3]string{{"644", "var/lib/app/server.js", ""}},
		},
		"script's ending": {
			command: "/usr/bin/node", depends: "nodejs", args: "/var/lib/app/server",
			entries: [][3]string{{"644", "var/lib/app/server.js", ""}},
		},
		"script missing": {
			command: "/usr/bin/node", depends: "nodejs", args: "server.js",
			want: "/var/lib/app/server.js, which node is to run, is not in",
		},
		"module":    {command: "/usr/bin/python3", depends: "python3", args: "-m gunicorn"},
		"variable":  {command: "/usr/bin/node", depends: "nodejs", args: "$FILE"},
		"elsewhere": {command: "/usr/bin/node", depends: "nodejs", args: "/usr/lib/x.js"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.command == "" {
				tc.command = "/var/lib/app/bin/app"
			}
			p := files(tc.entries).Check(Application{
				Home: "/var/lib/app", User: "app", Depends: strings.Fields(tc.depends), Own: []string{"app", "app-openrc"},
				Hooks: []string{tc.hook}, Machine: elf.EM_X86_64,
			}, Start{Command: tc.command, Arguments: strings.Fields(tc.args), Directory: "/var/lib/app", Direct: !tc.shell})
			switch {
			case p == nil && tc.want != "":
				t.Errorf("nothing is said, expected %q", tc.want)
			case p != nil && (tc.want == "" || !strings.Contains(p.Message, tc.want) || p.Maybe != tc.maybe):
				t.Errorf("%q (%v), expected %q", p.Message, p.Maybe, tc.want)
			}
		})
	}
}

// What may be meant is named: by another case, another letter, another directory.
func TestHint(t *testing.T) {
	entries := [][3]string{{"", "var/lib/app/dist/worker", "#!/bin/sh\n"}, {"", "var/lib/app/top", "#!/bin/sh\n"}}
	for name := range strings.SplitSeq("abcdefghijklm", "") {
		entries = append(entries, [3]string{"", bin + "server-" + name, "#!/bin/sh\n"})
	}
	for command, want := range map[string]string{
		"bin/Server-A":  "Did you mean `server-a`?",
		"bin/sevrer-b":  "Did you mean `server-b`?",
		"bin/worker":    "Did you mean `dist/worker`?",
		"bin/top":       "Did you mean `./top`?",
		"lost/server-d": "Did you mean `server-d`?",
		"bin/nothing":   "/var/lib/app/bin holds server-a, server-b,",
		"bin/q":         "server-l and 1 more",
		"lost/server-c": "/var/lib/app holds bin/, dist/",
	} {
		f := files(append(entries, [3]string{"dir", "var/lib/app/dist", ""}))
		p := f.Check(Application{Home: "/var/lib/app"}, Start{Command: "/var/lib/app/" + command})
		if p == nil || !strings.Contains(p.Hint, want) {
			t.Errorf("%s: %+v, expected %q", command, p, want)
		}
	}
}

// A directory to start in must be there.
func TestDirectory(t *testing.T) {
	f := files([][3]string{{"", bin + "app", "#!/bin/sh\n"}, {"dir", "var/lib/app/web", ""}})
	for directory, want := range map[string]string{
		"/var/lib/app": "", "": "", "/var/lib/app/web": "", "/tmp": "",
		"/var/lib/app/wbe":     "the directory /var/lib/app/wbe is not in the package",
		"/var/lib/app/bin/app": "is a file",
	} {
		p := f.Check(Application{Home: "/var/lib/app"}, Start{Command: "/var/lib/app/bin/app", Directory: directory})
		if (p == nil) != (want == "") || p != nil && !strings.Contains(p.Message, want) {
			t.Errorf("%q: %+v", directory, p)
		}
	}
}
