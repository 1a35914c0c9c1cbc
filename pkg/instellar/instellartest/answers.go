package instellartest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (p *Platform) login(r *http.Request, _ string) answer {
	var body struct {
		AuthToken *string `json:"auth_token"`
	}
	if err := strictly(r, &body); err != nil || body.AuthToken == nil {
		return p.violation("login: body: %v", err)
	}
	if *body.AuthToken != p.AuthToken {
		return answer{http.StatusNotFound, `{"errors":{"detail":"Not Found"}}`}
	}
	p.bearer = "session-" + rand.Text()
	return answer{http.StatusCreated, fmt.Sprintf(`{"data":{"token":%q}}`, p.bearer)}
}

func (p *Platform) find(_ *http.Request, hash string) answer {
	d := p.made[hash]
	if d == nil {
		p.before = nil
		return answer{http.StatusNotFound, `{"errors":{"detail":"Not Found"}}`}
	}
	p.before = p.Keys()
	return answer{http.StatusOK, fmt.Sprintf(`{"data":{"attributes":{"id":%d,"archive_path":%q}}}`, d.ID, d.ArchivePath)}
}

func (p *Platform) storage(*http.Request, string) answer {
	if p.before != nil {
		return p.violation("storage: nothing may be uploaded for a commit that is known")
	}
	u, err := url.Parse(p.S3.Endpoint)
	if err != nil {
		return p.violation("%v", err)
	}
	return answer{http.StatusOK,
		fmt.Sprintf(`{"data":{"attributes":{"host":%q,"port":%s,"scheme":"https://","region":"us-east-1","bucket":%q,`+
			`"credential":{"access_key_id":%q,"secret_access_key":%q}}}}`, u.Hostname(), u.Port(), p.Bucket, p.S3.AccessKey,
			p.S3.SecretKey)}
}

// archiveKey has a random UUID, RFC 9562's version 4.
var archiveKey = regexp.MustCompile(`^archives/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/packages\.zip$`)

func (p *Platform) create(r *http.Request, _ string) answer {
	var body struct {
		Deployment *struct {
			Ref         *string `json:"ref"`
			Hash        *string `json:"hash"`
			ArchivePath *string `json:"archive_path"`
			Stack       *string `json:"stack"`
		} `json:"deployment"`
	}
	err := strictly(r, &body)
	d := body.Deployment
	if err != nil || d == nil || d.Ref == nil || d.Hash == nil || d.ArchivePath == nil || *d.Ref == "" {
		return p.violation("create: body: %v", err)
	}
	known := p.made[*d.Hash]
	switch {
	case known != nil && *d.ArchivePath != known.ArchivePath:
		return p.violation("create: the known commit has the archive %s, not %s", known.ArchivePath, *d.ArchivePath)
	case known != nil && p.before != nil && !slices.Equal(p.before, p.Keys()):
		return p.violation("create: something was uploaded for a known commit")
	case known == nil && !p.Blind:
		if problem := p.delivered(*d.Hash, *d.ArchivePath); problem != "" {
			return p.violation("create: %s", problem)
		}
	}
	status := http.StatusOK
	if known == nil {
		known = &Deployment{ID: len(p.made) + 1, Hash: *d.Hash, ArchivePath: *d.ArchivePath}
		p.made[*d.Hash], status = known, http.StatusCreated
	}
	known.Refs = append(known.Refs, *d.Ref)
	if d.Stack != nil {
		known.Stack = *d.Stack
	}
	return answer{status, fmt.Sprintf(`{"data":{"attributes":{"id":%d}}}`, known.ID)}
}

// delivered sees that the archive and each of its files are in the bucket, where they belong.
func (p *Platform) delivered(hash, archive string) string {
	if !archiveKey.MatchString(archive) {
		return fmt.Sprintf("archive_path %q is not archives/<uuid4>/packages.zip", archive)
	}
	body, _, err := p.Store().Get(p.t.Context(), archive)
	if err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return err.Error()
	}
	files, err := Unzip(text)
	if err != nil {
		return err.Error()
	}
	for name, content := range files {
		key := strings.Join([]string{"deployments", p.Organization, p.Package, hash, name}, "/")
		info, err := p.Store().Stat(p.t.Context(), key)
		if err != nil || info.Size != int64(len(content)) {
			return fmt.Sprintf("%s: %v, %d bytes, and %d in the archive", key, err, info.Size, len(content))
		}
	}
	return ""
}

func (p *Platform) configure(r *http.Request, id string) answer {
	var body struct {
		Configuration *struct {
			Payload *struct {
				Kits  []any          `json:"kits"`
				Sizes any            `json:"sizes,omitempty"`
				Plans any            `json:"plans,omitempty"`
				Page  map[string]any `json:"page,omitempty"`
			} `json:"payload"`
		} `json:"configuration"`
	}
	if err := strictly(r, &body); err != nil || body.Configuration == nil || body.Configuration.Payload == nil ||
		body.Configuration.Payload.Kits == nil {
		return p.violation("configure: body: %v", err)
	}
	payload := map[string]any{}
	for name, value := range map[string]any{"kits": body.Configuration.Payload.Kits, "sizes": body.Configuration.Payload.Sizes,
		"plans": body.Configuration.Payload.Plans} {
		if value != nil {
			payload[name] = value
		}
	}
	if page := body.Configuration.Payload.Page; page != nil {
		payload["page"] = page
	}
	if p.Reject != nil {
		if errs := p.Reject(payload); errs != "" {
			p.state = Configure
			return answer{http.StatusUnprocessableEntity, errs}
		}
	}
	for _, d := range p.made {
		if strconv.Itoa(d.ID) == id {
			again := d.Configuration != nil
			d.Configuration = payload
			if again {
				return answer{http.StatusOK, `{"data":{"id":1}}`}
			}
			return answer{http.StatusCreated, `{"data":{"id":1}}`}
		}
	}
	return p.violation("configure: there is no deployment %s", id)
}

// strictly reads a body that has these fields and no others, and nothing after them.
func strictly(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}
