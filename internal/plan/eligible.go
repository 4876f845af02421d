package plan

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// need is what a candidate must offer: the interface, and who is out of the question for it.
type need struct {
	e inventory.Interface
	// doomed is never a candidate.
	doomed string
	// target, if not empty, is the only candidate.
	target string
	// pool, if not empty, is the instance type whose Spot instances are no better than the doomed one.
	pool string
	// serving is whether the interface's holder still runs, so that there is something to lose.
	serving bool
}

// refuse returns why an instance can't take the interface, by what is known of the instance itself;
// empty if it can. Whether a slot is left on it is the book's to say.
func (n need) refuse(in inventory.Instance, limits map[string]inventory.Limits) Reason {
	limit, known := limits[in.Type]
	switch {
	case !in.MemberOf(n.e.Group):
		return ReasonNotAMember
	case n.target != "" && in.ID != n.target:
		return ReasonNotTheTarget
	case in.State.Ending():
		return ReasonNotRunning // before the VPC: EC2 shows none of a terminated instance (DescribeInstances)
	case in.AZ != n.e.AZ:
		return ReasonOtherAZ
	case in.VPC != n.e.VPC:
		return ReasonOtherVPC
	case in.State != inventory.StateRunning:
		return ReasonNotRunning
	case in.ID == n.doomed:
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
		return "" // EC2 will refuse what does not fit; the candidate ranks behind those that are known
	case n.e.CountIPv4() > limit.IPv4, n.e.CountIPv6() > limit.IPv6:
		return ReasonTooManyAddresses
	case len(n.e.Prefixes) > 0 && !limit.Nitro:
		return ReasonPrefixNeedsNitro
	}
	return ""
}

// unknown names what is not known of an instance: it could not be asked, or EC2 gave no answer.
func unknown(in inventory.Instance, limits map[string]inventory.Limits) []string {
	var names []string
	if in.Health.System == inventory.CheckUnknown || in.Health.Instance == inventory.CheckUnknown {
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
