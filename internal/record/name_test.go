package record

import (
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	tests := []struct {
		in   string
		want Name
	}{
		{"db.corp.internal", "db.corp.internal."},
		{"db.corp.internal.", "db.corp.internal."},
		{"DB.Corp.INTERNAL", "db.corp.internal."},
		{"_ldap-1.corp.internal", "_ldap-1.corp.internal."},
		{"*.corp.internal", `\052.corp.internal.`},
		{`\052.corp.internal.`, `\052.corp.internal.`},
		{`\101\142.corp.internal`, "ab.corp.internal."},       // letters, upper and lower case
		{`a\056b.corp.internal`, `a\056b.corp.internal.`},     // a dot within a label
		{`a\056`, `a\056.`},                                   // which does not end the name
		{`a\.b`, `a\134.b.`},                                  // not an escape of Route 53's
		{`a\05`, `a\13405.`},                                  // too short for an escape
		{`a\477`, `a\134477.`},                                // more than an octet
		{`a\`, `a\134.`},                                      //
		{`f\374bar.corp.internal`, `f\374bar.corp.internal.`}, //
		{"f\xfcbar.corp.internal", `f\374bar.corp.internal.`},
		{"a b", `a\040b.`},
		{"", "."},
		{".", "."},
	}
	for _, tt := range tests {
		if got := Normalize(tt.in); got != tt.want {
			t.Errorf("Normalize(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		zone, name string
		want       bool
	}{
		{"corp.internal", "db.corp.internal", true},
		{"corp.internal", "a.b.corp.internal", true},
		{"corp.internal", "corp.internal", true},
		{"Corp.Internal.", "db.corp.internal", true},
		{"corp.internal", "notcorp.internal", false},
		{"corp.internal", `db\056corp.internal`, false},
		{"db.corp.internal", "corp.internal", false},
		{".", "db.corp.internal", true},
	}
	for _, tt := range tests {
		if got := Normalize(tt.zone).covers(Normalize(tt.name)); got != tt.want {
			t.Errorf("covers(%q, %q) = %v, want %v", tt.zone, tt.name, got, tt.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"db.corp.internal", `\052.Corp.internal.`, `a\.b`, `\377\400\`, "", "..", "ü.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		norm := Normalize(name)
		if again := Normalize(string(norm)); again != norm {
			t.Errorf("Normalize(%q) = %q, and of that %q: not idempotent", name, norm, again)
		}
		if upper := strings.Map(upperASCII, name); strings.ToValidUTF8(name, "") == name && Normalize(upper) != norm {
			t.Errorf("Normalize(%q) = %q, but %q has another: case matters", name, norm, upper)
		}
		if !strings.HasSuffix(string(norm), ".") {
			t.Errorf("Normalize(%q) = %q, without a trailing dot", name, norm)
		}
		if i := strings.IndexFunc(string(norm), outsideNormalForm); i >= 0 {
			t.Errorf("Normalize(%q) = %q, with %q", name, norm, norm[i])
		}
		if !norm.covers(norm) || !norm.covers("x."+norm) || ("x." + norm).covers(norm) {
			t.Errorf("the zone %q must cover itself and what is below it only", norm)
		}
	})
}

func upperASCII(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func outsideNormalForm(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(`-_.\`, r)
}
