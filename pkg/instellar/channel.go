package instellar

import (
	"context"
	"encoding/hex"
	"errors"
	"path"
	"strings"

	"github.com/pakman/build/pkg/store"
)

// tags is the channel of all tags.
const tags = "refs/tags"

// Channel returns the name of a branch, or one name for all tags: within it, the platform's versions increase.
func Channel(ref string) string {
	if strings.HasPrefix(ref, tags+"/") {
		return tags
	}
	return strings.TrimPrefix(ref, "refs/heads/")
}

// channelLabel returns the label of the objects of a delivery: the protocol and the listing do not tell for which branch
// a commit was delivered.
func channelLabel(ref string) string { return hex.EncodeToString([]byte(Channel(ref))) }

// SameChannel reports whether an object is known to have been delivered for the channel of the delivery's branch or tag.
func (d Delivery) SameChannel(ctx context.Context, st store.Store, u Uploaded) (bool, error) {
	info, err := st.Stat(ctx, path.Join(d.prefix(), u.SHA, u.Arch, u.Name))
	var denied *store.Problem
	if errors.Is(err, store.ErrNotFound) || errors.As(err, &denied) {
		return false, nil
	}
	return err == nil && info.Label != "" && info.Label == channelLabel(d.Ref), err
}
