package repository_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

var jsonBlock = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")

// policies are the pieces of JSON in docs/stores.md, by the first Sid or Name in them. All of them must parse.
func policies(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, match := range jsonBlock.FindAllStringSubmatch(string(text), -1) {
		var piece struct {
			Version, Name string
			Statement     []struct{ Sid, Effect string }
			Rules         []any // of a lifecycle, which grants nothing
		}
		if err := json.Unmarshal([]byte(match[1]), &piece); err != nil {
			t.Errorf("%v in\n%s", err, match[1])
			continue
		}
		if len(piece.Rules) > 0 {
			continue
		}
		name := piece.Name
		if len(piece.Statement) > 0 {
			name = piece.Statement[0].Sid
		}
		if (piece.Version == "2012-10-17") != (piece.Name == "") || name == "" {
			t.Errorf("neither a policy of this version nor named:\n%s", match[1])
		}
		found[name] = match[1]
	}
	for _, want := range []string{"FindPackages", "TagsOfHello", "ReadPackages", "CloudFrontReads", "apk-repository"} {
		if found[want] == "" {
			t.Errorf("docs/stores.md has no %s", want)
		}
	}
	return found
}

// documented are the headers of docs/stores.md by a key's end.
func documented(t *testing.T) map[string][2]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/stores.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "| object | `Content-Type` | `Cache-Control` |\n|---|---|---|\n")
	if !ok {
		t.Fatal("docs/stores.md has no table of headers")
	}
	headers := map[string][2]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 3 {
			break
		}
		_, end, _ := strings.Cut("*"+strings.TrimPrefix(strings.Trim(cells[0], "`"), "keys/"), "*")
		headers[strings.TrimPrefix(end, "*")] = [2]string{strings.Trim(cells[1], "`"), strings.Trim(cells[2], "`")}
	}
	return headers
}

// TestPublicBucket publishes, opens the bucket by the documented policy, and looks at what everyone sees over the web: the
// headers of each object; list and verify without credentials; and that nobody may write.
func TestPublicBucket(t *testing.T) {
	t.Parallel()
	public := policies(t)["ReadPackages"]
	for name, server := range map[string]*s3test.Server{"versitygw": s3test.Start(t), "MinIO": s3test.StartMinIO(t)} {
		t.Run(name, func(t *testing.T) {
			bucket := server.Bucket(t, "my-packages")
			cfg := server.Config(bucket)
			cfg.Prefix = "alpine"
			st := s3test.New(t, cfg)
			key := testKey(t)
			publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)))
			secretly := open.Config{Endpoint: server.Endpoint, CAFile: server.CAFile, ReadOnly: true, Anonymous: true}
			if _, err := open.URL(t.Context(), "s3://my-packages/alpine", secretly); err == nil {
				t.Error("a private bucket lets everyone in")
			}
			server.SetPolicy(t, bucket, public)
			checkHeaders(t, server, st)

			anonymous, err := open.URL(t.Context(), "s3://my-packages/alpine", secretly)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := repository.Packages(t.Context(), anonymous, repository.Selection{})
			if err != nil || len(listed) != 1 {
				t.Errorf("%v, %v", listed, err)
			}
			found, err := repository.Verify(t.Context(), anonymous, repository.Audit{})
			if err != nil || len(found.Faults) > 0 || found.Packages != 1 {
				t.Errorf("%+v, %v", found, err)
			}
			var problem *store.Problem
			if _, err := storetest.Put(anonymous, "mine", "x", store.PutOptions{}); !errors.As(err, &problem) ||
				!strings.Contains(err.Error(), "may not write") {
				t.Errorf("everyone may write: %v", err)
			}
		})
	}
}

// checkHeaders compares what a web client gets with the documented table, and with what `repo serve` would say.
func checkHeaders(t *testing.T, server *s3test.Server, st store.Store) {
	t.Helper()
	client := &http.Client{Transport: server.Transport()}
	table := documented(t)
	seen := map[string]bool{}
	for _, key := range storetest.Keys(t, st, "") {
		served, ok := repository.Selection{}.Served(key)
		if !ok {
			continue
		}
		resp, err := client.Get(st.URL(key))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		got := [2]string{resp.Header.Get("Content-Type"), resp.Header.Get("Cache-Control")}
		for end, want := range table {
			if !strings.HasSuffix(key, end) {
				continue
			}
			seen[end] = true
			if diff := cmp.Diff(want, got); diff != "" || got != [2]string{served.ContentType, served.CacheControl} {
				t.Errorf("%s, want -, got +:\n%s\nserved as %+v", key, diff, served)
			}
		}
	}
	for _, end := range []string{"APKINDEX.tar.gz", "Packages.adb", ".apk", ".rsa.pub"} {
		if !seen[end] {
			t.Errorf("no object *%s was seen", end)
		}
	}
}

// TestPublishersRights publishes twice, one package in parts, prunes and deletes with temporary credentials that have the
// documented rights and no other.
func TestPublishersRights(t *testing.T) {
	t.Parallel()
	server := s3test.StartMinIO(t)
	server.Bucket(t, "my-packages")
	session, err := server.Session(policies(t)["FindPackages"])
	if err != nil {
		t.Fatal(err)
	}
	access := func(prefix string) (store.Store, error) {
		return open.URL(t.Context(), "s3://my-packages/"+prefix, open.Config{
			Endpoint: server.Endpoint, CAFile: server.CAFile, AccessKeyID: session.AccessKeyID,
			SecretAccessKey: secret.New(session.SecretAccessKey),
			SessionToken:    secret.New(session.SessionToken),
		})
	}
	st, err := access("alpine")
	if err != nil {
		t.Fatal(err)
	}
	key := testKey(t)
	for _, version := range []string{"1.0-r0", "1.1-r0"} {
		publish(t, st, request(key, mustPack(t, "blog", version, "x86_64", version, key)))
	}
	large := store.BytesContent(bytes.Repeat([]byte("large"), store.Large/4))
	if _, err := st.Put(t.Context(), "v3.24/main/x86_64/large-1.0-r0.apk", large, store.PutOptions{IfAbsent: true}); err != nil {
		t.Errorf("in parts: %v", err)
	}
	r := repository.PruneRequest{Retention: repository.Retention{Keep: 1}}
	r.Keys = append(r.Keys, key)
	if pruned, err := repository.Prune(t.Context(), st, r); err != nil || len(pruned.Retired) != 1 {
		t.Errorf("%+v, %v", pruned, err)
	}
	if err := st.Delete(t.Context(), "v3.24/main/x86_64/large-1.0-r0.apk"); err != nil {
		t.Errorf("deleting: %v", err)
	}
	if keys := storetest.Keys(t, st, ""); slices.Contains(keys, "v3.24/main/x86_64/large-1.0-r0.apk") {
		t.Errorf("not deleted: %v", keys)
	}
	var problem *store.Problem
	if _, err := access("other"); !errors.As(err, &problem) || !strings.Contains(err.Error(), "may not list") {
		t.Errorf("outside the prefix: %v", err)
	}
}
