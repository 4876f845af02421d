package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestAdvice has what a person reads of an interface that no instance can take, and of a request whose target can't.
// i-a holds eni-1, which is to leave it.
func TestAdvice(t *testing.T) {
	const stopped = "stopped i-a"
	tests := []struct {
		name, world, trigger, want string
	}{
		{
			"the easiest member is named first", "i-a name=db-a state=stopping\ni-b name=db-b az=b\ni-c name=db-c state=stopped", stopped,
			"none of the 3 members of group db can take it (i-c (db-c) is stopped, i-a (db-a) is stopping, i-b (db-b) is in b); next: start i-c (db-c), stopped, in a",
		},
		{
			"one that starts already", "i-a state=stopped\ni-b state=stopped\ni-c name=db-c state=pending", stopped,
			"none of the 3 members of group db can take it (i-c (db-c) is pending, i-a is stopped, i-b is stopped); next: wait for i-c (db-c), pending, in a",
		},
		{
			"the holder itself, when it has stopped and is the only one", "i-a name=db-a state=stopped", stopped,
			"the only member of group db can't take it (i-a (db-a) is stopped); next: start i-a (db-a), stopped, in a",
		},
		{
			"a stopped one that would not do", "i-a state=stopping\ni-b state=stopped type=c5\ntype c5 ipv4=0", stopped,
			"none of the 2 members of group db can take it (i-a is stopping, i-b is stopped); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"a stopped one without a slot", "i-a state=stopping\ni-b state=stopped taken=1,2", stopped,
			"none of the 2 members of group db can take it (i-a is stopping, i-b is stopped); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"a stopped Spot instance, which only EC2 restarts", "i-a state=stopping\ni-b state=stopped spot", stopped,
			"none of the 2 members of group db can take it (i-a is stopping, i-b is stopped); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"a stopped one that its Auto Scaling group replaces", "i-a state=stopping\ni-b state=stopped asg=InService", stopped,
			"none of the 2 members of group db can take it (i-a is stopping, i-b is stopped); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"a cold standby that the deployment does not start", "i-a state=stopping\ni-b name=db-b state=stopped start", stopped,
			"none of the 2 members of group db can take it (i-b (db-b) is a cold standby, which START_STANDBYS does not allow to start, i-a is stopping); next: start i-b (db-b), stopped, in a; to have it started when it is needed, set START_STANDBYS (StartStandbys in the template) to true",
		},
		{
			"those that are never cold standbys", "i-a state=stopping\ni-b state=stopped start spot\ni-c state=pending start asg=Pending\npolicy start", stopped,
			"none of the 3 members of group db can take it (i-c is pending, and an instance of an Auto Scaling group is never a cold standby, i-a is stopping, i-b is stopped, and a Spot instance is never a cold standby); next: wait for i-c, pending, in a",
		},
		{
			"full", "i-a state=stopping\ni-b name=db-b taken=1,2", stopped,
			"none of the 2 members of group db can take it (i-b (db-b) has no free slot, i-a is stopping); next: detach an interface from i-b (db-b), in a",
		},
		{
			"impaired, and the holder serves", "i-a spot\ni-b checks=impaired/ok", "spot-interruption i-a",
			"none of the 2 members of group db can take it (i-b fails its status checks, i-a is the one that it leaves); next: repair i-b, in a",
		},
		{
			"full before impaired", "i-a spot\ni-b checks=impaired/ok\ni-c taken=1,2", "spot-interruption i-a",
			"none of the 3 members of group db can take it (i-c has no free slot, i-b fails its status checks, i-a is the one that it leaves); next: detach an interface from i-c, in a",
		},
		{
			"full and impaired", "i-a spot\ni-b checks=impaired/ok taken=1,2", "spot-interruption i-a",
			"none of the 2 members of group db can take it (i-a is the one that it leaves, i-b fails its status checks); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"in standby in its Auto Scaling group", "i-a state=stopping\ni-b asg=Standby", stopped,
			"none of the 2 members of group db can take it (i-b is Standby in its Auto Scaling group, i-a is stopping); next: return i-b to service in its Auto Scaling group, in a",
		},
		{
			"too small", "i-a state=stopping\ni-b type=c5\ntype c5 ipv4=0", stopped,
			"none of the 2 members of group db can take it (i-a is stopping, i-b takes fewer addresses per interface (c5)); next: launch a standby of a type that takes the interface's addresses in a (v), tagged eni-failover:group=db",
		},
		{
			"going away", "i-a state=stopping\ni-b spot request=pending\ni-c asg=Terminating:Wait\ni-d vpc=w", stopped,
			"none of the 4 members of group db can take it (i-a is stopping, i-b is about to be interrupted by Spot, i-c is Terminating:Wait in its Auto Scaling group, i-d is in w); next: launch a standby in a (v), tagged eni-failover:group=db",
		},
		{
			"the same Spot pool", "i-a spot\ni-b spot\npolicy rebalance", "rebalance i-a",
			"none of the 2 members of group db can take it (i-a is the one that it leaves, i-b is of the same Spot pool); next: launch an On-Demand standby, or one of another instance type, in a (v), tagged eni-failover:group=db",
		},
		{
			"no member", "i-a state=stopping groups=-", stopped,
			"no instance is a member of group db; next: launch a standby in a (v), tagged eni-failover:group=db",
		},

		{
			"target stopped", "i-a\ni-b name=db-b\ni-c name=db-c\ni-e name=db-e state=stopped", "manual group=db target=i-e",
			"i-e (db-e) can't take eni-1: it is stopped; next: start it, or name one that can: i-c (db-c), i-b (db-b)",
		},
		{
			"target pending", "i-a\ni-e state=pending", "manual group=db target=i-e",
			"i-e can't take eni-1: it is pending; next: wait for it",
		},
		{
			"target in another zone", "i-a\ni-b\ni-e az=b", "manual group=db target=i-e",
			"i-e can't take eni-1: it is in b, and the interface in a (v); next: name one that can: i-b",
		},
		{
			"target in another zone, and no other", "i-a\ni-e az=b\ni-f name=db-f state=stopped", "manual group=db target=i-e",
			"i-e can't take eni-1: it is in b, and the interface in a (v); next: no other member can take it either, so start i-f (db-f), stopped, in a",
		},
		{
			"target full", "i-a\ni-b\ni-e taken=1,2", "manual group=db target=i-e",
			"i-e can't take eni-1: it has no free slot; next: detach an interface from it, or name one that can: i-b",
		},
		{
			"target impaired", "i-a\ni-b\ni-e checks=impaired/ok", "manual group=db target=i-e",
			"i-e can't take eni-1: it fails its status checks; next: repair it, or name one that can: i-b",
		},
		{
			"target of another group", "i-a\ni-b\ni-e groups=web", "manual group=db target=i-e",
			"i-e can't take eni-1: it is not a member of group db; next: add it to group db (its tag eni-failover:group), or name one that can: i-b",
		},
		{
			"target of another group and zone", "i-a\ni-b\ni-e groups=web az=b", "manual group=db target=i-e",
			"i-e can't take eni-1: it is not a member of group db; next: name one that can: i-b",
		},
		{
			"target terminated", "i-a\ni-b\ni-e state=terminated vpc=", "manual group=db target=i-e",
			"i-e can't take eni-1: it is terminated; next: name one that can: i-b",
		},
		{
			"target unknown to EC2", "i-a\ni-b\ni-e state=missing groups=- az= vpc=", "manual group=db target=i-e",
			"i-e can't take eni-1: it is not known to EC2; next: name one that can: i-b",
		},
		{
			"target that could not be asked about", "i-a\ni-b", "manual group=db target=i-e",
			"i-e can't take eni-1: it could not be asked about; next: name one that can: i-b",
		},
		{
			"unattached", "i-a\ni-b\ni-e state=stopped\neni-1 on=", "manual group=db target=i-e",
			"i-e can't take eni-1, which is attached to no instance: it is stopped; next: start it, or name one that can: i-b, i-a",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := decide(t, lines("eni-1 on=i-a", tt.world), tt.trigger)
			i := item(t, p, "eni-1")
			if got := i.Explanation(); got != tt.want {
				t.Errorf("it says\n%s\nwant\n%s\n%s", got, tt.want, show(p))
			}
			if refused := strings.Contains(tt.trigger, "target="); i.Refused != refused || (i.Settled == plan.OutcomeStranded) == refused {
				t.Errorf("%s", show(p))
			}
		})
	}
}

// TestAdviceIsShort: a group may have thousands of members. A few are named, and the others counted.
func TestAdviceIsShort(t *testing.T) {
	world := []string{"i-a state=stopping", "eni-1 on=i-a"}
	for n := range 1000 {
		world = append(world, fmt.Sprintf("i-%03d name=db-%03d az=b", n, n))
	}
	text := item(t, decide(t, lines(append(world, "i-x name=db-x state=stopped")...), "stopped i-a"), "eni-1").Explanation()
	if len(text) > 350 || !strings.Contains(text, "none of the 1002 members") || !strings.Contains(text, "i-x (db-x) is stopped") || !strings.Contains(text, "and 994 more") {
		t.Errorf("%d characters: %s", len(text), text)
	}
	for n := range 1000 {
		world[n+2] = fmt.Sprintf("i-%03d name=db-%03d", n, n)
	}
	text = item(t, decide(t, lines(append(world, "i-x name=db-x az=b")...), "manual interface=eni-1 target=i-x ago=1s"), "eni-1").Explanation()
	if len(text) > 300 || !strings.Contains(text, "name one that can") || !strings.Contains(text, "and 996 more") {
		t.Errorf("%d characters: %s", len(text), text)
	}
}
