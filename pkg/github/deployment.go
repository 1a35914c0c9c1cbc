package github

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	api "github.com/google/go-github/v58/github"
)

// deployScope is the permission that deployments take.
const deployScope = "deployments"

// DeploymentOptions say what is deployed where.
type DeploymentOptions struct {
	Commit      string // full hash
	Environment string
	Run         string // names this run's work: a second attempt goes on with the same deployment
	Log         string // URL of the run
	// Together leaves earlier deployments to the environment active, as those of other jobs of the run.
	Together bool
}

// Deployment is a deployment that has begun.
type Deployment struct {
	ID     int64
	client *Client
	o      DeploymentOptions
}

// mark is the payload by which a deployment of ours is known again.
type mark struct {
	Run string `json:"pakman-run"`
}

// Deploy begins a deployment, or goes on with the one that an earlier attempt of the run has begun.
func (c *Client) Deploy(ctx context.Context, o DeploymentOptions) (*Deployment, error) {
	d := &Deployment{client: c, o: o}
	err := c.again(ctx, func() error {
		var err error
		if d.ID, err = c.begun(ctx, o); err != nil || d.ID != 0 {
			return err
		}
		no, none, text := false, []string{}, "Packages"
		made, _, err := c.api.Repositories.CreateDeployment(ctx, c.owner, c.name, &api.DeploymentRequest{
			Ref: &o.Commit, Environment: &o.Environment, Description: &text, Payload: mark{o.Run},
			// The workflow has decided that this is to be deployed.
			AutoMerge: &no, RequiredContexts: &none,
		})
		switch {
		case err == nil:
			d.ID = made.GetID()
		case statusOf(err) == http.StatusConflict: // checks or rules stand against it
			return &refusedError{text: c.explain(err, "it is refused", deployScope).Error(), err: err}
		}
		return err
	})
	if err == nil {
		err = d.status(ctx, "in_progress", "")
	}
	if err != nil {
		return nil, c.explain(err, "deployment to "+o.Environment, deployScope)
	}
	return d, nil
}

// begun finds the deployment of an earlier attempt; 0: there is none.
func (c *Client) begun(ctx context.Context, o DeploymentOptions) (int64, error) {
	for page := 1; page != 0; {
		all, response, err := c.api.Repositories.ListDeployments(ctx, c.owner, c.name, &api.DeploymentsListOptions{
			SHA: o.Commit, Environment: o.Environment, ListOptions: api.ListOptions{Page: page, PerPage: 100},
		})
		if err != nil {
			return 0, err
		}
		for _, d := range all {
			var m mark
			if json.Unmarshal(d.Payload, &m) == nil && m.Run == o.Run { // that of others may be anything
				return d.GetID(), nil
			}
		}
		if page, err = nextPage("deployments", page, response.NextPage); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// finishTime is how long a cancelled run may take to say so.
const finishTime = 20 * time.Second

// Finish ends the deployment: as a success, with the repository's URL, or as a failure. It is told also when ctx has
// ended.
func (d *Deployment) Finish(ctx context.Context, success bool, address string) error {
	state := "success"
	if !success {
		state, address = "failure", ""
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), finishTime)
		defer stop()
	}
	return d.client.explain(d.status(ctx, state, address), "deployment to "+d.o.Environment, deployScope)
}

// status adds a status. A second one of the same kind does no harm.
func (d *Deployment) status(ctx context.Context, state, address string) error {
	request := &api.DeploymentStatusRequest{State: &state, LogURL: &d.o.Log}
	if address != "" {
		request.EnvironmentURL = &address
	}
	if d.o.Together {
		no := false
		request.AutoInactive = &no
	}
	c := d.client
	return c.again(ctx, func() error {
		_, _, err := c.api.Repositories.CreateDeploymentStatus(ctx, c.owner, c.name, d.ID, request)
		return err
	})
}
