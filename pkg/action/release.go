package action

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
)

// preRelease matches versions with one of Alpine's suffixes for pre-releases.
var preRelease = regexp.MustCompile(`_(alpha|beta|pre|rc)`)

// release attaches the packages to the release of the tag, and adds the install commands to its text, if the inputs ask for it.
func (s *settings) release(ctx context.Context, rep *report.Report, console *console) error {
	if !s.github.wanted() || len(rep.Packages) == 0 {
		return nil
	}
	client, err := s.github.client()
	if err != nil {
		return err
	}
	o := github.Release{
		Tag: s.github.event.Tag, ID: s.github.event.ReleaseID, Draft: s.github.assets == "draft" || s.github.legs > 1,
		Prerelease: preRelease.MatchString(rep.Packages[0].Version), Replace: s.github.replace,
	}
	var files []github.File
	if s.github.assets != "false" {
		if files, err = assets(rep); err != nil {
			return err
		}
	}
	switch {
	case s.github.notes && !rep.Remote():
		console.Info("release-notes: there are no install commands, because the packages are not published to a public bucket")
	case s.github.notes:
		o.Notes = []github.Note{{ID: rep.Packages[0].Name, Text: rep.InstallNote()}}
	}
	console.Stage("release " + o.Tag)
	done, err := client.Publish(ctx, o, files)
	if done != nil {
		rep.ReleaseURL = done.URL
		console.Info("%s: %d assets uploaded, %d replaced, %d unchanged", done.URL, len(done.Uploaded), len(done.Replaced), len(done.Kept))
	}
	if err == nil && done.Draft && s.github.assets != "draft" {
		console.Info("the release %s is a draft: %s", o.Tag, s.whoPublishes())
	}
	return err
}

// whoPublishes says how a release that stays a draft is published.
func (s *settings) whoPublishes() string {
	if s.github.legs > 1 {
		return fmt.Sprintf("this is one of %d jobs of a matrix; a job that needs them publishes it with `command: release`", s.github.legs)
	}
	return "somebody else has made it, and publishes it on its page"
}

// publishDraft runs the command release.
func (s *settings) publishDraft(ctx context.Context, env process.Env, console *console) error {
	tag := s.github.event.Tag
	if tag == "" {
		return errors.New("command release: this run is not for a tag: start the workflow by the push of a tag, as the jobs did that " +
			"filled the draft")
	}
	client, err := s.github.client()
	if err != nil {
		return err
	}
	done, err := client.PublishDraft(ctx, tag)
	if err != nil {
		return err
	}
	console.Info("%s is published", done.URL)
	return writeValues(env, map[string]string{"release-url": done.URL, "changed": "true"})
}

// assets returns the packages, their checksums and the public key. The architecture becomes part of a package's file name,
// because the packages of all architectures are in one release.
func assets(rep *report.Report) ([]github.File, error) {
	var files []github.File
	var names, arches []string
	for _, p := range rep.Packages {
		pkg, err := apk.ReadFile(p.File)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(pkg.Info.Filename(), ".apk") + "." + pkg.Info.Arch + ".apk"
		if slices.Contains(names, name) {
			continue // a noarch package, in the index of another architecture
		}
		names = append(names, name)
		files = append(files, github.File{Name: github.AssetName(name), Path: p.File, Size: pkg.FileSize, SHA256: pkg.SHA256})
		if !slices.Contains(arches, pkg.Info.Arch) {
			arches = append(arches, pkg.Info.Arch)
		}
	}
	if len(rep.PublicKey) > 0 {
		files = append(files, github.File{Name: github.AssetName(filepath.Base(rep.KeyName))}.With(rep.PublicKey))
	}
	sums := func(nameOf func(string) string) []byte {
		var b strings.Builder
		for _, f := range files {
			b.WriteString(f.SHA256 + "  " + nameOf(f.Name) + "\n")
		}
		return []byte(b.String())
	}
	// Each job uploads a file of its own, so that no job overwrites the checksums of another.
	first := rep.Packages[0]
	name := first.Name + "-" + first.Version + "." + strings.Join(arches, ".") + ".sha256"
	return append(files, github.File{Name: github.AssetName(name), Make: sums}), nil
}
