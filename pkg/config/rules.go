package config

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

var (
	packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9+._-]*$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]*$`)
	licenseForm = regexp.MustCompile(`^[A-Za-z0-9.+:() -]+$`)
	mailForm    = regexp.MustCompile(`^[^<>@]+ <[^<>@\s]+@[^<>@\s]+\.[^<>@\s.]+>$`)
	stackForm   = regexp.MustCompile(`^(alpine/)?(edge|latest-stable|v?[0-9]+\.[0-9]+)$`)
	timeoutForm = regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
	modeForm    = regexp.MustCompile(`^[0-7]{3,4}$`)
	accountForm = regexp.MustCompile(`^[a-z_][a-z0-9_.-]*$`)
	ownerForm   = regexp.MustCompile(`^[a-z_][a-z0-9_.-]*(:[a-z_][a-z0-9_.-]*)?$`)
	serviceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	servedForm  = regexp.MustCompile(`^[A-Za-z0-9_./+~-]+$`)
	// A path of a page, as it stands in a request.
	healthPathForm = regexp.MustCompile(`^/[!-~]*$`)
	variableName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

const (
	maxName        = 128
	maxDescription = 127 // abuild refuses more
	maxAccount     = 32  // of Linux
)

// IsServiceName reports whether every place where a service's name stands takes it, among them names of files.
func IsServiceName(name string) bool { return serviceForm.MatchString(name) }

// IsServed reports whether nginx's configuration can name a path.
func IsServed(path string) bool { return servedForm.MatchString(path) }

// IsVariableName reports whether every shell accepts name as that of a variable or a function.
func IsVariableName(name string) bool { return variableName.MatchString(name) }

func (v *validator) packageName(at, text string) {
	switch {
	case len(text) > maxName:
		v.bad(at, "Shorten it", "is %d characters long, at most %d are allowed", len(text), maxName)
	case !packageForm.MatchString(text):
		hint := "Use lowercase letters, digits and + . _ -, beginning with a letter or digit"
		if s := slug(text); s != "" {
			hint = "Write `" + s + "`"
		}
		v.bad(at, hint, "%s is not a valid package name: lowercase letters, digits and + . _ - are allowed", quote(text))
	}
}

// slug turns any name into a package name, as the platform does.
func slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

func (v *validator) version(at, text string) {
	if !versionForm.MatchString(text) || !strings.ContainsAny(text, "0123456789") {
		v.bad(at, "Write it like 1.2.3 or 1.2.3-rc.1", "%s is not a version", quote(text))
	}
}

func (v *validator) description(at, text string) {
	if len(text) > maxDescription {
		v.bad(at, "Shorten it, and write the rest in the README", "is %d bytes long, at most %d are allowed", len(text), maxDescription)
	}
}

func (v *validator) url(at, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(text, " <>\"'`$\\") {
		v.bad(at, "Write it like https://example.com", "%s is not a web address", quote(text))
	}
}

func (v *validator) license(at, text string) {
	if !licenseForm.MatchString(text) {
		v.bad(at, "Write it like `MIT` or `Apache-2.0 OR MIT`, see https://spdx.org/licenses",
			"%s is not an SPDX licence expression", quote(text))
	}
}

func (v *validator) maintainer(at, text string) {
	if !mailForm.MatchString(text) {
		v.bad(at, "Write it like `Ann Other <ann@example.com>`",
			"%s is not a name followed by an email address in angle brackets", quote(text))
	}
}

func (v *validator) stack(at, text string) {
	if !stackForm.MatchString(text) {
		v.bad(at, "Write it like `alpine/3.24` or `alpine/edge`", "%s is not an Alpine release", quote(text))
	}
}

// ParseTimeout parses build.timeout: a duration of at least one second, such as 30m or 1h30m. Empty is no limit.
func ParseTimeout(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= time.Second && timeoutForm.MatchString(text)
}

func (v *validator) timeout(at, text string) {
	if _, ok := ParseTimeout(text); ok {
		return
	}
	hint := "Write it like 30m or 1h30m"
	if integer(text) != nil {
		hint = "Write `" + text + "m` for minutes, `" + text + "s` for seconds"
	}
	v.bad(at, hint, "%s is not a duration of at least one second", quote(text))
}

func (v *validator) healthPath(at, text string) {
	if !healthPathForm.MatchString(text) {
		v.bad(at, "Write it like /healthz", "found %s, a path begins with / and has no spaces", quote(text))
	}
}

// maxCount bounds numbers of restarts and of files.
const maxCount = 1000

// ParseCount parses run.restarts and run.log.count: a number from 1 to 1000. Empty is 0.
func ParseCount(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= maxCount
}

func (v *validator) count(at, text string) {
	if _, ok := ParseCount(text); !ok {
		v.bad(at, "Write it like 10", "%s is not a number from 1 to %d", quote(text), maxCount)
	}
}

// The sizes that s6-log accepts.
const (
	minLogSize = 4096
	maxLogSize = 250 << 20
)

// ParseLogSize parses run.log.size: bytes, with or without a unit. Empty is 0.
func ParseLogSize(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	n, err := humanize.ParseBytes(text)
	return int(min(n, maxLogSize+1)), err == nil && n >= minLogSize && n <= maxLogSize
}

func (v *validator) logSize(at, text string) {
	if _, ok := ParseLogSize(text); !ok {
		v.bad(at, "Write it like 5 MB", "%s is not a size from %d bytes to %d MiB", quote(text), minLogSize, maxLogSize>>20)
	}
}

func (v *validator) mode(at, text string) {
	if !modeForm.MatchString(text) {
		v.bad(at, "Write it like \"0644\"", "%s is not a file mode of three or four octal digits", quote(text))
	}
}

func (v *validator) owner(at, text string) {
	if !ownerForm.MatchString(text) {
		v.bad(at, "Write it like `app` or `app:www-data`, by name", "%s is neither a user nor user:group", quote(text))
	}
}

func (v *validator) user(at, text string) {
	if !accountForm.MatchString(text) || len(text) > maxAccount {
		v.bad(at, "Use lowercase letters, digits, _ and -", "%s is not a user name of at most %d characters", quote(text), maxAccount)
	}
}

// served checks a path that stands in the configuration of nginx.
func (v *validator) served(at, text string) {
	switch {
	case !IsServed(text):
		v.bad(at, "Rename it: letters, digits and . _ + ~ - / are allowed", "nginx's configuration cannot name %s", quote(text))
	case path.IsAbs(text) || slices.Contains(strings.Split(text, "/"), ".."):
		v.bad(at, "Write it relative to the application's directory, like dist", "%s is not below the application's directory", quote(text))
	}
}

func (v *validator) serviceName(at, text string) {
	if !IsServiceName(text) {
		v.doubtful(at, "Use letters, digits and . _ -", "%s is not a valid service name", quote(text))
	}
}

// reservedCommands are the commands of every OpenRC service.
var reservedCommands = []string{"start", "stop", "restart", "status", "zap", "describe", "depend", "ineed", "iuse", "needsme", "usesme"}

// commandName checks a name that becomes the name of a shell function.
func (v *validator) commandName(at, text string) {
	switch {
	case slices.Contains(reservedCommands, text):
		v.bad(at, "Choose another name", "%s is a command that every service has", quote(text))
	case !variableName.MatchString(text):
		v.bad(at, "Write `"+strings.ReplaceAll(slug(text), "-", "_")+"`",
			"%s is not a valid command name: letters, digits and _ are allowed", quote(text))
	}
}

func (v *validator) binary(at, text string) {
	switch {
	case path.IsAbs(text):
		v.doubtful(at, "Write `binary: "+path.Base(text)+"` and `path: "+path.Dir(text)+"`",
			"found the absolute path %s, a program's name is expected", quote(text))
	case strings.ContainsAny(text, " \t"):
		v.bad(at, "Move the arguments to call", "%s is a program and its arguments, a program's name is expected", quote(text))
	default:
		v.noParent(at, text)
	}
}
