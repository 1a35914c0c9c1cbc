package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
)

// retentionFlags select the versions that stay.
func retentionFlags(flags *pflag.FlagSet, r *repository.Retention) {
	flags.IntVar(&r.Keep, "keep", 0, "keep the newest `N` versions of each package in the index (default: all)")
	flags.IntVar(&r.KeepDays, "keep-days", 0, "also keep versions built or published in the last `DAYS` days")
}

// keepADB adds the flag --packages-adb to commands that write indexes.
func keepADB(flags *pflag.FlagSet, keep *bool) {
	flags.BoolVar(keep, "packages-adb", true, "write Packages.adb, the index for apk 3, next to APKINDEX.tar.gz")
}

// omitPage adds the flag --no-page to commands that write indexes.
func omitPage(flags *pflag.FlagSet, omit *bool) {
	flags.BoolVar(omit, "no-page", false, "do not write index.html, the page that shows the repository to people")
}

// keepingFlags are the flags of the commands that maintain a bucket.
type keepingFlags struct {
	repositoryFlags
	key                   keyFlags
	keepADB, noPage, json bool
}

func (f *keepingFlags) add(c *cobra.Command) {
	f.repositoryFlags.add(c)
	f.key.add(c)
	group(c, groupBucket, func(flags *pflag.FlagSet) {
		f.access.addWriting(flags)
		keepADB(flags, &f.keepADB)
		omitPage(flags, &f.noPage)
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) { jsonFlag(flags, &f.json, "write the result as JSON") })
}

func (f *keepingFlags) keeping(url string, env process.Env) (pipeline.Keeping, error) {
	key, err := f.key.key(env)
	return pipeline.Keeping{Repositories: f.repositories(url, env), Key: key, WithoutPage: f.noPage}, err
}

func newRepoPrune(env process.Env) *cobra.Command {
	var f keepingFlags
	var r repository.PruneRequest
	c := &cobra.Command{
		Use:   "prune URL --keep N",
		Short: "Remove old versions: from the index now, from the bucket after a grace period",
		Long: "Remove old versions from the indexes of a bucket (s3://bucket/prefix, a directory, file:///directory), and\n" +
			"delete those whose grace period is over. Without --keep and --keep-days, no version leaves an index,\n" +
			"but packages that left it earlier are still deleted after their grace period.",
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			keeping, err := f.keeping(args[0], env)
			if err != nil {
				return err
			}
			r.WithoutADB = !f.keepADB
			done, err := pipeline.Prune(c.Context(), keeping, r, console{env.Stderr})
			if err != nil {
				return err
			}
			if f.json {
				return writeJSON(env.Stdout, done)
			}
			return showPruned(env.Text(), done, r)
		},
	}
	f.add(c)
	group(c, groupBucket, func(flags *pflag.FlagSet) {
		retentionFlags(flags, &r.Retention)
		flags.DurationVar(&r.Grace, "grace", repository.DefaultGrace, "`DURATION` until a package that left the index is deleted")
		flags.BoolVar(&r.DryRun, "dry-run", false, "show what would be done, and change nothing; no key is needed")
		flags.BoolVar(&r.Unreferenced, "unreferenced", false, "also delete packages that no index lists")
		flags.BoolVar(&r.Unreferenced, "strays", false, "former name of --unreferenced")
		flags.Lookup("strays").Hidden = true
		flags.BoolVar(&r.Alone, "alone", false, "for a store without conditional writes: confirm that nobody publishes at the same time")
	})
	return c
}

func showPruned(w io.Writer, done *repository.PruneReport, r repository.PruneRequest) error {
	var b strings.Builder
	retired, deleted := "left the index", "deleted"
	if r.DryRun {
		retired, deleted = "would leave the index", "would be deleted"
	}
	for _, p := range done.Retired {
		fmt.Fprintf(&b, "%s: %s (%s)\n", retired, p.URL, report.Bytes(p.Size))
	}
	for _, p := range done.Waiting {
		fmt.Fprintf(&b, "to be deleted after %s: %s (%s)\n", p.Left.Add(r.Grace).Format(time.RFC3339), p.URL, report.Bytes(p.Size))
	}
	var freed int64
	for _, p := range done.Deleted {
		fmt.Fprintf(&b, "%s: %s (%s)\n", deleted, p.URL, report.Bytes(p.Size))
		freed += p.Size
	}
	for _, note := range done.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	fmt.Fprintf(&b, "%d %s, %d wait, %d %s (%s)\n", len(done.Retired), retired, len(done.Waiting), len(done.Deleted), deleted,
		report.Bytes(freed))
	_, err := io.WriteString(w, b.String())
	return err
}

func newRepoRebuild(env process.Env) *cobra.Command {
	var f keepingFlags
	var r repository.RebuildRequest
	c := &cobra.Command{
		Use:   "rebuild URL",
		Short: "Rebuild the indexes from the packages in the bucket",
		Long: "Rebuild the indexes of a bucket (s3://bucket/prefix, a directory, file:///directory) from the control data\n" +
			"of its packages. Packages that the signing key did not sign, and those that prune removed, are not listed.",
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			keeping, err := f.keeping(args[0], env)
			if err != nil {
				return err
			}
			r.Progress, r.WithoutADB = newProgress(env.Stderr, "packages read"), !f.keepADB
			done, err := pipeline.Rebuild(c.Context(), keeping, r, console{env.Stderr})
			if err != nil {
				return err
			}
			if f.json {
				return writeJSON(env.Stdout, done)
			}
			return showRebuilt(env.Text(), done)
		},
	}
	f.add(c)
	group(c, groupBucket, func(flags *pflag.FlagSet) {
		flags.BoolVar(&r.Adopt, "adopt", false, "replace an index signed by another key")
		flags.StringVar(&r.Description, "repository-description", "",
			"`TEXT` that apk shows for the repository (default: unchanged, at first its name and release)")
	})
	return c
}

func showRebuilt(w io.Writer, done []repository.Rebuilt) error {
	var b strings.Builder
	for _, r := range done {
		changed := "unchanged"
		if r.Changed {
			changed = "written"
		}
		fmt.Fprintf(&b, "%s: %d packages, %s\n", r.URL, r.Packages, changed)
		for _, file := range r.Added {
			fmt.Fprintf(&b, "  added: %s\n", file)
		}
		for _, file := range r.Dropped {
			fmt.Fprintf(&b, "  dropped: %s\n", file)
		}
		for _, note := range r.Notes {
			fmt.Fprintf(&b, "  note: %s\n", note)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
