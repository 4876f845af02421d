package simulation

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// stopStandbys stops some of the possible standbys at the moment when EC2 accepts an invocation's detach of an
// interface: EC2 attaches to a stopped instance, too.
func (r *run) stopStandbys(inv *invocation, e *awssim.Interface) {
	s := &r.scenario
	if r.quiet || s.Faults.WithoutKinds[faultStandby] || s.roll("standby", inv.name) >= s.Faults.Standby {
		return
	}
	for n, in := range r.now().Instances {
		if in.ID == holderOf(e) || in.AZ != e.AZ || s.roll("stays", inv.name, in.ID) < 30 {
			continue
		}
		h := Happening{ID: 2000 + 100*r.tally.Faults[faultStandby] + n}
		r.after(0, func() {
			if r.enterState(h, in.ID, 0, "stopping", "running") { // then it is stopped soon, as a small instance may be
				r.count(faultStandby)
				r.after(time.Millisecond, func() { r.enterState(h, in.ID, 1, "stopped", "stopping") })
			}
		})
	}
}
