package awssim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Services, as [Call.Service] names them.
const (
	serviceEC2         = "ec2"
	serviceRoute53     = "route53"
	serviceAutoScaling = "autoscaling"
	serviceSTS         = "sts"
	serviceEvents      = "events"
)

// Call is one API call in the wire log.
type Call struct {
	Seq     int       // from 1; 0 while it is asked about ([Sim.Intercept])
	Time    time.Time // when it took effect
	Service string    // ec2, route53, autoscaling, sts, events; of a call that is not simulated, the signature's
	Action  string
	// Params are the request's parameters without Action and Version. For Route 53: `path`, the query,
	// and one `change` per change of a batch ("CREATE db.corp.internal. A 10.0.1.5"). For EventBridge: one `entry` per event ("ENI Failover Moved on default").
	Params    url.Values
	Mutating  bool // the action changes something, whether or not this call did
	DryRun    bool
	Status    int    // HTTP status; 0 if there was no reply to send
	Code      string // error code, "" if it was carried out
	Lost      Loss   // what an injected fault did to the exchange
	AccessKey string // from the Authorization header; "" if unsigned
}

// Loss says which half of an exchange never arrived.
type Loss string

// The losses. The zero value is none.
const (
	LostRequest Loss = "request lost" // dropped, or given up by the caller before it took effect
	LostReply   Loss = "reply lost"   // it took effect
)

// Fault is what a test does to one call. The zero value is none.
type Fault struct {
	// Code and Message refuse the call with this error; nothing takes effect. Status is the HTTP
	// status; 0 is the usual one of the code. A Status alone is an answer without an error document,
	// as a proxy in between gives it.
	Status        int
	Code, Message string
	LoseReply     bool          // the call takes effect, then the connection breaks
	Drop          bool          // the call never reaches the API: the connection breaks
	Delay         time.Duration // more latency, before it takes effect
	// Stale is how long ago the account was as this read shows it, no longer than [Timing].Remember (or
	// StaleReads, whichever is more) and the start of the simulation. What changes something sees the truth.
	Stale time.Duration
	// Hide are instances and interfaces that this read of EC2 does not show, as if they did not exist yet
	// (EC2 API, "Eventual consistency").
	Hide []string
	// Repeat is an instance or interface that each further page of this Describe shows once more, before its
	// own items, as a list does that changes between two pages.
	Repeat string
	// Before and After are run around the effect, unless the call is dropped, without any lock: they
	// may edit the account.
	Before, After func()
}

// refusal is what the fault has the API answer, nil if that is not refused.
func (f Fault) refusal() *refusal {
	if f.Code == "" && f.Status == 0 {
		return nil
	}
	refused := refuse(f.Code, "%s", f.Message)
	if f.Status != 0 {
		refused.status = f.Status
	}
	return refused
}

// String is one line, for transcripts.
func (c Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s #%d %s %s", c.Time.UTC().Format("15:04:05.000000"), c.Seq, c.Service, c.Action)
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		fmt.Fprintf(&b, " %s=%s", name, strings.Join(c.Params[name], ","))
	}
	b.WriteString(" →")
	if c.Status != 0 {
		fmt.Fprintf(&b, " %d", c.Status)
	}
	if c.Code != "" {
		b.WriteString(" " + c.Code)
	}
	if c.Lost != "" {
		fmt.Fprintf(&b, " (%s)", c.Lost)
	}
	return b.String()
}
