package session

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

const (
	interfaceID = "eni-0a1b2c3d4e5f60001"
	vpcID       = "vpc-0a1b2c3d4e5f60001"
)

// made is a call at so many milliseconds; params are NAME, VALUE pairs.
func made(millis int, service, action, code string, params ...string) awssim.Call {
	values := url.Values{}
	for i := 0; i < len(params); i += 2 {
		values.Set(params[i], params[i+1])
	}
	return awssim.Call{Time: time.UnixMilli(int64(millis)), Service: service, Action: action, Code: code, Params: values}
}

// A wait, whose looks and attempts alternate, is two lines, even if another service is called meanwhile.
func TestFold(t *testing.T) {
	owners := map[string]string{"eni-attach-1": interfaceID}
	look := func(at int, state string) CallLine {
		return newCallLine(made(at, "ec2", "DescribeNetworkInterfaces", "", "Filter.1.Name", "network-interface-id", "Filter.1.Value.1", interfaceID), owners, state)
	}
	detach := func(at int, code string) CallLine {
		return newCallLine(made(at, "ec2", "DetachNetworkInterface", code, "AttachmentId", "eni-attach-1"), owners, "")
	}
	calls := []CallLine{
		detach(1, "IncorrectState"), look(2, "attached"), detach(3, "IncorrectState"),
		newCallLine(made(4, "route53", "ListHostedZonesByVPC", "", "vpcid", vpcID), owners, ""), look(5, "attached"),
		detach(6, ""), look(7, "detaching"), look(8, "unattached"),
	}
	type line struct {
		At, Last int64
		Times    int
		Text     string
	}
	var got []line
	for _, l := range Fold(calls) {
		got = append(got, line{l.At.UnixMilli(), l.Last.UnixMilli(), l.Times, l.Service + " " + l.Text})
	}
	want := []line{
		{1, 3, 2, "EC2 DetachNetworkInterface " + interfaceID + ": refused: IncorrectState"},
		{2, 5, 2, "EC2 DescribeNetworkInterfaces " + interfaceID + ": attached"},
		{4, 4, 1, "Route 53 ListHostedZonesByVPC " + vpcID},
		{6, 6, 1, "EC2 DetachNetworkInterface " + interfaceID},
		{7, 7, 1, "EC2 DescribeNetworkInterfaces " + interfaceID + ": detaching"},
		{8, 8, 1, "EC2 DescribeNetworkInterfaces " + interfaceID + ": unattached"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got)\n%s", diff)
	}
}

func TestTextOfCalls(t *testing.T) {
	for want, c := range map[string]awssim.Call{
		"DescribeInstances tag:a=b,c":                          made(0, "ec2", "DescribeInstances", "", "Filter.1.Name", "tag:a", "Filter.1.Value.1", "b", "Filter.1.Value.2", "c"),
		"DescribeInstances 3 values":                           made(0, "ec2", "DescribeInstances", "", "InstanceId.1", "a", "InstanceId.2", "b", "InstanceId.3", "c"),
		"CreateTags eni-1 k":                                   made(0, "ec2", "CreateTags", "", "ResourceId.1", "eni-1", "Tag.1.Key", "k"),
		"DetachNetworkInterface eni-attach-9 by force":         made(0, "ec2", "DetachNetworkInterface", "", "AttachmentId", "eni-attach-9", "Force", "true"),
		"AttachNetworkInterface eni-1 to i-1 at index 2":       made(0, "ec2", "AttachNetworkInterface", "", "NetworkInterfaceId", "eni-1", "InstanceId", "i-1", "DeviceIndex", "2"),
		"ListResourceRecordSets db.corp.internal":              made(0, "route53", "ListResourceRecordSets", "", "name", "db.corp.internal."),
		"ChangeResourceRecordSets UPSERT db.corp.internal A x": made(0, "route53", "ChangeResourceRecordSets", "", "change", "UPSERT db.corp.internal A x"),
		"StartInstances i-1":                                   made(0, "ec2", "StartInstances", "", "InstanceId.1", "i-1"),
		"TerminateInstances i-1":                               made(0, "ec2", "TerminateInstances", "", "InstanceId.1", "i-1"),
	} {
		if got := callText(c, nil); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	lost := made(0, "ec2", "DescribeInstances", "")
	lost.Lost = awssim.LostReply
	for want, c := range map[string]awssim.Call{
		"": made(0, "ec2", "X", ""), "refused: Y": made(0, "ec2", "X", "Y"), "would be allowed": made(0, "ec2", "X", "DryRunOperation"), "reply lost": lost,
	} {
		if got := resultText(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A call that names interfaces or instances shows their states, with the reason why EC2 has stopped an instance again.
func TestStatesOfWhatACallNames(t *testing.T) {
	w := awssim.World{
		Instances: []awssim.Instance{
			{ID: "i-1", State: "running"},
			{ID: "i-2", State: "pending"},
			{ID: "i-3", State: "stopped", StateReason: awssim.StateReason{Code: "Server.InsufficientInstanceCapacity"}},
		},
		Interfaces: []awssim.Interface{
			{ID: "eni-1"},
			{ID: "eni-2", Attachment: &awssim.Attachment{Instance: "i-1", Status: "detaching"}},
			{ID: "eni-3", Attachment: &awssim.Attachment{Instance: "i-3", Status: "attached"}},
		},
	}
	for want, c := range map[string]awssim.Call{
		"pending":              made(0, "ec2", "DescribeInstances", "", "InstanceId.1", "i-2"),
		"1 pending, 1 running": made(0, "ec2", "DescribeInstances", "", "InstanceId.1", "i-1", "InstanceId.2", "i-2"),
		"stopped, Server.InsufficientInstanceCapacity": made(0, "ec2", "DescribeInstances", "", "InstanceId.1", "i-3"),
		"1 detaching, 1 unattached":                    made(0, "ec2", "DescribeNetworkInterfaces", "", "NetworkInterfaceId.1", "eni-1", "NetworkInterfaceId.2", "eni-2"),
		"attached, the instance stopped":               made(0, "ec2", "DescribeNetworkInterfaces", "", "NetworkInterfaceId.1", "eni-3"),
		"":                                             made(0, "ec2", "StartInstances", "", "InstanceId.1", "i-2"),
	} {
		if got := statesText(w, lookedAt(c)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
