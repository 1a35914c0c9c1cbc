package bench

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

// BenchmarkDistance runs pakman publish against a real S3 server (versitygw, with TLS) behind a proxy that delays what passes: a
// first publish, one of a further version, and one that changes nothing. x-rounds is the additional time in round trips,
// the two of the connection's setup among them. PAKMAN_BEFORE names an earlier program to compare with.
func BenchmarkDistance(b *testing.B) {
	programs := map[string]string{"pakman": program(b)}
	if before := os.Getenv("PAKMAN_BEFORE"); before != "" {
		programs["before"] = before
	}
	server := s3test.Start(b)
	for name, pakman := range programs {
		for _, rtt := range []time.Duration{80 * time.Millisecond, 200 * time.Millisecond} {
			b.Run(fmt.Sprintf("%s/%v", name, rtt), func(b *testing.B) { benchmarkDistance(b, server, pakman, rtt) })
		}
	}
}

func benchmarkDistance(b *testing.B, server *s3test.Server, pakman string, rtt time.Duration) {
	work := b.TempDir()
	key := newKey(b, work)
	near, far := delayed(b, server.Endpoint, 0), delayed(b, server.Endpoint, rtt)
	var took, extra [3]time.Duration
	for round := 0; b.Loop(); round++ {
		first, next := newPackage(b, work, info(2*round), key), newPackage(b, work, info(2*round+1), key)
		var times [2][3]time.Duration
		for i, endpoint := range []string{near, far} {
			bucket := server.Bucket(b, "")
			for j, file := range []string{first, next, next} {
				start := time.Now()
				cmd := exec.Command(pakman, "publish", file, "--bucket", "s3://"+bucket, "--endpoint", endpoint, "--signing-key",
					filepath.Join(work, key.Name), "--alpine", "3.24")
				cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+server.AccessKey, "AWS_SECRET_ACCESS_KEY="+server.SecretKey,
					"AWS_CA_BUNDLE="+server.CAFile, "AWS_REGION=us-east-1")
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%s: %v\n%s", cmd, err, out)
				}
				times[i][j] = time.Since(start)
			}
		}
		for j := range took {
			took[j] += times[1][j]
			extra[j] += times[1][j] - times[0][j]
		}
	}
	for j, what := range []string{"first", "next", "unchanged"} {
		b.ReportMetric(took[j].Seconds()/float64(b.N), what+"-s")
		b.ReportMetric(extra[j].Seconds()/rtt.Seconds()/float64(b.N), what+"-x-rounds")
	}
}

// delayed starts a proxy to the server, at a round trip from it, and returns its address.
func delayed(b *testing.B, endpoint string, rtt time.Duration) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			down, err := listener.Accept()
			if err != nil {
				return
			}
			go tunnel(down, strings.TrimPrefix(endpoint, "https://"), rtt)
		}
	}()
	return "https://" + listener.Addr().String()
}

// tunnel passes on what is sent half a round trip later, and the first of it a round trip later still: the listener has accepted
// the connection before its packets have travelled.
func tunnel(down net.Conn, address string, rtt time.Duration) {
	time.Sleep(rtt)
	up, err := net.Dial("tcp", address)
	if err != nil {
		_ = down.Close()
		return
	}
	go later(up, down, rtt/2)
	later(down, up, rtt/2)
}

// later copies, and delays each piece.
func later(to io.WriteCloser, from io.Reader, delay time.Duration) {
	type piece struct {
		at   time.Time
		data []byte
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			data := make([]byte, 32<<10)
			n, err := from.Read(data)
			pieces <- piece{time.Now().Add(delay), data[:n]}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.at))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	_ = to.Close()
	for range pieces { // what comes too late
	}
}
