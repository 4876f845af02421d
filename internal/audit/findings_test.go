package audit_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// TestReadyAccount is the account without any defect, which all others differ from by one: so each finding has
// an account that has it and one that has not.
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
		if !v.Ready || v.Outcome != "planned" || brief(v.To) != "i-2" || brief(v.Holder) != "i-1" || v.DeviceIndex != 1 || len(v.Candidates) != 2 {
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

// defects are accounts with one defect each, and everything that is found in them.
func defects() map[string]struct {
	world awssim.World
	found []string
} {
	type rows = map[string]struct {
		world awssim.World
		found []string
	}
	no, yes := false, true
	all := rows{}
	maps.Copy(all, rows{
		"no other member":                       {ready(func(w *awssim.World) { w.Instances = w.Instances[:1] }), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"standby in zone b":                     {ready(on(2, func(in *awssim.Instance) { in.AZ = zoneB })), []string{"critical NO_STANDBY_IN_AZ eni-a", "info STANDBY_ELSEWHERE i-2"}},
		"standby in a VPC":                      {ready(on(2, func(in *awssim.Instance) { in.VPC = "vpc-2" })), []string{"critical NO_STANDBY_IN_AZ eni-a", "info STANDBY_ELSEWHERE i-2"}},
		"standby stopped":                       {ready(on(2, func(in *awssim.Instance) { in.State = "stopped" })), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"standby terminated":                    {ready(on(2, func(in *awssim.Instance) { in.State = "terminated" })), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"standby leaves its Auto Scaling group": {ready(on(2, scaled("Terminating:Wait"))), []string{"critical NO_STANDBY_IN_AZ eni-a"}},
		"one more elsewhere":                    {ready(add(member("3", func(in *awssim.Instance) { in.AZ = zoneB }))), []string{"info STANDBY_ELSEWHERE i-3"}},

		"standby full":       {ready(on(2, kind("t3.micro")), foreign("f", "2", 1)), []string{"critical STANDBY_NO_SLOT eni-a"}},
		"one of two full":    {ready(on(2, kind("t3.micro")), foreign("f", "2", 1), add(member("3", nil))), []string{"warning STANDBY_NO_SLOT eni-a"}},
		"index taken":        {ready(foreign("f", "2", 1)), []string{"info STANDBY_INDEX_TAKEN eni-a"}},
		"standby impaired":   {ready(on(2, impaired)), []string{"critical STANDBY_IMPAIRED eni-a"}},
		"and holder is Spot": {ready(on(2, impaired), on(1, spot)), []string{"critical STANDBY_IMPAIRED eni-a"}},
		"one of two impaired": {ready(on(2, impaired), add(member("3", nil))), []string{
			"warning STANDBY_IMPAIRED eni-a",
		}},
		"standby interrupted": {ready(on(2, spot), on(2, func(in *awssim.Instance) { in.SpotStatus = "instance-terminated-no-capacity" })), []string{
			"critical STANDBY_INTERRUPTED eni-a",
		}},
		"one of two interrupted": {ready(on(2, spot), on(2, func(in *awssim.Instance) { in.SpotStatus = "marked-for-stop" }), add(member("3", nil))), []string{
			"warning STANDBY_INTERRUPTED eni-a",
		}},
		"one Spot pool":  {ready(on(1, spot), on(2, spot)), []string{"warning STANDBY_SAME_SPOT_POOL eni-a"}},
		"two Spot pools": {ready(on(1, spot), on(2, spot), on(2, kind("t3a.medium"))), nil},
		"too many addresses": {ready(on(2, kind("t3.micro")), the(func(e *awssim.Interface) {
			e.PrivateIPs = append(e.PrivateIPs, awssim.PrivateIP{Address: "10.0.0.11"}, awssim.PrivateIP{Address: "10.0.0.12"})
		})), []string{"critical STANDBY_TOO_SMALL eni-a"}},
		"prefix needs Nitro": {ready(on(2, kind("t2.small")), add(member("3", nil)), the(func(e *awssim.Interface) {
			e.IPv4Prefixes = []string{"10.0.1.16/28"}
		})), []string{"warning STANDBY_TOO_SMALL eni-a"}},
		"three come along, two slots": {ready(on(1, kind("m5.xlarge")),
			with(secondary("b", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 2 })),
			with(secondary("c", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 3 }))), []string{
			"critical STANDBY_OVERCOMMITTED eni-c",
		}},
		"a slot each": {ready(on(2, kind("t3.micro")), add(member("3", kind("t3.micro"))),
			with(secondary("b", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 2 }))), nil},
		"two holders, one slot": {ready(on(1, kind("t3.micro")), on(2, kind("t3.micro")),
			add(member("3", kind("t3.micro"))), with(secondary("b", "3", nil))), []string{"info STANDBY_OVERCOMMITTED i-2"}},
	})
	maps.Copy(all, rows{
		"unattached":            {ready(the(func(e *awssim.Interface) { e.Attachment = nil })), []string{"critical INTERFACE_UNATTACHED eni-a"}},
		"unattached, paused":    {ready(the(paused), the(func(e *awssim.Interface) { e.Attachment = nil })), []string{"warning INTERFACE_PAUSED eni-a", "warning INTERFACE_UNATTACHED eni-a"}},
		"holder stopped":        {ready(on(1, func(in *awssim.Instance) { in.State = "stopped" })), []string{"critical INTERFACE_ON_DEAD_INSTANCE eni-a"}},
		"holder stopped, alone": {ready(on(1, func(in *awssim.Instance) { in.State = "stopped" }), func(w *awssim.World) { w.Instances = w.Instances[:1] }), []string{"critical INTERFACE_ON_DEAD_INSTANCE eni-a", "critical NO_STANDBY_IN_AZ eni-a"}},
		"holder stopped, paused": {ready(on(1, func(in *awssim.Instance) { in.State = "stopped" }), the(paused)), []string{
			"warning INTERFACE_ON_DEAD_INSTANCE eni-a", "warning INTERFACE_PAUSED eni-a",
		}},
		"attaching for long": {ready(the(func(e *awssim.Interface) {
			e.Attachment.Status, e.Attachment.AttachTime = "attaching", time.Now().Add(-6*time.Minute)
		})), []string{"critical INTERFACE_STUCK eni-a"}},
		"attaching just now": {ready(the(func(e *awssim.Interface) {
			e.Attachment.Status, e.Attachment.AttachTime = "attaching", time.Now().Add(-4*time.Minute)
		})), nil},
		"detaching": {ready(the(func(e *awssim.Interface) { e.Attachment.Status = "detaching" })), []string{"warning INTERFACE_STUCK eni-a"}},
		"paused":    {ready(the(paused)), []string{"warning INTERFACE_PAUSED eni-a"}},
		"an EFA":    {ready(the(func(e *awssim.Interface) { e.Type = "efa" })), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"another network card": {ready(on(1, kind("p4d.24xlarge")), the(func(e *awssim.Interface) {
			e.Attachment.NetworkCard = 1
		})), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"another account's instance": {ready(the(func(e *awssim.Interface) {
			e.Attachment.InstanceOwner, e.Attachment.Instance = "999988887777", i("9")
		})), []string{"critical INTERFACE_UNSUPPORTED eni-a"}},
		"primary tagged": {ready(with(secondary("e0", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex, e.Subnet = 0, "subnet-0" }))), []string{"critical PRIMARY_INTERFACE_TAGGED eni-e0"}},
		"a service's": {ready(with(secondary("5e", "", func(e *awssim.Interface) {
			e.RequesterManaged, e.Type = true, "nat_gateway"
		}))), []string{"warning REQUESTER_MANAGED_TAGGED eni-5e"}},
		"an operator's":       {ready(with(secondary("5e", "", func(e *awssim.Interface) { e.OperatorManaged = true }))), []string{"warning REQUESTER_MANAGED_TAGGED eni-5e"}},
		"deleted with it":     {ready(the(doomed)), []string{"warning DELETE_ON_TERMINATION eni-a"}},
		"and that is Spot":    {ready(the(doomed), on(1, spot)), []string{"critical DELETE_ON_TERMINATION eni-a"}},
		"or in Auto Scaling":  {ready(the(doomed), on(1, scaled("InService"))), []string{"critical DELETE_ON_TERMINATION eni-a"}},
		"same subnet":         {ready(the(func(e *awssim.Interface) { e.Subnet = "subnet-1" }), on(1, inSubnet)), []string{"info SAME_SUBNET_AS_PRIMARY eni-a"}},
		"subnet of a standby": {ready(the(func(e *awssim.Interface) { e.Subnet = "subnet-1" }), on(2, inSubnet)), []string{"info SAME_SUBNET_AS_PRIMARY eni-a"}},
		"a standby that drops what it should route": {ready(
			the(func(e *awssim.Interface) { e.SourceDestCheck = &no }), with(primary("b1", "1", &no)), with(primary("b2", "2", &yes))), []string{
			"warning SOURCE_DEST_CHECK_MIXED eni-a",
		}},
		"both route": {ready(
			the(func(e *awssim.Interface) { e.SourceDestCheck = &no }), with(primary("b1", "1", &no)), with(primary("b2", "2", &no))), nil},
		"one of three does not check": {ready(on(1, kind("m5.xlarge")), on(2, kind("m5.xlarge")),
			with(secondary("b", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 2 })),
			with(secondary("c", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex, e.SourceDestCheck = 3, &no }))), []string{
			"info SOURCE_DEST_CHECK_MIXED eni-c",
		}},
		"one of three checks": {ready(on(1, kind("m5.xlarge")), on(2, kind("m5.xlarge")), the(func(e *awssim.Interface) { e.SourceDestCheck = &no }),
			with(secondary("b", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex, e.SourceDestCheck = 2, &no })),
			with(secondary("c", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 3 }))), []string{
			"info SOURCE_DEST_CHECK_MIXED eni-c",
		}},
		"holder is no member": {ready(on(1, func(in *awssim.Instance) { in.Tags = nil })), []string{"warning HOLDER_NOT_MEMBER eni-a"}},
		"holder is gone": {ready(func(w *awssim.World) {
			w.Interfaces[0].Attachment.InstanceOwner, w.Interfaces[0].Owner = "999988887777", "999988887777" // as if ours
			w.Interfaces[0].Attachment.Instance = i("9")
			delete(w.Interfaces[0].Tags, "eni-failover:record") // whose zone would be a foreign one
		}), []string{"critical INTERFACE_ON_DEAD_INSTANCE eni-a"}},
		"holder of another group": {ready(on(1, func(in *awssim.Instance) { in.Tags["eni-failover:group"] = "db2" })), []string{"warning GROUP_WITHOUT_INTERFACE db2", "warning HOLDER_NOT_MEMBER eni-a"}},
		"hibernates":              {ready(on(1, spot), on(1, func(in *awssim.Instance) { in.SpotBehavior = "hibernate" })), []string{"warning SPOT_HIBERNATE_OR_STOP i-1"}},
		"a standby that stops":    {ready(on(2, spot), on(2, func(in *awssim.Instance) { in.SpotBehavior = "stop" })), []string{"info SPOT_HIBERNATE_OR_STOP i-2"}},
	})
	maps.Copy(all, rows{
		"name missing":   {ready(records(func(z *awssim.Zone) { z.Records = nil })), []string{"critical RECORD_MISSING eni-a"}},
		"name elsewhere": {ready(records(func(z *awssim.Zone) { z.Records[0].Values = []string{"10.0.0.99"} })), []string{"critical RECORD_MISMATCH eni-a"}},
		"name elsewhere, paused": {ready(the(paused), records(func(z *awssim.Zone) { z.Records[0].Values = []string{"10.0.0.99"} })), []string{
			"critical RECORD_MISMATCH eni-a", "warning INTERFACE_PAUSED eni-a",
		}},
		"a CNAME": {ready(records(func(z *awssim.Zone) { z.Records[0].Type, z.Records[0].Values = "CNAME", []string{"x.corp.internal"} })), []string{"warning RECORD_NOT_SIMPLE eni-a"}},
		"another account's zone": {ready(records(func(z *awssim.Zone) { z.Owner = "999988887777" })), []string{
			"info RECORD_UNVERIFIED eni-a",
		}},
		"zone of another VPC": {ready(records(func(z *awssim.Zone) { z.VPCs = []string{"vpc-2"} })), []string{"warning ZONE_NOT_ASSOCIATED eni-a"}},
		"two zones of a name": {ready(func(w *awssim.World) {
			w.Zones = append(w.Zones, awssim.Zone{ID: "ZTWIN", Name: "corp.internal", VPCs: []string{vpcID}})
		}), []string{"warning ZONE_AMBIGUOUS eni-a"}},
		"priority is no number": {ready(on(2, func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "high" })), []string{"warning TAG_MALFORMED i-2"}},
		"zone tag is no id":     {ready(the(tag("eni-failover:zone", "corp"))), []string{"warning TAG_MALFORMED eni-a"}},
		"left tag is broken":    {ready(the(tag("eni-failover:left", "somebody"))), []string{"info TAG_MALFORMED eni-a"}},
		"group tag is none":     {ready(the(tag("eni-failover:group", "d b"))), []string{"critical TAG_MALFORMED eni-a", "warning GROUP_WITHOUT_INTERFACE db"}},
		"an instance's is none": {ready(add(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:group"] = "*" }))), []string{"warning TAG_MALFORMED i-3"}},
		"nothing tagged":        {ready(the(func(e *awssim.Interface) { e.Tags = nil })), []string{"warning GROUP_WITHOUT_INTERFACE db"}},
		"no Spot request": {ready(on(2, spot), on(2, func(in *awssim.Instance) { in.SpotStatus = "none" })), []string{
			"warning STANDBY_UNKNOWN eni-a",
		}},
	})
	return all
}

func paused(e *awssim.Interface) { e.Tags["eni-failover:paused"] = "true" }

func doomed(e *awssim.Interface) { e.Attachment.DeleteOnTermination = true }

func inSubnet(in *awssim.Instance) { in.Subnet = "subnet-1" }

func scaled(state string) func(*awssim.Instance) {
	return func(in *awssim.Instance) {
		in.AutoScalingGroup, in.LifecycleState = "asg", state
		in.Tags["aws:autoscaling:groupName"] = "asg"
	}
}

func tag(key, value string) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Tags[key] = value }
}

// primary is an instance's first interface, as somebody set it up.
func primary(short, holder string, check *bool) awssim.Interface {
	return awssim.Interface{ID: n(short), VPC: vpcID, Subnet: "subnet-0", SourceDestCheck: check, Attachment: &awssim.Attachment{Instance: i(holder)}}
}

func TestFindings(t *testing.T) {
	for name := range defects() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := defects()[name] // times are those of the bubble
				r := simulate(t, d.world).audit()
				if diff := cmp.Diff(append([]string{}, d.found...), found(r)); diff != "" {
					t.Errorf("%s\n%s", diff, r.Summary.Text)
				}
				checkFindings(t, r)
			})
		})
	}
}

// TestNobodyGetsTheAlarms: a deployment whose alarms reach nobody is told of by its audit. One that says nothing
// of it, like the sandbox's, is not.
func TestNobodyGetsTheAlarms(t *testing.T) {
	for value, want := range map[string][]string{"true": {"warning ALERTS_NOT_SUBSCRIBED account"}, "false": {}, "": {}} {
		synctest.Test(t, func(t *testing.T) {
			r := simulate(t, ready(), "ALERTS_UNSUBSCRIBED", value).audit()
			if diff := cmp.Diff(want, found(r)); diff != "" {
				t.Errorf("ALERTS_UNSUBSCRIBED=%q: %s\n%s", value, diff, r.Summary.Text)
			}
			checkFindings(t, r)
		})
	}
}

// checkFindings checks the form of what is told: sentences, a link, instances that exist.
func checkFindings(t *testing.T, r readiness.Result) {
	t.Helper()
	for _, f := range r.Findings {
		if !strings.HasSuffix(f.Problem, ".") || len(f.Problem) > 400 || len(f.Action) > 400 || f.Action == "" || strings.Contains(f.Problem+f.Action, "  ") {
			t.Errorf("%s %s: %q, %q are no good sentences", f.ID, f.Resource, f.Problem, f.Action)
		}
		if f.Link != "https://github.com/eni-failover/eni-failover/blob/main/docs/findings.md#"+strings.ToLower(string(f.ID)) {
			t.Errorf("%s: link %s", f.ID, f.Link)
		}
	}
	unready := 0
	for _, v := range r.Interfaces {
		if v.Ready {
			continue
		}
		if r.Interfaces[unready].Ready {
			t.Errorf("%s is not ready, and comes after one that is", v.Interface)
		}
		unready++
		if !slices.ContainsFunc(r.Findings, func(f readiness.Finding) bool { return f.Resource == v.Interface && f.Severity != readiness.Info }) {
			t.Errorf("%s is not ready, and no finding says why", v.Interface)
		}
	}
	if r.Summary.Unready != unready {
		t.Errorf("%d unready in the summary, %d in the list", r.Summary.Unready, unready)
	}
}

// TestEveryFindingHasAnAccount: a kind of finding that no account above has is tested by nothing.
func TestEveryFindingHasAnAccount(t *testing.T) {
	// See TestUnknown and TestNobodyGetsTheAlarms.
	tested := map[readiness.ID]bool{readiness.NotObserved: true, readiness.AlertsNotSubscribed: true}
	for _, d := range defects() {
		for _, f := range d.found {
			tested[readiness.ID(strings.Fields(f)[1])] = true
		}
	}
	for _, id := range readiness.IDs() {
		if !tested[id] {
			t.Errorf("no account has a finding %s", id)
		}
		delete(tested, id)
	}
	for id := range tested {
		t.Errorf("%s is not among the IDs", id)
	}
}
