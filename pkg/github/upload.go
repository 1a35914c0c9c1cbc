package github

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
)

// File is what becomes an asset.
type File struct {
	Name    string // that is asked for, see AssetName
	Path    string // of the file; empty: Content
	Content []byte
	Size    int64  // in bytes
	SHA256  string // hex
	// Make returns the content where it depends on the names that the server has given to the files before this one; else nil.
	Make func(nameOf func(asked string) string) []byte
}

// With returns the file with that content.
func (f File) With(content []byte) File {
	sum := sha256.Sum256(content)
	return File{Name: f.Name, Content: content, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

// open returns the content from its beginning.
func (f File) open() (io.ReadCloser, error) {
	if f.Path == "" {
		return io.NopCloser(bytes.NewReader(f.Content)), nil
	}
	return os.Open(f.Path)
}

// put makes the file an asset, unless it is one. What an upload that was cut off has left is deleted; what another run
// has put there meanwhile is looked at. It returns the asset's name.
func (c *Client) put(ctx context.Context, r *release, f File, assets map[string]asset, replace bool, done *Released) (string, error) {
	name, replaced, first := f.Name, false, true
	err := c.again(ctx, func() error {
		if !first {
			var err error
			if assets, err = c.assets(ctx, r.id); err != nil {
				return err
			}
		}
		first = false
		if there, ok := named(assets, f.Name); ok {
			same := false
			if there.whole() {
				var err error
				if same, err = c.holds(ctx, there, f); err != nil {
					return err
				}
			}
			switch {
			case same:
				name = there.Name
				done.Kept = append(done.Kept, name)
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
		var err error
		if name, err = c.upload(ctx, r, f); err != nil {
			return err
		}
		if replaced {
			done.Replaced = append(done.Replaced, name)
		} else {
			done.Uploaded = append(done.Uploaded, name)
		}
		return nil
	})
	return name, err
}

// upload sends the file once, and sees that all of it has arrived. It returns the name that the server gives it.
func (c *Client) upload(ctx context.Context, r *release, f File) (string, error) {
	body, err := c.body(f)
	if err != nil {
		return "", err
	}
	address := r.uploadURL
	if address == "" {
		address = c.host.API + "/" + c.path("releases/%d/assets", r.id)
	}
	content, err := body.open()
	if err != nil {
		return "", err
	}
	request, err := c.api.NewUploadRequest(address+"?name="+url.QueryEscape(f.Name), content, body.size, body.mediaType)
	if err != nil {
		return "", err
	}
	request.GetBody = body.open
	c.transport.trust(request.URL.Host)
	var made asset
	if _, err := c.api.Do(ctx, request, &made); err != nil {
		return "", err
	}
	if !made.whole() || made.Size != f.Size {
		return "", fmt.Errorf("%d of %d bytes arrived, and the asset is %q", made.Size, f.Size, made.State)
	}
	return made.Name, nil
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
