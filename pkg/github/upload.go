package github

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"strings"
)

// File is what becomes an asset.
type File struct {
	Name    string // of the asset, see AssetName
	Path    string // of the file; empty: Content
	Content []byte
	Size    int64  // in bytes
	SHA256  string // hex
}

// AssetName is what GitHub makes of an asset's name: letters, digits, "-", "_" and "." stay, everything else becomes a
// dot.
func AssetName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r) {
			return r
		}
		return '.'
	}, name)
}

// open returns the content from its beginning.
func (f File) open() (io.ReadCloser, error) {
	if f.Path == "" {
		return io.NopCloser(bytes.NewReader(f.Content)), nil
	}
	return os.Open(f.Path)
}

// put makes the file an asset, unless it is one. What an upload that was cut off has left is deleted; what another run
// has put there meanwhile is looked at.
func (c *Client) put(ctx context.Context, r *release, f File, assets map[string]asset, replace bool, done *Released) error {
	replaced, first := false, true
	return c.again(ctx, func() error {
		if !first {
			var err error
			if assets, err = c.assets(ctx, r.id); err != nil {
				return err
			}
		}
		first = false
		if there, ok := assets[f.Name]; ok {
			same := false
			if there.whole() {
				var err error
				if same, err = c.holds(ctx, there, f); err != nil {
					return err
				}
			}
			switch {
			case same:
				done.Kept = append(done.Kept, f.Name)
				return nil
			case there.whole() && !replace:
				return &refusedError{text: "it is there with different content, and releases do not change unless that is asked for: set " +
					"`overwrite: true`, or raise the version"}
			}
			if err := c.drop(ctx, r.id, there); err != nil {
				return err
			}
			replaced = replaced || there.whole()
		}
		if err := c.upload(ctx, r, f); err != nil {
			return err
		}
		if replaced {
			done.Replaced = append(done.Replaced, f.Name)
		} else {
			done.Uploaded = append(done.Uploaded, f.Name)
		}
		return nil
	})
}

// upload sends the file once, and sees that all of it has arrived.
func (c *Client) upload(ctx context.Context, r *release, f File) error {
	body, err := c.body(f)
	if err != nil {
		return err
	}
	address := r.uploadURL
	if address == "" {
		address = c.host.API + "/" + c.path("releases/%d/assets", r.id)
	}
	content, err := body.open()
	if err != nil {
		return err
	}
	request, err := c.api.NewUploadRequest(address+"?name="+url.QueryEscape(f.Name), content, body.size, body.mediaType)
	if err != nil {
		return err
	}
	request.GetBody = body.open
	c.transport.trust(request.URL.Host)
	var made asset
	if _, err := c.api.Do(ctx, request, &made); err != nil {
		return err
	}
	if !made.whole() || made.Size != f.Size {
		return fmt.Errorf("%d of %d bytes arrived, and the asset is %q", made.Size, f.Size, made.State)
	}
	return nil
}

// body is a file as the server takes it.
type body struct {
	mediaType string
	size      int64
	open      func() (io.ReadCloser, error)
}

// body returns GitHub the bare bytes, and a forge the form that all of its versions take.
func (c *Client) body(f File) (body, error) {
	if !c.host.Forge() {
		return body{mediaType: "application/octet-stream", size: f.Size, open: f.open}, nil
	}
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	if _, err := form.CreateFormFile("attachment", f.Name); err != nil {
		return body{}, err
	}
	head := bytes.Clone(text.Bytes())
	if err := form.Close(); err != nil {
		return body{}, err
	}
	tail := bytes.Clone(text.Bytes()[len(head):])
	return body{
		mediaType: form.FormDataContentType(), size: int64(len(head)) + f.Size + int64(len(tail)),
		open: func() (io.ReadCloser, error) {
			content, err := f.open()
			if err != nil {
				return nil, err
			}
			return readCloser{io.MultiReader(bytes.NewReader(head), content, bytes.NewReader(tail)), content}, nil
		},
	}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}
