package s3_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

// TestAbortUploads leaves uploads unfinished, as a killed run does, inside and outside of the prefix.
func TestAbortUploads(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	bucket := server.Bucket(t, "")
	client := server.Core(t)
	for _, key := range []string{"apk/a.apk", "apk/b.txt", "other/a.apk"} {
		if _, err := client.NewMultipartUpload(t.Context(), bucket, key, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	cfg := server.Config(bucket)
	cfg.Prefix = "apk"
	st := s3test.New(t, cfg)
	packages := func(key string) bool { return strings.HasSuffix(key, ".apk") }
	for _, c := range []struct {
		before time.Time
		dry    bool
		want   int
		left   int
	}{
		{time.Now().Add(-time.Hour), false, 0, 1},
		{time.Now().Add(time.Hour), true, 1, 1},
		{time.Now().Add(time.Hour), false, 1, 0},
		{time.Now().Add(time.Hour), false, 0, 0},
	} {
		n, err := st.AbortUploads(t.Context(), c.before, packages, c.dry)
		if err != nil || n != c.want || server.Uploads(t, bucket, "apk/a.apk") != c.left {
			t.Errorf("%+v: %d aborted, %v", c, n, err)
		}
	}
	if server.Uploads(t, bucket, "apk/b.txt") != 1 || server.Uploads(t, bucket, "other/a.apk") != 1 {
		t.Error("an upload of something else was aborted")
	}
}
