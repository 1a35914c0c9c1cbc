package action

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/report"
)

// preRelease tells a version that comes before the one it is called by, in Alpine's form.
var preRelease = regexp.MustCompile(`_(alpha|beta|pre|rc)`)

// release makes what was built assets of the tag's release, and says in its text how to install it, where that is asked
// for.
func (s *settings) release(ctx context.Context, rep *report.Report, console *console) error {
	if !s.github.wanted() || len(rep.Packages) == 0 {
		return nil
	}
	client, err := s.github.client()
	if err != nil {
		return err
	}
	o := github.Release{
		Tag: s.github.event.Tag, ID: s.github.event.ReleaseID, Draft: s.github.assets == "draft",
		Prerelease: preRelease.MatchString(rep.Packages[0].Version), Replace: s.github.replace,
	}
	var files []github.File
	if s.github.assets != "false" {
		if files, err = assets(rep); err != nil {
			return err
		}
	}
	switch public := strings.Contains(rep.RepositoryURL, "://") && !strings.HasPrefix(rep.RepositoryURL, "file:"); {
	case s.github.notes && !public:
		console.Info("release-notes: without a bucket that machines reach there are no install commands")
	case s.github.notes:
		o.Notes = []github.Note{{ID: rep.Packages[0].Name, Text: rep.InstallNote()}}
	}
	console.Stage("release " + o.Tag)
	done, err := client.Publish(ctx, o, files)
	if done != nil {
		rep.ReleaseURL = done.URL
		console.Info("%s: %d assets uploaded, %d replaced, %d were there", done.URL, len(done.Uploaded), len(done.Replaced), len(done.Kept))
	}
	return err
}

// assets returns the packages, their checksums and the public key. A package's name gets its architecture, as those of
// all architectures lie in one release.
func assets(rep *report.Report) ([]github.File, error) {
	var files []github.File
	var arches []string
	for _, p := range rep.Packages {
		pkg, err := apk.ReadFile(p.File)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(pkg.Info.Filename(), ".apk") + "." + pkg.Info.Arch + ".apk"
		f := github.File{Name: github.AssetName(name), Path: p.File, Size: pkg.FileSize, SHA256: pkg.SHA256}
		if slices.ContainsFunc(files, func(other github.File) bool { return other.Name == f.Name }) {
			continue // a noarch package, in the index of another architecture
		}
		files = append(files, f)
		if !slices.Contains(arches, pkg.Info.Arch) {
			arches = append(arches, pkg.Info.Arch)
		}
	}
	if len(rep.PublicKey) > 0 {
		files = append(files, content(rep.KeyName, rep.PublicKey))
	}
	var sums strings.Builder
	for _, f := range files {
		sums.WriteString(f.SHA256 + "  " + f.Name + "\n")
	}
	// One for each job that uploads: another one's sums are not lost.
	first := rep.Packages[0]
	name := first.Name + "-" + first.Version + "." + strings.Join(arches, ".") + ".sha256"
	return append(files, content(name, []byte(sums.String()))), nil
}

// content is an asset that lies in no file.
func content(name string, text []byte) github.File {
	sum := sha256.Sum256(text)
	return github.File{Name: github.AssetName(filepath.Base(name)), Content: text, Size: int64(len(text)),
		SHA256: hex.EncodeToString(sum[:])}
}
