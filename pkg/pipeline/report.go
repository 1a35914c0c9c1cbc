package pipeline

import (
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
)

// newReport returns the report of a publish. local is the directory of the local repository where the packages
// lie as well; names are the packages that the install commands name.
func newReport(done *repository.Report, key *apk.PrivateKey, local string, names ...string) (*report.Report, error) {
	rep := &report.Report{
		RepositoryURL: repositoryLine(done.URL),
		IndexURLs:     done.Indexes,
		PublicKeyURL:  done.Keys[0],
		KeyName:       key.Public().Name,
		PublicKey:     key.Public().PEM(),
		Changed:       done.Changed,
		Traffic:       done.Traffic,
	}
	for _, p := range done.Packages {
		if local != "" {
			p.File = filepath.Join(local, filepath.FromSlash(p.Key))
		}
		rep.Packages = append(rep.Packages, report.Package{Published: p})
	}
	var err error
	rep.Install, err = report.InstallCommands(report.PlainURL(done.URL), report.PlainURL(done.Keys[0]), names...)
	return rep, err
}

// repositoryLine returns the URL as a line of /etc/apk/repositories: apk does not decode the percent escapes of a file:// URL.
func repositoryLine(url string) string {
	if plain := report.PlainURL(url); plain != url {
		return "file://" + plain
	}
	return url
}
