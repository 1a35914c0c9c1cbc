package instellar

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

// Storage asks for the bucket that takes the package's objects.
func (c *Client) Storage(ctx context.Context) (store.Store, error) {
	a, err := c.ask(ctx, http.MethodGet, "/publish/storage", nil)
	if err != nil {
		return nil, err
	}
	if a.Status != http.StatusOK {
		return nil, c.refused(a, "ask for the storage", nil)
	}
	var answer struct {
		Data struct {
			Attributes struct {
				Host       string
				Port       any // a number, or its text
				Scheme     string
				Region     string
				Bucket     string
				Credential struct {
					AccessKeyID     string `json:"access_key_id"`
					SecretAccessKey string `json:"secret_access_key"`
				}
			}
		}
	}
	if err := a.Decode(&answer); err != nil {
		return nil, err
	}
	at := answer.Data.Attributes
	switch {
	case at.Host == "":
		return nil, c.incomplete("the storage", "data.attributes.host")
	case at.Bucket == "":
		return nil, c.incomplete("the storage", "data.attributes.bucket")
	case at.Credential.AccessKeyID == "" || at.Credential.SecretAccessKey == "":
		return nil, c.incomplete("the storage", "data.attributes.credential")
	}
	scheme := strings.TrimRight(at.Scheme, ":/") // "https" or "https://"
	if scheme == "" {
		scheme = "https"
	}
	if !httpjson.Secure(scheme, at.Host, c.options.Insecure) {
		return nil, fmt.Errorf("the platform's storage is %s://%s, where everyone between could change the packages: have it moved to "+
			"https, or say `insecure` if you trust the network", scheme, at.Host)
	}
	return s3.New(s3.Config{
		Endpoint: scheme + "://" + address(at.Host, at.Port), Region: at.Region, Bucket: at.Bucket, Addressing: s3.Path,
		AccessKeyID: at.Credential.AccessKeyID, SecretAccessKey: secret.New(at.Credential.SecretAccessKey),
		Transport: c.options.Transport,
	})
}

// address returns host:port, or only the host if there is no port.
func address(host string, port any) string {
	text := ""
	switch port := port.(type) {
	case string:
		text = port
	case float64:
		text = fmt.Sprintf("%.0f", port)
	}
	if text == "" || text == "0" {
		return host
	}
	return net.JoinHostPort(host, text)
}
