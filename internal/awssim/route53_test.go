package awssim_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// worldWithZones returns a world with one zone of ours and two that cannot be read.
func worldWithZones() awssim.World {
	return awssim.World{
		Timing: awssim.Timing{Propagation: awssim.Duration(30 * time.Second)},
		Zones: []awssim.Zone{
			{ID: "Z1", Name: "Corp.Internal", VPCs: []string{"vpc-1"}, Records: []awssim.Record{
				{Name: "db.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.1.5"}},
				{Name: "DB.corp.internal.", Type: "AAAA", TTL: 60, Values: []string{"2001:db8::5"}},
				{Name: "*.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.9.9"}},
				{Name: "a.db.corp.internal", Type: "TXT", TTL: 60, Values: []string{`"x & y"`}},
				{Name: "web.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.1.7"}, SetIdentifier: "blue", Weight: aws.Int64(0)},
				{Name: "web.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.1.8"}, SetIdentifier: "green", Weight: aws.Int64(9)},
				{Name: "alias.corp.internal", Type: "A", Alias: &awssim.Alias{Zone: "Z1", Name: "db.corp.internal."}},
			}},
			{ID: "Z2", Name: "theirs.internal", VPCs: []string{"vpc-1"}, Owner: "210987654321"},
			{ID: "Z3", Name: "efs.internal", VPCs: []string{"vpc-1"}, OwningService: "efs.amazonaws.com"},
			{ID: "Z4", Name: "elsewhere.internal", VPCs: []string{"vpc-2"}},
		},
	}
}

func TestListHostedZonesByVPC(t *testing.T) {
	r := newRegion(t, worldWithZones())
	var got []string
	for token := (*string)(nil); ; {
		out, err := r.route53.ListHostedZonesByVPC(t.Context(), &route53.ListHostedZonesByVPCInput{
			VPCId: aws.String("vpc-1"), VPCRegion: "eu-west-1", MaxItems: aws.Int32(2), NextToken: token,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range out.HostedZoneSummaries {
			got = append(got, *z.HostedZoneId+" "+*z.Name+" "+aws.ToString(z.Owner.OwningAccount)+aws.ToString(z.Owner.OwningService))
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	want := []string{"Z1 corp.internal. 123456789012", "Z2 theirs.internal. 210987654321", "Z3 efs.internal. efs.amazonaws.com"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestListResourceRecordSets(t *testing.T) {
	r := newRegion(t, worldWithZones())
	list := func(name, kind string, size int32) (got []string, out *route53.ListResourceRecordSetsOutput) {
		t.Helper()
		in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String("/hostedzone/Z1"), StartRecordType: types.RRType(kind), MaxItems: &size}
		if name != "" {
			in.StartRecordName = &name
		}
		out, err := r.route53.ListResourceRecordSets(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.ResourceRecordSets {
			got = append(got, strings.TrimSpace(fmt.Sprint(strings.TrimSuffix(*r.Name, "corp.internal."), r.Type, aws.ToString(r.SetIdentifier))))
		}
		return got, out
	}
	all := []string{"NS", "SOA", `\052.A`, "alias.A", "db.A", "db.AAAA", "a.db.TXT", "web.Ablue", "web.Agreen"}
	if got, out := list("", "", 300); !slices.Equal(got, all) || out.IsTruncated {
		t.Errorf("all: %q", got)
	}
	tests := []struct {
		name, kind, want string
	}{
		{"db.corp.internal", "A", "db.A"},
		{"DB.corp.internal.", "AAAA", "db.AAAA"},
		{"db.corp.internal", "B", "a.db.TXT"}, // does not exist: the next one
		{"*.corp.internal", "A", `\052.A`},
		{`\052.corp.internal`, "A", `\052.A`},
		{"cat.corp.internal", "A", "db.A"},
	}
	for _, test := range tests {
		if got, out := list(test.name, test.kind, 1); !slices.Equal(got, []string{test.want}) || !out.IsTruncated {
			t.Errorf("%s %s: %q", test.name, test.kind, got)
		}
	}
	var got []string
	pages := route53.NewListResourceRecordSetsPaginator(r.route53, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String("Z1"), MaxItems: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.ResourceRecordSets {
			got = append(got, *r.Name)
		}
	}
	if len(got) != len(all) {
		t.Errorf("paged: %q", got)
	}
	_, out := list("alias.corp.internal", "A", 1)
	if a := out.ResourceRecordSets[0]; a.TTL != nil || a.AliasTarget == nil || *out.NextRecordName != "db.corp.internal." || out.NextRecordType != "A" {
		t.Errorf("alias %+v, next %v", a, *out.NextRecordName)
	}
	_, out = list("web.corp.internal", "A", 2)
	if w := out.ResourceRecordSets; *w[0].Weight != 0 || *w[1].Weight != 9 {
		t.Errorf("weights %+v", w)
	}
}

func TestZoneRefusals(t *testing.T) {
	r := newRegion(t, worldWithZones())
	list := func(zone string, edit func(*route53.ListResourceRecordSetsInput)) error {
		in := &route53.ListResourceRecordSetsInput{HostedZoneId: &zone}
		if edit != nil {
			edit(in)
		}
		_, err := r.route53.ListResourceRecordSets(t.Context(), in)
		return err
	}
	_, noChange := r.route53.GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String("C1")})
	_, otherOperation := r.route53.ListHostedZones(t.Context(), &route53.ListHostedZonesInput{})
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"unknown zone":           {list("Z9", nil), "NoSuchHostedZone"},
		"another account's zone": {list("Z2", nil), "AccessDenied"},
		"a service's zone":       {list("Z3", nil), "AccessDenied"},
		"type without name":      {list("Z1", func(in *route53.ListResourceRecordSetsInput) { in.StartRecordType = "A" }), "InvalidInput"},
		"no name":                {list("Z1", func(in *route53.ListResourceRecordSetsInput) { in.StartRecordName = aws.String("a..b") }), "InvalidInput"},
		"unknown change":         {noChange, "NoSuchChange"},
		"other operation":        {otherOperation, "UnknownOperationException"},
	} {
		if code(test.err) != test.want {
			t.Errorf("%s: %v", name, test.err)
		}
	}
}

// change returns one change of a batch: an action on a simple record.
func change(action, name, kind string, ttl int64, values ...string) types.Change {
	set := &types.ResourceRecordSet{Name: &name, Type: types.RRType(kind), TTL: &ttl}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: &v})
	}
	return types.Change{Action: types.ChangeAction(action), ResourceRecordSet: set}
}

func TestChangeResourceRecordSets(t *testing.T) {
	tests := []struct {
		name    string
		changes []types.Change
		want    []string // messages of the refusal; empty if accepted
	}{
		{"compare and set", []types.Change{
			change("DELETE", "db.corp.internal", "A", 60, "10.0.1.5"), change("CREATE", "DB.corp.internal.", "A", 60, "10.0.1.6", "10.0.1.7"),
		}, nil},
		{"upsert", []types.Change{change("UPSERT", "new.corp.internal", "A", 5, "10.0.1.6")}, nil},
		{"other value", []types.Change{
			change("DELETE", "db.corp.internal", "A", 60, "10.0.1.9"), change("CREATE", "new.corp.internal", "A", 60, "10.0.1.6"),
		}, []string{"do not match the current values"}},
		{"other TTL", []types.Change{change("DELETE", "db.corp.internal", "A", 61, "10.0.1.5")}, []string{"do not match the current values"}},
		{"not there", []types.Change{change("DELETE", "new.corp.internal", "A", 60, "10.0.1.5")}, []string{"was not found"}},
		{"exists", []types.Change{change("CREATE", "db.corp.internal", "A", 60, "10.0.1.5")}, []string{"already exists"}},
		{"simple beside weighted", []types.Change{change("CREATE", "web.corp.internal", "A", 60, "10.0.1.5")}, []string{"same name and type"}},
		{"CNAME beside others", []types.Change{change("CREATE", "db.corp.internal", "CNAME", 60, "x.corp.internal")}, []string{"conflicts"}},
		{"outside the zone", []types.Change{change("CREATE", "db.example.com", "A", 60, "10.0.1.5")}, []string{"not permitted in zone"}},
		{"every fault is named", []types.Change{
			change("CREATE", "x.corp.internal", "A", 60, "2001:db8::5"), change("CREATE", "y.corp.internal", "A", 60),
		}, []string{"not a valid address", "missing field"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRegion(t, worldWithZones())
			before := r.World().Zones[0].Records
			_, err := r.route53.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
				HostedZoneId: aws.String("Z1"), ChangeBatch: &types.ChangeBatch{Changes: test.changes},
			})
			changed := !reflect.DeepEqual(r.World().Zones[0].Records, before)
			if len(test.want) == 0 {
				if err != nil || !changed {
					t.Errorf("changed %v: %v", changed, err)
				}
				return
			}
			// The SDK builds its own error from either document. In this form the text has all messages.
			var refused *types.InvalidChangeBatch
			if !errors.As(err, &refused) || changed {
				t.Fatalf("changed %v: %v", changed, err)
			}
			for _, want := range test.want {
				if !strings.Contains(refused.ErrorMessage(), want) {
					t.Errorf("message %q, want %q", refused.ErrorMessage(), want)
				}
			}
		})
	}
}

func TestPropagation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, worldWithZones())
		out, err := r.route53.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: aws.String("Z1"), ChangeBatch: &types.ChangeBatch{Changes: []types.Change{change("UPSERT", "db.corp.internal", "A", 60, "10.0.1.6")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.ChangeInfo.Status; got != "PENDING" {
			t.Error(got)
		}
		if log := r.Calls()[0].String(); !strings.Contains(log, "change=UPSERT db.corp.internal A 10.0.1.6") {
			t.Error(log)
		}
		if err := route53.NewResourceRecordSetsChangedWaiter(r.route53).Wait(t.Context(), &route53.GetChangeInput{Id: out.ChangeInfo.Id}, time.Hour); err != nil {
			t.Error(err)
		}
	})
}
