package record

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	a, b, c := rrset("A", "10.0.0.1").at("a.x."), rrset("A", "10.0.0.2").at("b.x."), rrset("A", "10.0.0.3").at("c.x.")
	tests := []struct {
		name    string
		page    Page
		at      Name
		sets    []Set
		decided bool
	}{
		{"the first name", NewPage("a.x.", []Set{a, b}, "c.x."), "a.x.", []Set{a}, true},
		{"the first name, without records", NewPage("a.x.", []Set{b}, "c.x."), "a.x.", nil, true},
		{"the first name, which does not fit", NewPage("a.x.", []Set{a}, "a.x."), "a.x.", []Set{a}, true},
		{"a name that is shown", NewPage("a.x.", []Set{b}, "c.x."), "b.x.", []Set{b}, true},
		{"a name within which it breaks off", NewPage("a.x.", []Set{a, c}, "c.x."), "c.x.", []Set{c}, false},
		{"a name that is not shown", NewPage("a.x.", []Set{a, c}, ""), "b.x.", nil, false},
	}
	for _, tt := range tests {
		sets, decided := tt.page.At(tt.at)
		if d := cmp.Diff(tt.sets, sets); d != "" || decided != tt.decided {
			t.Errorf("%s: decided %v, want %v %s", tt.name, decided, tt.decided, d)
		}
	}
}

func TestDecided(t *testing.T) {
	name := Normalize(testName)
	tests := []struct {
		name     string
		sets     []Set
		next     Name
		nextType string
		want     bool
	}{
		{"another name follows", nil, "dc.corp.internal.", "A", true},
		{"AAAA follows", []Set{rrset("A", "10.0.0.5")}, name, "AAAA", false},
		{"CNAME follows", nil, name, "CNAME", false},
		{"MX follows", []Set{rrset("A", "10.0.0.5")}, name, "MX", true},
		{"more of a policy follows", []Set{rrset("A", "10.0.0.5").with("weighted")}, name, "A", true},
	}
	for _, tt := range tests {
		if got := ask(testName, "10.0.0.5").Decided(tt.sets, tt.next, tt.nextType); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCompareListed(t *testing.T) {
	listed := []Name{"corp.internal.", "a.corp.internal.", "z.a.corp.internal.", "b.corp.internal.", "a.b.corp.internal.", "a.dorp.internal."}
	sorted := slices.Clone(listed)
	slices.Sort(sorted)
	slices.SortFunc(sorted, CompareListed)
	if d := cmp.Diff(listed, sorted); d != "" {
		t.Error(d)
	}
}
