package open

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

const identityHint = "in a workflow give the job `permissions: { id-token: write, contents: read }`; elsewhere name the token's file in " +
	"AWS_WEB_IDENTITY_TOKEN_FILE"

// tokenTime is how long GitHub may take for a token.
const tokenTime = 30 * time.Second

// role returns the role to take on, with the token of AWS_WEB_IDENTITY_TOKEN_FILE or the profile's file, else with one that GitHub
// makes for the job. Nil where none is meant: a role of the environment takes its file, as AWS has it.
func (cfg Config) role(shared profile, region string) (*s3.Role, error) {
	file := cfg.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	arn := cfg.RoleARN
	switch {
	case arn != "":
	case file != "":
		arn = cmp.Or(cfg.Getenv("AWS_ROLE_ARN"), shared.roleARN)
		if arn == "" {
			return nil, &store.Problem{What: "AWS_WEB_IDENTITY_TOKEN_FILE is set, and no role to take on with it",
				Hint: "set AWS_ROLE_ARN or " + cfg.setting("role-arn")}
		}
	case shared.roleARN != "":
		arn, file = shared.roleARN, shared.tokenFile
	default:
		return nil, nil
	}
	transport, err := cfg.transport(false)
	if err != nil {
		return nil, err
	}
	r := &s3.Role{
		ARN: arn, STS: cmp.Or(cfg.STSEndpoint, cfg.Getenv("AWS_ENDPOINT_URL_STS")), Learned: cfg.Learned, Setting: cfg.Setting,
		Session: cmp.Or(cfg.RoleSession, cfg.Getenv("AWS_ROLE_SESSION_NAME"), shared.session, sessionOf(cfg.Getenv)),
	}
	switch {
	case file != "":
		r.Token = func(context.Context) (secret.String, error) { return tokenFile(file) }
	case cfg.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" && cfg.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "":
		actions := githubactions.New(githubactions.WithGetenv(cfg.Getenv),
			githubactions.WithHTTPClient(&http.Client{Transport: transport, Timeout: tokenTime}))
		r.Token = func(ctx context.Context) (secret.String, error) { return githubToken(ctx, actions, audience(region)) }
	default:
		return nil, &store.Problem{What: "there is no identity token to take on the role " + arn + " with", Hint: identityHint}
	}
	return r, nil
}

// audience returns the audience of GitHub's token, as Amazon's guides name it.
func audience(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}

// tokenFile reads the token again each time: its issuer replaces it before it expires.
func tokenFile(path string) (secret.String, error) {
	text, err := os.ReadFile(path)
	if token := strings.TrimSpace(string(text)); token != "" {
		return secret.New(token), nil
	}
	if err == nil {
		err = errors.New("the file is empty")
	}
	return secret.String{}, &store.Problem{What: "cannot read the identity token", Err: err, Hint: "check AWS_WEB_IDENTITY_TOKEN_FILE"}
}

func githubToken(ctx context.Context, actions *githubactions.Action, audience string) (secret.String, error) {
	token, err := actions.GetIDToken(ctx, audience)
	var refused *githubactions.RequestFailedError
	switch {
	case errors.As(err, &refused) && refused.StatusCode < http.StatusInternalServerError &&
		refused.StatusCode != http.StatusTooManyRequests:
		return secret.String{}, &store.Problem{What: fmt.Sprintf("GitHub answered %d to the request for an identity token",
			refused.StatusCode), Hint: identityHint}
	case errors.As(err, &refused):
		return secret.String{}, fmt.Errorf("GitHub answered %d to the request for an identity token", refused.StatusCode)
	case err != nil:
		return secret.String{}, fmt.Errorf("asking GitHub for an identity token: %w", err)
	case token == "":
		return secret.String{}, errors.New("GitHub's answer to the request for an identity token holds none")
	}
	return secret.New(token), nil
}

var notInSession = regexp.MustCompile(`[^\w+=,.@-]+`)

// sessionOf names the session in the store's logs by what takes on the role.
func sessionOf(getenv func(string) string) string {
	var name strings.Builder
	name.WriteString("pakman")
	for _, variable := range []string{"GITHUB_REPOSITORY", "GITHUB_RUN_ID"} {
		if v := notInSession.ReplaceAllString(getenv(variable), "-"); v != "" {
			name.WriteString("-" + v)
		}
	}
	return name.String()[:min(len(name.String()), 64)]
}
