package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ask asks a service once, and reports whether it works.
func (o order) ask(left time.Duration) (answer string, well bool) {
	const most, least = 5 * time.Second, 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), min(most, max(left, least)))
	defer cancel()
	h := o.Health
	switch {
	case h.Command != "":
		return o.command(ctx)
	case h.Path == "":
		return connect(ctx, h.Port)
	}
	return get(ctx, h.Port, h.Path)
}

// addresses are those that a service of this machine may listen on.
var addresses = []string{"127.0.0.1", "::1"}

// dial connects to the first of them that answers.
func dial(ctx context.Context, port int) (net.Conn, error) {
	var all error
	for _, host := range addresses {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return c, nil
		}
		all = errors.Join(all, err)
	}
	return nil, all
}

func connect(ctx context.Context, port int) (string, bool) {
	c, err := dial(ctx, port)
	if err != nil {
		return fmt.Sprintf("nothing answers on port %d", port), false
	}
	_ = c.Close() // nothing was written
	return fmt.Sprintf("port %d answers", port), true
}

func get(ctx context.Context, port int, path string) (string, bool) {
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dial(ctx, port)
		}},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://localhost:%d%s", port, path), nil)
	if err != nil {
		return err.Error(), false
	}
	response, err := client.Do(request)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing answers on port %d", port), false
	case err != nil:
		return fmt.Sprintf("GET %s on port %d: %v", path, port, errors.Unwrap(err)), false
	}
	defer func() { _ = response.Body.Close() }() // only read
	return fmt.Sprintf("GET %s on port %d: %s", path, port, response.Status), response.StatusCode >= 200 && response.StatusCode < 400
}

func (o order) command(ctx context.Context) (string, bool) {
	c := exec.CommandContext(ctx, "/bin/sh", "-c", askCommand, "sh", o.Name, o.Service, o.Health.Command)
	c.Env, c.SysProcAttr, c.WaitDelay = []string{searchPath}, &syscall.SysProcAttr{Setsid: true}, time.Second
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	out := &tail{most: mostOutput}
	c.Stdout, c.Stderr = out, out
	err := c.Run()
	if err == nil {
		return "health.command succeeds", true
	}
	const most = 200
	line := lastLine(out.String())
	return strings.TrimSuffix("health.command: "+err.Error()+": "+line[:min(len(line), most)], ": "), false
}

// listening returns the TCP ports that programs listen on, in this network.
func listening() []int {
	var ports []int
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a system without that kind
		}
		for line := range strings.Lines(string(text)) {
			// "sl local_address rem_address st": 0A is LISTEN.
			fields := strings.Fields(line)
			if len(fields) < 4 || fields[3] != "0A" {
				continue
			}
			_, digits, _ := strings.Cut(fields[1], ":")
			if port, err := strconv.ParseUint(cmp.Or(digits, "0"), 16, 16); err == nil && port > 0 {
				ports = append(ports, int(port))
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}
