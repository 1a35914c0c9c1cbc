package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
)

// errFaults is the error of a verification whose faults were already printed.
var errFaults = errors.New("the repository has faults")

// repositoryFlags select repositories of a URL.
type repositoryFlags struct {
	access                   accessFlags
	alpine, repository, arch string
}

func (f *repositoryFlags) add(c *cobra.Command) {
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.alpine, "alpine", "", "only this Alpine `RELEASE`: 3.24, edge")
		flags.StringVar(&f.repository, "repository", "", "only the apk repository of this `NAME`")
		flags.StringVar(&f.arch, "arch", "", "only these comma-separated `ARCHITECTURES`")
	})
	group(c, groupBucket, f.access.add)
}

func (f *repositoryFlags) repositories(url string, env process.Env) pipeline.Repositories {
	r := pipeline.Repositories{
		URL: url, Alpine: f.alpine, Repository: f.repository,
		Config: f.access.config(env),
	}
	if f.arch != "" {
		r.Arches = strings.Split(f.arch, ",")
	}
	return r
}

const urlHelp = `

URL is the address of a bucket (s3://bucket/prefix, a directory, file:///directory), or an address as in
/etc/apk/repositories, which ends with the release and the repository. Reading a public bucket needs no
credentials.`

func newRepoList(env process.Env) *cobra.Command {
	var f repositoryFlags
	var keys []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list URL",
		Short: "List the packages of a repository: versions, sizes, dates",
		Long:  "List the packages of a repository: versions, sizes, dates." + urlHelp,
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			listed, err := pipeline.ListPackages(c.Context(), f.repositories(args[0], env), keys, console{env.Stderr})
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(env.Stdout, listed)
			}
			return showPackages(env.Text(), listed)
		},
	}
	f.add(c)
	group(c, groupBucket, f.access.addReading)
	group(c, groupSigning, func(flags *pflag.FlagSet) {
		flags.StringArrayVar(&keys, "key", nil, "public key `FILE` that must have signed the index; may be repeated")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) { jsonFlag(flags, &asJSON, "write the list as JSON") })
	return c
}

func showPackages(w io.Writer, listed []repository.Listed) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PACKAGE\tVERSION\tARCH\tSIZE\tINSTALLED\tBUILT\tPUBLISHED\tREPOSITORY")
	for _, l := range listed {
		published := "-"
		if l.Published != nil {
			published = l.Published.Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s/%s\n", l.Name, l.Version, l.Arch, report.Bytes(l.Size),
			report.Bytes(l.InstalledSize), l.Built.Format(time.DateOnly), published, l.Branch, l.Repository)
	}
	return t.Flush()
}

func newRepoVerify(env process.Env) *cobra.Command {
	var f repositoryFlags
	var keys []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify URL",
		Short: "Check every index and every package of a repository; exit code 1 if there is a fault",
		Long: "Check the signature of every index, and the existence, size, hashes, index entry and signature of every\n" +
			"package. The exit code is 1 if there is a fault. Without --key, the keys that the repository publishes\n" +
			"are trusted." + urlHelp,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			found, err := pipeline.Verify(c.Context(), f.repositories(args[0], env), keys, newProgress(env.Stderr, "packages checked"),
				console{env.Stderr})
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(env.Stdout, found)
			} else {
				err = showVerification(env.Text(), found)
			}
			if err == nil && len(found.Faults) > 0 {
				err = errFaults
			}
			return err
		},
	}
	f.add(c)
	group(c, groupBucket, f.access.addReading)
	group(c, groupSigning, func(flags *pflag.FlagSet) {
		flags.StringArrayVar(&keys, "key", nil, "public key `FILE` to trust; may be repeated (default: those in the repository's keys/)")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) { jsonFlag(flags, &asJSON, "write the result as JSON") })
	return c
}

func showVerification(w io.Writer, v *repository.Verification) error {
	var b strings.Builder
	for _, f := range v.Faults {
		fmt.Fprintf(&b, "%s\n", f)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for _, k := range v.Keys {
		fmt.Fprintf(&b, "key %s, SHA-256 %s\n", k.Name, k.Fingerprint)
	}
	fmt.Fprintf(&b, "%d indexes, %d packages, %s read: %d faults\n", len(v.Indexes), v.Packages, report.Bytes(v.Bytes), len(v.Faults))
	_, err := io.WriteString(w, b.String())
	return err
}

// newProgress returns a function that prints the progress of long work: a line every few seconds, and one at the end.
func newProgress(w io.Writer, what string) func(done, total int) {
	const interval = 5 * time.Second
	last := time.Now()
	return func(done, total int) {
		if done == total || time.Since(last) > interval {
			last = time.Now()
			fmt.Fprintf(w, "%d of %d %s\n", done, total, what)
		}
	}
}
