package s3

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// AbortUploads aborts the uploads in parts that began before a time and never ended, of the keys for which selected returns
// true, and returns their number. A dry run only counts them. A killed upload leaves parts behind that are paid for and in no
// listing of objects.
func (s *Store) AbortUploads(ctx context.Context, before time.Time, selected func(key string) bool, dry bool) (n int, err error) {
	var old []minio.ObjectMultipartInfo
	err = s.retry(ctx, func(ctx context.Context, _ int) error {
		old = old[:0]
		keyMarker, idMarker := "", ""
		for range maxPages {
			page, err := s.client.ListMultipartUploads(ctx, s.at.bucket, s.at.prefix, keyMarker, idMarker, "", 1000)
			if err = s.explain("list the unfinished uploads", "", err); errors.Is(err, store.ErrNotFound) {
				return nil // a store that has no such list
			}
			if err != nil {
				return err
			}
			for _, u := range page.Uploads {
				key, below := strings.CutPrefix(u.Key, s.at.prefix)
				if below && selected(key) && !u.Initiated.IsZero() && u.Initiated.Before(before) {
					old = append(old, u)
				}
			}
			if !page.IsTruncated || page.NextKeyMarker == keyMarker && page.NextUploadIDMarker == idMarker {
				return nil
			}
			keyMarker, idMarker = page.NextKeyMarker, page.NextUploadIDMarker
		}
		return nil
	})
	if err != nil || dry {
		return len(old), err
	}
	for _, u := range old {
		err := s.retry(ctx, func(ctx context.Context, _ int) error {
			err := s.client.AbortMultipartUpload(ctx, s.at.bucket, u.Key, u.UploadID)
			if minio.ToErrorResponse(err).Code == "NoSuchUpload" { // it ended meanwhile
				return nil
			}
			return s.explain("abort an unfinished upload", "", err)
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
