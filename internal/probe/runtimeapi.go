package probe

import (
	"fmt"
	"net/netip"

	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// isRuntimeAPI reports whether a connection to an address reaches the API that serves the function itself. A question there
// could take an event away from it. What listens on one loopback address may listen on all of them.
func (n Network) isRuntimeAPI(at netip.AddrPort) bool {
	if at.Port() != n.RuntimeAPI.Port() {
		return false
	}
	return at.Addr() == n.RuntimeAPI.Addr() || at.Addr().IsLoopback() && n.RuntimeAPI.Addr().IsLoopback()
}

// refuse returns a [*verdict.BadInputError] if a target is the API that serves the function itself.
func (n Network) refuse(in verdict.Input) error {
	for i, t := range in.Targets {
		for _, c := range t.Probe.Checks {
			if at := netip.AddrPortFrom(t.Address, c.Port); n.isRuntimeAPI(at) {
				return &verdict.BadInputError{
					Field: fmt.Sprintf("targets[%d].address", i), Value: at.String(),
					Accepted: "an address and a port that are not those of Lambda's Runtime API, which serves the probe itself",
				}
			}
		}
	}
	return nil
}
