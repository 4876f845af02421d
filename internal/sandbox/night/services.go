package night

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

const (
	// guestTime is the time that a guest takes to bring up an interface that EC2 calls attached: an assumption.
	guestTime = 500 * time.Millisecond
	// bootTime is the time from the start of an instance's running to its application's first answer: an assumption.
	bootTime = 20 * time.Second
	// roundTrip is the time of a packet to an address in the VPC and back.
	roundTrip = time.Millisecond
)

// services are the applications on the instances of a simulated account, and the network between them and the prober. It
// is safe for concurrent use.
type services struct {
	sim   *awssim.Sim
	start time.Time

	mu sync.Mutex
	// failed has the evidence that a question to an instance meets; an instance that is missing answers.
	failed map[string]verdict.Evidence
	// cut reports whether the prober is cut off from all of them.
	cut bool
}

// cutOff disconnects the prober, or connects it again.
func (s *services) cutOff(cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = cut
}

// fromProber returns the evidence that a question of the prober meets now.
func (s *services) fromProber(address netip.Addr) verdict.Evidence {
	s.mu.Lock()
	cut := s.cut
	s.mu.Unlock()
	if cut {
		return verdict.Timeout
	}
	return s.meets(address)
}

// fail makes the application on an instance fail from now on.
func (s *services) fail(instance string, how verdict.Evidence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed[instance] = how
}

// failing returns the evidence that a question to an instance meets, apart from its state.
func (s *services) failing(instance string) verdict.Evidence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed[instance]
}

// meets returns the evidence that a question to an address meets now.
func (s *services) meets(address netip.Addr) verdict.Evidence {
	w := s.sim.World()
	n := slices.IndexFunc(w.Interfaces, func(e awssim.Interface) bool {
		return slices.ContainsFunc(e.PrivateIPs, func(ip awssim.PrivateIP) bool { return ip.Address == address.String() })
	})
	if n < 0 {
		return verdict.Timeout
	}
	a := w.Interfaces[n].Attachment
	if a == nil || a.Status != "attached" || a.AttachTime.After(s.start) && time.Since(a.AttachTime) < time.Duration(w.Timing.Attach)+guestTime {
		return verdict.Timeout
	}
	if in := session.FindInstance(&w, a.Instance); in == nil || in.State != "running" || s.boots(w, *in) {
		return verdict.Timeout
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed[a.Instance]
}

// boots reports whether an instance was started and has not booted yet.
func (s *services) boots(w awssim.World, in awssim.Instance) bool {
	return in.LaunchTime.After(s.start) && time.Since(in.LaunchTime) < time.Duration(w.Timing.Start)+bootTime
}

// ask answers a question of the probe.
func (s *services) ask(ctx context.Context, q ask.Question) verdict.Evidence {
	met, wait := s.fromProber(q.Address), roundTrip
	if met.Silent() {
		wait = q.Timeout
	}
	if !pace.Wait(ctx, wait) {
		return verdict.Unasked
	}
	return met
}

// witness answers the probe's question to a witness.
func (s *services) witness(ctx context.Context, at netip.AddrPort, timeout time.Duration) bool {
	met := s.ask(ctx, ask.Question{Address: at.Addr(), Timeout: timeout})
	return met != verdict.Unasked && !met.Silent()
}
