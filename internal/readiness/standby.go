package readiness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectStandbys audits the instances that could take an interface, and returns the survey of them. A condition that
// leaves the interface without a standby is critical. One that rules out some of several standbys is a warning.
func (i *inspection) inspectStandbys(x subject) *survey {
	s := i.survey(x)
	if !x.planned() && !x.stranded() {
		return s // it is never moved
	}
	if x.stranded() && s.unfit() == 0 {
		i.reportNoStandby(x, s)
	}
	i.inspectSlots(x, s)
	if len(s.small) > 0 {
		i.add(Finding{
			ID: StandbyTooSmall, Severity: x.standbySeverity(), Resource: x.e.ID, Group: x.e.Group, Instances: s.small,
			Problem: fmt.Sprintf("The instance type of %s does not allow the %s of the interface.", few(s.small), countAddresses(x.e)),
			Action:  "Use an instance type that allows as many addresses per interface (for prefixes, one built on Nitro), or take some off the interface.",
		})
	}
	if len(s.interrupted) > 0 {
		i.add(Finding{
			ID: StandbyInterrupted, Severity: x.standbySeverity(), Resource: x.e.ID, Group: x.e.Group, Instances: s.interrupted,
			Problem: fmt.Sprintf("%s %s about to be interrupted by Spot.", few(s.interrupted), are(s.interrupted)),
			Action:  "Replace it, best by an On-Demand instance or by one of another Spot pool.",
		})
	}
	i.inspectImpaired(x, s)
	i.inspectChoice(x, s)
	i.inspectColdChoice(x, s)
	return s
}

func (x subject) standbySeverity() Severity {
	if x.stranded() {
		return Critical
	}
	return Warning
}

// inspectSlots reports the standbys that have no slot for the interface. A standby that is full because it serves another
// interface does its work: it is reported only if the interface finds no other.
func (i *inspection) inspectSlots(x subject, s *survey) {
	if len(s.full) > 0 && (x.stranded() || s.idleFull) {
		i.add(Finding{
			ID: StandbyNoSlot, Severity: x.standbySeverity(), Resource: x.e.ID, Group: x.e.Group, Instances: s.full,
			Problem: fmt.Sprintf("%s %s as many interfaces as the instance type allows.", few(s.full), have(s.full)),
			Action:  "Detach an interface that it does not need, or use a larger instance type.",
		})
	}
	if len(s.taken) > 0 && x.stranded() {
		i.add(Finding{
			ID: StandbyOvercommitted, Severity: Critical, Resource: x.e.ID, Group: x.e.Group, Instances: s.taken,
			Problem: fmt.Sprintf("%s %s fewer free slots than there are interfaces that leave together with this one.", few(s.taken), have(s.taken)),
			Action:  "Add a standby, or use a larger instance type.",
		})
	}
}

func (i *inspection) inspectImpaired(x subject, s *survey) {
	if len(s.impaired) == 0 {
		return
	}
	severity := x.standbySeverity()
	if slices.Contains(s.impaired, x.item.Choice.Instance) {
		severity = Critical // the last resort: no better standby is left
	}
	i.add(Finding{
		ID: StandbyImpaired, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: s.impaired,
		Problem: fmt.Sprintf("The status checks of %s fail.", few(s.impaired)),
		Action:  "Look at the instance's system log; stop and start it, or replace it.",
	})
}

// inspectChoice audits the instance to which the interface would go.
func (i *inspection) inspectChoice(x subject, s *survey) {
	if !x.planned() {
		return
	}
	to := i.world.instance(x.item.Choice.Instance)
	if len(s.unknown) > 0 {
		i.add(Finding{
			ID: StandbyUnknown, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: []string{to.ID},
			Problem: fmt.Sprintf("The interface would go to %s, about which this is not known: %s.", to.ID, strings.Join(s.unknown, ", ")),
			Action:  "See the finding NOT_OBSERVED, and the permissions of the function's role.",
		})
	}
	if s.samePool {
		i.add(Finding{
			ID: StandbySameSpotPool, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: s.eligible,
			Problem: fmt.Sprintf("The holder and all instances that could take the interface are Spot instances of one pool (%s in %s), which are interrupted together.", to.Type, to.AZ),
			Action:  "Add a standby that is On-Demand, or of another instance type.",
		})
	}
	if at := x.e.Attachment; !x.e.Unattached() && to.ID != at.Instance && at.DeviceIndex != x.item.Choice.Index {
		i.add(Finding{
			ID: StandbyIndexTaken, Severity: Info, Resource: x.e.ID, Group: x.e.Group, Instances: []string{to.ID},
			Problem: fmt.Sprintf("Device index %d is taken on %s: the interface would have index %d there.", at.DeviceIndex, to.ID, x.item.Choice.Index),
			Action:  "Let the guest know its interfaces by their MAC address, not by the index, or keep the index free.",
		})
	}
}

// reportNoStandby reports an interface for which no near instance is worth a finding of its own.
func (i *inspection) reportNoStandby(x subject, s *survey) {
	var others []string
	if n := len(s.elsewhere); n > 0 {
		where := "in another Availability Zone"
		if s.otherVPC > 0 {
			where = "in another Availability Zone or VPC"
		}
		others = append(others, fmt.Sprintf("%d %s", n, where))
	}
	if n := len(s.down); n > 0 {
		others = append(others, fmt.Sprintf("%d not running", n))
	}
	if n := len(s.notAllowed); n > 0 {
		others = append(others, fmt.Sprintf("%d stopped, which START_STANDBYS does not allow to start", n))
	}
	if n := len(s.leaving); n > 0 {
		others = append(others, fmt.Sprintf("%d leaving the Auto Scaling group", n))
	}
	why := "the group has no other member"
	if len(others) > 0 {
		why = "the group's other members: " + few(others)
	}
	if unknown := i.world.snapshot.Undescribed; len(unknown) > 0 {
		why += "; EC2 could not describe " + few(unknown) + ", which may be members, too"
	}
	action := fmt.Sprintf("Run a standby in %s (%s), and tag it %s=%s.", x.e.AZ, x.e.VPC, inventory.TagGroup, x.e.Group)
	if len(s.notAllowed) > 0 {
		action = fmt.Sprintf("Start %s, or deploy again with StartStandbys=true, so that a failover starts it.", s.notAllowed[0])
	}
	i.add(Finding{
		ID: NoStandbyInAZ, Severity: Critical, Resource: x.e.ID, Group: x.e.Group,
		Instances: slices.Concat(s.elsewhere, s.down, s.notAllowed, s.leaving),
		Problem:   fmt.Sprintf("No instance in %s could take the interface; %s.", x.e.AZ, why),
		Action:    action,
	})
}
