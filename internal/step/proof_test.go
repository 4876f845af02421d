package step_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

func whole() inventory.Interface {
	ip := netip.MustParseAddr
	e := show("new on i-b/1 attached")
	e.Addresses = []inventory.Address{
		{IP: ip("10.0.0.5"), Primary: true, ElasticIP: ip("203.0.113.5"), AllocationID: "eipalloc-1"},
		{IP: ip("10.0.0.6")},
		{IP: ip("10.0.0.7"), ElasticIP: ip("198.51.100.7")}, // a public address, not an Elastic IP
	}
	e.IPv6 = []netip.Addr{ip("2001:db8::1"), ip("2001:db8::2")}
	e.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28"), netip.MustParsePrefix("2001:db8:1::/80")}
	e.SecurityGroups = []string{"sg-1", "sg-2"}
	e.MAC, e.SourceDestCheck = "02:00:00:00:00:01", true
	return e
}

// TestDifferences: "attached to the target at that index, DeleteOnTermination false, and the same private
// addresses (which is primary), Elastic IPs, prefixes, security groups, MAC and source/destination check as
// before the detach".
func TestDifferences(t *testing.T) {
	ip := netip.MustParseAddr
	tests := []struct {
		name   string
		change func(*inventory.Interface)
		words  []string // one list for each difference that is to be named, in any order
	}{
		{"nothing", func(*inventory.Interface) {}, nil},
		{"another attachment, of course", func(e *inventory.Interface) { e.Attachment.ID = "other" }, nil},
		{"another index", func(e *inventory.Interface) { e.Attachment.DeviceIndex = 2 }, []string{"device index should be 1 and is 2"}},
		{"another network card", func(e *inventory.Interface) { e.Attachment.NetworkCard = 1 }, []string{"network card should be 0 and is 1"}},
		{"DeleteOnTermination", func(e *inventory.Interface) { e.Attachment.DeleteOnTermination = true }, []string{"DeleteOnTermination should be false"}},
		{"the order of the addresses", func(e *inventory.Interface) { e.Addresses[0], e.Addresses[2] = e.Addresses[2], e.Addresses[0] }, nil},
		{"the order of the rest", func(e *inventory.Interface) {
			e.IPv6[0], e.IPv6[1] = e.IPv6[1], e.IPv6[0]
			e.Prefixes[0], e.Prefixes[1] = e.Prefixes[1], e.Prefixes[0]
			e.SecurityGroups[0], e.SecurityGroups[1] = e.SecurityGroups[1], e.SecurityGroups[0]
		}, nil},
		{"an address less", func(e *inventory.Interface) { e.Addresses = append(e.Addresses[:1:1], e.Addresses[2]) }, []string{"private addresses was 10.0.0.5 (primary), 10.0.0.6, 10.0.0.7 and is 10.0.0.5 (primary), 10.0.0.7"}},
		{"an address more", func(e *inventory.Interface) {
			e.Addresses = append(e.Addresses, inventory.Address{IP: ip("10.0.0.8")})
		}, []string{"private addresses"}},
		{"another primary", func(e *inventory.Interface) { e.Addresses[0].Primary, e.Addresses[1].Primary = false, true }, []string{"private addresses"}},
		{"an Elastic IP less", func(e *inventory.Interface) { e.Addresses[0].ElasticIP, e.Addresses[0].AllocationID = netip.Addr{}, "" }, []string{"Elastic IPs was 203.0.113.5 (eipalloc-1) on 10.0.0.5 and is none"}},
		{"another Elastic IP", func(e *inventory.Interface) { e.Addresses[0].AllocationID = "eipalloc-2" }, []string{"Elastic IPs"}},
		{"on another address", func(e *inventory.Interface) {
			e.Addresses[1].ElasticIP, e.Addresses[1].AllocationID = e.Addresses[0].ElasticIP, "eipalloc-1"
			e.Addresses[0].ElasticIP, e.Addresses[0].AllocationID = netip.Addr{}, ""
		}, []string{"Elastic IPs"}},
		{"a public address that is not an Elastic IP is EC2's", func(e *inventory.Interface) { e.Addresses[2].ElasticIP = ip("198.51.100.8") }, nil},
		{"an IPv6 address less", func(e *inventory.Interface) { e.IPv6 = e.IPv6[:1] }, []string{"IPv6 addresses"}},
		{"another IPv6 address", func(e *inventory.Interface) { e.IPv6[0] = ip("2001:db8::9") }, []string{"IPv6 addresses"}},
		{"a prefix less", func(e *inventory.Interface) { e.Prefixes = e.Prefixes[:1] }, []string{"prefixes"}},
		{"a prefix of another length", func(e *inventory.Interface) { e.Prefixes[0] = netip.MustParsePrefix("10.0.1.0/27") }, []string{"prefixes"}},
		{"a security group less", func(e *inventory.Interface) { e.SecurityGroups = nil }, []string{"security groups was [sg-1 sg-2] and is []"}},
		{"another security group", func(e *inventory.Interface) { e.SecurityGroups[0] = "sg-3" }, []string{"security groups"}},
		{"another MAC", func(e *inventory.Interface) { e.MAC = "02:00:00:00:00:02" }, []string{"MAC was 02:00:00:00:00:01 and is 02:00:00:00:00:02"}},
		{"source/destination check", func(e *inventory.Interface) { e.SourceDestCheck = false }, []string{"source/destination check was true and is false"}},
		{"several", func(e *inventory.Interface) {
			e.MAC, e.IPv6, e.Attachment.DeviceIndex = "", nil, 9
		}, []string{"MAC", "IPv6 addresses", "device index"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := whole()
			tt.change(&after)
			got := step.Differences(whole(), after, plan.Slot{Instance: "i-b", Index: 1})
			if len(got) != len(tt.words) {
				t.Fatalf("differences %q, want %q", got, tt.words)
			}
			all := strings.Join(got, "\n")
			for _, word := range tt.words {
				if !strings.Contains(all, word) {
					t.Errorf("no %q in %q", word, got)
				}
			}
		})
	}
}

// TestProofComparesWithThePlan: the proof compares with the interface as the plan saw it.
func TestProofComparesWithThePlan(t *testing.T) {
	p := run(t, unattachedScene(), "5s look unattached -> attach i-b/1\n6s ok new -> wait")
	after := show("new on i-b/1 attached")
	after.SecurityGroups = []string{"sg-1"}
	p.ask(p.move.AskTarget(p.now))
	p.move.Observe(p.now, p.now, &after)
	if p.next(); len(p.move.Result().Differences) != 1 {
		t.Errorf("differences %q", p.move.Result().Differences)
	}
}
