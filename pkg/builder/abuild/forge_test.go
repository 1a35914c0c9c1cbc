package abuild

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// hand lets a fake abuild hand over what is in the directory PACKAGES as main.apk and doc.apk.
const hand = "d=$REPODEST/main/x86_64; mkdir -p $d; cp PACKAGES/main.apk $d/hello-1.0-r0.apk; cp PACKAGES/doc.apk $d/hello-doc-1.0-r0.apk\n"

// Whatever lies where abuild leaves its packages, nothing gets out that was not planned.
func TestDroppedPackagesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct{ abuild, want string }{
		"a package of another name": {hand + "cp $d/hello-1.0-r0.apk $d/node-service-99.0-r0.apk",
			"/main/x86_64/node-service-99.0-r0.apk"},
		"another version": {hand + "cp $d/hello-1.0-r0.apk $d/hello-99-r0.apk", "/main/x86_64/hello-99-r0.apk"},
		"a package in its place": {hand + "cp $d/hello-doc-1.0-r0.apk $d/hello-1.0-r0.apk",
			"the file holds the package hello-doc-1.0-r0.apk"},
		"another repository":           {hand + "mkdir -p $REPODEST/other/x86_64; cp $d/*.apk $REPODEST/other/x86_64", "/other/x86_64/"},
		"a file beside the packages":   {hand + ": >$d/notes", "/main/x86_64/notes"},
		"a file at the top":            {hand + ": >$REPODEST/notes", "/notes"},
		"a directory in the directory": {hand + "mkdir $d/more", "/main/x86_64/more"},
		"a pipe in its place":          {hand + "rm $d/hello-1.0-r0.apk; mkfifo $d/hello-1.0-r0.apk", "/main/x86_64/hello-1.0-r0.apk"},
		"a pipe for the index":         {hand + "mkfifo $d/APKINDEX.tar.gz", "/main/x86_64/APKINDEX.tar.gz"},
		"a link to a directory":        {hand + "mv $REPODEST/main /tmp/main-$$; ln -s /tmp/main-$$ $REPODEST/main", "/main"},
		"a missing subpackage":         {hand + "rm $d/hello-doc-1.0-r0.apk", "did not make hello-doc-1.0-r0.apk"},
		"another APKBUILD":             {hand + "echo provides=openssl=9 >>APKBUILD", "APKBUILD"},
		"a pipe for the APKBUILD":      {hand + "rm -f APKBUILD; mkfifo APKBUILD", "APKBUILD"},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, tc.abuild)
			j, _ := newJob(t, "hello")
			got, err := build(t.Context(), mustFind(t), j, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, error %v, want %s", got, err, tc.want)
			}
			if left, _ := os.ReadDir(j.Output); len(left) > 0 {
				t.Errorf("%v stays in the output", left)
			}
		})
	}
}

// An APKBUILD that was planned with other variables is refused before anything is run.
func TestPlannedOtherwise(t *testing.T) {
	fake(t, hand)
	j, _ := newJob(t, "hello")
	j.Planned = map[string]string{"pkgname": "other"}
	if _, err := build(t.Context(), mustFind(t), j, nil); !errors.As(err, new(*builder.RefusedError)) ||
		!strings.Contains(err.Error(), `pkgname is "hello" now that the APKBUILD is built, and it was "other" when it was planned`) {
		t.Error(err)
	}
}

// What a package says of itself was planned, or follows from its files.
func TestPackagesSayWhatWasPlanned(t *testing.T) {
	script := func(name string) []apk.Script {
		return []apk.Script{{Name: name, Body: []byte("#!/bin/sh\nrm -rf /\n")}}
	}
	for name, tc := range map[string]struct {
		change  func(*apk.Info)
		scripts []apk.Script
		want    string
	}{
		"a script":           {func(*apk.Info) {}, script(".post-install"), "the script .post-install"},
		"a trigger":          {func(i *apk.Info) { i.Triggers = []string{"/usr"} }, script(".trigger"), "triggers"},
		"provides":           {func(i *apk.Info) { i.Provides = []string{"openssl=99"} }, nil, "openssl=99"},
		"a command":          {func(i *apk.Info) { i.Provides = []string{"cmd:sudo=1.0-r0"} }, nil, "cmd:sudo"},
		"its version":        {func(i *apk.Info) { i.Provides = []string{"cmd:tool=99"} }, nil, "cmd:tool=99"},
		"a library":          {func(i *apk.Info) { i.Provides = []string{"so:libcrypto.so.3=3"} }, nil, "so:libcrypto.so.3"},
		"a module":           {func(i *apk.Info) { i.Provides = []string{"pc:openssl=3"} }, nil, "pc:openssl"},
		"a Python":           {func(i *apk.Info) { i.Provides = []string{"py3.12:os=1.0-r0"} }, nil, "py3.12:os"},
		"its version, too":   {func(i *apk.Info) { i.Provides = []string{"so:libx.so.1=99"} }, nil, "so:libx.so.1=99"},
		"a module's version": {func(i *apk.Info) { i.Provides = []string{"pc:x=6"} }, nil, "pc:x=6"},
		"a prefix":           {func(i *apk.Info) { i.Provides = []string{"so:evil:libx.so.1=1.2"} }, nil, "so:evil:libx.so.1"},
		"a library needed":   {func(i *apk.Info) { i.Depends = []string{"so:libevil.so.1"} }, nil, "so:libevil.so.1"},
		"a module needed":    {func(i *apk.Info) { i.Depends = []string{"pc:evil"} }, nil, "pc:evil"},
		"its constraint":     {func(i *apk.Info) { i.Depends = []string{"pc:y>=3"} }, nil, "pc:y>=3"},
		"another Python":     {func(i *apk.Info) { i.Depends = []string{"python3~3.13"} }, nil, "python3~3.13"},
		"a shell":            {func(i *apk.Info) { i.Depends = []string{"/bin/sh"} }, nil, "/bin/sh"},
		"replaces":           {func(i *apk.Info) { i.Replaces = []string{"openssl"} }, nil, "replaces"},
		"a dependency":       {func(i *apk.Info) { i.Depends = []string{"openssl"} }, nil, "openssl"},
		"a version of it":    {func(i *apk.Info) { i.Depends = []string{"hello-doc=99"} }, nil, "hello-doc=99"},
		"a conflict":         {func(i *apk.Info) { i.Depends = []string{"!openssl"} }, nil, "!openssl"},
		"install_if":         {func(i *apk.Info) { i.InstallIf = []string{"busybox"} }, nil, "install_if"},
		"a priority":         {func(i *apk.Info) { i.ProviderPriority = 9 }, nil, "provider_priority"},
		"replaces first":     {func(i *apk.Info) { i.ReplacesPriority = 9 }, nil, "replaces_priority"},
		"the origin":         {func(i *apk.Info) { i.Origin = "openssl" }, nil, "origin"},
		"architecture":       {func(i *apk.Info) { i.Arch = "noarch" }, nil, "arch"},
		"the packager":       {func(i *apk.Info) { i.Packager = "Alpine <a@example.org>" }, nil, "packager"},
		"the date":           {func(i *apk.Info) { i.BuildDate = 1 }, nil, "builddate"},
		"the commit":         {func(i *apk.Info) { i.Commit = "abc" }, nil, "commit"},
		"the maintainer":     {func(i *apk.Info) { i.Maintainer = "Alpine <a@example.org>" }, nil, "maintainer"},
		"good": {func(i *apk.Info) {
			i.Provides = []string{"cmd:tool=1.0-r0", "so:libx.so.1=1.2", "pc:x=5", "pc:z=1.0_beta", "py3.12:mod=1.0-r0"}
			i.Depends = []string{"so:libc.musl-x86_64.so.1", "pc:y>=2", "pkgconfig", "hello-doc=1.0-r0", "python3~3.12"}
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, hand)
			info := helloInfo("hello", "x86_64")
			tc.change(&info)
			bin := filepath.SplitList(os.Getenv("PATH"))[0]
			create(t, filepath.Join(bin, "main.apk"), info, map[string]string{
				"usr/bin/tool": "#!/bin/sh\n", "usr/lib/libx.so.1.2": library(t, "libx.so.1", "libc.musl-x86_64.so.1"),
				"usr/lib/pkgconfig/x.pc": "Version: 5\nProvides: z = 1.0-beta\nRequires: y >= 2\n", "usr/lib/python3.12/site-packages/mod.py": "",
			}, tc.scripts...)
			j, log := newJob(t, "hello")
			got, err := build(t.Context(), mustFind(t), j, nil)
			if tc.want == "" {
				if err != nil || len(got) != 2 {
					t.Errorf("%v, %v\n%s", got, err, log)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, error %v, want %s", got, err, tc.want)
			}
		})
	}
}

// The build of real abuild tries what the code of a dependency could.
func TestRealForgesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		edits []string
		want  string
	}{
		"a package in REPODEST": {[]string{"build() {", "build() {\n\tmkdir -p \"$REPODEST\"/main/\"$CARCH\"; cp \"$startdir\"/evil " +
			"\"$REPODEST\"/main/\"$CARCH\"/node-service-99.0-r0.apk"}, "node-service-99.0-r0.apk"},
		"a subpackage": {[]string{"build() {", "_x() { mkdir -p \"$subpkgdir\"/bin; echo x >\"$subpkgdir\"/bin/busybox; }\nbuild() {\n" +
			"\tprintf '\\nsubpackages=\"$subpackages busybox:_x\"\\n' >>\"$startdir\"/APKBUILD"}, "APKBUILD"},
		"a script": {[]string{"build() {", "build() {\n\tprintf '#!/bin/sh\\nrm -rf /\\n' >\"$startdir\"/greeter.post-install; " +
			"printf '\\ninstall=\"$install greeter.post-install\"\\n' >>\"$startdir\"/APKBUILD"}, "APKBUILD"},
		"another script": {[]string{"build() {", "build() {\n\tprintf 'echo evil\\n' >>\"$startdir\"/greeter.pre-install"},
			".pre-install is not what it was"},
		"provides": {[]string{"package() {", "package() {\n\tprovides=\"$(cat /proc/sys/kernel/random/uuid)=1\""}, "provides"},
	} {
		t.Run(name, func(t *testing.T) {
			j, log := real(t, tc.edits...)
			evil := helloInfo("hello", "x86_64")
			evil.Name, evil.Version = "node-service", "99.0-r0"
			create(t, filepath.Join(j.Dir, "evil"), evil, map[string]string{"etc/evil": ""})
			before := world(t)
			got, err := Builder{}.Build(t.Context(), j)
			if err == nil || !strings.Contains(err.Error()+log.String(), tc.want) {
				t.Errorf("%v, error %v, want %s\n%s", got, err, tc.want, log)
			}
			if !slices.Equal(strings.Fields(before), strings.Fields(world(t))) {
				t.Error("what is installed changed")
			}
		})
	}
}

// A changed APKBUILD is found where the system lets a build change it.
func TestChangedAPKBUILD(t *testing.T) {
	j, _ := newJob(t, "hello")
	work, err := tree.Open(j.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = work.Close() }()
	s := &session{work: work, apkbuild: []byte(helloAPKBUILD)}
	if err := s.checkUnchanged(); err != nil {
		t.Errorf("before: %v", err)
	}
	if err := work.WriteFile("APKBUILD", []byte(helloAPKBUILD+"provides=openssl=9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.checkUnchanged(); err == nil || !strings.Contains(err.Error(), "changed, removed or replaced APKBUILD") {
		t.Errorf("%v", err)
	}
	if err := work.Remove("APKBUILD"); err != nil {
		t.Fatal(err)
	}
	if err := s.checkUnchanged(); err == nil {
		t.Error("a removed APKBUILD is not found")
	}
}
