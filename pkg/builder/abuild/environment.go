package abuild

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

// environment returns the environment of abuild: what every build gets, and what drives abuild. seen
// gives the place at which abuild sees a directory.
func (s *session) environment(seen func(string) string) []string {
	env := append(s.job.Environment(seen(s.home)),
		"ABUILD_USERDIR="+filepath.Join(seen(s.home), userDir),
		"TMPDIR="+filepath.Join(seen(s.home), temporaryDir),
		"REPODEST="+seen(s.repodest),
		"SRCDEST="+seen(s.distfiles()),
		"PACKAGER="+s.job.Packager,
		"APK="+s.apk(),
	)
	if s.job.Commit != "" {
		env = append(env, "ABUILD_LAST_COMMIT="+s.job.Commit)
	}
	return env
}

// distfiles returns where abuild keeps the sources that it downloads.
func (s *session) distfiles() string {
	if s.job.CacheDir == "" {
		return filepath.Join(s.home, "distfiles")
	}
	return filepath.Join(s.job.CacheDir, "distfiles")
}

// systemEnvironment returns the environment of the commands that run as root: nothing of the build's.
func (s *session) systemEnvironment() []string {
	return builder.Job{Run: builder.Run{Outer: s.job.Outer}}.Environment("/")
}

// configuration returns the build's abuild.conf, which a shell reads: the key and, once more, those
// variables that abuild's own defaults replace.
func configuration(key string, j builder.Job, home string) (string, error) {
	quoted, err := apkbuild.Quote(key)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("PACKAGER_PRIVKEY=" + quoted + "\n")
	for _, entry := range j.Environment(home) {
		name, value, _ := strings.Cut(entry, "=")
		_, asked := j.Env[name]
		if !asked && name != "GOFLAGS" || !config.IsVariableName(name) {
			continue
		}
		if quoted, err = apkbuild.Quote(value); err != nil {
			return "", fmt.Errorf("build environment: %s: %w", name, err)
		}
		text.WriteString("export " + name + "=" + quoted + "\n")
	}
	return text.String(), nil
}
