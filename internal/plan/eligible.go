package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// need says what an interface needs of a candidate.
type need struct {
	e inventory.Interface
	// doomed is the instance that is never eligible; empty if there is none.
	doomed string
	// alsoDoomed are instances that lose other interfaces by the same event, sorted: no candidates either.
	alsoDoomed []string
	// target is the only instance that is eligible; empty if any member may be.
	target string
	// pool is the instance type whose Spot instances are as likely to be interrupted as the doomed instance; empty if
	// that does not matter.
	pool string
	// serving reports whether the interface's holder still runs, so that a bad move would make things worse.
	serving bool
	// shown is what the holder has of interfaces, and shownBy its type: other instances of the type take at least as many,
	// and the interface itself.
	shown   inventory.Limits
	shownBy string
	// mayStart reports whether the deployment starts cold standbys.
	mayStart bool
}

// serves notes that the interface's holder still runs.
func (n *need) serves(holder inventory.Instance) {
	n.serving, n.shownBy = true, holder.Type
	n.shown = inventory.Limits{Interfaces: holder.Attached, Card0: len(holder.Card0)}
}

// refuse says why an instance can't take the interface, by what is known of the instance itself; empty if it can.
// Whether a slot is left on it, the [SlotLedger] says.
func (n *need) refuse(in *inventory.Instance, limits map[string]inventory.Limits) Reason {
	limit, known := limits[in.Type]
	cold := n.refuseStart(in)
	// If several reasons are true, the first is shown.
	switch {
	case !in.MemberOf(n.e.Group):
		return ReasonNotAMember
	case n.target != "" && in.ID != n.target:
		return ReasonNotTheTarget
	case in.State.Ending():
		return ReasonNotRunning // before the VPC, which EC2 does not show for a terminated instance (DescribeInstances)
	case in.AZ != n.e.AZ:
		return ReasonOtherAZ
	case in.VPC != n.e.VPC:
		return ReasonOtherVPC
	case cold != "":
		return cold
	case in.ID == n.doomed, slices.Contains(n.alsoDoomed, in.ID):
		return ReasonDoomed
	case in.Interruption == inventory.InterruptionPending:
		return ReasonInterrupted
	case in.Scaling.Leaving():
		return ReasonASGLeaving
	case n.pool != "" && in.Spot && in.Type == n.pool:
		return ReasonSameSpotPool
	case in.Health.Impaired() && n.serving:
		return ReasonImpaired
	case !known:
		return "" // EC2 refuses what does not fit; until then the candidate ranks behind those that are known
	case n.e.CountIPv4() > limit.IPv4, n.e.CountIPv6() > limit.IPv6:
		return ReasonTooManyAddresses
	case len(n.e.Prefixes) > 0 && !limit.Nitro:
		return ReasonPrefixNeedsNitro
	}
	return ""
}

// unknown names what is not known of an instance, because it could not be asked or was not answered. EC2 has no status
// checks of an instance that does not run.
func unknown(in *inventory.Instance, limits map[string]inventory.Limits) []string {
	var names []string
	if !startable(in) && (in.Health.System == inventory.CheckUnknown || in.Health.Instance == inventory.CheckUnknown) {
		names = append(names, "status-checks")
	}
	if in.Spot && in.Interruption == inventory.InterruptionUnknown {
		names = append(names, "spot-request")
	}
	if in.ScalingGroup != "" && in.Scaling == inventory.ScalingUnknown {
		names = append(names, "auto-scaling")
	}
	if _, ok := limits[in.Type]; !ok {
		names = append(names, "type-limits")
	}
	return names
}
