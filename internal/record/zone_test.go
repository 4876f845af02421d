package record

import (
	"slices"
	"strings"
	"testing"
)

func TestChooseZone(t *testing.T) {
	own := func(id, name string) Zone { return Zone{ID: id, Name: Normalize(name), Account: testAccount} }
	zones := []Zone{
		own("ZINTERNAL", "internal"),
		own("ZCORP", "Corp.Internal."),
		own("ZDB", "db.corp.internal"),
		own("ZTWIN1", "twin.internal"),
		own("ZTWIN2", "twin.internal"),
		{ID: "ZOTHER", Name: "other.internal.", Account: "999988887777"},
		{ID: "ZEFS", Name: "efs.internal.", Service: "efs.amazonaws.com"},
		{ID: "ZNOOWNER", Name: "noowner.internal."},
	}
	tests := []struct {
		name, tag string
		zone      string
		state     State
		cause     Cause
		detail    string // part of it
	}{
		{name: "web.corp.internal", zone: "ZCORP"},
		{name: "web.db.corp.internal", zone: "ZDB"},
		{name: "db.corp.internal", zone: "ZDB"},
		{name: "DB.CORP.internal", zone: "ZDB"},
		{name: "corp.internal", zone: "ZCORP"},
		{name: "notcorp.internal", zone: "ZINTERNAL"},
		{name: "x.noowner.internal", zone: "ZNOOWNER"},
		{name: "db.example.com", state: NoZone, detail: "no private hosted zone of " + testVPC},
		{name: "a.twin.internal", state: Unverified, cause: CauseAmbiguousZone, detail: "ZTWIN1, ZTWIN2 of " + testVPC + " are all named twin.internal: say which in the tag eni-failover:zone"},
		{name: "a.other.internal", zone: "ZOTHER", state: Unverified, cause: CauseForeignZone, detail: "belongs to account 999988887777"},
		{name: "a.efs.internal", zone: "ZEFS", state: Unverified, cause: CauseForeignZone, detail: "belongs to efs.amazonaws.com"},
		{name: "a.twin.internal", tag: "ZTWIN2", zone: "ZTWIN2"},
		{name: "a.other.internal", tag: "ZOTHER", zone: "ZOTHER", state: Unverified, cause: CauseForeignZone, detail: "can't be read"},
		{name: "a.twin.internal", tag: "ZABSENT", state: NoZone, detail: "zone ZABSENT of the tag eni-failover:zone is not associated with " + testVPC},
		{name: "a.twin.internal", tag: "ZCORP", state: NoZone, detail: "which does not cover the name"},
		{name: "web.db.corp.internal", tag: "ZCORP", zone: "ZCORP", detail: "zone ZDB answers for the name"},
		{name: "web.db.corp.internal", tag: "ZDB", zone: "ZDB"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.tag, func(t *testing.T) {
			q := ask(tt.name, "10.0.0.5")
			q.Interface.HostedZone = tt.tag
			// The order of the listing does not matter, nor does a zone that is listed twice.
			for _, listing := range [][]Zone{zones, reversed(zones), append(slices.Clone(zones), zones...)} {
				got := q.ChooseZone(listing)
				if got.Zone.ID != tt.zone || got.state != tt.state || got.cause != tt.cause || got.Readable() != (tt.state == "") {
					t.Errorf("chose %q, state %q, cause %q; want %q, %q, %q", got.Zone.ID, got.state, got.cause, tt.zone, tt.state, tt.cause)
				}
				if tt.state == "" && tt.detail == "" && got.detail != "" {
					t.Errorf("detail %q of a zone without fault", got.detail)
				}
				if !strings.Contains(got.detail, tt.detail) {
					t.Errorf("detail %q, want %q in it", got.detail, tt.detail)
				}
			}
		})
	}
}

func TestChooseZoneNeedsAnOwnerToCallAZoneForeign(t *testing.T) {
	q := ask("a.other.internal", "10.0.0.5")
	q.Interface.Owner = ""
	got := q.ChooseZone([]Zone{{ID: "ZOTHER", Name: "other.internal.", Account: "999988887777"}})
	if !got.Readable() || got.Zone.ID != "ZOTHER" {
		t.Errorf("chose %+v, want ZOTHER: the interface's owner is unknown, and reading will tell", got)
	}
}

func reversed(zones []Zone) []Zone {
	out := slices.Clone(zones)
	slices.Reverse(out)
	return out
}
