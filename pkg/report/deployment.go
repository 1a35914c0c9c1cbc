package report

import (
	"fmt"
	"strings"
)

// Deployment is what a deploy step did.
type Deployment struct {
	Kind        string `json:"kind"`         // "instellar", "webhook"
	Host        string `json:"host"`         // who was told, https://HOST
	ID          string `json:"id,omitempty"` // the platform's
	ArchivePath string `json:"archive-path,omitempty"`
	ArchiveSize int64  `json:"archive-size,omitempty"` // in bytes; 0 where none was sent
	Known       bool   `json:"known"`                  // the platform had the commit: nothing was uploaded
	Configured  bool   `json:"configured"`             // kits, sizes, plans and page were passed on
	Objects     int    `json:"objects"`                // uploaded
	Requests    int64  `json:"requests"`               // to the platform or the receiver
	Storage     int64  `json:"storage-requests"`       // to the platform's bucket
}

// sentence says it in one line.
func (d *Deployment) sentence() string {
	if d.Kind == "webhook" {
		return fmt.Sprintf("Told %s (%d requests).", d.Host, d.Requests)
	}
	parts := []string{fmt.Sprintf("Deployment %s at %s: %s", d.ID, d.Host, d.ArchivePath)}
	if d.Known {
		parts = append(parts, "the platform already had the commit, nothing was uploaded")
	} else {
		parts = append(parts, fmt.Sprintf("%d objects uploaded, an archive of %s", d.Objects, Bytes(d.ArchiveSize)))
	}
	if d.Configured {
		parts = append(parts, "configured")
	}
	return strings.Join(append(parts, fmt.Sprintf("%d + %d requests", d.Requests, d.Storage)), ", ") + "."
}
