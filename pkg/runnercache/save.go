package runnercache

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Save saves size bytes under a key that no entry has. ErrReserved says that one has it.
func (c *Client) Save(ctx context.Context, key string, content io.ReaderAt, size int64) error {
	if size > MaxSize {
		return ErrTooLarge
	}
	var created struct {
		OK         bool
		Message    string
		Address    string `json:"signed_upload_url"`
		AddressToo string `json:"signedUploadUrl"`
	}
	entry := map[string]any{"key": key, "version": c.Version}
	if err := c.call(ctx, "CreateCacheEntry", entry, &created); err != nil {
		return err
	}
	if !created.OK {
		return c.refused(created.Message, ErrReserved)
	}
	address := created.Address + created.AddressToo
	if err := c.checkAddress(address); err != nil {
		return err
	}
	if err := c.upload(ctx, address, content, size); err != nil {
		return err
	}
	var finished struct {
		OK      bool
		Message string
	}
	entry["size_bytes"] = strconv.FormatInt(size, 10) // protobuf's JSON has 64-bit numbers as strings
	if err := c.call(ctx, "FinalizeCacheEntryUpload", entry, &finished); err != nil {
		return err
	}
	if !finished.OK {
		return c.refused(finished.Message, errors.New("the cache service does not take what was uploaded"))
	}
	return nil
}

// refused is the error of an answer that is not "ok".
func (c *Client) refused(message string, usual error) error {
	if message == "" {
		return usual
	}
	if strings.Contains(message, "denied") || strings.Contains(message, "read-only") { // the token's scope is read-only
		usual = ErrDenied
	}
	return c.because(usual, message)
}

// upload writes the content to a signed address: as one blob, or in blocks and a list of them.
func (c *Client) upload(ctx context.Context, address string, content io.ReaderAt, size int64) error {
	if size <= blockSize {
		return c.put(ctx, address, "", content, 0, size)
	}
	group, blocks := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	var list strings.Builder
	list.WriteString(`<?xml version="1.0" encoding="utf-8"?><BlockList>`)
	for offset := int64(0); offset < size; offset += blockSize {
		id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%08d", offset/blockSize)) // all of one length
		list.WriteString("<Latest>" + id + "</Latest>")
		length := min(blockSize, size-offset)
		group.Go(func() error {
			query := "comp=block&blockid=" + url.QueryEscape(id)
			return c.put(blocks, address, query, content, offset, length)
		})
	}
	list.WriteString("</BlockList>")
	if err := group.Wait(); err != nil {
		return err
	}
	return c.put(ctx, address, "comp=blocklist", strings.NewReader(list.String()), 0, int64(list.Len()))
}

// put makes a PUT of a blob, of a block of it, or of the list of its blocks, as the query says.
func (c *Client) put(ctx context.Context, address, query string, content io.ReaderAt, offset, size int64) error {
	u, err := url.Parse(address)
	if err != nil {
		return withoutAddress(err)
	}
	u.RawQuery = strings.Trim(u.RawQuery+"&"+query, "&")
	return c.do(ctx, attempt{what: "upload", time: blockTime, accept: []int{http.StatusCreated, http.StatusOK},
		request: func(ctx context.Context) (*http.Request, error) {
			body := io.NopCloser(io.NewSectionReader(content, offset, size))
			r, err := http.NewRequestWithContext(ctx, http.MethodPut, u.String(), body)
			if err != nil {
				return nil, err
			}
			r.ContentLength = size
			if query == "" {
				r.Header.Set("X-Ms-Blob-Type", "BlockBlob")
			}
			return r, nil
		}})
}
