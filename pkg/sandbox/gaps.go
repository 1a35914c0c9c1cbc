package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// grant is what a system lets this process do.
type grant struct {
	means    Means
	landlock int      // version of Landlock's interface; 0: none
	refused  []string // what of the rest it refuses
}

// seccompFilter is the name of the filter among what a system refuses.
const seccompFilter = "seccomp"

// Gap is something that stays open to a build on this system.
type Gap struct {
	ID   string // short and stable
	What string // as it is shown
}

// The gaps, see docs/isolation.md.
var (
	gapFiles      = Gap{"files", "all files that the build's user may read or write"}
	gapProcesses  = Gap{"processes", "the environment and files of your other processes"}
	gapTerminals  = Gap{"terminals", "your other terminals"}
	gapAttributes = Gap{"attributes", "modes, times and attributes of your files, but not their content"}
	gapRecipe     = Gap{"recipe", "the APKBUILD, but after PAKman has read its metadata"}
	gapSignals    = Gap{"signals", "signals to your processes"}
	gapNames      = Gap{"metadata", "size, times and attributes of hidden files whose names it knows, and names of those that change"}
	gapCommands   = Gap{"command-lines", "the command lines of all processes"}
	gapShared     = Gap{"shared-memory", "your files in /tmp, /var/tmp and /dev/shm"}
	gapPublic     = Gap{"public-files", "files in /tmp, /var/tmp and /dev/shm that are open to every user"}
	gapQueues     = Gap{"message-queues", "your System V message queues and semaphores"}
	gapSockets    = Gap{"sockets", "Unix sockets that are open to every user"}
	gapAbstract   = Gap{"abstract-sockets", "abstract Unix sockets"}
	gapKernel     = Gap{"system-calls", "system calls that the seccomp filter would refuse"}
	gapRights     = Gap{"rights", "set-user-ID programs"}
	gapSurvivors  = Gap{"survivors", "processes that outlive the build"}
)

// gaps returns what stays open to a build on a system with that grant. sameUser: it runs as the user who started the
// program; offline: in a network namespace of its own.
func (g grant) gaps(sameUser, offline bool) []Gap { //nolint:gocyclo // one condition for each gap
	var open []Gap
	add := func(when bool, gap Gap) {
		if when {
			open = append(open, gap)
		}
	}
	filter := !slices.Contains(g.refused, seccompFilter)
	apart := g.means == Namespaces // from the files and processes of the machine
	scoped := g.landlock >= abiScopes
	// Without namespaces a build of the same user makes no Unix sockets at all where the filter holds.
	sockets := apart || !sameUser || !filter || g.landlock >= abiSockets
	add(g.means == None, gapFiles)
	add(g.means == None && sameUser, gapProcesses)
	add(g.means == None && sameUser, gapTerminals)
	add(g.means == Landlock && sameUser, gapAttributes)
	add(g.means == Landlock && sameUser, gapRecipe)
	add(!apart && sameUser && (g.means == None || !scoped), gapSignals)
	add(g.means == Landlock, gapNames)
	add(!apart, gapCommands)
	add(!apart && sameUser, gapShared)
	add(!apart && sameUser, gapQueues)
	add(!apart && !sameUser, gapPublic)
	add(!apart && sockets && g.landlock < abiSockets, gapSockets)
	add(sockets && !offline && (!scoped || g.means == None), gapAbstract)
	add(!filter, gapKernel)
	add(slices.Contains(g.refused, "no_new_privs"), gapRights)
	add(!apart && slices.Contains(g.refused, "child_subreaper"), gapSurvivors)
	return open
}

// abiScopes and abiSockets are the versions of Landlock's interface that close abstract sockets and signals, and
// sockets with a path.
const (
	abiScopes  = 6
	abiSockets = 9
)

// Gaps returns what this system leaves open to a build.
func Gaps(offline bool) []Gap { return granted().gaps(SameUser(), offline) }

// Remedies returns what the user can do about the gaps, the best first.
func Remedies() []string { return remedies(granted()) }

// Describe returns one line that says what is open and what can be done; empty where nothing is open.
func Describe(gaps []Gap, remedies []string) string {
	if len(gaps) == 0 {
		return ""
	}
	what := make([]string, len(gaps))
	for i, gap := range gaps {
		what[i] = gap.What
	}
	return fmt.Sprintf("this system cannot isolate these from the build: %s. To isolate them: %s. See docs/isolation.md of PAKman",
		strings.Join(what, "; "), strings.Join(remedies, ", or "))
}
