package open_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

const account = "0123456789abcdef0123456789abcdef"

// TestForeignAddress gives what people copy from consoles and other programs, and gets the right spelling.
func TestForeignAddress(t *testing.T) {
	for raw, want := range map[string]string{
		"arn:aws:s3:::acme":                     "write s3://acme",
		"arn:aws:s3:::acme/apk/*":               "write s3://acme/apk",
		"arn:aws-cn:s3:::acme":                  "write s3://acme",
		"arn:aws:iam::1:role/acme":              "give s3://BUCKET/PREFIX",
		"s3a://acme/apk/":                       "write s3://acme/apk",
		"S3N://acme":                            "write s3://acme",
		"gs://acme/apk":                         "write s3://acme/apk and set --endpoint to https://storage.googleapis.com",
		"s3:acme/apk":                           "write s3://acme/apk",
		"s3:/acme":                              "write s3://acme",
		"ftp://acme":                            "goes into --endpoint",
		"arn:aws:s3:eu-west-1:1:accesspoint/ci": "s3://ALIAS",
		"https://acme.s3.eu-central-1.amazonaws.com/apk":                          "write s3://acme/apk",
		"https://acme.s3.amazonaws.com":                                           "write s3://acme",
		"https://my.acme.s3-eu-west-1.amazonaws.com/":                             "write s3://my.acme",
		"https://acme.s3.dualstack.eu-west-1.amazonaws.com/":                      "write s3://acme",
		"https://acme.s3.cn-north-1.amazonaws.com.cn/apk":                         "write s3://acme/apk",
		"http://acme.s3-website-us-east-1.amazonaws.com":                          "write s3://acme",
		"https://s3.eu-central-1.amazonaws.com/acme/apk/x":                        "write s3://acme/apk/x",
		"https://s3.console.aws.amazon.com/s3/buckets/acme?region=eu&prefix=apk/": "write s3://acme/apk",
		"https://eu-west-1.console.aws.amazon.com/s3/buckets/acme":                "write s3://acme",
		"https://" + account + ".r2.cloudflarestorage.com/acme": "write s3://acme and set --endpoint to https://" +
			account + ".r2.cloudflarestorage.com",
		"https://" + account + ".eu.r2.cloudflarestorage.com/acme": "--endpoint to https://" + account +
			".eu.r2.cloudflarestorage.com",
		"https://acme." + account + ".r2.cloudflarestorage.com/apk": "write s3://acme/apk and set --endpoint to https://" +
			account + ".r2.cloudflarestorage.com",
		"https://dash.cloudflare.com/" + account + "/r2/default/buckets/acme": "write s3://acme",
		"https://pub-1.r2.dev/apk": "r2.dev only serves files",
		"https://acme.fra1.digitaloceanspaces.com/apk": "write s3://acme/apk and set --endpoint to " +
			"https://fra1.digitaloceanspaces.com",
		"https://acme.fra1.cdn.digitaloceanspaces.com": "--endpoint to https://fra1.digitaloceanspaces.com",
		"https://acme.s3.us-west-004.backblazeb2.com":  "--endpoint to https://s3.us-west-004.backblazeb2.com",
		"https://storage.googleapis.com/acme/apk": "write s3://acme/apk and set --endpoint to " +
			"https://storage.googleapis.com",
		"https://console.cloud.google.com/storage/browser/acme;tab=objects": "write s3://acme",
		"https://minio.example.com:9000/acme/apk": "write s3://acme/apk and set --endpoint to " +
			"https://minio.example.com:9000",
		"https://id:p4ss@minio.example.com": "write s3://BUCKET and set --endpoint",
	} {
		refusedAddress(t, raw, open.Config{}, want)
	}
}

func refusedAddress(t *testing.T, raw string, cfg open.Config, want string) {
	t.Helper()
	t.Chdir(t.TempDir())
	st, err := open.URL(context.Background(), raw, cfg)
	var problem *store.Problem
	if st != nil || !errors.As(err, &problem) || !strings.HasSuffix(problem.Hint, want) && !strings.Contains(problem.Hint, want) {
		t.Errorf("%s: %v, want %q", raw, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "p4ss") {
		t.Errorf("a password is shown: %v", err)
	}
}

// TestBareName gives the name of a bucket without s3://. It is a directory only where nothing speaks for a bucket.
func TestBareName(t *testing.T) {
	env := func(name string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return "x"
			}
			return ""
		}
	}
	for raw, cfg := range map[string]open.Config{
		"my-packages":        {Endpoint: "https://x"},
		"my.packages":        {Region: "eu-central-1"},
		"my-packages/alpine": {RoleARN: "arn:aws:iam::1:role/x"},
		"packages":           {AccessKeyID: "AK", SecretAccessKey: secret.New("SK")},
		"tokens":             {SessionToken: secret.New("t")},
		"bare":               {Temporary: true},
		"keys/apk":           {Getenv: env("AWS_ACCESS_KEY_ID")},
		"role":               {Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE")},
	} {
		refusedAddress(t, raw, cfg, "write s3://"+raw+" for a bucket, or ./"+raw+" for a directory")
	}
	t.Chdir(t.TempDir())
	for raw, cfg := range map[string]open.Config{
		"packages": {Getenv: env("AWS_REGION")}, "./packages": {Region: "r", Temporary: true}, t.TempDir(): {Endpoint: "https://x"},
		"out/packages": {Temporary: true}, "packages.d": {Temporary: true},
	} {
		if _, err := open.URL(context.Background(), raw, cfg); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestEndpointNamesBucket gives endpoints as panels show them, with the bucket in them.
func TestEndpointNamesBucket(t *testing.T) {
	for endpoint, c := range map[string]struct{ raw, want string }{
		"https://acme.fra1.digitaloceanspaces.com": {"s3://acme/apk", "set --endpoint to " +
			"https://fra1.digitaloceanspaces.com and write s3://acme/apk"},
		"acme.fra1.digitaloceanspaces.com": {"s3://acme",
			"set --endpoint to https://fra1.digitaloceanspaces.com and write s3://acme"},
		"https://acme.nyc3.digitaloceanspaces.com": {"s3://apk", "write s3://acme/apk"},
		"https://" + account + ".r2.cloudflarestorage.com/acme": {"s3://acme/apk", "set --endpoint to https://" + account +
			".r2.cloudflarestorage.com and write s3://acme/apk"},
		"https://" + account + ".r2.cloudflarestorage.com/acme/": {"s3://apk", "write s3://acme/apk"},
		"https://acme.s3.eu-west-1.amazonaws.com": {"s3://acme",
			"set --endpoint to https://s3.eu-west-1.amazonaws.com and write s3://acme"},
		"https://minio.example.com/acme": {"s3://acme", "set --endpoint to https://minio.example.com and write s3://acme"},
	} {
		refusedAddress(t, c.raw, open.Config{Endpoint: endpoint, AccessKeyID: "AK", SecretAccessKey: secret.New("SK")}, c.want)
	}
}

// TestEndpointSuspected has a server on an unknown host that answers as one does whose host names the bucket.
func TestEndpointSuspected(t *testing.T) {
	fake := s3test.StartFake(t) // http://127.0.0.1:PORT
	cfg := open.Config{Endpoint: fake.Endpoint, AccessKeyID: "AK", SecretAccessKey: secret.New("SK")}
	for _, code := range []string{"NoSuchKey", "NoSuchBucket"} {
		fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Status: http.StatusNotFound, Code: code} })
		refusedAddress(t, "s3://127/alpine", cfg, "set --endpoint to "+strings.Replace(fake.Endpoint, "127.", "", 1)+
			" and write s3://127/alpine")
	}
	fake.Inject(func(*http.Request) *s3test.Fault {
		return &s3test.Fault{Status: http.StatusNotFound, Code: "NoSuchKey"}
	})
	refusedAddress(t, "s3://other/alpine", cfg, "check --endpoint: it is the address of the server, without the bucket")
}
