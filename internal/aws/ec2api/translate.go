package ec2api

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// toInterface translates an interface. A field that EC2 leaves out has its zero value.
func toInterface(n types.NetworkInterface) inventory.Interface {
	e := inventory.Interface{
		ID:               aws.ToString(n.NetworkInterfaceId),
		Type:             string(n.InterfaceType),
		AZ:               aws.ToString(n.AvailabilityZone),
		VPC:              aws.ToString(n.VpcId),
		Subnet:           aws.ToString(n.SubnetId),
		Owner:            aws.ToString(n.OwnerId),
		Status:           inventory.Status(n.Status),
		MAC:              aws.ToString(n.MacAddress),
		SourceDestCheck:  aws.ToBool(n.SourceDestCheck),
		RequesterManaged: aws.ToBool(n.RequesterManaged),
		OperatorManaged:  n.Operator != nil && aws.ToBool(n.Operator.Managed),
		Attachment:       toAttachment(n.Attachment),
	}
	for _, a := range n.PrivateIpAddresses {
		e.Addresses = append(e.Addresses, toAddress(a))
	}
	for _, a := range n.Ipv6Addresses {
		e.IPv6 = append(e.IPv6, toAddr(a.Ipv6Address))
	}
	for _, p := range n.Ipv4Prefixes {
		e.Prefixes = append(e.Prefixes, toPrefix(p.Ipv4Prefix))
	}
	for _, p := range n.Ipv6Prefixes {
		e.Prefixes = append(e.Prefixes, toPrefix(p.Ipv6Prefix))
	}
	for _, g := range n.Groups {
		e.SecurityGroups = append(e.SecurityGroups, aws.ToString(g.GroupId))
	}
	return e.WithTags(toTags(n.TagSet))
}

func toAttachment(a *types.NetworkInterfaceAttachment) *inventory.Attachment {
	if a == nil {
		return nil
	}
	return &inventory.Attachment{
		ID:                  aws.ToString(a.AttachmentId),
		Instance:            aws.ToString(a.InstanceId),
		InstanceOwner:       aws.ToString(a.InstanceOwnerId),
		Status:              inventory.Status(a.Status),
		DeviceIndex:         int(aws.ToInt32(a.DeviceIndex)),
		NetworkCard:         int(aws.ToInt32(a.NetworkCardIndex)),
		DeleteOnTermination: aws.ToBool(a.DeleteOnTermination),
		AttachTime:          aws.ToTime(a.AttachTime),
	}
}

func toAddress(a types.NetworkInterfacePrivateIpAddress) inventory.Address {
	address := inventory.Address{IP: toAddr(a.PrivateIpAddress), Primary: aws.ToBool(a.Primary)}
	if a.Association != nil {
		address.ElasticIP, address.AllocationID = toAddr(a.Association.PublicIp), aws.ToString(a.Association.AllocationId)
	}
	return address
}

// toAddr and toPrefix return the zero value for a text that can't be parsed. EC2 sends no such text, and if it did, the
// comparison after a move would still see a change.
func toAddr(s *string) netip.Addr {
	addr, err := netip.ParseAddr(aws.ToString(s))
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

func toPrefix(s *string) netip.Prefix {
	prefix, err := netip.ParsePrefix(aws.ToString(s))
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

func toTags(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

func toInstances(reservations []types.Reservation) []inventory.Instance {
	var list []inventory.Instance
	for _, r := range reservations {
		for _, i := range r.Instances {
			list = append(list, toInstance(i))
		}
	}
	return list
}

// toInstance translates an instance. Its health and its Spot request come from other calls.
func toInstance(i types.Instance) inventory.Instance {
	in := inventory.Instance{
		ID:         aws.ToString(i.InstanceId),
		Type:       string(i.InstanceType),
		VPC:        aws.ToString(i.VpcId),
		LaunchTime: aws.ToTime(i.LaunchTime),
		Spot:       i.InstanceLifecycle == types.InstanceLifecycleTypeSpot,
		Attached:   len(i.NetworkInterfaces),
	}
	if i.Placement != nil {
		in.AZ = aws.ToString(i.Placement.AvailabilityZone)
	}
	if i.State != nil {
		in.State = inventory.State(i.State.Name)
	}
	if i.StateReason != nil {
		in.StateReason = inventory.StateReason{Code: aws.ToString(i.StateReason.Code), Message: aws.ToString(i.StateReason.Message)}
	}
	for _, n := range i.NetworkInterfaces {
		if n.Attachment == nil || aws.ToInt32(n.Attachment.NetworkCardIndex) != 0 {
			continue
		}
		in.Card0 = append(in.Card0, int(aws.ToInt32(n.Attachment.DeviceIndex)))
		if aws.ToInt32(n.Attachment.DeviceIndex) == 0 {
			in.PrimaryInterface = aws.ToString(n.NetworkInterfaceId)
			in.Subnet, in.SourceDestCheck = aws.ToString(n.SubnetId), aws.ToBool(n.SourceDestCheck)
			if in.PrimaryAddress = toAddr(n.PrivateIpAddress); !in.PrimaryAddress.IsValid() && len(n.Ipv6Addresses) > 0 {
				in.PrimaryAddress = toAddr(n.Ipv6Addresses[0].Ipv6Address)
			}
			continue
		}
		in.Secondary = append(in.Secondary, aws.ToString(n.NetworkInterfaceId))
	}
	slices.Sort(in.Card0)
	return in.WithTags(toTags(i.Tags))
}

func toHealth(s types.InstanceStatus) inventory.Health {
	h := inventory.Health{System: toCheck(s.SystemStatus), Instance: toCheck(s.InstanceStatus)}
	for _, summary := range []*types.InstanceStatusSummary{s.SystemStatus, s.InstanceStatus} {
		if summary == nil {
			continue
		}
		for _, d := range summary.Details {
			h.ImpairedSince = earlier(h.ImpairedSince, aws.ToTime(d.ImpairedSince))
		}
	}
	if ebs := s.AttachedEbsStatus; ebs != nil {
		h.EBS = check(string(ebs.Status))
		for _, d := range ebs.Details {
			h.ImpairedSince = earlier(h.ImpairedSince, aws.ToTime(d.ImpairedSince))
		}
	}
	if application := s.ApplicationStatus; application != nil {
		h.Application = check(string(application.Status))
	}
	return h
}

// earlier returns the earlier of two instants; the zero instant does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// toCheck translates a status check.
func toCheck(s *types.InstanceStatusSummary) inventory.Check {
	if s == nil {
		return inventory.CheckUnknown
	}
	return check(string(s.Status))
}

// check reads the result of a status check. A result that this code does not know counts as unknown.
func check(status string) inventory.Check {
	switch c := inventory.Check(status); c {
	case inventory.CheckOK, inventory.CheckImpaired, inventory.CheckInitializing, inventory.CheckInsufficient:
		return c
	case inventory.CheckUnknown:
	}
	return inventory.CheckUnknown
}

func toLimits(t types.InstanceTypeInfo) inventory.Limits {
	l := inventory.Limits{Nitro: t.Hypervisor == types.InstanceTypeHypervisorNitro || aws.ToBool(t.BareMetal)}
	n := t.NetworkInfo
	if n == nil {
		return l
	}
	l.Interfaces = int(aws.ToInt32(n.MaximumNetworkInterfaces))
	l.Card0 = l.Interfaces
	l.IPv4, l.IPv6 = int(aws.ToInt32(n.Ipv4AddressesPerInterface)), int(aws.ToInt32(n.Ipv6AddressesPerInterface))
	for _, card := range n.NetworkCards {
		if aws.ToInt32(card.NetworkCardIndex) == 0 && card.MaximumNetworkInterfaces != nil {
			l.Card0 = int(*card.MaximumNetworkInterfaces)
		}
	}
	return l
}

func toSpotRequest(r types.SpotInstanceRequest) inventory.SpotRequest {
	return inventory.SpotRequest{Interruption: toInterruption(r), Behavior: inventory.Behavior(r.InstanceInterruptionBehavior)}
}

// toInterruption reads the status code of a Spot request ("State changes for a Spot request" in the EC2 User
// Guide). A code that begins with marked-for- announces that the instance will be stopped. An instance that EC2
// terminates gets no such code: its request goes to instance-terminated-no-capacity at once, while the instance
// runs on for two minutes (note † there). A code that begins with instance-stopped- announces nothing: it may
// still stand there when the instance has been started again.
func toInterruption(r types.SpotInstanceRequest) inventory.Interruption {
	code := statusCode(r)
	switch {
	case code == "":
		return inventory.InterruptionUnknown
	case strings.HasPrefix(code, "marked-for-"), strings.HasPrefix(code, "instance-terminated-"):
		return inventory.InterruptionPending
	}
	return inventory.InterruptionNone
}

func statusCode(r types.SpotInstanceRequest) string {
	if r.Status == nil {
		return ""
	}
	return aws.ToString(r.Status.Code)
}

// supersedes reports whether a Spot request counts instead of another request that names the same instance. One request
// launches an instance, so two are not expected. An active request counts, because its instance runs. Otherwise the
// later request counts. If both were made at one instant, the request counts that announces the instance's end: the
// order of the answer must not decide.
func supersedes(r, other types.SpotInstanceRequest) bool {
	if active := r.State == types.SpotInstanceStateActive; active != (other.State == types.SpotInstanceStateActive) {
		return active
	}
	if order := aws.ToTime(r.CreateTime).Compare(aws.ToTime(other.CreateTime)); order != 0 {
		return order > 0
	}
	return toInterruption(r) == inventory.InterruptionPending
}
