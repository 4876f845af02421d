package session

import (
	"cmp"
	"fmt"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Market returns the market that an instance is bought on: on-demand, spot or another one.
func Market(in awssim.Instance) string { return cmp.Or(in.Lifecycle, "on-demand") }

// Label returns an instance's id with its name.
func Label(w awssim.World, id string) string {
	if in := FindInstance(&w, id); in != nil && in.Tags["Name"] != "" {
		return fmt.Sprintf("%s (%s)", id, in.Tags["Name"])
	}
	return id
}

// Labels returns the function that labels the instances of an account.
func Labels(w awssim.World) func(id string) string {
	return func(id string) string { return Label(w, id) }
}
