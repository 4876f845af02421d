package main

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// made makes a call so many milliseconds after the event; params are NAME, VALUE pairs.
func made(millis int, service, action, code string, params ...string) awssim.Call {
	values := url.Values{}
	for i := 0; i < len(params); i += 2 {
		values.Set(params[i], params[i+1])
	}
	return awssim.Call{Time: time.UnixMilli(int64(millis)), Service: service, Action: action, Code: code, Params: values}
}

// A wait, whose looks and attempts alternate, is two rows, also while another service is called.
func TestRowsOfAWait(t *testing.T) {
	look := func(at int) awssim.Call {
		return made(at, "ec2", "DescribeNetworkInterfaces", "", "Filter.1.Name", "network-interface-id", "Filter.1.Value.1", interfaceID)
	}
	detach := func(at int, code string) awssim.Call {
		return made(at, "ec2", detachAction, code, "AttachmentId", "eni-attach-1")
	}
	calls := []awssim.Call{
		detach(1, "IncorrectState"), look(2), detach(3, "IncorrectState"), made(4, "route53", "ListHostedZonesByVPC", "", "vpcid", vpcID), look(5),
		detach(6, ""), look(7), look(8),
	}
	l := &wireLog{
		owner: map[string]string{"eni-attach-1": interfaceID},
		looks: map[string][]string{look(0).Params.Encode(): {"attached", "attached", "detaching", "unattached"}},
	}
	type line struct {
		At, Last int64
		Times    int
		Text     string
	}
	var got []line
	for _, r := range l.rows(calls) {
		got = append(got, line{r.at.UnixMilli(), r.last.UnixMilli(), r.times, r.who + " " + r.text})
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
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}

func TestTextOfCalls(t *testing.T) {
	l := &wireLog{}
	for want, c := range map[string]awssim.Call{
		"DescribeInstances tag:a=b,c":                          made(0, "ec2", "DescribeInstances", "", "Filter.1.Name", "tag:a", "Filter.1.Value.1", "b", "Filter.1.Value.2", "c"),
		"DescribeInstances 3 values":                           made(0, "ec2", "DescribeInstances", "", "InstanceId.1", "a", "InstanceId.2", "b", "InstanceId.3", "c"),
		"CreateTags k on eni-1":                                made(0, "ec2", "CreateTags", "", "ResourceId.1", "eni-1", "Tag.1.Key", "k"),
		"DetachNetworkInterface eni-attach-9 by force":         made(0, "ec2", detachAction, "", "AttachmentId", "eni-attach-9", "Force", "true"),
		"AttachNetworkInterface eni-1 to i-1 at index 2":       made(0, "ec2", attachAction, "", "NetworkInterfaceId", "eni-1", "InstanceId", "i-1", "DeviceIndex", "2"),
		"ListResourceRecordSets db.corp.internal":              made(0, "route53", "ListResourceRecordSets", "", "name", "db.corp.internal."),
		"ChangeResourceRecordSets UPSERT db.corp.internal A x": made(0, "route53", "ChangeResourceRecordSets", "", "change", "UPSERT db.corp.internal A x"),
		"TerminateInstances i-1":                               made(0, "ec2", "TerminateInstances", "", "InstanceId.1", "i-1"),
	} {
		if got := l.text(c); got != want {
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
