package pipeline

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// publish puts the packages into the local repository, then into the bucket if there is one.
func publish(ctx context.Context, all []*built, t target, output string, out console.Console) (*report.Report, error) {
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, err
	}
	local, err := dir.New(output)
	if err != nil {
		return nil, err
	}
	// A developer builds one version many times, with one key or another, and the bucket gets nothing of this index.
	rep, err := deliver(ctx, &openBucket{store: local, Bucket: Bucket{Overwrite: true, Adopt: true, Index: t.index, WithoutPage: t.withoutPage}}, all, t, output, out)
	if err != nil || t.bucket == nil {
		return rep, err
	}
	return deliver(ctx, t.bucket, all, t, output, out)
}

// deliver puts the packages into the bucket: in one go for each repository in it, whose indexes change once.
func deliver(ctx context.Context, to *openBucket, all []*built, t target, output string, out console.Console) (*report.Report, error) {
	rep := &report.Report{}
	for _, group := range byLocation(all) {
		request := repository.Request{
			Location: group[0].location(), Keys: t.keys, NoarchForFile: map[string][]string{},
		}
		var names []string
		for _, b := range group {
			names = append(names, b.plan.Recipe.Name)
			request.Packages = append(request.Packages, b.packages...)
			for _, file := range b.packages {
				request.NoarchForFile[file] = b.plan.Recipe.Targets
			}
		}
		done, err := to.put(ctx, request, out)
		if err != nil {
			return nil, err
		}
		part, err := newReport(done, t.keys[0], output, names...)
		if err != nil {
			return nil, err
		}
		for i, p := range part.Packages {
			for _, b := range group {
				if largest, ok := b.largest[filepath.Base(p.File)]; ok {
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
