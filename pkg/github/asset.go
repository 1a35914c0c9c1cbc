package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	api "github.com/google/go-github/v58/github"
)

// asset is a release asset. GitHub has told its digest since June 2025, the client's own type does not.
type asset struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	State    string `json:"state"`  // "uploaded"; "starter" after an upload that was cut off; forges have none
	Digest   string `json:"digest"` // sha256:HEX
	URL      string `json:"url"`
	Download string `json:"browser_download_url"`
}

// whole reports whether it is an asset and not the rest of an upload that was cut off.
func (a asset) whole() bool { return a.State == "" || a.State == "uploaded" }

// assetPage is how many assets are asked for at once.
const assetPage = 100

// assets lists the release's assets by name. Forges know no pages here.
func (c *Client) assets(ctx context.Context, release int64) (map[string]asset, error) {
	found := map[string]asset{}
	for page := 1; ; page++ {
		r, err := c.api.NewRequest(http.MethodGet, c.path("releases/%d/assets?per_page=%d&page=%d", release, assetPage, page), nil)
		if err != nil {
			return nil, err
		}
		var some []asset
		if _, err := c.api.Do(ctx, r, &some); err != nil {
			return nil, err
		}
		for _, a := range some {
			found[a.Name] = a
		}
		if len(some) < assetPage || c.host.Forge() {
			return found, nil
		}
		if _, err := nextPage("assets", page, page+1); err != nil {
			return nil, err
		}
	}
}

// drop deletes an asset, or finds it deleted.
func (c *Client) drop(ctx context.Context, release int64, a asset) error {
	path := c.path("releases/assets/%d", a.ID)
	if c.host.Forge() {
		path = c.path("releases/%d/assets/%d", release, a.ID)
	}
	r, err := c.api.NewRequest(http.MethodDelete, path, nil)
	if err != nil {
		return err
	}
	if _, err = c.api.Do(ctx, r, nil); statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// holds reports whether the asset has the file's bytes. Where the server states no digest and the size is the same, the bytes are read.
func (c *Client) holds(ctx context.Context, a asset, f File) (bool, error) {
	if digest, ok := strings.CutPrefix(a.Digest, "sha256:"); ok {
		return strings.EqualFold(digest, f.SHA256), nil
	}
	if a.Size != f.Size {
		return false, nil
	}
	address := a.URL
	if c.host.Forge() { // whose API returns an asset's description only
		address = a.Download
	}
	r, err := http.NewRequestWithContext(withContent(ctx, a.Size), http.MethodGet, address, nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Accept", "application/octet-stream")
	response, err := (&http.Client{Transport: c.transport}).Do(r)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if err := api.CheckResponse(response); err != nil {
		return false, err
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, response.Body); err != nil || n != a.Size {
		return false, errors.Join(err, fmt.Errorf("%d of %d bytes of the asset were read", n, a.Size))
	}
	return hex.EncodeToString(hash.Sum(nil)) == f.SHA256, nil
}
