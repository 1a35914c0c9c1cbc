package s3test

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Start runs versitygw for the length of the test, built where this machine has not built it before, and
// waits until it answers. It skips the test under -short and where there is no go command.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, versitygw, "/", func(s *Server, path, address, dir string) *exec.Cmd {
		return exec.Command(path, "--port", address, "--cert", s.CAFile, "--key", filepath.Join(dir, "private.key"), "--keep-alive",
			"--quiet", "--virtual-domain", Domain,
			"posix", "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	})
}

// StartMinIO is Start with MinIO, whose building takes minutes and 1.5 GB the first time.
func StartMinIO(t testing.TB) *Server {
	t.Helper()
	return startMinIO(t)
}

// Key is the name of the key with which StartMinIOWithKey encrypts.
const Key = "test-key"

// StartMinIOWithKey starts MinIO with a key management service of one key.
func StartMinIOWithKey(t testing.TB) *Server {
	t.Helper()
	return startMinIO(t, "MINIO_KMS_SECRET_KEY="+Key+":"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
}

func startMinIO(t testing.TB, env ...string) *Server {
	t.Helper()
	s := start(t, minIO, "/minio/health/ready", func(_ *Server, path, address, dir string) *exec.Cmd {
		cmd := exec.Command(path, "server", "--quiet", "--address", address, "--certs-dir", dir, filepath.Join(dir, "data"))
		cmd.Env = append(slices.Clip(env), "MINIO_DOMAIN="+Domain)
		return cmd
	})
	s.await(t, func() error { // it says that it is ready before it knows its users
		_, err := s.Session("")
		return err
	})
	return s
}

// await calls until it works, for half a minute.
func (s *Server) await(t testing.TB, works func() error) {
	t.Helper()
	var err error
	for range 300 {
		if err = works(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s is not ready: %v", s.Endpoint, err)
}

// start runs the program; it is up when it answers to ready.
func start(t testing.TB, p program, ready string, command func(s *Server, path, address, dir string) *exec.Cmd) *Server {
	t.Helper()
	path := p.build(t)
	s := &Server{AccessKey: "test-access", SecretKey: rand.Text()}
	dir := t.TempDir()
	s.CAFile = filepath.Join(dir, "public.crt")
	WriteCertificate(t, s.CAFile, filepath.Join(dir, "private.key"))
	for _, name := range []string{"data", "versions"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // another program may take the port first
		address := freePort(t)
		s.Endpoint = "https://" + address
		if s.run(t, dir, ready, command(s, path, address, dir)) {
			return s
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("%s does not start:\n%s", p.name, log)
	return nil
}

// run starts the server and tells whether it came up.
func (s *Server) run(t testing.TB, dir, ready string, cmd *exec.Cmd) bool {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(cmd.Env,
		"HOME="+dir, "ROOT_ACCESS_KEY_ID="+s.AccessKey, "ROOT_SECRET_ACCESS_KEY="+s.SecretKey,
		"MINIO_ROOT_USER="+s.AccessKey, "MINIO_ROOT_PASSWORD="+s.SecretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off",
	)
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		_ = log.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	client := &http.Client{Transport: s.Transport(), Timeout: time.Second}
	for range 3000 {
		if r, err := client.Get(s.Endpoint + ready); err == nil && r.Body.Close() == nil && r.StatusCode < http.StatusInternalServerError {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
	return false
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
