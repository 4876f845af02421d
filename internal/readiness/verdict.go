package readiness

import (
	"cmp"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// maxCandidates is how many candidates of an interface are told.
const maxCandidates = 20

func (x subject) verdict(names []Name) Verdict {
	v := Verdict{
		Interface: x.e.ID, Group: x.e.Group, AvailabilityZone: x.e.AZ, Holder: x.holder.ID,
		Served: !x.dead, Ready: x.planned(), Trigger: x.kind, Outcome: cmp.Or(x.item.Settled, plan.OutcomePlanned),
		Reason: x.item.Reason, Detail: x.item.Detail,
		To: x.item.Choice.Instance, DeviceIndex: x.item.Choice.Index,
		Candidates: []Candidate{}, OmittedCandidates: x.omitted, Records: append([]Name{}, names...),
	}
	for _, c := range x.item.Candidates {
		v.Candidates = append(v.Candidates, Candidate{Instance: c.Instance, Eligible: c.Eligible, Reason: c.Reason, Unknown: c.Unknown})
	}
	return v
}
