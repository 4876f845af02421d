package record

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// TestRepairResults has each end of a repair of the A record from 10.0.0.9 to 10.0.0.5.
func TestRepairResults(t *testing.T) {
	failed := func(class fault.Class, code string) error {
		return &fault.Error{Call: "ChangeResourceRecordSets", Class: class, Code: code}
	}
	denied, conflict, lost := failed(fault.Denied, "AccessDenied"), failed(fault.Conflict, "InvalidChangeBatch"), failed(fault.Unavailable, "")
	choice := Choice{Zone: Zone{ID: "ZCORP"}, detail: "zone ZDB answers"}
	repair := ask(testName, "10.0.0.5").Repair(choice, []Set{rrset("A", "10.0.0.9")})
	final := func(err error) Result {
		r, ok := repair.Failed(err)
		if !ok {
			t.Errorf("after %v the name is read again", err)
		}
		return r
	}
	tests := []struct {
		name   string
		got    Result
		state  State
		cause  Cause
		holds  string
		detail string
	}{
		{"made", repair.Made(), Repaired, "", "10.0.0.5", "it held 10.0.0.9 before; zone ZDB answers"},
		{"not begun", repair.NotMade(OutOfTimeError{}), Mismatch, "", "10.0.0.9", "not repaired: out of time; zone ZDB answers"},
		{"denied", final(denied), Mismatch, "", "10.0.0.9", "not repaired: denied: route53:ChangeResourceRecordSets (AccessDenied); zone ZDB answers"},
		{"cut off", final(OutOfTimeError{}), Unverified, CauseOutOfTime, "", "the repair may have been made or not; zone ZDB answers"},
		{"lost answer, made", repair.ReadAgain(lost, []Set{rrset("A", "10.0.0.5")}), Repaired, "", "10.0.0.5", "it held 10.0.0.9 before"},
		{"lost answer, not made", repair.ReadAgain(lost, []Set{rrset("A", "10.0.0.9")}), Mismatch, "", "10.0.0.9", "the repair failed (no usable answer"},
		{"another writer put it right", repair.ReadAgain(conflict, []Set{rrset("A", "10.0.0.5")}), OK, "", "10.0.0.5", "zone ZDB answers"},
		{"another writer made it weighted", repair.ReadAgain(conflict, []Set{rrset("A", "10.0.0.9").with("weighted")}), NotSimple, "", "10.0.0.9", "and the name was read again; the A record is not simple (weighted)"},
		{"not read again", repair.NotReadAgain(conflict, denied), Unverified, CauseDenied, "", "and so did reading again: denied"},
	}
	for _, tt := range tests {
		if tt.got.State != tt.state || tt.got.Cause != tt.cause || tt.got.HostedZone != "ZCORP" || !strings.Contains(tt.got.Detail, tt.detail) {
			t.Errorf("%s: %+v; want %s %s, %q", tt.name, tt.got, tt.state, tt.cause, tt.detail)
		}
		wantAddrs(t, tt.name+": want", tt.got.Want, "10.0.0.5")
		wantAddrs(t, tt.name+": got", tt.got.Got, tt.holds)
	}
	for _, err := range []error{conflict, lost} {
		if r, final := repair.Failed(err); final {
			t.Errorf("after %v the name is not read again: %+v", err, r)
		}
	}
}
