package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// checkIncrease checks that each package's version is above those that other commits have delivered for the channel of the
// delivery's branch or tag: its machines upgrade to nothing else. What was delivered for an unknown channel is not compared.
func checkIncrease(ctx context.Context, st store.Store, arches []*packages.Arch, earlier []instellar.Uploaded,
	d instellar.Delivery) error {
	var late []error
	for _, arch := range arches {
		for _, p := range arch.Packages {
			newest, err := newestAbove(ctx, st, p.Info, arch.Name, earlier, d)
			if err != nil {
				return err
			}
			if newest != "" {
				late = append(late, fmt.Errorf("%s %s for %s is not above %s, which another commit has delivered for %s: no machine "+
					"would upgrade to it; raise the version (git tag, version:) or the release (the number of the workflow's run), build "+
					"again, or pass --allow-older (input allow-older)",
					p.Info.Name, p.Info.Version, arch.Name, newest, instellar.Channel(d.Ref)))
			}
		}
	}
	return usererror.Input(errors.Join(late...))
}

// newestAbove returns the newest version of a package that is not below its own and that another commit has delivered for the
// same channel; empty if there is none.
func newestAbove(ctx context.Context, st store.Store, info apk.Info, arch string, earlier []instellar.Uploaded,
	d instellar.Delivery) (string, error) {
	type delivered struct {
		version string
		instellar.Uploaded
	}
	var above []delivered
	for _, e := range earlier {
		version, ok := versionOf(info.Name, e.Name)
		if ok && e.Arch == arch && e.SHA != d.SHA && apk.Compare(version, info.Version) >= 0 {
			above = append(above, delivered{version, e})
		}
	}
	slices.SortFunc(above, func(a, b delivered) int { return apk.Compare(b.version, a.version) })
	for _, a := range above {
		if same, err := d.SameChannel(ctx, st, a.Uploaded); same || err != nil {
			return a.version, err
		}
	}
	return "", nil
}

// versionOf returns the version in a package's file name.
func versionOf(name, file string) (string, bool) {
	rest, ok := strings.CutPrefix(file, name+"-")
	version, ok2 := strings.CutSuffix(rest, ".apk")
	return version, ok && ok2 && apk.CheckVersion(version) == nil
}
