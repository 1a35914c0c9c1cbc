package open_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// TestWay reaches real servers under a name that only the environment's proxy knows, by either addressing, trusting a
// certificate authority of the user's own.
func TestWay(t *testing.T) {
	t.Parallel()
	for kind, server := range map[string]*s3test.Server{"versitygw": s3test.Start(t), "MinIO": s3test.StartMinIO(t)} {
		bucket := server.Bucket(t, "")
		proxy := server.StartProxy(t)
		for addressing, want := range map[string]struct{ host, url string }{
			"":        {s3test.Domain, "https://s3.test/" + bucket + "/p/k"},
			"path":    {s3test.Domain, "https://s3.test/" + bucket + "/p/k"},
			"virtual": {bucket + "." + s3test.Domain, "https://" + bucket + ".s3.test/p/k"},
		} {
			t.Run(kind+" "+addressing, func(t *testing.T) {
				before := len(proxy.Hosts())
				cfg := open.Config{
					Endpoint: "https://" + s3test.Domain, Addressing: addressing, AccessKeyID: server.AccessKey,
					SecretAccessKey: secret.New(server.SecretKey),
					Getenv:          environment("https_proxy="+proxy.URL, "AWS_CA_BUNDLE="+server.CAFile),
				}
				st, err := open.URL(t.Context(), "s3://"+bucket+"/p", cfg)
				if err != nil {
					t.Fatal(err)
				}
				storetest.Run(t, st)
				for key := range slices.Values(storetest.Keys(t, st, "")) {
					if err := st.Delete(t.Context(), key); err != nil {
						t.Fatal(err)
					}
				}
				hosts := slices.Compact(slices.Sorted(slices.Values(proxy.Hosts()[before:])))
				if diff := cmp.Diff([]string{want.host}, hosts); diff != "" || st.URL("k") != want.url {
					t.Errorf("%s; hosts, want -, got +:\n%s", st.URL("k"), diff)
				}
			})
		}
		t.Run(kind+" problems", func(t *testing.T) { wayProblems(t, server, proxy, bucket) })
	}
}

func wayProblems(t *testing.T, server *s3test.Server, proxy *s3test.Proxy, bucket string) {
	t.Helper()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	signed := open.Config{Endpoint: "https://" + s3test.Domain, AccessKeyID: server.AccessKey,
		SecretAccessKey: secret.New(server.SecretKey),
		CAFile:          server.CAFile, Getenv: environment("HTTPS_PROXY=" + proxy.URL)}
	for name, c := range map[string]struct {
		change func(*open.Config)
		want   string
	}{
		"no proxy": {func(c *open.Config) {
			c.Getenv = environment("HTTPS_PROXY="+proxy.URL, "NO_PROXY=.test")
		}, "there is no host s3.test"},
		"no authority":   {func(c *open.Config) { c.CAFile = "" }, "not trusted"},
		"no certificate": {func(c *open.Config) { c.CAFile = empty }, "holds no certificate"},
		"no file":        {func(c *open.Config) { c.CAFile = "/nowhere" }, "/nowhere"},
		"addressing":     {func(c *open.Config) { c.Addressing = "dns" }, `"dns" is not known`},
		"no names":       {func(c *open.Config) { c.Addressing, c.Endpoint = "virtual", server.Endpoint }, "is an IP address"},
		"two ways in": {func(c *open.Config) {
			c.RoleARN = role
			c.Getenv = environment("AWS_WEB_IDENTITY_TOKEN_FILE=x")
		}, "give one of the two"},
		"timeout": {func(c *open.Config) { c.Timeout = -1 }, "--timeout"},
	} {
		cfg := signed
		c.change(&cfg)
		_, err := open.URL(t.Context(), "s3://"+bucket, cfg)
		var problem *store.Problem
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if n, v, _ := strings.Cut(p, "="); n == name {
				return v
			}
		}
		return ""
	}
}

// A server that falls silent in the middle of an object is given up; one that is slow is not.
func TestTimeout(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "20")
		fmt.Fprint(w, "0123456789")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/silent" {
			<-silent
			return
		}
		for i := range 10 {
			time.Sleep(300 * time.Millisecond)
			fmt.Fprint(w, i)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(silent) })
	for key, want := range map[string]bool{"silent": false, "slow": true} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			st, err := open.URL(t.Context(), server.URL, open.Config{ReadOnly: true, Timeout: 2 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			r, _, err := st.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			_ = r.Close()
			var timeout net.Error
			if want && (err != nil || len(text) != 20) || !want &&
				(!errors.As(err, &timeout) || !timeout.Timeout() || string(text) != "0123456789") {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// An upload may take longer than the server may stay silent: nothing comes back while it is on its way.
func TestLongUpload(t *testing.T) {
	t.Parallel()
	fake := s3test.StartFake(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go slowly(listener, strings.TrimPrefix(fake.Endpoint, "http://"))
	st, err := open.URL(t.Context(), "s3://bucket", open.Config{
		Endpoint: "http://" + listener.Addr().String(), AccessKeyID: "id", SecretAccessKey: secret.New("key"), Timeout: 4 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := storetest.Put(st, "k", strings.Repeat("x", 24<<20), store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 5*time.Second {
		t.Skipf("the system's buffers took it all in %v", took)
	}
	if puts := slices.DeleteFunc(fake.Requests(), func(r string) bool { return r != "PUT /bucket/k" }); len(puts) != 1 {
		t.Errorf("%d requests for one upload", len(puts))
	}
}

// slowly passes connections on to address, what is sent 4 MiB a second.
func slowly(listener net.Listener, address string) {
	for {
		down, err := listener.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", address)
		tcp, ok := down.(*net.TCPConn)
		if err != nil || !ok || tcp.SetReadBuffer(64<<10) != nil { // else the system takes megabytes at once
			_ = down.Close()
			continue
		}
		go func() {
			for {
				if _, err := io.CopyN(up, down, 1<<20); err != nil {
					_ = up.Close()
					return
				}
				time.Sleep(250 * time.Millisecond)
			}
		}()
		go func() {
			_, _ = io.Copy(down, up)
			_ = down.Close()
		}()
	}
}
