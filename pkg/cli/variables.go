package cli

import (
	"errors"

	"github.com/pakman/build/pkg/pipeline"
)

// variables is a flag that adds one variable each time it is passed.
type variables map[string]string

func (v variables) Set(text string) error {
	key, value, ok := pipeline.ParseVariable(text)
	if !ok {
		return errors.New("is not KEY=VALUE with a key of letters, digits and _")
	}
	v[key] = value
	return nil
}

func (v variables) String() string { return "" }

func (v variables) Type() string { return "variables" }
