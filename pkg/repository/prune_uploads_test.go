package repository_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// A prune of a bucket, opened as users do, aborts what a killed run left of a package that it sent in parts, once its grace is
// over; a dry run only says so. Uploads of others, and of files that are no packages, are left alone.
func TestPruneAbortsUploads(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "")
	st, err := open.URL(t.Context(), "s3://"+bucket+"/apk", open.Config{Getenv: func(name string) string {
		i := slices.IndexFunc(server.Env(), func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if i < 0 {
			return ""
		}
		return strings.TrimPrefix(server.Env()[i], name+"=")
	}, Transport: server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	key := testKey(t)
	publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key)))
	killed, notes, elsewhere := "apk/v3.24/main/x86_64/big-1-r0.apk", "apk/v3.24/main/x86_64/notes.txt", "other/v3.24/main/x86_64/big-1-r0.apk"
	for _, name := range []string{killed, notes, elsewhere} {
		if _, err := server.Core(t).NewMultipartUpload(t.Context(), bucket, name, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		later time.Duration
		dry   bool
		note  string
		left  int
	}{{0, false, "", 1}, {25 * time.Hour, true, "would be aborted", 1}, {25 * time.Hour, false, "were aborted", 0}} {
		r := pruning(t, c.later)
		r.DryRun, r.Grace = c.dry, repository.DefaultGrace
		rep := prune(t, st, r)
		said := strings.Join(rep.Notes, "\n")
		if !strings.Contains(said, c.note) || c.note == "" && said != "" || server.Uploads(t, bucket, killed) != c.left {
			t.Errorf("%+v: %q", c, rep.Notes)
		}
	}
	if server.Uploads(t, bucket, notes) != 1 || server.Uploads(t, bucket, elsewhere) != 1 {
		t.Error("uploads of others are aborted")
	}
}
