package readiness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// inspectInterface audits an interface itself, its holder and its attachment.
func (i *inspection) inspectInterface(x subject) {
	i.inspectTags(x)
	if !x.e.Supported() {
		i.inspectUnsupported(x)
		return
	}
	if x.e.Paused {
		i.add(Finding{
			ID: InterfacePaused, Severity: Warning, Resource: x.e.ID, Group: x.e.Group,
			Problem: fmt.Sprintf("The interface has the tag %s: no event and no sweep moves it.", inventory.TagPaused),
			Action:  fmt.Sprintf("When the maintenance is over: aws ec2 delete-tags --resources %s --tags Key=%s", x.e.ID, inventory.TagPaused),
		})
	}
	if x.e.Unattached() {
		i.inspectUnattached(x)
		return
	}
	i.inspectHolder(x)
	i.inspectDeleteOnTermination(x)
	i.inspectPrimaryInterfaces(x)
	i.inspectProbe(x)
}

// inspectUnsupported reports an interface that is never moved, and why. A service's interface gets its tag from a policy
// that tags everything, and no person relies on it. Any other was tagged by people, who believe that it is safe.
func (i *inspection) inspectUnsupported(x subject) {
	untag := fmt.Sprintf("aws ec2 delete-tags --resources %s --tags Key=%s", x.e.ID, inventory.TagGroup)
	switch at := x.e.Attachment; {
	case x.e.RequesterManaged, x.e.OperatorManaged:
		i.add(Finding{
			ID: RequesterManagedTagged, Severity: Warning, Resource: x.e.ID, Group: x.e.Group,
			Problem: fmt.Sprintf("A service manages the interface (type %s), so it is never moved.", x.e.Type),
			Action:  "Take the tag off the interface: " + untag,
		})
	case at != nil && at.DeviceIndex == 0 && at.Instance != "":
		i.add(Finding{
			ID: PrimaryInterfaceTagged, Severity: Critical, Resource: x.e.ID, Group: x.e.Group,
			Problem: fmt.Sprintf("The interface is the primary one of %s, which can't be detached: the address dies with the instance.", at.Instance),
			Action:  "Put the address on a secondary interface, and take the tag off this one: " + untag,
		})
	default:
		i.add(Finding{
			ID: InterfaceUnsupported, Severity: Critical, Resource: x.e.ID, Group: x.e.Group,
			Problem: unsupported(x.e),
			Action:  "Put the address on a plain secondary interface, and take the tag off this one: " + untag,
		})
	}
}

func unsupported(e inventory.Interface) string {
	switch a := e.Attachment; {
	case e.Type != inventory.TypeInterface:
		return fmt.Sprintf("The type of the interface is %s, and only plain interfaces are moved.", e.Type)
	case a != nil && a.Instance == "":
		return "The interface is attached, but to no instance that EC2 shows: a service or another account uses it."
	case a != nil && a.NetworkCard != 0:
		return fmt.Sprintf("The interface is on network card %d of %s, and only interfaces on card 0 are moved.", a.NetworkCard, a.Instance)
	}
	return "The interface is attached to an instance of another account, from which it can't be moved."
}

// inspectUnattached reports an interface that no instance holds: it has no service. If it is paused, that is on purpose.
func (i *inspection) inspectUnattached(x subject) {
	severity, problem := Critical, "No instance holds the interface, and no instance can take it: see the other findings about it."
	switch {
	case x.e.Paused:
		severity, problem = Warning, "No instance holds the interface, and no sweep attaches it while it is paused."
	case x.planned():
		problem = fmt.Sprintf("No instance holds the interface; the next sweep attaches it to %s.", x.item.Choice.Instance)
	}
	i.add(Finding{
		ID: InterfaceUnattached, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Problem: problem,
		Action: "Look at the failover function's last reports about it; if no sweep is scheduled, schedule one, or attach it by hand.",
	})
}

// inspectHolder audits the holder of an interface.
func (i *inspection) inspectHolder(x subject) {
	if x.holder.State.Leaving() {
		severity := Critical
		if x.e.Paused {
			severity = Warning // a planned stop, with the interface paused before it
		}
		i.add(Finding{
			ID: InterfaceOnDeadInstance, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: []string{x.holder.ID},
			Problem: fmt.Sprintf("The interface is attached to %s, which is %s, so its address does not answer.", x.holder.ID, x.holder.State),
			Action:  "Start the instance, or give the group a standby to which the next sweep can move the interface.",
		})
	}
	switch at := x.e.Attachment; {
	case at.Status == inventory.StatusAttaching && i.world.now.Sub(at.AttachTime) > plan.StuckAfter:
		i.add(Finding{
			ID: InterfaceStuck, Severity: Critical, Resource: x.e.ID, Group: x.e.Group, Instances: []string{at.Instance},
			Problem: fmt.Sprintf("The interface has been attaching to %s since %s.", at.Instance, second(at.AttachTime)),
			Action:  "The sweep moves it; look at the instance, and stop it if its guest hangs.",
		})
	case x.e.Detaching():
		i.add(Finding{
			ID: InterfaceStuck, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: []string{at.Instance},
			Problem: fmt.Sprintf("The interface is detaching from %s; EC2 does not say since when.", at.Instance),
			Action:  "If the next audit finds this again, send a request with force for the interface.",
		})
	}
	if x.holder.State.Shown() && x.e.Group != "" && !x.holder.MemberOf(x.e.Group) {
		groups := strings.Join(append(slices.Clip(x.holder.Groups), x.e.Group), " ")
		i.add(Finding{
			ID: HolderNotMember, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: []string{x.holder.ID},
			Problem: fmt.Sprintf("The holder %s is not a member of group %s: once the interface has left it, it can't come back.", x.holder.ID, x.e.Group),
			Action:  fmt.Sprintf("Tag the instance: aws ec2 create-tags --resources %s --tags %q", x.holder.ID, "Key="+inventory.TagGroup+",Value="+groups),
		})
	}
}

// inspectDeleteOnTermination reports an attachment with which EC2 deletes the interface together with its holder.
func (i *inspection) inspectDeleteOnTermination(x subject) {
	if at := x.e.Attachment; at.DeleteOnTermination {
		severity, problem := Warning, fmt.Sprintf("EC2 deletes the interface and its address when %s is terminated.", at.Instance)
		if x.holder.Spot || x.holder.ScalingGroup != "" {
			severity = Critical
			problem = fmt.Sprintf("EC2 deletes the interface and its address when %s is terminated, and Spot or Auto Scaling may do that at any time.", at.Instance)
		}
		i.add(Finding{
			ID: DeleteOnTermination, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: []string{at.Instance},
			Problem: problem,
			Action: fmt.Sprintf("Turn that off: aws ec2 modify-network-interface-attribute --network-interface-id %s --attachment AttachmentId=%s,DeleteOnTermination=false",
				x.e.ID, at.ID),
		})
	}
}

// inspectPrimaryInterfaces compares the interface with the primary interfaces of the instances that hold it or may hold it
// next: their subnets and their source/destination checks.
func (i *inspection) inspectPrimaryInterfaces(x subject) {
	var same, checked []string
	var primary string // the primary interface of the first one checked
	for _, in := range x.mayHold(i.world) {
		if in.Subnet == "" {
			continue // a terminated instance, or one of which nothing is known
		}
		if in.Subnet == x.e.Subnet {
			same = append(same, in.ID)
		}
		if in.SourceDestCheck {
			checked, primary = append(checked, in.ID), cmp.Or(primary, in.PrimaryInterface)
		}
	}
	if len(same) > 0 {
		i.add(Finding{
			ID: SameSubnetAsPrimary, Severity: Info, Resource: x.e.ID, Group: x.e.Group, Instances: same,
			Problem: fmt.Sprintf("The interface is in the same subnet as the primary interface of %s: replies may leave by the wrong one.", few(same)),
			Action:  "Set up policy routing in each guest (docs/guest.md); Amazon Linux 2023 and Ubuntu 24.04 do it by themselves.",
		})
	}
	if routes := !x.e.SourceDestCheck && x.holder.Subnet != "" && !x.holder.SourceDestCheck; routes && len(checked) > 0 {
		i.add(Finding{
			ID: SourceDestCheckMixed, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: checked,
			Problem: fmt.Sprintf("The interface and the primary interface of its holder route for others, but the primary interface of %s drops such packets.", few(checked)),
			// EC2 refuses to set the check of an instance that has several interfaces, so the command names the interface.
			Action: fmt.Sprintf("Turn the check off: aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check", primary),
		})
	}
}

// mayHold lists the holder of the interface, and the instances that may be its next one.
func (x subject) mayHold(w *world) []inventory.Instance {
	list := []inventory.Instance{x.holder}
	for _, c := range x.item.Candidates {
		if c.Eligible && c.Instance != x.holder.ID {
			list = append(list, w.instance(c.Instance))
		}
	}
	return list
}
