package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pakman/build/pkg/pipeline"
)

func newKeygen(env Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "keygen NAME",
		Short: "Make a signing key: NAME.rsa, which stays secret, and NAME.rsa.pub for /etc/apk/keys",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := pipeline.MakeKey(dir, args[0])
			for _, f := range files {
				fmt.Fprintln(env.Stdout, f)
			}
			return err
		},
	}
	c.Flags().StringVarP(&dir, "output", "o", ".", "directory to write to")
	return c
}
