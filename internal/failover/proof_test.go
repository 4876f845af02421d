package failover_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestProof changes the interface while it moves: the proof names each difference.
func TestProof(t *testing.T) {
	no := false
	tests := map[string]struct {
		change func(*awssim.Interface)
		says   []string
	}{
		"nothing":                 {func(*awssim.Interface) {}, nil},
		"an address more":         {func(e *awssim.Interface) { e.PrivateIPs = append(e.PrivateIPs, awssim.PrivateIP{Address: "10.7.7.7"}) }, []string{"private addresses", "10.7.7.7"}},
		"another primary address": {func(e *awssim.Interface) { e.PrivateIPs[0].Primary, e.PrivateIPs[1].Primary = false, true }, []string{"private addresses", "(primary)"}},
		"an Elastic IP less":      {func(e *awssim.Interface) { e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID = "", "" }, []string{"Elastic IPs", "203.0.113.1"}},
		"an Elastic IP moved": {func(e *awssim.Interface) {
			e.PrivateIPs[1].ElasticIP, e.PrivateIPs[1].AllocationID = e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID
			e.PrivateIPs[0].ElasticIP, e.PrivateIPs[0].AllocationID = "", ""
		}, []string{"Elastic IPs"}},
		"an IPv6 address":          {func(e *awssim.Interface) { e.IPv6 = []string{"2001:db8::7"} }, []string{"IPv6", "2001:db8::7"}},
		"a prefix less":            {func(e *awssim.Interface) { e.IPv4Prefixes = nil }, []string{"prefixes", "10.8.0.0/28"}},
		"security groups":          {func(e *awssim.Interface) { e.SecurityGroups = []string{"sg-1", "sg-3"} }, []string{"security groups", "sg-3"}},
		"security groups reversed": {func(e *awssim.Interface) { slices.Reverse(e.SecurityGroups) }, nil},
		"MAC":                      {func(e *awssim.Interface) { e.MAC = "02:00:00:00:00:99" }, []string{"MAC", "02:00:00:00:00:99"}},
		"source/destination check": {func(e *awssim.Interface) { e.SourceDestCheck = &no }, []string{"source/destination check"}},
		"DeleteOnTermination":      {func(e *awssim.Interface) { e.Attachment.DeleteOnTermination = true }, []string{"DeleteOnTermination"}},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) {
				e := &w.Interfaces[0]
				e.PrivateIPs = []awssim.PrivateIP{{Address: "10.0.0.5", ElasticIP: "203.0.113.1"}, {Address: "10.0.0.6"}}
				e.SecurityGroups, e.IPv4Prefixes = []string{"sg-1", "sg-2"}, []string{"10.8.0.0/28"}
			}))
			l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() { l.editInterface("a", test.change) }}})
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			got := strings.Join(r.Interfaces[0].Differences, "; ")
			if (got == "") != (test.says == nil) {
				t.Errorf("differences %q", got)
			}
			for _, word := range test.says {
				if !strings.Contains(got, word) {
					t.Errorf("differences do not say %q: %q", word, got)
				}
			}
		})
	}
}
