package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// BootstrapOptions is what the original PAKman's first command needs. The workflow itself then runs abuild in
// the directory that it lays out.
type BootstrapOptions struct {
	Input                  // Dir is the workspace
	Repository string      // OWNER/NAME
	Home       string      // of the user who runs abuild
	Key        signing.Key // that abuild signs with
	PublicKey  string      // PEM; empty: that of Key
	KeysDir    string      // where apk has its public keys, /etc/apk/keys
}

// bootstrapDir is where workflows look for the build directory, <workspace>/.apk/OWNER/NAME.
const bootstrapDir = ".apk"

// snapshotCommand replaces the command of that name, which workflows of the original PAKman give before `abuild -r`: there
// it packed the sources, which lie in the build directory here.
const snapshotCommand = `
snapshot() {
	msg "the sources were copied by pakman bootstrap"
}
`

// Bootstrap writes the build directory with the application's copy, and abuild's configuration with the signing key.
// It returns the build directory.
func Bootstrap(ctx context.Context, o BootstrapOptions, out console.Console) (string, error) {
	name := signing.Name(o.Repository)
	if name == "" || !filepath.IsLocal(filepath.FromSlash(o.Repository)) {
		return "", usererror.Input(fmt.Errorf("GITHUB_REPOSITORY is %q, and OWNER/NAME is needed", o.Repository))
	}
	if o.Home == "" {
		return "", usererror.Input(errors.New("HOME is empty: there is no place for abuild's configuration"))
	}
	private, public, err := o.keys(name, out)
	if err != nil {
		return "", err
	}
	o.Hidden = Hidden{Keys: append(slices.Clone(o.Key.Files), o.Key.Dir), KeyTexts: []string{o.Key.PEM.Reveal()}}
	plan, err := NewPlan(ctx, o.Input, out)
	if err != nil {
		return "", err
	}
	dir, err := o.layOut(ctx, plan, out)
	if err != nil {
		return "", err
	}
	if err := o.configureAbuild(plan, private, public); err != nil {
		return "", err
	}
	return dir, o.trust(ctx, public, out)
}

// keys loads the key pair, and checks that its halves belong together.
func (o BootstrapOptions) keys(name string, out console.Console) (*apk.PrivateKey, *apk.PublicKey, error) {
	if !o.Key.Given() {
		return nil, nil, usererror.Input(errors.New("ABUILD_PRIVATE_KEY is not set: give it the private key that signs the packages"))
	}
	o.Key.Names = []string{name} // one: abuild signs with one key
	loaded, err := o.Key.Load(out)
	if err != nil {
		return nil, nil, err
	}
	private, public := loaded[0], loaded[0].Public()
	if o.PublicKey == "" {
		return private, public, nil
	}
	given, err := apk.ParsePublicKey(public.Name, []byte(strings.TrimSpace(o.PublicKey)+"\n"))
	if err != nil {
		return nil, nil, usererror.Input(fmt.Errorf("ABUILD_PUBLIC_KEY: %w", err))
	}
	if string(given.PEM()) != string(public.PEM()) {
		return nil, nil, usererror.Input(errors.New("ABUILD_PUBLIC_KEY does not belong to ABUILD_PRIVATE_KEY: no machine would trust " +
			"what is built; give both halves of one pair"))
	}
	return private, public, nil
}

// layOut writes the build directory anew. The path is the repository's name as GitHub writes it, which workflows use; where
// the owner's slug is another word, it leads there too, as the original wrote it.
func (o BootstrapOptions) layOut(ctx context.Context, plan *Plan, out console.Console) (string, error) {
	root, err := filepath.Abs(filepath.Join(plan.Dir, bootstrapDir))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, filepath.FromSlash(o.Repository))
	if err := errors.Join(os.RemoveAll(root), os.MkdirAll(dir, 0o755)); err != nil { //#nosec G301 -- nothing secret
		return "", err
	}
	files := plan.Directory
	files[0].Body = append(files[0].Body, snapshotCommand...)
	if err := files.Write(dir); err != nil {
		return "", err
	}
	err = copySources(ctx, filepath.Join(dir, apkbuild.AppDir), plan, []string{root}, o.Hidden, o.Getenv, out)
	if err != nil {
		return "", err
	}
	owner, _, _ := strings.Cut(o.Repository, "/")
	if slug := recipe.Slug(owner); slug != owner {
		err = os.Symlink(owner, filepath.Join(root, slug))
	}
	return dir, err
}

// configureAbuild writes ~/.abuild: the key pair, the private half for the user alone, and abuild.conf.
func (o BootstrapOptions) configureAbuild(plan *Plan, private *apk.PrivateKey, public *apk.PublicKey) error {
	dir := filepath.Join(o.Home, ".abuild")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key := filepath.Join(dir, private.Name)
	quotedKey, err := apkbuild.Quote(key)
	if err != nil {
		return usererror.Input(fmt.Errorf("HOME: %w", err))
	}
	packager, err := apkbuild.Quote(plan.packager())
	if err != nil {
		return err
	}
	conf := fmt.Sprintf("PACKAGER_PRIVKEY=%s\nPACKAGER=%s\nexport SOURCE_DATE_EPOCH=%d\n", quotedKey, packager, plan.Recipe.Epoch)
	for path, content := range map[string][]byte{
		key: private.PEM(), filepath.Join(dir, public.Name): public.PEM(), filepath.Join(dir, "abuild.conf"): []byte(conf),
	} {
		mode := fs.FileMode(0o644)
		if path == key {
			mode = 0o600
		}
		// Removed first: a file that was there keeps its mode when it is written.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := signing.WriteNew(path, content, mode); err != nil {
			return err
		}
	}
	return nil
}

// trust puts the public key where apk looks for it, by sudo where this user may not.
func (o BootstrapOptions) trust(ctx context.Context, public *apk.PublicKey, out console.Console) error {
	if _, err := os.Stat(o.KeysDir); err != nil {
		out.Info("%s is not there: this machine's apk does not trust the key", o.KeysDir)
		return nil
	}
	target := filepath.Join(o.KeysDir, public.Name)
	err := os.WriteFile(target, public.PEM(), 0o644) //#nosec G306 -- a public key
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	_, err = proc.Run(ctx, proc.Cmd{
		Path: "sudo", Args: []string{"-n", "install", "-m", "644", filepath.Join(o.Home, ".abuild", public.Name), target},
		Env: []string{"PATH=" + o.Getenv("PATH")}, Stdout: out.Output(),
	})
	return err
}
