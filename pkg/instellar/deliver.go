package instellar

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

const (
	// uploads is how many objects are sent at once.
	uploads = 4
	// slowest is the lowest speed of an upload, in bytes per second: below it the connection counts as dead.
	slowest = 32 << 10
	// uploadTime is what every upload may take on top.
	uploadTime = 2 * time.Minute
)

// uploadRetries is how an upload is begun again that ran out of time or arrived damaged.
var uploadRetries = backoff.Policy{Attempts: 3, First: 500 * time.Millisecond}

// Delivery is the packages of one commit.
type Delivery struct {
	Organization, Package string // slugs of the repository's owner and name
	SHA                   string
	Ref                   string // branch or tag that the commit is delivered for
	Files                 []File // packages, and the index of each architecture
	ArchiveName           string // empty: packages.zip
	Parallel              int    // uploads at once; 0: a few
}

// prefix returns where the files of all commits lie.
func (d Delivery) prefix() string { return "deployments/" + d.Organization + "/" + d.Package + "/" }

// Uploaded is an object that an earlier delivery of the package has left in the bucket.
type Uploaded struct {
	SHA, Arch, Name string
	ETag            string
}

// firstAnswer is how long the storage may take for its first answer. A firewall that drops packets would cost a minute for each
// attempt of each request.
const firstAnswer = 20 * time.Second

// Earlier lists what was delivered before, this commit's objects among it. It asks with one request for a
// thousand objects.
func Earlier(ctx context.Context, st store.Store, d Delivery) ([]Uploaded, error) {
	silent := fmt.Errorf("the platform's storage %s does not answer within %s: it may be down, or a firewall may keep this machine "+
		"from it", st.URL(""), firstAnswer)
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limit := time.AfterFunc(firstAnswer, func() { cancel(silent) })
	defer limit.Stop()
	var found []Uploaded
	for info, err := range st.List(waiting, d.prefix()) {
		limit.Stop()
		switch {
		case err != nil && errors.Is(context.Cause(waiting), silent):
			return nil, silent
		case err != nil:
			return nil, err
		}
		parts := strings.Split(strings.TrimPrefix(info.Key, d.prefix()), "/")
		if len(parts) == 3 {
			found = append(found, Uploaded{SHA: parts[0], Arch: parts[1], Name: parts[2], ETag: info.ETag})
		}
	}
	return found, nil
}

// Sent is what an upload did.
type Sent struct {
	ArchivePath string
	ArchiveSize int64
	Objects     int // written; the others were there
}

// Upload puts each file and the archive of all of them into the bucket, a few at once, and sees that each
// is there as it was sent. Objects that an earlier, broken-off run has left with the same content are not sent again.
func (c *Client) Upload(ctx context.Context, st store.Store, d Delivery, earlier []Uploaded) (*Sent, error) {
	files, err := measureAll(ctx, d.Files)
	if err != nil {
		return nil, err
	}
	archive, err := newArchive(files)
	if err != nil {
		return nil, err
	}
	sent := &Sent{ArchivePath: c.archivePath(d, archive), ArchiveSize: archive.Size()}
	there := map[string]string{}
	for _, e := range earlier {
		there[path.Join(d.prefix(), e.SHA, e.Arch, e.Name)] = e.ETag
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(max(d.Parallel, 0), uploads))
	put := func(key string, content store.Digested, kind string) {
		if sum := content.Digests(); there[key] != "" && (there[key] == sum.MD5 || there[key] == sum.Parts) {
			return
		}
		sent.Objects++
		o := store.PutOptions{ContentType: kind, Label: channelLabel(d.Ref)}
		group.Go(func() error { return upload(ctx, st, key, content, o) })
	}
	switch same, _, err := store.Compare(ctx, st, sent.ArchivePath, archive.Digests()); {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, err
	case !same:
		put(sent.ArchivePath, archive, "application/zip") // the longest first
	}
	for _, f := range files {
		put(path.Join(d.prefix(), d.SHA, f.Path()), f, "application/octet-stream")
	}
	return sent, group.Wait()
}

// measureAll reads all files, a few at once.
func measureAll(ctx context.Context, files []File) ([]*measured, error) {
	all := make([]*measured, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i, f := range files {
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			all[i], err = measure(f)
			return err
		})
	}
	return all, group.Wait()
}

// archivePath returns archives/<UUID>/packages.zip. The UUID has the form of a random one (RFC 9562, version 4)
// and is as hard to guess for whoever does not know the package's token; but the same archive of the same commit
// has the same one, so that a repeated run finds what the one before has left.
func (c *Client) archivePath(d Delivery, a *Archive) string {
	mac := hmac.New(sha256.New, []byte(c.packageToken.Reveal()))
	for _, part := range []string{d.Organization, d.Package, d.SHA, a.digests.SHA256} {
		_, _ = io.WriteString(mac, part+"\x00") // a hash takes everything
	}
	b := mac.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	name := d.ArchiveName
	if name == "" {
		name = "packages.zip"
	}
	return fmt.Sprintf("archives/%x-%x-%x-%x-%x/%s", b[:4], b[4:6], b[6:8], b[8:10], b[10:], name)
}

// upload sends one object and looks at it afterwards. Each attempt has the time that its size asks for.
func upload(ctx context.Context, st store.Store, key string, content store.Digested, o store.PutOptions) error {
	limit := uploadTime + time.Duration(content.Size()/slowest)*time.Second
	err := uploadRetries.Do(ctx, func(int) error {
		attempt, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took more than %s", limit))
		defer cancel()
		_, err := st.Put(attempt, key, content, o)
		if err == nil {
			err = arrived(attempt, st, key, content.Digests())
		}
		var damaged *damagedError
		switch timeout := context.Cause(attempt); {
		case err != nil && timeout != nil:
			return &backoff.TransientError{Err: timeout}
		case errors.As(err, &damaged):
			return &backoff.TransientError{Err: err}
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("uploading %s: %w", st.URL(key), err)
	}
	return err
}

// damagedError is an object that is not what was sent.
type damagedError struct{ sha string }

func (e *damagedError) Error() string {
	return "what the store holds afterwards is not what was sent (SHA-256 " + e.sha + ")"
}

// arrived asks the store for what it holds.
func arrived(ctx context.Context, st store.Store, key string, want store.Digests) error {
	same, sha, err := store.Compare(ctx, st, key, want)
	if err == nil && !same {
		err = &damagedError{sha}
	}
	return err
}
