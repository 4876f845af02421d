package record

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rrset returns a record set at testName; its values have spaces between.
func rrset(typ, values string) Set {
	return Set{Name: Normalize(testName), Type: typ, TTL: 300, Values: strings.Fields(values)}
}

func (s Set) at(name Name) Set       { s.Name = name; return s }
func (s Set) with(policy string) Set { s.Policy = policy; return s }

// judgeTests are cases for judgements and for repairs: changes are those of the repair, and fixed is the state after it,
// which is state itself if there is nothing to repair.
var judgeTests = []struct {
	name      string
	addresses string // of the interface
	sets      []Set
	state     State
	want, got string
	detail    string // part of it
	changes   string
	fixed     State
}{
	{
		name: "right", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5")},
		state: OK, want: "10.0.0.5", got: "10.0.0.5", fixed: OK,
	}, {
		name: "a secondary address", addresses: "10.0.0.5 10.0.0.6",
		sets:  []Set{rrset("A", "10.0.0.6")},
		state: OK, want: "10.0.0.5", got: "10.0.0.6", fixed: OK,
	}, {
		name: "shared with another interface", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.9 10.0.0.5")},
		state: OK, want: "10.0.0.5", got: "10.0.0.5 10.0.0.9", fixed: OK,
	}, {
		name: "other types do not matter", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5"), rrset("TXT", `"x"`).with("weighted"), rrset("MX", "10 mail").with("alias")},
		state: OK, want: "10.0.0.5", got: "10.0.0.5", fixed: OK,
	}, {
		name: "wrong", addresses: "10.0.0.5 10.0.0.6",
		sets:  []Set{rrset("A", "10.0.0.9 10.0.0.7")},
		state: Mismatch, want: "10.0.0.5", got: "10.0.0.7 10.0.0.9",
		detail:  "the A record holds 10.0.0.9, 10.0.0.7, no address of the interface",
		changes: "delete A 300 [10.0.0.9 10.0.0.7], create A 300 [10.0.0.5]", fixed: OK,
	}, {
		name: "many wrong ones", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.6")},
		state: Mismatch, want: "10.0.0.5", got: "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.6",
		detail:  "10.0.0.1, 10.0.0.2, 10.0.0.3 and 2 more",
		changes: "delete A 300 [10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.6], create A 300 [10.0.0.5]", fixed: OK,
	}, {
		name: "unparsable, though beside the right one", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5 10.0.0.500")},
		state: Mismatch, want: "10.0.0.5", got: "10.0.0.5", detail: `not IPv4 addresses: "10.0.0.500"`,
		changes: "delete A 300 [10.0.0.5 10.0.0.500], create A 300 [10.0.0.5]", fixed: OK,
	}, {
		name: "an address of the other family", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("A", "2001:db8::5"), rrset("AAAA", "::ffff:10.0.0.5%x")},
		state: Mismatch, want: "10.0.0.5 2001:db8::5", detail: `not IPv6 addresses: "::ffff:10.0.0.5%x"`,
		changes: "delete A 300 [2001:db8::5], create A 300 [10.0.0.5], delete AAAA 300 [::ffff:10.0.0.5%x], create AAAA 300 [2001:db8::5]", fixed: OK,
	}, {
		name: "empty record", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "")},
		state: Mismatch, want: "10.0.0.5", detail: "the A record is empty",
		changes: "delete A 300 [], create A 300 [10.0.0.5]", fixed: OK,
	}, {
		name: "nothing at all", addresses: "10.0.0.5",
		state: Missing, want: "10.0.0.5", detail: "no A, AAAA or CNAME record",
		changes: "create A 60 [10.0.0.5]", fixed: OK,
	}, {
		name: "only the next name and a wildcard", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5").at("dc.corp.internal."), rrset("A", "10.0.0.5").at(`\052.corp.internal.`)},
		state: Missing, want: "10.0.0.5", detail: "the zone has no A, AAAA or CNAME record of this name",
		changes: "create A 60 [10.0.0.5]", fixed: OK,
	}, {
		name: "policies of other names do not matter", addresses: "10.0.0.5",
		sets: []Set{
			rrset("A", "10.0.0.5"), rrset("A", "10.0.0.9").at("dc.corp.internal.").with("weighted"),
			rrset("CNAME", "x").at("dd.corp.internal."),
		},
		state: OK, want: "10.0.0.5", got: "10.0.0.5", fixed: OK,
	}, {
		name: "only other types", addresses: "10.0.0.5",
		sets:  []Set{rrset("TXT", `"x"`)},
		state: Missing, want: "10.0.0.5", detail: "no A, AAAA or CNAME record",
		changes: "create A 60 [10.0.0.5]", fixed: OK,
	}, {
		name: "both families", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.5"), rrset("AAAA", "2001:0DB8:0::0005")},
		state: OK, want: "10.0.0.5 2001:db8::5", got: "10.0.0.5 2001:db8::5", fixed: OK,
	}, {
		name: "a second IPv6 address", addresses: "10.0.0.5 2001:db8::5 2001:db8::6",
		sets:  []Set{rrset("A", "10.0.0.5"), rrset("AAAA", "2001:db8::6")},
		state: OK, want: "10.0.0.5 2001:db8::5", got: "10.0.0.5 2001:db8::6", fixed: OK,
	}, {
		name: "the name needs no AAAA", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.5")},
		state: OK, want: "10.0.0.5", got: "10.0.0.5", fixed: OK,
	}, {
		name: "wrong AAAA", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.5"), rrset("AAAA", "2001:db8::9")},
		state: Mismatch, want: "10.0.0.5 2001:db8::5", got: "10.0.0.5 2001:db8::9",
		detail:  "the AAAA record holds 2001:db8::9, no address of the interface",
		changes: "delete AAAA 300 [2001:db8::9], create AAAA 300 [2001:db8::5]", fixed: OK,
	}, {
		name: "AAAA of an interface without IPv6", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5"), rrset("AAAA", "2001:db8::9")},
		state: Mismatch, want: "10.0.0.5", got: "10.0.0.5 2001:db8::9",
		detail: "the AAAA record holds 2001:db8::9, but the interface has no IPv6 address", fixed: Mismatch,
	}, {
		name: "wrong A beside an AAAA that can't be put right", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.9"), rrset("AAAA", "2001:db8::9")},
		state: Mismatch, want: "10.0.0.5", got: "10.0.0.9 2001:db8::9",
		detail:  "the A record holds 10.0.0.9, no address of the interface; the AAAA record holds 2001:db8::9, but",
		changes: "delete A 300 [10.0.0.9], create A 300 [10.0.0.5]", fixed: Mismatch,
	}, {
		name: "A missing beside a right AAAA", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("AAAA", "2001:db8::5")},
		state: Missing, want: "10.0.0.5 2001:db8::5", got: "2001:db8::5", detail: "the name has no A record",
		changes: "create A 60 [10.0.0.5]", fixed: OK,
	}, {
		name: "A missing beside a wrong AAAA", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("AAAA", "2001:db8::9")},
		state: Mismatch, want: "10.0.0.5 2001:db8::5", got: "2001:db8::9", detail: "the name has no A record; the AAAA record holds 2001:db8::9",
		changes: "create A 60 [10.0.0.5], delete AAAA 300 [2001:db8::9], create AAAA 300 [2001:db8::5]", fixed: OK,
	}, {
		name: "IPv6 only", addresses: "2001:db8::5",
		sets:  []Set{rrset("AAAA", "2001:db8::5")},
		state: OK, want: "2001:db8::5", got: "2001:db8::5", fixed: OK,
	}, {
		name: "IPv6 only, nothing there", addresses: "2001:db8::5",
		state: Missing, want: "2001:db8::5", detail: "no A, AAAA or CNAME",
		changes: "create AAAA 60 [2001:db8::5]", fixed: OK,
	}, {
		name: "IPv6 only, and an A record", addresses: "2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.9"), rrset("AAAA", "2001:db8::5")},
		state: Mismatch, want: "2001:db8::5", got: "10.0.0.9 2001:db8::5",
		detail: "the A record holds 10.0.0.9, but the interface has no IPv4 address", fixed: Mismatch,
	}, {
		name: "IPv6 only, and only an A record", addresses: "2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.9")},
		state: Mismatch, want: "2001:db8::5", got: "10.0.0.9", detail: "the name has no AAAA record",
		changes: "create AAAA 60 [2001:db8::5]", fixed: Mismatch,
	}, {
		name: "no address at all", sets: []Set{rrset("A", "10.0.0.9")},
		state: Mismatch, got: "10.0.0.9", fixed: Mismatch,
	}, {
		name: "no address at all, and no record", state: Missing, fixed: Missing,
	}, {
		name: "CNAME", addresses: "10.0.0.5",
		sets:  []Set{rrset("CNAME", "elsewhere.corp.internal")},
		state: NotSimple, want: "10.0.0.5", detail: "the name is a CNAME for elsewhere.corp.internal", fixed: NotSimple,
	}, {
		name: "weighted CNAME", addresses: "10.0.0.5",
		sets:  []Set{rrset("CNAME", "elsewhere.corp.internal").with("weighted")},
		state: NotSimple, want: "10.0.0.5", detail: "the CNAME record is not simple (weighted)", fixed: NotSimple,
	}, {
		name: "alias", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "").with("alias")},
		state: NotSimple, want: "10.0.0.5", detail: "the A record is not simple (alias)", fixed: NotSimple,
	}, {
		name: "weighted, with the right address", addresses: "10.0.0.5",
		sets:  []Set{rrset("A", "10.0.0.5").with("weighted"), rrset("A", "10.0.0.9").with("weighted"), rrset("A", "10.0.0.9").with("weighted")},
		state: NotSimple, want: "10.0.0.5", got: "10.0.0.5 10.0.0.9", detail: "weighted", fixed: NotSimple,
	}, {
		name: "wrong A beside an AAAA alias is not touched", addresses: "10.0.0.5 2001:db8::5",
		sets:  []Set{rrset("A", "10.0.0.9"), rrset("AAAA", "").with("alias")},
		state: NotSimple, want: "10.0.0.5", got: "10.0.0.9", detail: "the AAAA record is not simple (alias)", fixed: NotSimple,
	},
}

func TestJudge(t *testing.T) {
	for _, tt := range judgeTests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(testName, tt.addresses).judge(tt.sets)
			if got.State != tt.state {
				t.Errorf("state %q, want %q", got.State, tt.state)
			}
			wantAddrs(t, "want", got.Want, tt.want)
			wantAddrs(t, "got", got.Got, tt.got)
			if !strings.Contains(got.Detail, tt.detail) || (got.State == OK) != (got.Detail == "") {
				t.Errorf("detail %q, want %q in it, and none exactly if ok", got.Detail, tt.detail)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	for _, tt := range judgeTests {
		t.Run(tt.name, func(t *testing.T) {
			q := ask(testName, tt.addresses)
			before := append([]Set{}, tt.sets...)
			changes := q.changes(tt.sets)
			if got := describe(changes); got != tt.changes {
				t.Errorf("changes %q\n   want %q", got, tt.changes)
			}
			after := applied(tt.sets, changes)
			if got := q.judge(after).State; got != tt.fixed {
				t.Errorf("after the repair %q, want %q", got, tt.fixed)
			}
			if again := q.changes(after); len(again) > 0 {
				t.Errorf("the repaired name is repaired again: %s", describe(again))
			}
			if diff := cmp.Diff(before, append([]Set{}, tt.sets...)); diff != "" {
				t.Errorf("what was read was changed:\n%s", diff)
			}
		})
	}
}

func describe(changes []Change) string {
	var out []string
	for _, c := range changes {
		verb := "create"
		if c.Delete {
			verb = "delete"
		}
		out = append(out, fmt.Sprintf("%s %s %d %v", verb, c.Set.Type, c.Set.TTL, c.Set.Values))
	}
	return strings.Join(out, ", ")
}

func TestJudgeTakesAddressesOfADelegatedPrefix(t *testing.T) {
	q := ask(testName, "10.0.0.5")
	q.Interface.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.1.16/28")}
	for value, want := range map[string]State{"10.0.1.17": OK, "10.0.1.32": Mismatch} {
		if got := q.judge([]Set{rrset("A", value)}); got.State != want {
			t.Errorf("%s is %s, want %s", value, got.State, want)
		}
	}
}

// TestJudgeIgnoresOrder judges every case with its record sets in reverse order.
func TestJudgeIgnoresOrder(t *testing.T) {
	for _, tt := range judgeTests {
		var turned []Set
		for _, v := range slices.Backward(tt.sets) {
			turned = append(turned, v)
		}
		a, b := ask(testName, tt.addresses).judge(tt.sets), ask(testName, tt.addresses).judge(turned)
		a.Detail, b.Detail = "", ""
		if diff := cmp.Diff(a, b, compareAddrs); diff != "" {
			t.Errorf("%s: the order of the record sets matters:\n%s", tt.name, diff)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("10.0.0.5", "10.0.0.9", "2001:db8::5", uint8(3))
	f.Add("10.0.0.500", "", "fe80::1%eth0", uint8(7))
	f.Fuzz(func(t *testing.T, a, b, aaaa string, shape uint8) {
		q := ask(testName, "10.0.0.5 2001:db8::5")
		if shape&4 != 0 {
			q.Interface.IPv6 = nil
		}
		var sets []Set
		if shape&1 != 0 {
			sets = append(sets, Set{Name: Normalize(testName), Type: typeA, TTL: 5, Values: []string{a, b}})
		}
		if shape&2 != 0 {
			sets = append(sets, Set{Name: Normalize(testName), Type: typeAAAA, TTL: 5, Values: []string{aaaa}})
		}
		changes := q.changes(sets)
		if state := q.judge(sets).State; state == OK && len(changes) > 0 {
			t.Errorf("an %s name is changed: %s", state, describe(changes))
		}
		after := q.judge(applied(sets, changes))
		if unfixable := shape&2 != 0 && shape&4 != 0; !unfixable && after.State != OK {
			t.Errorf("after the repair it is %s: %s", after.State, after.Detail)
		}
		for _, c := range changes {
			if !c.Delete && len(c.Set.Values) != 1 {
				t.Errorf("creates %v, want the one address", c.Set.Values)
			}
		}
	})
}
