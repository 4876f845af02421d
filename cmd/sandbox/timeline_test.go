package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

const attachment = "eni-attach-0a1b2c3d4e5f60001"

// past makes a trial whose history is written down, not measured: instants are milliseconds since the event.
type past struct {
	start time.Time
	trial *trial
}

func newPast(end, eventToAttached int) *past {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	p := &past{start: start}
	p.trial = &trial{
		start: start, end: p.at(end), moved: true,
		trigger: trigger.Trigger{Kind: trigger.KindSpotInterruption, Instance: holderID},
		sent:    awssim.World{Timing: awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)}},
		report: failover.Report{
			Outcome: plan.OutcomeMoved,
			Interfaces: []failover.InterfaceReport{{
				Interface: interfaceID, Outcome: plan.OutcomeMoved, EventToAttachedMs: int64(eventToAttached),
			}},
		},
		history: history{start: map[string]condition{
			holderID:    {state: "running"},
			interfaceID: {state: attached, attachment: attachment, instance: holderID, index: 1},
		}},
	}
	return p
}

func (p *past) at(millis int) time.Time { return p.start.Add(time.Duration(millis) * time.Millisecond) }

// call adds a call; params are NAME, VALUE pairs.
func (p *past) call(millis int, service, action, code string, params ...string) {
	values := url.Values{}
	for i := 0; i < len(params); i += 2 {
		values.Set(params[i], params[i+1])
	}
	h := &p.trial.history
	h.calls = append(h.calls, awssim.Call{
		Seq: len(h.calls) + 1, Time: p.at(millis), Service: service, Action: action, Code: code, Params: values,
		Mutating: action == detachAction || action == attachAction,
	})
}

func (p *past) looks(at ...int) {
	for _, millis := range at {
		p.call(millis, "ec2", "DescribeNetworkInterfaces", "", "Filter.1.Name", "network-interface-id", "Filter.1.Value.1", interfaceID)
	}
}

func (p *past) detach(millis int, code string) {
	p.call(millis, "ec2", detachAction, code, "AttachmentId", attachment)
}

func (p *past) attach(millis int, to, code string) {
	p.call(millis, "ec2", attachAction, code, "NetworkInterfaceId", interfaceID, "InstanceId", to, "DeviceIndex", "1")
}

func (p *past) change(millis int, id string, now condition) {
	h := &p.trial.history
	at := p.at(millis)
	h.changes = append(h.changes, change{at: at, id: id, was: h.at(id, at), now: now})
}

// observed adds what every move begins with, up to 80 ms.
func (p *past) observed() {
	p.call(10, "ec2", "DescribeNetworkInterfaces", "", "Filter.1.Name", "tag-key", "Filter.1.Value.1", "eni-failover:group")
	p.call(30, "ec2", "DescribeInstances", "")
	p.call(51, "ec2", "DescribeInstanceTypes", "")
	p.call(52, "ec2", "DescribeInstanceStatus", "")
	p.call(71, "route53", "ListHostedZonesByVPC", "", "vpcid", vpcID)
	p.looks(72)
}

var (
	onTheWayOff = condition{state: "detaching", attachment: attachment, instance: holderID, index: 1}
	onTheWayTo  = condition{state: "attaching", attachment: "eni-attach-2", instance: standbyID, index: 1}
	arrived     = condition{state: attached, attachment: "eni-attach-2", instance: standbyID, index: 1}
)

func (p *past) text() string {
	var b strings.Builder
	for _, r := range p.trial.timeline() {
		fmt.Fprintf(&b, "%d %s %s\n", r.at.Sub(p.start).Milliseconds(), r.who, r.text)
	}
	return b.String()
}

func TestTimelineOfAMove(t *testing.T) {
	p := newPast(3220, 3219)
	p.observed()
	p.detach(93, "")
	p.change(93, interfaceID, onTheWayOff)
	p.looks(115, 140, 2000)
	p.change(2093, interfaceID, condition{state: free})
	p.looks(2150)
	p.attach(2175, standbyID, "")
	p.change(2175, interfaceID, onTheWayTo)
	p.looks(2200, 3100)
	p.change(3175, interfaceID, arrived)
	p.looks(3209)
	want := `0 event spot-interruption: i-0a1b2c3d4e5f60001
10 EC2 DescribeNetworkInterfaces tag-key=eni-failover:group
30 EC2 DescribeInstances
51 EC2 DescribeInstanceStatus + DescribeInstanceTypes
71 Route 53 ListHostedZonesByVPC vpc-0a1b2c3d4e5f60001
72 EC2 ... 1 look: attached
93 EC2 DetachNetworkInterface eni-0a1b2c3d4e5f60001
115 EC2 ... 3 looks until 2.000 s: detaching
2093 account eni-0a1b2c3d4e5f60001 is free, 2.000 s after the detach
2150 EC2 ... 1 look: free
2175 EC2 AttachNetworkInterface eni-0a1b2c3d4e5f60001 to i-0a1b2c3d4e5f60002 at index 1
2200 EC2 ... 2 looks until 3.100 s: attaching
3175 account eni-0a1b2c3d4e5f60001 is attached, 1.000 s after the attach
3209 EC2 ... 1 look: attached
3220 function returns: moved
`
	if diff := cmp.Diff(want, p.text()); diff != "" {
		t.Errorf("timeline (-want +got)\n%s", diff)
	}
	chains := p.trial.chains()
	if len(chains) != 1 {
		t.Fatalf("%d chains", len(chains))
	}
	c := chains[0]
	// 4 rounds before the detach, the detach, the attach
	if c.least() != 3*time.Second+6*20*time.Millisecond || c.added() != 99*time.Millisecond {
		t.Errorf("least %s, added %s: %s", c.least(), c.added(), c.leastText())
	}
	if got, want := c.leastText(), "detach 2.000 s, attach 1.000 s, 6 calls in a row, 0.020 s each"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.addedText(), "free seen 0.057 s late, attached 0.034 s late, rest 0.008 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTimelineOfAStoppingInstance(t *testing.T) {
	p := newPast(4500, 4499)
	p.change(1, holderID, condition{state: "stopping"})
	p.observed()
	p.detach(93, "IncorrectState")
	p.looks(115)
	p.detach(140, "IncorrectState")
	p.looks(165)
	p.detach(190, "IncorrectState")
	p.change(1093, holderID, condition{state: "stopped"})
	p.looks(1100)
	p.detach(1125, "")
	p.change(1125, interfaceID, onTheWayOff)
	p.change(3125, interfaceID, condition{state: free})
	p.looks(3150)
	p.attach(3175, "i-0a1b2c3d4e5f60003", "AttachmentLimitExceeded")
	p.attach(3200, standbyID, "")
	p.change(3200, interfaceID, onTheWayTo)
	p.change(4200, interfaceID, arrived)
	p.looks(4230)
	for _, want := range []string{
		"1 account i-0a1b2c3d4e5f60001 is stopping\n",
		"72 EC2 ... 1 look: attached, the instance stopping\n",
		"93 EC2 DetachNetworkInterface eni-0a1b2c3d4e5f60001: refused, IncorrectState\n",
		"115 EC2 ... 2 looks, 2 more refusals until 0.190 s: attached, the instance stopping\n",
		"1093 account i-0a1b2c3d4e5f60001 is stopped\n",
		"1125 EC2 DetachNetworkInterface eni-0a1b2c3d4e5f60001\n",
		"3175 EC2 AttachNetworkInterface eni-0a1b2c3d4e5f60001 to i-0a1b2c3d4e5f60003 at index 1: refused, AttachmentLimitExceeded\n",
	} {
		if !strings.Contains(p.text(), want) {
			t.Errorf("%q is missing\n%s", want, p.text())
		}
	}
	c := p.trial.chains()[0]
	want := "EC2 refuses 1.000 s, detach 2.000 s, attach 1.000 s, 7 calls in a row, 0.020 s each"
	if got := c.leastText(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The watch sees a change late when the machine is busy; what the call and the account say is exact.
func TestSharpen(t *testing.T) {
	p := newPast(100, 0)
	p.detach(10, "")
	p.change(14, interfaceID, onTheWayOff)
	p.change(250, interfaceID, condition{state: free})
	p.attach(251, standbyID, "")
	p.change(251, interfaceID, onTheWayTo)
	p.change(270, interfaceID, arrived)
	h := p.trial.history.sharpened(awssim.Timing{Detach: awssim.Duration(200 * time.Millisecond), Attach: awssim.Duration(50 * time.Millisecond)})
	for i, want := range []int{10, 210, 251, 270} {
		if got := h.changes[i].at; !got.Equal(p.at(want)) {
			t.Errorf("change %d to %s at %s, want %d ms", i, h.changes[i].now.state, got.Sub(p.start), want)
		}
	}
}
