package readiness

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// maxUnstarted limits the time since the last start of a cold standby. Only a start proves that it boots, and until then its
// software and certificates grow old.
const maxUnstarted = 90 * 24 * time.Hour

// inspectColdChoice reports an interface that would go to a stopped standby. A verdict can't promise more than the attempt:
// EC2 says only after the request whether it has the capacity (EC2 User Guide, "Troubleshoot Amazon EC2 instance launch
// issues").
func (i *inspection) inspectColdChoice(x subject, s *survey) {
	to := x.item.Chosen()
	if !x.planned() || !to.Start || to.Pending {
		return
	}
	f := Finding{
		ID: StandbyColdOnly, Severity: Info, Resource: x.e.ID, Group: x.e.Group,
		Problem: fmt.Sprintf("The interface would go to %s, which is stopped: it has to be started and to boot first, and it is not certain that EC2 has the capacity.", to.Instance),
		Action:  "If the service can't wait for a boot, run a standby as well; an On-Demand Capacity Reservation makes the capacity certain.",
	}
	sameType := x.holder.Spot
	for _, in := range s.cold {
		f.Instances = append(f.Instances, in.ID)
		sameType = sameType && in.Type == x.holder.Type
	}
	if sameType {
		f.Severity = Warning
		f.Problem = fmt.Sprintf("The interface would go to %s, which is stopped and of the same type as the Spot holder (%s in %s): "+
			"when Spot runs short of that type, EC2 may not have the capacity to start it.", to.Instance, x.holder.Type, x.e.AZ)
		f.Action = fmt.Sprintf("Give it another type: aws ec2 modify-instance-attribute --instance-id %s --instance-type Value=…", to.Instance)
	}
	i.add(f)
}

// inspectColdStandby audits a stopped member that a failover may start. Without START_STANDBYS the tag has no effect, and
// there is nothing to say about it.
func (i *inspection) inspectColdStandby(in inventory.Instance) {
	if !i.world.policy.StartStandbys || !in.Start || in.State != inventory.StateStopped {
		return
	}
	if in.Spot {
		i.add(Finding{
			ID: ColdStandbySpot, Severity: Warning, Resource: in.ID,
			Problem: fmt.Sprintf("The stopped instance has the tag %s, but it is a Spot instance, which a failover never starts.", inventory.TagStart),
			Action:  "Make an On-Demand instance the cold standby.",
		})
	}
	if in.ScalingGroup != "" {
		i.add(Finding{
			ID: ColdStandbyInGroup, Severity: Warning, Resource: in.ID,
			Problem: fmt.Sprintf("The stopped instance has the tag %s, but Auto Scaling group %s manages it, so a failover never starts it.", inventory.TagStart, in.ScalingGroup),
			Action:  "Make an instance outside the Auto Scaling group the cold standby.",
		})
	}
	if in.Spot || in.ScalingGroup != "" {
		return
	}
	if age := i.world.now.Sub(in.LaunchTime); !in.LaunchTime.IsZero() && age > maxUnstarted {
		i.add(Finding{
			ID: ColdStandbyStale, Severity: Warning, Resource: in.ID,
			Problem: fmt.Sprintf("The cold standby was last started %d days ago, at %s: it is not known whether it still boots.", int(age.Hours()/24), second(in.LaunchTime)),
			Action:  fmt.Sprintf("Start it, update it, look whether it boots, and stop it again: aws ec2 start-instances --instance-ids %s", in.ID),
		})
	}
	i.inspectKeys(in)
}

// inspectKeys reports the keys of a cold standby that are not among those that the failover's role may use. EC2 does not say
// whether a key is the customer's own, which needs the permission, or the AWS managed one, which does not. So the finding
// asks the reader. Where no key at all is named, most volumes have the AWS managed one.
func (i *inspection) inspectKeys(in inventory.Instance) {
	unnamed := slices.DeleteFunc(slices.Clone(in.VolumeKeys), func(key string) bool { return slices.Contains(i.startKeys, key) })
	if len(unnamed) == 0 {
		return
	}
	keys := unnamed[0]
	if n := len(unnamed) - 1; n > 0 {
		keys += fmt.Sprintf(" and %d more", n)
	}
	severity := Info
	if len(i.startKeys) > 0 {
		severity = Warning
	}
	i.add(Finding{
		ID: ColdStandbyKey, Severity: severity, Resource: in.ID,
		Problem: fmt.Sprintf("A volume of the cold standby is encrypted with %s, which StartKeys does not name: if that key is customer-managed, the start fails.", keys),
		Action:  fmt.Sprintf("If this answers CUSTOMER, deploy again with the key in StartKeys: aws kms describe-key --key-id %s --query KeyMetadata.KeyManager", unnamed[0]),
	})
}
