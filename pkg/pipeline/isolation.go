package pipeline

import (
	"errors"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/usererror"
)

// How a build is isolated where the system cannot do all of it, see docs/isolation.md.
const (
	IsolationAuto   = "auto"   // build, and warn about what stays open
	IsolationStrict = "strict" // refuse to build
)

// CheckIsolation returns an error unless the value is one of these.
func CheckIsolation(value string) error {
	if value != IsolationAuto && value != IsolationStrict {
		return errors.New(config.NotOneOf(value, IsolationAuto, IsolationStrict))
	}
	return nil
}

// refuseGaps returns an error, where isolation is strict, that names what this system leaves open to the builds of the plans.
func refuseGaps(plans []*Plan, isolation string) error {
	if isolation != IsolationStrict {
		return nil
	}
	for _, p := range plans {
		if err := builder.CheckIsolation(p.Recipe.Offline); err != nil {
			return usererror.Input(err)
		}
	}
	return nil
}
