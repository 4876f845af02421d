package readiness

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// inspectInterface looks at an interface itself and at its attachment.
func (i *inspection) inspectInterface(x subject) {
	i.inspectTags(x)
	if !x.e.Supported() {
		i.inspectUnsupported(x)
		return
	}
	if x.e.Paused {
		i.find(InterfacePaused, Warning, x.e.ID, x.e.Group,
			fmt.Sprintf("its tag %s is set: no event and no sweep moves it.", inventory.TagPaused),
			fmt.Sprintf("When the maintenance is over: aws ec2 delete-tags --resources %s --tags Key=%s", x.e.ID, inventory.TagPaused))
	}
	if x.e.Unattached() {
		i.inspectUnattached(x)
		return
	}
	i.inspectHolder(x)
	i.inspectAttachment(x)
}

func (i *inspection) inspectTags(x subject) {
	if len(x.e.TagFaults) == 0 {
		return
	}
	severity := Info // the tag that moves write concerns nobody but them
	for _, f := range x.e.TagFaults {
		if f.Tag != inventory.TagLeft {
			severity = worse(severity, Warning)
		}
		if f.Tag == inventory.TagGroup {
			severity = Critical // it is in no group, so it is never moved
		}
	}
	i.find(TagMalformed, severity, x.e.ID, x.e.Group, sayFaults(x.e.TagFaults),
		fmt.Sprintf("Correct it: aws ec2 create-tags --resources %s --tags Key=%s,Value=…", x.e.ID, x.e.TagFaults[0].Tag))
}

func worse(s, t Severity) Severity {
	if s == Critical || t == Info {
		return s
	}
	return t
}

func sayFaults(faults []inventory.TagFault) string {
	var list []string
	for _, f := range faults {
		list = append(list, f.String())
	}
	return strings.Join(list, "; ") + "."
}

// inspectUnsupported says which of the interfaces that are never moved this is. One of a service is tagged by
// some policy for all, and nobody counts on it; any other somebody believes to be safe.
func (i *inspection) inspectUnsupported(x subject) {
	untag := fmt.Sprintf("ake the tag off this one: aws ec2 delete-tags --resources %s --tags Key=%s", x.e.ID, inventory.TagGroup)
	switch at := x.e.Attachment; {
	case x.e.RequesterManaged, x.e.OperatorManaged:
		i.find(RequesterManagedTagged, Warning, x.e.ID, x.e.Group,
			fmt.Sprintf("a service manages it (type %s), so it is never moved.", x.e.Type), "T"+untag)
	case at != nil && at.DeviceIndex == 0:
		i.find(PrimaryInterfaceTagged, Critical, x.e.ID, x.e.Group,
			fmt.Sprintf("it is the primary interface of %s, which can't be detached: the address dies with the instance.", at.Instance),
			"Put the address on a secondary interface, and t"+untag)
	default:
		i.find(InterfaceUnsupported, Critical, x.e.ID, x.e.Group,
			unsupported(x.e), "Put the address on a plain secondary interface, and t"+untag)
	}
}

func unsupported(e inventory.Interface) string {
	switch a := e.Attachment; {
	case e.Type != inventory.TypeInterface:
		return fmt.Sprintf("its type is %s, and only plain interfaces are moved.", e.Type)
	case a != nil && a.NetworkCard != 0:
		return fmt.Sprintf("it is on network card %d of %s, and only card 0 is served.", a.NetworkCard, a.Instance)
	}
	return "it is attached to an instance of another account, which nothing here can move it from."
}

// inspectUnattached reports an interface that nobody holds. It has no service, but for one that somebody keeps
// paused, who has a reason.
func (i *inspection) inspectUnattached(x subject) {
	severity, next := Critical, "no instance can take it: see what else is found about it."
	switch {
	case x.e.Paused:
		severity, next = Warning, "no sweep attaches it while it is paused."
	case x.planned():
		next = fmt.Sprintf("the next sweep attaches it to %s.", x.item.Choice.Instance)
	}
	i.find(InterfaceUnattached, severity, x.e.ID, x.e.Group,
		"it is attached to no instance, and "+next,
		"Look at the failover function's last reports for it; if no sweep is scheduled, schedule one or attach it by hand.")
}

// inspectHolder looks at who holds the interface.
func (i *inspection) inspectHolder(x subject) {
	if x.holder.State.Leaving() {
		severity := Critical
		if x.e.Paused {
			severity = Warning // a planned stop
		}
		i.find(InterfaceOnDeadInstance, severity, x.e.ID, x.e.Group,
			fmt.Sprintf("it is attached to %s, which is %s: its address answers nobody.", x.holder.ID, x.holder.State),
			"Start the instance, or give the group a standby that the next sweep can move it to.", x.holder.ID)
	}
	switch at := x.e.Attachment; {
	case at.Status == inventory.StatusAttaching && i.world.now.Sub(at.AttachTime) > plan.StuckAfter:
		i.find(InterfaceStuck, Critical, x.e.ID, x.e.Group,
			fmt.Sprintf("it has been attaching to %s since %s.", at.Instance, at.AttachTime.UTC().Format("2006-01-02 15:04:05 UTC")),
			"The sweep moves it; look at the instance, and stop it if its guest hangs.", at.Instance)
	case x.e.Detaching():
		i.find(InterfaceStuck, Warning, x.e.ID, x.e.Group,
			fmt.Sprintf("it is detaching from %s; EC2 does not say since when.", at.Instance),
			"If the next audit finds it so again, send a request with force for it.", at.Instance)
	}
	if x.holder.State.Shown() && x.e.Group != "" && !x.holder.MemberOf(x.e.Group) {
		i.find(HolderNotMember, Warning, x.e.ID, x.e.Group,
			fmt.Sprintf("its holder %s is no member of group %s: once it has left, it can't come back there.", x.holder.ID, x.e.Group),
			fmt.Sprintf("Tag the instance: aws ec2 create-tags --resources %s --tags %q", x.holder.ID,
				"Key="+inventory.TagGroup+",Value="+strings.Join(append(x.holder.Groups, x.e.Group), " ")), x.holder.ID)
	}
}

// inspectAttachment looks at what the attachment makes of the interface.
func (i *inspection) inspectAttachment(x subject) {
	if at := x.e.Attachment; at.DeleteOnTermination {
		severity, why := Warning, ""
		if x.holder.Spot || x.holder.ScalingGroup != "" {
			severity, why = Critical, ", and a Spot or Auto Scaling instance does not wait for anybody"
		}
		i.find(DeleteOnTermination, severity, x.e.ID, x.e.Group,
			fmt.Sprintf("EC2 deletes it, address and all, when %s is terminated%s.", at.Instance, why),
			fmt.Sprintf("Turn that off: aws ec2 modify-network-interface-attribute --network-interface-id %s --attachment AttachmentId=%s,DeleteOnTermination=false",
				x.e.ID, at.ID), at.Instance)
	}
	near := x.mayHold(i.world)
	var same, checked, primary []string
	for _, in := range near {
		if in.Subnet != "" && in.Subnet == x.e.Subnet {
			same = append(same, in.ID)
		}
		if in.Subnet != "" && in.SourceDestCheck {
			checked, primary = append(checked, in.ID), append(primary, in.PrimaryInterface)
		}
	}
	if len(same) > 0 {
		i.find(SameSubnetAsPrimary, Info, x.e.ID, x.e.Group,
			fmt.Sprintf("it is in the same subnet as the primary interface of %s: replies may leave by the wrong one.", few(same)),
			"Set up policy routing in the guest, as Amazon Linux does by itself, or use a subnet of its own.", same...)
	}
	if routes := !x.e.SourceDestCheck && x.holder.Subnet != "" && !x.holder.SourceDestCheck; routes && len(checked) > 0 {
		i.find(SourceDestCheckMixed, Warning, x.e.ID, x.e.Group,
			fmt.Sprintf("it and the primary interface of its holder route for others, but the primary interface of %s drops such packets.", few(checked)),
			// That of the instance can't be set once it has several interfaces.
			fmt.Sprintf("Turn the check off: aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check", primary[0]), checked...)
	}
}

// mayHold lists who holds the interface now, and who may next.
func (x subject) mayHold(w *world) []inventory.Instance {
	list := []inventory.Instance{x.holder}
	for _, c := range x.item.Candidates {
		if c.Eligible && c.Instance != x.holder.ID {
			list = append(list, w.instance(c.Instance))
		}
	}
	return list
}
