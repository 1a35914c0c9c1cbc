package deploy_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/store"
)

// BenchmarkDeploy delivers packages of 50 MB together, from the finished files to the created deployment. Its peer, in the
// same run, sends the bytes that any delivery sends, each file and a zip of all, with nothing before or after.
func BenchmarkDeploy(b *testing.B) {
	const packages, size = 5, 10 << 20
	a := newApplication(b)
	a.platform.Blind = true
	dir := b.TempDir()
	var files []string
	for i := range packages {
		root := b.TempDir()
		content := make([]byte, size)
		noise := rand.NewChaCha8([32]byte{byte(i)})
		_, _ = noise.Read(content)
		if err := os.WriteFile(filepath.Join(root, "data"), content, 0o644); err != nil {
			b.Fatal(err)
		}
		file := filepath.Join(dir, fmt.Sprintf("part%d-1.0-r0.apk", i))
		info := apk.Info{Name: fmt.Sprintf("part%d", i), Version: "1.0-r0", Arch: "x86_64", Description: "noise", License: "MIT",
			BuildDate: 1}
		if _, err := apk.Create(b.Context(), file, info, nil, apk.Tree{Root: root}); err != nil {
			b.Fatal(err)
		}
		if err := apk.SignFile(b.Context(), file, file, a.key); err != nil {
			b.Fatal(err)
		}
		files = append(files, file)
	}
	var ours, peer time.Duration
	var requests int64
	n := 0
	for b.Loop() {
		n++
		o := a.options(files...)
		o.Key, o.AllowOlder, o.Commit.SHA = a.signingKey(), true, fmt.Sprintf("%040x", n)
		began := time.Now()
		rep, err := pipeline.Deploy(b.Context(), o, a.console)
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(began)
		requests = rep.Deployment.Requests + rep.Deployment.Storage
		began = time.Now()
		if err := putAll(b.Context(), a.platform.Store(), files, fmt.Sprintf("peer/%d/", n)); err != nil {
			b.Fatal(err)
		}
		peer += time.Since(began)
	}
	b.SetBytes(packages * size)
	b.ReportMetric(ours.Seconds()/float64(n), "s/deployment")
	b.ReportMetric(ours.Seconds()/peer.Seconds(), "x-plain-upload")
	b.ReportMetric(float64(requests), "requests")
}

// putAll sends each file, and all of them once more in one object.
func putAll(ctx context.Context, st store.Store, files []string, prefix string) error {
	var whole []byte
	group, ctx := errgroup.WithContext(ctx)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		whole = append(whole, text...)
		group.Go(func() error {
			_, err := st.Put(ctx, prefix+filepath.Base(file), store.BytesContent(text), store.PutOptions{})
			return err
		})
	}
	group.Go(func() error {
		_, err := st.Put(ctx, prefix+"packages.zip", store.BytesContent(whole), store.PutOptions{})
		return err
	})
	return group.Wait()
}
