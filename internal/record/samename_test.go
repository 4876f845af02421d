package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/ident"
)

// FuzzSameName writes a name in every way in which it can be written. All of them must be one name, here and in the
// simulated Route 53, which has its own code for this. A name that is accepted in a tag must be a name there.
func FuzzSameName(f *testing.F) {
	for _, seed := range []string{
		"db.corp.internal", `\052.Corp.internal.`, "*.x", `a\056b.c`, "_ldap-1.x", `\101.x`, `a\134b`, "ü.x", strings.Repeat("a", 63) + ".x", `\377.\000`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		norm := Normalize(name)
		ways := []string{escapeAll(name), string(norm), asciiCase(name, 'a', 'A'), asciiCase(name, 'A', 'a')}
		if !strings.HasSuffix(string(norm), "..") { // otherwise the last dot is not the root's
			ways = append(ways, strings.TrimSuffix(string(norm), "."))
		}
		for _, other := range ways {
			if got := Normalize(other); got != norm {
				t.Errorf("%q is %q, and written as %q it is %q", name, norm, other, got)
			}
		}
		sim, err := awssim.New(awssim.World{Zones: []awssim.Zone{{ID: "Z1", Name: name}}})
		if err != nil {
			if ident.ValidRecordName(name) {
				t.Errorf("%q is accepted in a tag, but Route 53 does not take it: %v", name, err)
			}
			return
		}
		if got := sim.World().Zones[0].Name; got != string(norm) {
			t.Errorf("%q is %q, and to Route 53 %q", name, norm, got)
		}
	})
}

// escapeAll writes every octet of a name's labels as its escape.
func escapeAll(name string) string {
	var b strings.Builder
	for name != "" {
		var octet byte
		var escaped bool
		octet, escaped, name = firstOctet(name)
		if octet == '.' && !escaped {
			b.WriteByte('.')
			continue
		}
		fmt.Fprintf(&b, `\%03o`, octet)
	}
	return b.String()
}

// asciiCase writes the letters from one case in the other.
func asciiCase(name string, from, to byte) string {
	text := []byte(name)
	for n, c := range text {
		if c >= from && c < from+26 {
			text[n] = c - from + to
		}
	}
	return string(text)
}
