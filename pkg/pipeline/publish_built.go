package pipeline

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// publishBuilt puts the packages into the local repository at output, then into the bucket if there is one. how says how
// the local repository is listed.
func publishBuilt(ctx context.Context, made []*built, keys []*apk.PrivateKey, output string, how Bucket, bucket *openBucket,
	out console.Console) (*report.Report, error) {
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, err
	}
	local, err := dir.New(output)
	if err != nil {
		return nil, err
	}
	// A developer builds one version many times, with one key or another, and the bucket gets nothing of this index.
	to := &openBucket{store: local, Bucket: Bucket{Overwrite: true, Adopt: true, Index: how.Index, WithoutPage: how.WithoutPage}}
	rep, err := to.putBuilt(ctx, made, keys, output, out)
	if err != nil || bucket == nil {
		return rep, err
	}
	rep, err = bucket.putBuilt(ctx, made, keys, output, out)
	if err == nil && slices.ContainsFunc(rep.Packages, func(p report.Package) bool { return p.Taken }) {
		_, err = to.putBuilt(ctx, made, keys, output, out) // what is deployed and attached from there is what is in the bucket
	}
	return rep, err
}

// putBuilt puts the packages into the bucket: in one go for each repository in it, whose indexes change once. They lie
// in the local repository at output as well. Packages that the bucket keeps are in made afterwards, in place of those built.
func (b *openBucket) putBuilt(ctx context.Context, made []*built, keys []*apk.PrivateKey, output string,
	out console.Console) (*report.Report, error) {
	rep := &report.Report{}
	for _, group := range byLocation(made) {
		request := repository.Request{
			Location: group[0].location(), Keys: keys, NoarchForFile: map[string][]string{},
		}
		var names []string
		for _, a := range group {
			names = append(names, a.plan.Recipe.Name)
			request.Packages = append(request.Packages, a.packages...)
			for _, file := range a.packages {
				request.NoarchForFile[file] = a.plan.Recipe.Targets
			}
		}
		done, err := b.put(ctx, request, out)
		if err != nil {
			return nil, err
		}
		taken, err := b.fetchTaken(ctx, done, filepath.Dir(request.Packages[0]))
		if err != nil {
			return nil, err
		}
		for _, a := range group {
			for i, file := range a.packages {
				a.packages[i] = cmp.Or(taken[file], file)
			}
		}
		part, err := newReport(done, keys[0], output, names...)
		if err != nil {
			return nil, err
		}
		for i, p := range part.Packages {
			for _, a := range group {
				if largest, ok := a.largest[filepath.Base(p.File)]; ok {
					part.Packages[i].Largest = largest
				}
			}
		}
		rep.Add(part)
	}
	return rep, nil
}

func (b *built) location() repository.Location {
	return repository.Location{Branch: b.plan.Recipe.Branch, Repository: b.plan.Recipe.Repository}
}

// byLocation groups applications by the repository their packages go to, in the order in which they come.
func byLocation(all []*built) [][]*built {
	var groups [][]*built
	for _, b := range all {
		i := slices.IndexFunc(groups, func(g []*built) bool { return g[0].location() == b.location() })
		if i < 0 {
			i = len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], b)
	}
	return groups
}
