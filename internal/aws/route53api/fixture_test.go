package route53api

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

const (
	testAccount = "111122223333"
	testVPC     = "vpc-0a1b2c3d4e5f60718"
	testENI     = "eni-0a1b2c3d4e5f60718"
	testName    = "db.corp.internal."
)

// eni returns an interface with the given addresses, the first IPv4 address being the primary one, and the names in
// its tag.
func eni(addresses string, names ...string) inventory.Interface {
	e := inventory.Interface{ID: testENI, VPC: testVPC, Owner: testAccount, Group: "db", Records: names}
	for _, a := range addrs(addresses) {
		if a.Is6() {
			e.IPv6 = append(e.IPv6, a)
			continue
		}
		e.Addresses = append(e.Addresses, inventory.Address{IP: a, Primary: len(e.Addresses) == 0})
	}
	return e
}

// addrs parses addresses with spaces between.
func addrs(text string) []netip.Addr {
	var out []netip.Addr
	for a := range strings.FieldsSeq(text) {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// compareAddrs lets cmp compare addresses.
var compareAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// wantAddrs fails the test unless got is want, addresses with spaces between.
func wantAddrs(t *testing.T, what string, got []netip.Addr, want string) {
	t.Helper()
	if !slices.Equal(got, addrs(want)) {
		t.Errorf("%s = %v, want %q", what, got, want)
	}
}
