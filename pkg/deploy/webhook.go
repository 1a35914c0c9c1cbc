package deploy

import (
	"context"
	"errors"

	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/usererror"
	"github.com/pakman/build/pkg/webhook"
)

// webhookTarget is a server of the user's own.
type webhookTarget struct {
	hook   *webhook.Hook
	commit Commit
}

func newWebhook(o Options) (*webhookTarget, error) {
	if o.WebhookURL == "" {
		return nil, usererror.Input(errors.New("deploy webhook: no address is given; use the input webhook-url or --webhook-url"))
	}
	if o.WebhookSecret.Empty() {
		return nil, usererror.Input(
			errors.New("deploy webhook: no secret is given; use the input webhook-secret or the variable PAKMAN_WEBHOOK_SECRET"))
	}
	h, err := webhook.New(webhook.Config{URL: o.WebhookURL, Secret: o.WebhookSecret, Options: o.HTTP})
	if err != nil {
		return nil, usererror.Input(err)
	}
	return &webhookTarget{hook: h, commit: o.Commit}, nil
}

// message is the body of the request: the report, and what it is of.
type message struct {
	Event      string `json:"event"` // "deploy"
	Repository string `json:"repository"`
	Commit     string `json:"commit"`
	Ref        string `json:"ref"`
	report.Report
}

// Deploy sends the report, without the paths of files on this machine.
func (h *webhookTarget) Deploy(ctx context.Context, rep *report.Report, _ *packages.Found) (*report.Deployment, error) {
	m := message{Event: "deploy", Repository: h.commit.Repository, Commit: h.commit.SHA, Ref: h.commit.Ref, Report: *rep}
	m.Packages = nil
	for _, p := range rep.Packages {
		p.File = ""
		m.Packages = append(m.Packages, p)
	}
	if err := h.hook.Send(ctx, m); err != nil {
		return nil, err
	}
	return &report.Deployment{Kind: "webhook", Host: h.hook.Host(), Requests: h.hook.Requests()}, nil
}
