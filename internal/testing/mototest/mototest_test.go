package mototest_test

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

func TestMoveThroughTheProxy(t *testing.T) {
	server := mototest.Start(t)
	account := server.NewAccount(t)
	tagged := map[string]string{"eni-failover:group": "db"}
	spot := account.Launch(mototest.Instance{Spot: true, Tags: tagged})
	standby := account.Launch(mototest.Instance{Zone: mototest.ZoneA, Type: "t3.small", Tags: tagged})
	eni, _ := account.CreateInterface(mototest.ZoneA, tagged)
	attachment := account.Attach(eni, spot)
	if got := server.Calls(); len(got) != 0 {
		t.Fatalf("the set-up was recorded: %+v", got)
	}

	client := ec2.NewFromConfig(mototest.Config(server.Endpoint))
	if _, err := client.DetachNetworkInterface(t.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: &attachment}); err != nil {
		t.Fatal(err)
	}
	if holder := account.Holder(eni); holder != "" {
		t.Fatalf("after the detach %s is on %s", eni, holder)
	}
	_, err := client.AttachNetworkInterface(t.Context(), &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: &eni, InstanceId: &standby, DeviceIndex: aws.Int32(1), NetworkCardIndex: aws.Int32(0),
	})
	if err != nil {
		t.Fatal(err)
	}
	if holder := account.Holder(eni); holder != standby {
		t.Errorf("holder %s, want %s", holder, standby)
	}

	if got, want := server.Actions(), []string{"DetachNetworkInterface", "AttachNetworkInterface"}; !slices.Equal(got, want) {
		t.Fatalf("calls %q, want %q", got, want)
	}
	attach := server.Calls()[1]
	want := "DeviceIndex=1&InstanceId=" + standby + "&NetworkCardIndex=0&NetworkInterfaceId=" + eni
	if attach.Service != "ec2" || attach.Params.Encode() != want {
		t.Errorf("%s was sent %s, want %s", attach.Service, attach.Params.Encode(), want)
	}

	instances, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{spot}})
	if err != nil {
		t.Fatal(err)
	}
	in := instances.Reservations[0].Instances[0]
	if in.InstanceLifecycle != ec2types.InstanceLifecycleTypeSpot || aws.ToString(in.Placement.AvailabilityZone) != mototest.ZoneA {
		t.Errorf("%s is %q in %s", spot, in.InstanceLifecycle, aws.ToString(in.Placement.AvailabilityZone))
	}

	server.Reset()
	if got := server.Calls(); len(got) != 0 {
		t.Errorf("calls after a reset: %+v", got)
	}
	if none, err := client.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{{Name: aws.String("tag-key"), Values: []string{"eni-failover:group"}}},
	}); err != nil || len(none.NetworkInterfaces) != 0 {
		t.Errorf("after a reset: %v, %d interfaces", err, len(none.NetworkInterfaces))
	}
}

func TestRecords(t *testing.T) {
	server := mototest.Start(t)
	account := server.NewAccount(t)
	zone := account.CreateZone("corp.internal")
	account.SetRecord(zone, "db.corp.internal", netip.MustParseAddr("10.1.1.10"))

	client := route53.NewFromConfig(mototest.Config(server.Endpoint))
	zones, err := client.ListHostedZonesByVPC(t.Context(), &route53.ListHostedZonesByVPCInput{VPCId: &account.VPC, VPCRegion: mototest.Region})
	if err != nil {
		t.Fatal(err)
	}
	if len(zones.HostedZoneSummaries) != 1 || aws.ToString(zones.HostedZoneSummaries[0].HostedZoneId) != zone {
		t.Errorf("zones of %s: %+v, want %s", account.VPC, zones.HostedZoneSummaries, zone)
	}
	records, err := client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{
		HostedZoneId: &zone, StartRecordName: aws.String("db.corp.internal."), StartRecordType: route53types.RRTypeA,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(records.ResourceRecordSets[0].ResourceRecords[0].Value); got != "10.1.1.10" {
		t.Errorf("record %s, want 10.1.1.10", got)
	}

	if got, want := server.Actions(), []string{"ListHostedZonesByVPC", "ListResourceRecordSets"}; !slices.Equal(got, want) {
		t.Fatalf("calls %q, want %q", got, want)
	}
	list := server.Calls()[1]
	if list.Service != "route53" || list.Params.Get("Id") != zone || list.Params.Get("name") != "db.corp.internal." {
		t.Errorf("%s was sent %s", list.Service, list.Params.Encode())
	}
}

func TestIntercept(t *testing.T) {
	server := mototest.Start(t)
	account := server.NewAccount(t)
	eni, _ := account.CreateInterface(mototest.ZoneB, nil)
	client := ec2.NewFromConfig(mototest.Config(server.Endpoint))
	server.Intercept(func(call mototest.Call, moto func() mototest.Answer) mototest.Answer {
		if call.Action == "AttachNetworkInterface" {
			return mototest.EC2Error("AttachmentLimitExceeded", "no slot")
		}
		answer := moto()
		answer.Body = strings.ReplaceAll(answer.Body, ">available<", ">pending<")
		return answer
	})

	_, err := client.AttachNetworkInterface(t.Context(), &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: &eni, InstanceId: aws.String("i-0123456789abcdef0"), DeviceIndex: aws.Int32(1),
	})
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "AttachmentLimitExceeded" {
		t.Errorf("attach: %v, want the hook's refusal", err)
	}
	seen, err := client.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{eni}})
	if err != nil {
		t.Fatal(err)
	}
	if got := seen.NetworkInterfaces[0].Status; got != "pending" {
		t.Errorf("status %q, want the hook's", got)
	}
}

// outcome is a testing.TB that records how Start ended.
type outcome struct {
	testing.TB

	skipped, failed string
}

func (o *outcome) Skipf(format string, args ...any) {
	o.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (o *outcome) Fatalf(format string, args ...any) {
	o.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestWithoutMoto(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: moto is never started")
	}
	t.Setenv(mototest.PathVariable, "/nonexistent/moto_server")
	start := func(require string) *outcome {
		t.Setenv(mototest.RequireVariable, require)
		got := &outcome{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			mototest.Start(got)
		}()
		<-done
		return got
	}
	if got := start(""); !strings.Contains(got.skipped, "/nonexistent/moto_server") || got.failed != "" {
		t.Errorf("not required: %+v, want a skip that says why", got)
	}
	if got := start("1"); got.failed == "" || got.skipped != "" {
		t.Errorf("required: %+v, want a failure", got)
	}
}

func TestEnforcement(t *testing.T) {
	server := mototest.Start(t)
	account := server.NewAccount(t)
	eni, _ := account.CreateInterface(mototest.ZoneA, nil)
	config := server.Caller(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["ec2:DescribeNetworkInterfaces", "route53:ListHostedZonesByVPC"], "Resource": "*"}]}`)
	client := ec2.NewFromConfig(config)
	server.Enforce()
	_, err := client.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{eni}})
	if err != nil {
		t.Errorf("what the policy allows: %v", err)
	}
	_, err = client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "AccessDenied" || !strings.Contains(refusal.ErrorMessage(), "ec2:DescribeInstances") {
		t.Errorf("what it does not allow: %v; want it denied by name", err)
	}
	// A REST service, whose reads have no body.
	_, err = route53.NewFromConfig(config).ListHostedZonesByVPC(t.Context(), &route53.ListHostedZonesByVPCInput{VPCId: &account.VPC, VPCRegion: mototest.Region})
	if err != nil {
		t.Errorf("what it allows in Route 53: %v", err)
	}
	server.Relax()
	if _, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err != nil {
		t.Errorf("without enforcement: %v", err)
	}
}
