package simulation

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// Faults has the rates of what goes wrong, in percent of the calls, the invocations or the events.
type Faults struct {
	Throttle, ServerError, BareError, LostReply, LostRequest, Slow, Stale float64
	Killed                                                                float64
	// Outage is the rate of invocations whose looks fail for some time after they attach an interface.
	Outage float64
	// Standby is the rate of invocations during whose detach standbys stop.
	Standby             float64
	Lost, Doubled, Late float64
	// Hidden has the times in which reads do not show an instance or an interface.
	Hidden []Hiding
	// Probe is the rate of requests for the probe and results that are lost, doubled or late, each, and of runs that are
	// killed.
	Probe float64
	// CutOff has the times in which the prober reaches nothing.
	CutOff []Window
	// Denied has actions that the function's role may not call until the faults stop.
	Denied []string
	// WithoutKinds and WithoutFaults have the kinds of faults, and the single faults of calls, that shrinking leaves
	// out.
	WithoutKinds, WithoutFaults map[string]bool
}

// The kinds of faults, as the tally names them.
const (
	faultThrottle    = "throttle"
	faultServerError = "server-error"
	faultBareError   = "error-without-document"
	faultLostReply   = "lost-reply"
	faultLostRequest = "lost-request"
	faultSlow        = "slow-call"
	faultStale       = "stale-read"
	faultHidden      = "hidden"
	faultDenied      = "denied"
	faultKilled      = "killed"
	faultShortTime   = "short-of-time"
	faultEventLost   = "event-lost"
	faultDoubled     = "event-doubled"
	faultLate        = "event-late"
	faultReordered   = "events-reordered"
	faultConcurrent  = "concurrent-invocations"
	faultSkew        = "clock-skew"
	faultOutage      = "looks-fail"
	faultStandby     = "standby-stops"
	faultStopped     = "attached-to-stopped"
	faultDisruption  = "disrupted-zone"
	faultHungGuest   = "hung-guest"
	faultHungAttach  = "hung-attach"
	faultRefused     = "attach-refused"

	faultStart = "cold-start"
	// faultStorm is a storm of interruptions, and faultBucket a call that found its token bucket empty.
	faultStorm        = "storm"
	faultBucket       = "bucket-empty"
	faultStartRefused = "start-refused"
	faultStartFailed  = "start-failed"
	faultStartHung    = "hung-start"

	faultCutOff        = "prober-cut-off"
	faultRunKilled     = "probe-killed"
	faultProbeLost     = "probe-lost"
	faultProbeLate     = "probe-late"
	faultProbeDoubled  = "probe-doubled"
	faultResultLost    = "result-lost"
	faultResultLate    = "result-late"
	faultResultDoubled = "result-doubled"
)

func faultKinds() []string {
	return []string{
		faultThrottle, faultServerError, faultBareError, faultLostReply, faultLostRequest, faultSlow, faultStale, faultHidden,
		faultDenied, faultKilled, faultShortTime, faultEventLost, faultDoubled, faultLate, faultReordered,
		faultConcurrent, faultSkew, faultOutage, faultStandby, faultStopped, faultDisruption, faultHungGuest, faultHungAttach, faultRefused,
		faultCutOff, faultRunKilled, faultProbeLost, faultProbeLate, faultProbeDoubled, faultResultLost, faultResultLate, faultResultDoubled,
		happeningDies, happeningRestarts, happeningMonitor,
		faultStorm, faultBucket, faultStart, faultStartRefused, faultStartFailed, faultStartHung, happeningCapacity,
	}
}

// drawFaults draws the rates: a third of the scenarios have no faults of calls, and a few have many.
func drawFaults(d draw) Faults {
	var f Faults
	weather := pickWeighted(d, []weighted[float64]{{30, 0}, {45, 1}, {20, 4}, {5, 10}})
	for _, rate := range []*float64{&f.Throttle, &f.ServerError, &f.BareError, &f.LostReply, &f.LostRequest, &f.Slow, &f.Stale} {
		if d.chance(60) {
			*rate = weather * d.Float64() * 3
		}
	}
	f.Stale *= 3 // frequent in EC2, and most reads show nothing that has changed
	if weather > 0 {
		f.Killed = d.Float64() * 12
		f.Lost, f.Doubled, f.Late = d.Float64()*15, d.Float64()*15, d.Float64()*20
	}
	if d.chance(20) {
		f.Outage = 90
	}
	if d.chance(15) {
		f.Standby = 90
	}
	if d.chance(8) {
		f.Denied = []string{pick(d, []string{
			"DescribeInstanceStatus", "DescribeSpotInstanceRequests", "DescribeInstanceTypes", "DescribeAutoScalingInstances",
			"DetachNetworkInterface", "AttachNetworkInterface", "CreateTags", "ListHostedZonesByVPC", "ListResourceRecordSets",
			"DescribeInstances", "CompleteLifecycleAction", actionPut,
		})}
	}
	return f
}

// roll returns a number from 0 to 100 for one thing that could go wrong. The number does not change when something else
// is left out of the scenario.
func (s *Scenario) roll(of ...string) float64 {
	h := fnv.New64a()
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], s.Seed)
	_, _ = h.Write(seed[:])
	for _, part := range of {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	// FNV's upper bits hardly differ between inputs that differ only at the end.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53) * 100
}

// callFault draws what goes wrong with an invocation's n-th call of an action, and returns it with its kind.
func (s *Scenario) callFault(invocation, action, n string, read bool) (awssim.Fault, string) {
	r := s.roll("call", invocation, action, n)
	size := s.roll("size", invocation, action, n) / 100
	slow := time.Duration(size * float64(7*time.Second))
	if (slow - waitLimit).Abs() < answerMargin {
		slow = waitLimit + answerMargin
	}
	f := s.Faults
	choices := []struct {
		kind    string
		rate    float64
		fault   awssim.Fault
		applies bool
	}{
		{faultThrottle, f.Throttle, awssim.Fault{Code: throttleCode(action), Message: "Request limit exceeded."}, true},
		{faultServerError, f.ServerError, awssim.Fault{Code: "InternalError", Status: 500, Message: "An internal error has occurred"}, true},
		{faultBareError, f.BareError, awssim.Fault{Status: 503}, true},
		{faultLostReply, f.LostReply, awssim.Fault{LoseReply: true}, true},
		{faultLostRequest, f.LostRequest, awssim.Fault{Drop: true}, true},
		{faultSlow, f.Slow, awssim.Fault{Delay: slow}, true},
		{faultStale, f.Stale, awssim.Fault{Stale: time.Duration(size * float64(maxStale))}, read},
	}
	for _, c := range choices {
		if r -= c.rate; r < 0 {
			if f.WithoutKinds[c.kind] || !c.applies {
				break
			}
			return c.fault, c.kind
		}
	}
	return awssim.Fault{}, ""
}

// outage draws how long an invocation's looks fail after it attached an interface. That may be shorter or longer than
// the time that a target is given to finish the attach.
func (s *Scenario) outage(invocation string) time.Duration {
	if s.Faults.WithoutKinds[faultOutage] || s.roll("outage", invocation) >= s.Faults.Outage {
		return 0
	}
	return 20*time.Second + time.Duration(s.roll("outage-lasts", invocation)/100*float64(2*time.Minute))
}

// answerMargin is the time before and after the function's wait limit in which no call is answered, so that the rules
// know whether the function received the answer.
const answerMargin = 200 * time.Millisecond

// maxStale limits how old the state is that a Describe shows. EC2's documentation speaks of seconds, and the function
// disbelieves a contradicting look for five.
const maxStale = 4 * time.Second

func throttleCode(action string) string {
	switch action {
	case "ListHostedZonesByVPC", "ListResourceRecordSets", "ChangeResourceRecordSets", "DescribeAutoScalingInstances", "CompleteLifecycleAction":
		return "Throttling"
	}
	if action == actionPut {
		return "ThrottlingException"
	}
	return "RequestLimitExceeded"
}

func deniedCode(action string) string {
	switch action {
	case "ListHostedZonesByVPC", "ListResourceRecordSets", "ChangeResourceRecordSets", "DescribeAutoScalingInstances", "CompleteLifecycleAction":
		return "AccessDenied"
	}
	if action == actionPut {
		return "AccessDeniedException"
	}
	return "UnauthorizedOperation"
}
