package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/runnercache"
	"github.com/pakman/build/pkg/secret"
)

const (
	// restoreTime and saveTime bound what the runner's cache service may cost.
	restoreTime = 2 * time.Minute
	saveTime    = 4 * time.Minute
	// archiveVersion tells archives of this form from those of others: SHA-256 of "pakman cache 1".
	archiveVersion = "70e6773c79a275240c1af013c4ee39dcb94f221e8fcb36beada303394821c25b"
)

// runnerCache keeps copies of the tools' caches with the cache service of GitHub's runner.
type runnerCache struct {
	client        *runnercache.Client
	console       *console
	restore, save bool
	had           string // the key of the copy that was found
	failed        bool   // the service, before anything was saved
}

// caching decides what the run does with the service. Why says why it does not do all.
func (s *settings) caching(getenv func(string) string) (restore, save bool, why string) {
	may, input := s.github.caching, s.cacheInput
	switch {
	case input == "off":
		return false, false, "cache: off"
	case s.command != "build":
		return false, false, "command " + s.command
	case !may.Restore:
		return false, false, may.Reason
	case input == "" && s.build.Key.Given():
		return false, false, "packages are signed with signing-key; `cache: auto` uses caches all the same"
	case input == "" && s.cacheDir:
		return false, false, "cache-dir is for actions/cache; `cache: auto` uses the runner's cache service instead"
	}
	restore, save, why = true, may.Save, may.Reason
	if input == "read" {
		save, why = false, "cache: read"
	}
	switch mode := getenv("ACTIONS_CACHE_MODE"); mode {
	case "", "write":
	case "read":
		save, why = false, "ACTIONS_CACHE_MODE is read"
	case "write-only":
		restore, why = false, "ACTIONS_CACHE_MODE is write-only"
	default: // none, and what is not known
		restore, save, why = false, false, fmt.Sprintf("ACTIONS_CACHE_MODE is %q", mode)
	}
	return restore, save, why
}

// useRunnerCache has the build use the service, as far as it may.
func (s *settings) useRunnerCache(getenv func(string) string, console *console) {
	restore, save, why := s.caching(getenv)
	if why != "" {
		console.Debug("cache: restored: %t, saved: %t: %s", restore, save, why)
	}
	if !restore && !save {
		return
	}
	client, err := runnercache.New(runnercache.Options{
		Service: getenv("ACTIONS_RESULTS_URL"), Token: secret.New(getenv("ACTIONS_RUNTIME_TOKEN")), Transport: s.github.reach,
		Version: archiveVersion, Learned: func(signature string) { console.mask(signature) },
	})
	if err != nil {
		console.Debug("cache: %v", err)
		return
	}
	s.build.Cache.Copies = &runnerCache{client: client, console: console, restore: restore, save: save}
}

// Restore fills the empty caches.
func (c *runnerCache) Restore(ctx context.Context, key, prefix string, a cache.Archive) {
	switch {
	case !c.restore:
		return
	case !a.Empty():
		c.console.Debug("cache: the caches are not empty, so nothing is restored")
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, restoreTime, errTooSlow)
	defer cancel()
	entry, err := c.client.Find(ctx, key, prefix)
	switch {
	case err != nil:
		c.failed = true
		c.fail("restored", key, err)
		return
	case entry == nil:
		c.console.Debug("cache: there is none whose key begins with %s", prefix)
		return
	case !isKey(entry.Key, key, prefix):
		c.console.Debug("cache: the newest whose key begins with %s has a key that pakman does not make: %q", prefix, entry.Key)
		return
	}
	c.had = entry.Key
	err = inTemporary(func(file *os.File) error {
		size, err := c.client.Download(ctx, entry, file)
		if err == nil {
			err = a.Unpack(ctx, file, size, entry.Key)
		}
		if err == nil {
			c.console.Info("cache: restored %s (%s in %s)", entry.Key, byteSize(size), seconds(began))
		}
		return err
	})
	if err != nil {
		c.failed = ctx.Err() != nil // what is wrong with older caches is no reason not to save new ones
		c.fail("restored", entry.Key, err)
	}
}

// isKey reports whether a key that the service has found is of the form of the key that was asked for: the prefix and digits. Whoever
// saves under another one has made no caches of pakman.
func isKey(found, key, prefix string) bool {
	digits, ok := strings.CutPrefix(found, prefix)
	return ok && len(found) == len(key) && strings.Trim(digits, "0123456789abcdef") == ""
}

// Save saves the caches under a key that none has. A service that has failed, or is too slow, is not asked again.
func (c *runnerCache) Save(ctx context.Context, key string, a cache.Archive) {
	switch {
	case !c.save || c.failed:
		return
	case c.had == key:
		c.console.Debug("cache: %s is there already", key)
		return
	case a.Empty():
		c.console.Debug("cache: the builds have left nothing to save")
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, saveTime, errTooSlow)
	defer cancel()
	err := inTemporary(func(file *os.File) error {
		a.Packed = runnercache.MaxSize
		if err := a.Pack(ctx, file, key); err != nil {
			return err
		}
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if err := c.client.Save(ctx, key, file, info.Size()); err != nil {
			return err
		}
		c.console.Info("cache: saved %s (%s in %s)", key, byteSize(info.Size()), seconds(began))
		return nil
	})
	if err != nil {
		c.fail("saved", key, err)
	}
}

// errTooSlow ends what the service has had enough time for.
var errTooSlow = errors.New("it takes too long")

// fail tells what the build goes on without. That a job may not, or need not, is no fault.
func (c *runnerCache) fail(what, key string, err error) {
	expected := errors.Is(err, runnercache.ErrAbsent) || errors.Is(err, runnercache.ErrReserved) || errors.Is(err, runnercache.ErrDenied)
	switch {
	case expected:
		c.console.Debug("cache: %s is not %s: %v", key, what, err)
	case errors.Is(err, cache.ErrArchive):
		c.console.Warn(config.Fault{Warning: true, Message: fmt.Sprintf("the cache %s is not %s: %v", key, what, err),
			Hint: "The build goes on without it. Delete it, so that another one can be saved: gh cache delete " + key})
	default:
		c.console.Info("cache: %s is not %s, and the build goes on without it: %v", key, what, err)
	}
}

// inTemporary calls do with a file that nobody else sees.
func inTemporary(do func(*os.File) error) error {
	file, err := os.CreateTemp("", "pakman-cache-")
	if err != nil {
		return err
	}
	return errors.Join(os.Remove(file.Name()), do(file), file.Close())
}

func byteSize(size int64) string { return humanize.IBytes(uint64(max(size, 0))) } //#nosec G115 -- not negative

func seconds(since time.Time) string { return time.Since(since).Round(time.Second / 10).String() }
