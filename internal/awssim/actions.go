package awssim

import (
	"os"
	"path/filepath"
	"slices"
)

// ActionsVariable is an environment variable with the path of a file. If it is set, each simulation appends one line
// for each action that it serves: the program's name, a blank, and the action as in policies, like
// ec2:AttachNetworkInterface. So the calls of many test binaries can be compared with what a role allows.
const ActionsVariable = "ENI_FAILOVER_ACTIONS"

// actions is the list of served actions in that file.
type actions struct {
	path  string
	known map[string]bool
}

func newActions() actions {
	return actions{path: os.Getenv(ActionsVariable), known: map[string]bool{}} //nolint:forbidigo // no configuration of the function's
}

// add appends an action, if it is simulated. It ignores a file that can't be written: the reader of the file then misses
// the action.
func (a actions) add(service, action string) {
	name := service + ":" + action
	if a.path == "" || a.known[name] || !slices.Contains(simulated()[service], action) {
		return
	}
	a.known[name] = true
	file, err := os.OpenFile(a.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = file.WriteString(filepath.Base(os.Args[0]) + " " + name + "\n") // as above
	_ = file.Close()
}
