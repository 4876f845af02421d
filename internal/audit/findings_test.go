package audit_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// TestReadyAccount is the account without a defect. All others differ from it by one, so that each finding has an account
// with it and one without.
func TestReadyAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := simulate(t, ready()).audit()
		if d := cmp.Diff([]string{}, found(r)); d != "" {
			t.Errorf("%s\n%s", d, r.Summary.Text)
		}
		s := r.Summary
		if s.Interfaces != 1 || s.Ready != 1 || s.Unready != 0 || s.Groups != 1 || s.Members != 2 || s.Critical+s.Warning+s.Info != 0 {
			t.Errorf("summary %s", show(s))
		}
		v := r.Interfaces[0]
		if !v.Ready || v.Outcome != "planned" || shortIDs(v.To) != "i-2" || shortIDs(v.Holder) != "i-1" || v.DeviceIndex != 1 || len(v.Candidates) != 2 {
			t.Errorf("verdict %s", show(v))
		}
		if len(v.Records) != 1 || v.Records[0].State != record.OK {
			t.Errorf("records %s", show(v.Records))
		}
		if g := r.Groups[0]; g != (readiness.Group{Group: "db", Interfaces: 1, Ready: 1, Members: 2, Losses: 1, Weakest: n("a")}) {
			t.Errorf("group %+v", g)
		}
	})
}

// observed are accounts with one defect each, and what is found in them. Each defect is in a field that only the answers
// of AWS show; what follows from it is tested in package readiness.
func observed() map[string]accountWithFindings {
	all := map[string]accountWithFindings{}
	maps.Copy(all, observedInstances())
	maps.Copy(all, observedInterfaces())
	maps.Copy(all, observedRecords())
	return all
}

type accountWithFindings struct {
	world    awssim.World
	findings []string
}

func observedInstances() map[string]accountWithFindings {
	no, yes := false, true
	return map[string]accountWithFindings{
		"standby in another zone and VPC": {ready(instance(2, func(in *awssim.Instance) { in.AZ, in.VPC = zoneB, "vpc-2" })), []string{
			"critical NO_STANDBY_IN_AZ eni-a", "info STANDBY_ELSEWHERE i-2",
		}},
		"standby terminated":                    {ready(instance(2, func(in *awssim.Instance) { in.State = "terminated" })), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"standby leaves its Auto Scaling group": {ready(instance(2, scaled("Terminating:Wait"))), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"standby full of interfaces that are not managed": {ready(instance(2, ofType("t3.micro")), addUnmanaged("f", "2", 1)), []string{
			"critical STANDBY_NO_SLOT eni-a",
		}},
		"standby impaired": {ready(instance(2, impaired)), []string{"critical STANDBY_IMPAIRED eni-a"}},
		"standby to be terminated by Spot": {ready(instance(2, spot), instance(2, func(in *awssim.Instance) { in.SpotStatus = "instance-terminated-no-capacity" })), []string{
			"critical STANDBY_INTERRUPTED eni-a",
		}},
		"standby to be stopped by Spot": {ready(instance(2, spot), instance(2, func(in *awssim.Instance) { in.SpotStatus = "marked-for-stop" })), []string{
			"critical STANDBY_INTERRUPTED eni-a",
		}},
		"standby without a Spot request": {ready(instance(2, spot), instance(2, func(in *awssim.Instance) { in.SpotStatus = "none" })), []string{
			"warning STANDBY_UNKNOWN eni-a",
		}},
		"holder hibernates": {ready(instance(1, spot), instance(1, func(in *awssim.Instance) { in.SpotBehavior = "hibernate" })), []string{
			"warning SPOT_HIBERNATE_OR_STOP i-1",
		}},
		"standby stops": {ready(instance(2, spot), instance(2, func(in *awssim.Instance) { in.SpotBehavior = "stop" })), []string{"info SPOT_HIBERNATE_OR_STOP i-2"}},
		"standby takes fewer addresses": {ready(instance(2, ofType("t3.micro")), theInterface(func(e *awssim.Interface) {
			e.PrivateIPs = append(e.PrivateIPs, awssim.PrivateIP{Address: "10.0.0.11"}, awssim.PrivateIP{Address: "10.0.0.12"})
		})), []string{"critical STANDBY_TOO_SMALL eni-a"}},
		"standby takes no prefixes": {ready(instance(2, ofType("t2.small")), theInterface(func(e *awssim.Interface) {
			e.IPv4Prefixes = []string{"10.0.1.16/28"}
		})), []string{"critical STANDBY_TOO_SMALL eni-a"}},
		"holder is not a member": {ready(instance(1, func(in *awssim.Instance) { in.Tags = nil })), []string{"warning HOLDER_NOT_MEMBER eni-a"}},
		"holder is gone": {ready(func(w *awssim.World) {
			w.Interfaces[0].Attachment.InstanceOwner, w.Interfaces[0].Owner = "999988887777", "999988887777" // as if ours
			w.Interfaces[0].Attachment.Instance = i("9")
			delete(w.Interfaces[0].Tags, "eni-failover:record") // its zone would be another account's
		}), []string{"critical INTERFACE_ON_DEAD_INSTANCE eni-a"}},
		"priority is not a number": {ready(instance(2, func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "high" })), []string{"warning TAG_MALFORMED i-2"}},
		"same subnet":              {ready(theInterface(func(e *awssim.Interface) { e.Subnet = "subnet-1" }), instance(1, inSubnet)), []string{"info SAME_SUBNET_AS_PRIMARY eni-a"}},
		"a standby that drops what it should route": {ready(
			theInterface(func(e *awssim.Interface) { e.SourceDestCheck = &no }), addInterface(primary("b1", "1", &no)), addInterface(primary("b2", "2", &yes))), []string{
			"warning SOURCE_DEST_CHECK_MIXED eni-a",
		}},
	}
}

func observedInterfaces() map[string]accountWithFindings {
	return map[string]accountWithFindings{
		"unattached": {ready(theInterface(func(e *awssim.Interface) { e.Attachment = nil })), []string{"critical INTERFACE_UNATTACHED eni-a"}},
		"attaching for long": {ready(theInterface(func(e *awssim.Interface) {
			e.Attachment.Status, e.Attachment.AttachTime = "attaching", time.Now().Add(-6*time.Minute)
		})), []string{"critical INTERFACE_STUCK eni-a"}},
		"detaching": {ready(theInterface(func(e *awssim.Interface) { e.Attachment.Status = "detaching" })), []string{"warning INTERFACE_STUCK eni-a"}},
		"paused":    {ready(theInterface(paused)), []string{"warning INTERFACE_PAUSED eni-a"}},
		"an EFA":    {ready(theInterface(func(e *awssim.Interface) { e.Type = "efa" })), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"another network card": {ready(instance(1, ofType("p4d.24xlarge")), theInterface(func(e *awssim.Interface) {
			e.Attachment.NetworkCard = 1
		})), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"another account's instance": {ready(theInterface(func(e *awssim.Interface) {
			e.Attachment.InstanceOwner, e.Attachment.Instance = "999988887777", i("9")
		})), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"primary tagged": {ready(addInterface(secondary("e0", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex, e.Subnet = 0, "subnet-0" }))), []string{
			"critical PRIMARY_INTERFACE_TAGGED eni-e0",
		}},
		"a service's": {ready(addInterface(secondary("5e", "", func(e *awssim.Interface) {
			e.RequesterManaged, e.Type = true, "nat_gateway"
		}))), []string{"warning REQUESTER_MANAGED_TAGGED eni-5e"}},
		"a service's, in use": {ready(addInterface(secondary("5e", "", usedByService)), instance(2, func(in *awssim.Instance) {
			in.Tags["eni-failover:group"] = "db web"
		})), []string{
			"warning REQUESTER_MANAGED_TAGGED eni-5e",
		}},
		"an operator's":            {ready(addInterface(secondary("5e", "", func(e *awssim.Interface) { e.OperatorManaged = true }))), []string{"warning REQUESTER_MANAGED_TAGGED eni-5e"}},
		"deleted with it":          {ready(theInterface(deletedWithHolder)), []string{"warning DELETE_ON_TERMINATION eni-a"}},
		"and that is Spot":         {ready(theInterface(deletedWithHolder), instance(1, spot)), []string{"critical DELETE_ON_TERMINATION eni-a"}},
		"or in Auto Scaling":       {ready(theInterface(deletedWithHolder), instance(1, scaled("InService"))), []string{"critical DELETE_ON_TERMINATION eni-a"}},
		"zone tag is no id":        {ready(theInterface(tagged("eni-failover:zone", "corp"))), []string{"warning TAG_MALFORMED eni-a"}},
		"probe tag is malformed":   {ready(theInterface(tagged("eni-failover:probe", "5432"))), []string{"warning TAG_MALFORMED eni-a"}},
		"reached tag is malformed": {ready(theInterface(tagged("eni-failover:reached", "eni-a"))), []string{"info TAG_MALFORMED eni-a"}},
		"a probe is wanted":        {ready(theInterface(tagged("eni-failover:probe", "tcp:5432"))), []string{"warning PROBE_NOT_DEPLOYED eni-a"}},
		"group tag is none":        {ready(theInterface(tagged("eni-failover:group", "d b"))), []string{"critical TAG_MALFORMED eni-a", "warning GROUP_WITHOUT_INTERFACE db"}},
		"an invalid group":         {ready(addInstance(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:group"] = "*" }))), []string{"warning TAG_MALFORMED i-3"}},
		"no interface tagged":      {ready(theInterface(func(e *awssim.Interface) { e.Tags = nil })), []string{"warning GROUP_WITHOUT_INTERFACE db"}},
	}
}

func observedRecords() map[string]accountWithFindings {
	return map[string]accountWithFindings{
		"name missing":   {ready(zone(func(z *awssim.Zone) { z.Records = nil })), []string{"critical RECORD_MISSING eni-a"}},
		"name elsewhere": {ready(zone(func(z *awssim.Zone) { z.Records[0].Values = []string{"10.0.0.99"} })), []string{"critical RECORD_MISMATCH eni-a"}},
		"name elsewhere, paused": {ready(theInterface(paused), zone(func(z *awssim.Zone) { z.Records[0].Values = []string{"10.0.0.99"} })), []string{
			"critical RECORD_MISMATCH eni-a", "warning INTERFACE_PAUSED eni-a",
		}},
		"a CNAME": {ready(zone(func(z *awssim.Zone) { z.Records[0].Type, z.Records[0].Values = "CNAME", []string{"x.corp.internal"} })), []string{
			"warning RECORD_NOT_SIMPLE eni-a",
		}},
		"another account's zone": {ready(zone(func(z *awssim.Zone) { z.Owner = "999988887777" })), []string{"info RECORD_UNVERIFIED eni-a"}},
		"zone of another VPC":    {ready(zone(func(z *awssim.Zone) { z.VPCs = []string{"vpc-2"} })), []string{"warning ZONE_NOT_ASSOCIATED eni-a"}},
		"two zones of a name": {ready(func(w *awssim.World) {
			w.Zones = append(w.Zones, awssim.Zone{ID: "ZTWIN", Name: "corp.internal", VPCs: []string{vpcID}})
		}), []string{"warning ZONE_AMBIGUOUS eni-a"}},
	}
}

func paused(e *awssim.Interface) { e.Tags["eni-failover:paused"] = "true" }

func deletedWithHolder(e *awssim.Interface) { e.Attachment.DeleteOnTermination = true }

// usedByService makes an interface of group web that of a NAT gateway: it is attached, and to no instance.
func usedByService(e *awssim.Interface) {
	e.RequesterManaged, e.Type, e.Tags["eni-failover:group"] = true, "nat_gateway", "web"
	e.Attachment = &awssim.Attachment{ID: "ela-attach-0000000000000005e", InstanceOwner: "amazon-aws", DeviceIndex: 1}
}

func inSubnet(in *awssim.Instance) { in.Subnet = "subnet-1" }

func scaled(state string) func(*awssim.Instance) {
	return func(in *awssim.Instance) {
		in.AutoScalingGroup, in.LifecycleState = "asg", state
		in.Tags["aws:autoscaling:groupName"] = "asg"
	}
}

func tagged(key, value string) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Tags[key] = value }
}

// primary is an instance's primary interface, with a source/destination check of its own.
func primary(short, holder string, check *bool) awssim.Interface {
	return awssim.Interface{ID: n(short), VPC: vpcID, Subnet: "subnet-0", SourceDestCheck: check, Attachment: &awssim.Attachment{Instance: i(holder)}}
}

func TestFindings(t *testing.T) {
	for name := range observed() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account := observed()[name] // times are those of the bubble
				r := simulate(t, account.world).audit()
				if diff := cmp.Diff(account.findings, found(r)); diff != "" {
					t.Errorf("%s\n%s", diff, r.Summary.Text)
				}
			})
		})
	}
}

// TestAlertsNotSubscribed: the audit reports that the deployment's alarms have no subscriber, if its setting says so.
func TestAlertsNotSubscribed(t *testing.T) {
	for value, want := range map[string][]string{"true": {"warning ALERTS_NOT_SUBSCRIBED account"}, "false": {}, "": {}} {
		synctest.Test(t, func(t *testing.T) {
			r := simulate(t, ready(), "ALERTS_UNSUBSCRIBED", value).audit()
			if diff := cmp.Diff(want, found(r)); diff != "" {
				t.Errorf("ALERTS_UNSUBSCRIBED=%q: %s\n%s", value, diff, r.Summary.Text)
			}
		})
	}
}

// TestProbe: the findings about the probe follow from the interface's tags, its attachment and the setting PROBE_VPC.
func TestProbe(t *testing.T) {
	const attachment = "eni-attach-0000000000000000a"
	probed := func(reached string, age time.Duration) awssim.World {
		return ready(theInterface(tagged("eni-failover:probe", "tcp:5432 for:5s")), theInterface(tagged("eni-failover:reached", reached)), theInterface(func(e *awssim.Interface) {
			e.Attachment.ID, e.Attachment.AttachTime = attachment, time.Now().Add(-age)
		}))
	}
	never := []string{"warning PROBE_NEVER_REACHED eni-a"}
	for name, test := range map[string]struct {
		reached string
		age     time.Duration
		vpc     string
		want    []string
	}{
		"reached":                       {attachment, time.Hour, vpcID, []string{}},
		"never reached":                 {"", time.Hour, vpcID, never},
		"reached on another attachment": {"eni-attach-0000000000000000b", time.Hour, vpcID, never},
		"attached a while ago":          {"", 11 * time.Minute, vpcID, never},
		"attached just now":             {"", 9 * time.Minute, vpcID, []string{}},
		"a probe elsewhere":             {attachment, time.Hour, "vpc-00000000000000002", []string{"warning PROBE_NOT_DEPLOYED eni-a"}},
		"no probe":                      {attachment, time.Hour, "", []string{"warning PROBE_NOT_DEPLOYED eni-a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := simulate(t, probed(test.reached, test.age), "PROBE_VPC", test.vpc).audit()
				if diff := cmp.Diff(test.want, found(r)); diff != "" {
					t.Errorf("%s\n%s", diff, r.Summary.Text)
				}
			})
		})
	}
}
