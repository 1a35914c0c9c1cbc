package httpjson

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// parse reads an address. What it holds beside scheme and host may be secret and is not shown.
func parse(setting, address string, insecure bool) (*url.URL, error) {
	refuse := func(reason string) (*url.URL, error) {
		return nil, fmt.Errorf("the address in %s %w: %s", setting, ErrAddress, reason)
	}
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Scheme == "" || u.Opaque != "":
		return refuse("give it as https://HOST/…")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse(fmt.Sprintf("its scheme is %q; give it as https://HOST/…", u.Scheme))
	case u.Hostname() == "":
		return refuse("it has no host")
	case u.User != nil:
		return refuse("it holds a user name or password, and addresses are not secret")
	case u.Fragment != "":
		return refuse("it has a part after a #")
	}
	if !Secure(u.Scheme, u.Hostname(), insecure) {
		return refuse(
			fmt.Sprintf(
				"http://%s would send secrets unencrypted; give it as https://…, or pass `insecure` if you trust the network",
				u.Host))
	}
	return u, nil
}

// Secure reports whether secrets may be sent: over https, to this machine itself, or where the user said so.
func Secure(scheme, host string, insecure bool) bool {
	ip := net.ParseIP(host)
	return insecure || scheme == "https" || host == "localhost" || ip != nil && ip.IsLoopback()
}

// origin returns an address without the parts that may be secret.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "another address"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
