package action

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
)

// writeOutputs appends the step outputs to the file that GitHub names. Every value is between delimiters that nobody can
// guess, so that no value can end early and start another output.
func writeOutputs(env process.Env, rep *report.Report, checksums string) error {
	values, err := outputValues(rep, checksums)
	if err != nil {
		return err
	}
	return writeValues(env, values)
}

// writeValues writes all outputs; those without a value are empty.
func writeValues(env process.Env, values map[string]string) error {
	var b strings.Builder
	for _, out := range outputs {
		delimiter := "pakman_" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", out.Name, delimiter, values[out.Name], delimiter)
	}
	return appendFile(env, "GITHUB_OUTPUT", func(w io.Writer) error {
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func outputValues(rep *report.Report, checksums string) (map[string]string, error) {
	packages, err := json.Marshal(rep.Packages)
	if err != nil {
		return nil, err
	}
	sizes, err := json.Marshal(rep.Sizes())
	id := ""
	if rep.Deployment != nil {
		id = rep.Deployment.ID
	}
	return map[string]string{
		"packages":          string(packages),
		"names":             strings.Join(rep.Names(), " "),
		"sizes":             string(sizes),
		"total-size":        strconv.FormatInt(rep.TotalSize(), 10),
		"arch":              rep.Arch,
		"changed":           strconv.FormatBool(rep.Changed),
		"skipped":           strings.Join(rep.Skipped, " "),
		"repository-url":    rep.RepositoryURL,
		"index-url":         strings.Join(rep.IndexURLs, "\n"),
		"install":           strings.Join(rep.Install, "\n"),
		"checksums":         checksums,
		"public-key-url":    rep.PublicKeyURL,
		"key-name":          rep.KeyName,
		"cache-key":         rep.CacheKey,
		"cache-restore-key": rep.CacheRestoreKey,
		"deployment-id":     id,
		"release-url":       rep.ReleaseURL,
		"matrix":            "", // the command matrix writes its own
		"waves":             "",
	}, err
}

// checksumsFile is the name of the file with the checksums in the local repository.
const checksumsFile = "SHA256SUMS"

// writeChecksums writes the checksums of the packages to the output directory, and returns the path of that file for later
// steps. It is "" if the output directory is outside of the workspace, where they cannot read it.
func writeChecksums(output string, rep *report.Report) (string, error) {
	abs, err := filepath.Abs(filepath.Join(output, checksumsFile))
	name := fromHere(abs)
	if err != nil || !filepath.IsLocal(name) || len(rep.Packages) == 0 {
		return "", err
	}
	var b bytes.Buffer
	err = errors.Join(rep.Checksums(&b), os.MkdirAll(filepath.Dir(abs), 0o755)) //#nosec G301 -- the later steps read it
	if err == nil {
		err = os.WriteFile(abs, b.Bytes(), 0o644) //#nosec G306 -- likewise
	}
	return name, err
}

func writeSummary(env process.Env, write func(io.Writer) error) error {
	return appendFile(env, "GITHUB_STEP_SUMMARY", write)
}

// appendFile appends to the file that the environment variable names. It does nothing if the variable is not set: the host
// lacks this feature.
func appendFile(env process.Env, variable string, write func(io.Writer) error) error {
	name := env.Getenv(variable)
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //#nosec G302,G304 -- GitHub's file, read by the runner's user
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	return nil
}

// maskLines returns the lines to mask: GitHub masks line by line, so a key of several lines is masked in parts. Lines that are
// too short to be secret would turn every log into asterisks.
func maskLines(secrets []string) []string {
	const shortest = 4
	var lines []string
	for _, s := range secrets {
		for line := range strings.Lines(s) {
			line = strings.TrimSpace(line)
			if len(line) >= shortest && !strings.HasPrefix(line, "-----") && !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// unknownInputs returns the `with:` keys that the action does not have. The runner passes every key as INPUT_NAME, in
// uppercase letters.
func unknownInputs(environ []string) []string {
	known := map[string]bool{}
	for _, in := range inputs {
		known[strings.ToUpper(in.Name)] = true
	}
	var unknown []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if key, ok := strings.CutPrefix(name, "INPUT_"); ok && !known[key] {
			unknown = append(unknown, strings.ToLower(key))
		}
	}
	slices.Sort(unknown)
	return unknown
}

// mistaken returns the warning about a `with:` key that the action does not have, with the most similar input if there is one.
func mistaken(name string) string {
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.Name
	}
	if near := config.Nearest(name, names); near != "" {
		return fmt.Sprintf("unknown input %q; did you mean %s?", name, near)
	}
	return fmt.Sprintf("unknown input %q; docs/action.md lists the inputs", name)
}
