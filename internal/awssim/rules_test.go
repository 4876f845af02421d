package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// unattachedPair returns a pair with an unattached interface, so that an attach to the standby succeeds.
func unattachedPair() awssim.World {
	w := pair()
	w.Timing = awssim.Timing{}
	w.Interfaces[0].AZ = zoneA
	w.Interfaces[0].Attachment = nil
	return w
}

// interfaceOnStandby returns an interface on the standby at a device index.
func interfaceOnStandby(id string, index int) awssim.Interface {
	return awssim.Interface{ID: id, Attachment: &awssim.Attachment{Instance: standby, DeviceIndex: index}}
}

func TestAttachRules(t *testing.T) {
	tests := []struct {
		name  string
		world func(iface *awssim.Interface, to *awssim.Instance, w *awssim.World)
		input func(*ec2.AttachNetworkInterfaceInput)
		want  string
	}{
		{name: "accepted"},
		{name: "stopped target", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) { to.State = "stopped" }},
		{name: "other zone", want: "InvalidParameterCombination", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.AZ = "eu-west-1b"
		}},
		{name: "other VPC", want: "InvalidParameterCombination", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.VPC = "vpc-2"
		}},
		{name: "in use", want: "InvalidNetworkInterface.InUse", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) {
			i.Attachment = &awssim.Attachment{Instance: holder, DeviceIndex: 1}
		}},
		{name: "still detaching", want: "InvalidNetworkInterface.InUse", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) {
			i.Attachment = &awssim.Attachment{Instance: holder, DeviceIndex: 1, Status: "detaching"}
		}},
		{name: "index of the primary", want: "InvalidParameterValue", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.DeviceIndex = aws.Int32(0)
		}},
		{name: "index taken", want: "InvalidParameterValue", world: func(_ *awssim.Interface, _ *awssim.Instance, w *awssim.World) {
			w.Interfaces = append(w.Interfaces, interfaceOnStandby("eni-2", 1))
		}},
		{name: "index taken by a detaching one", want: "InvalidParameterValue", world: func(_ *awssim.Interface, _ *awssim.Instance, w *awssim.World) {
			other := interfaceOnStandby("eni-2", 1)
			other.Attachment.Status = "detaching"
			w.Interfaces = append(w.Interfaces, other)
		}},
		{name: "type is full", want: "AttachmentLimitExceeded", world: func(_ *awssim.Interface, _ *awssim.Instance, w *awssim.World) {
			w.Interfaces = append(w.Interfaces, interfaceOnStandby("eni-2", 2), interfaceOnStandby("eni-3", 3))
		}},
		{name: "card 0 is full", want: "AttachmentLimitExceeded", world: func(_ *awssim.Interface, to *awssim.Instance, w *awssim.World) {
			to.Type = "two.cards"
			w.InstanceTypes = []awssim.InstanceType{{Name: "two.cards", MaximumInterfaces: 4, CardInterfaces: []int{2, 2}, IPv4PerInterface: 4}}
			w.Interfaces = append(w.Interfaces, interfaceOnStandby("eni-2", 2))
		}},
		{name: "index taken on the other card only", world: func(_ *awssim.Interface, to *awssim.Instance, w *awssim.World) {
			to.Type = "two.cards"
			w.InstanceTypes = []awssim.InstanceType{{Name: "two.cards", MaximumInterfaces: 4, CardInterfaces: []int{2, 2}, IPv4PerInterface: 4}}
			other := interfaceOnStandby("eni-2", 1)
			other.Attachment.NetworkCard = 1
			w.Interfaces = append(w.Interfaces, other)
		}},
		{name: "no such card", want: "UnsupportedOperation", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.NetworkCardIndex = aws.Int32(1)
		}},
		{name: "too many IPv4 addresses", want: "PrivateIpAddressLimitExceeded", world: func(i *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.Type = "t3.micro"
			i.PrivateIPs = []awssim.PrivateIP{{Address: "10.0.1.5"}, {Address: "10.0.1.6"}}
			i.IPv4Prefixes = []string{"10.0.2.16/28"}
		}},
		{name: "too many IPv6 addresses", want: "PrivateIpAddressLimitExceeded", world: func(i *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.Type = "t3.micro"
			i.IPv6 = []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"}
		}},
		{name: "prefix without Nitro", want: "UnsupportedOperation", world: func(i *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.Type = "m4.large"
			i.IPv6Prefixes = []string{"2001:db8:0:0:1::/80"}
		}},
		{name: "target stopping", want: "IncorrectInstanceState", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) { to.State = "stopping" }},
		{name: "target pending", want: "IncorrectState", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) { to.State = "pending" }},
		{name: "target shutting down", want: "IncorrectInstanceState", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) { to.State = "shutting-down" }},
		{name: "target terminated", want: "IncorrectInstanceState", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) { to.State = "terminated" }},
		{name: "branch interface", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) { i.Type = "branch" }},
		{name: "EFA to a running instance", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) { i.Type = "efa" }},
		{name: "EFA to a stopped instance", world: func(i *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			i.Type, to.State = "efa", "stopped"
		}},
		{name: "requester-managed", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) { i.RequesterManaged = true }},
		{name: "operator-managed", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) { i.OperatorManaged = true }},
		{name: "another account's", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance, _ *awssim.World) { i.Owner = "210987654321" }},
		{name: "refused by the world", want: "ResourceLimitExceeded", world: func(_ *awssim.Interface, to *awssim.Instance, _ *awssim.World) {
			to.RefuseAttach = "ResourceLimitExceeded"
		}},
		{name: "no such interface", want: "InvalidNetworkInterfaceID.NotFound", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.NetworkInterfaceId = aws.String("eni-0ffffffffffffffff")
		}},
		{name: "no interface id", want: "InvalidNetworkInterfaceId.Malformed", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.NetworkInterfaceId = aws.String("eni-nonsense")
		}},
		{name: "no such instance", want: "InvalidInstanceID.NotFound", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.InstanceId = aws.String("i-0ffffffffffffffff")
		}},
		{name: "no instance id", want: "InvalidInstanceID.Malformed", input: func(in *ec2.AttachNetworkInterfaceInput) {
			in.InstanceId = aws.String("standby")
		}},
		{name: "dry run", want: "DryRunOperation", input: func(in *ec2.AttachNetworkInterfaceInput) { in.DryRun = aws.Bool(true) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := unattachedPair()
			if test.world != nil {
				test.world(&w.Interfaces[0], &w.Instances[1], &w)
			}
			r := newRegion(t, w)
			before, _ := r.Interface(service)
			in := &ec2.AttachNetworkInterfaceInput{
				NetworkInterfaceId: aws.String(service), InstanceId: aws.String(standby),
				DeviceIndex: aws.Int32(1), NetworkCardIndex: aws.Int32(0),
			}
			if test.input != nil {
				test.input(in)
			}
			_, err := r.ec2.AttachNetworkInterface(t.Context(), in)
			if got := code(err); got != test.want {
				t.Fatalf("attach: %v, want code %q", err, test.want)
			}
			after, _ := r.Interface(service)
			if moved := attachmentID(before) != attachmentID(after); moved != (test.want == "") {
				t.Errorf("attachment before %+v, after %+v", before.Attachment, after.Attachment)
			}
		})
	}
}

func attachmentID(i awssim.Interface) string {
	if i.Attachment == nil {
		return ""
	}
	return i.Attachment.ID
}

func TestDetachRules(t *testing.T) {
	tests := []struct {
		name   string
		world  func(i *awssim.Interface, from *awssim.Instance)
		id     string // replaces the attachment's id
		force  bool
		want   string
		change bool // the interface is unattached or detaching afterwards
	}{
		{name: "accepted", change: true},
		{name: "stopped holder", change: true, world: func(_ *awssim.Interface, from *awssim.Instance) { from.State = "stopped" }},
		{name: "stale attachment", id: "eni-attach-0ffffffffffffffff", want: "InvalidAttachmentID.NotFound"},
		{name: "interface id", id: service, want: "InvalidNetworkInterfaceAttachmentId.Malformed"},
		{name: "a service's attachment", id: "ela-attach-00000001", want: "OperationNotPermitted"},
		{name: "stopping holder", want: "IncorrectState", world: func(_ *awssim.Interface, from *awssim.Instance) { from.State = "stopping" }},
		{name: "stopping holder, forced", force: true, want: "IncorrectState", world: func(_ *awssim.Interface, from *awssim.Instance) {
			from.State = "stopping"
		}},
		{name: "pending holder", want: "IncorrectState", world: func(_ *awssim.Interface, from *awssim.Instance) { from.State = "pending" }},
		{name: "refused by the world", want: "InvalidAttachmentID.NotFound", world: func(_ *awssim.Interface, from *awssim.Instance) {
			from.State, from.RefuseDetach = "shutting-down", "InvalidAttachmentID.NotFound"
		}},
		{name: "operator-managed", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance) { i.OperatorManaged = true }},
		{name: "another account's interface", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance) { i.Owner = "210987654321" }},
		{name: "EFA on a running instance", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance) { i.Type = "efa" }},
		{name: "attaching", want: "IncorrectState", world: func(i *awssim.Interface, _ *awssim.Instance) {
			i.Attachment.Status, i.Attachment.AttachTime = "attaching", time.Now().Add(time.Hour)
		}},
		{name: "attaching, forced", force: true, change: true, world: func(i *awssim.Interface, _ *awssim.Instance) {
			i.Attachment.Status, i.Attachment.AttachTime = "attaching", time.Now().Add(time.Hour)
		}},
		{name: "holder shutting down", want: "IncorrectState", world: func(_ *awssim.Interface, from *awssim.Instance) { from.State = "shutting-down" }},
		{name: "detaching", want: "IncorrectState", world: func(i *awssim.Interface, _ *awssim.Instance) { i.Attachment.Status = "detaching" }},
		{name: "detaching, forced", force: true, change: true, world: func(i *awssim.Interface, from *awssim.Instance) {
			i.Attachment.Status, from.State = "detaching", "stopping"
		}},
		{name: "requester-managed", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance) { i.RequesterManaged = true }},
		{name: "trunk", want: "OperationNotPermitted", world: func(i *awssim.Interface, _ *awssim.Instance) { i.Type = "trunk" }},
		{name: "on another account's instance", want: "AuthFailure", world: func(i *awssim.Interface, _ *awssim.Instance) {
			i.AZ, i.Attachment.Instance, i.Attachment.InstanceOwner = zoneA, "i-theirs", "210987654321"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := pair()
			w.Timing = awssim.Timing{}
			if test.world != nil {
				test.world(&w.Interfaces[0], &w.Instances[0])
			}
			r := newRegion(t, w)
			before, _ := r.Interface(service)
			id := before.Attachment.ID
			if test.id != "" {
				id = test.id
			}
			err := r.detach(t.Context(), id, test.force)
			if got := code(err); got != test.want {
				t.Fatalf("detach: %v, want code %q", err, test.want)
			}
			after, _ := r.Interface(service)
			if changed := after.Attachment == nil; changed != test.change {
				t.Errorf("attachment before %+v, after %+v", before.Attachment, after.Attachment)
			}
		})
	}
}

func TestPrimaryCannotBeDetached(t *testing.T) {
	r := newRegion(t, unattachedPair())
	out, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{holder}})
	if err != nil {
		t.Fatal(err)
	}
	primary := out.Reservations[0].Instances[0].NetworkInterfaces[0].Attachment
	if *primary.DeviceIndex != 0 || !*primary.DeleteOnTermination {
		t.Errorf("primary: %+v", primary)
	}
	if err := r.detach(t.Context(), *primary.AttachmentId, true); code(err) != "OperationNotPermitted" {
		t.Errorf("detach: %v", err)
	}
}
