package night

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// Stories returns all stories. A new one is a value here.
func Stories() []Story {
	probed := map[string]string{"EVENT_BUS": "default", "PROBE_VPC": vpcID}
	unprobed := map[string]string{"EVENT_BUS": "default"}
	startsStandbys := map[string]string{"EVENT_BUS": "default", "START_STANDBYS": "true"}
	return []Story{
		{
			Name:     "unreachable",
			Title:    "The database's process dies. EC2 says that all is well, and nothing answers at the address.",
			settings: probed,
			happenings: []happening{
				{0, "PostgreSQL on db-1 dies, and the port refuses connections", fails(verdict.Refused)},
			},
			lasts: 100 * time.Second,
		},
		{
			Name:     "silent",
			Title:    "The guest of the database hangs: nothing comes back. EC2 needs minutes to see it, if it ever does.",
			settings: probed,
			happenings: []happening{
				{0, "the guest of db-1 hangs, and all packets are lost", func(_ context.Context, r *run) {
					r.services.fail(holderID, verdict.Timeout)
					session.Edit(r.session.Sim(), holderID, func(in *awssim.Instance) { in.HungGuest = true })
				}},
			},
			lasts: 100 * time.Second,
		},
		{
			Name:     "isolated",
			Title:    "A network ACL cuts the probe off from everything for a while. The services are well, and nothing moves.",
			settings: probed,
			happenings: []happening{
				{0, "nothing reaches the probe any more", func(_ context.Context, r *run) { r.services.cutOff(true) }},
				{24 * time.Second, "the probe is connected again", func(_ context.Context, r *run) { r.services.cutOff(false) }},
			},
			lasts: 90 * time.Second,
		},
		{
			Name:     "no-standby",
			Title:    "The database's process dies while its standby is stopped. A person starts the standby.",
			settings: probed,
			prepare: func(w *awssim.World) {
				session.FindInstance(w, standbyID).State = "stopped"
			},
			happenings: []happening{
				{0, "PostgreSQL on db-1 dies, and the port refuses connections", fails(verdict.Refused)},
				{110 * time.Second, "a person has read the mail and started db-2", func(_ context.Context, r *run) {
					session.Edit(r.session.Sim(), standbyID, func(in *awssim.Instance) { in.State = "running" })
				}},
			},
			lasts: 170 * time.Second,
		},
		{
			Name:       "interruption",
			Title:      "EC2 takes the Spot instance of the database back, and says so two minutes before.",
			settings:   unprobed,
			happenings: interruption("", warns),
			lasts:      lastsInterruption,
		},
		{
			Name:       "cold-standby",
			Title:      "EC2 takes the Spot instance of the database back. Its standby is stopped, and is started now.",
			settings:   startsStandbys,
			prepare:    coldStandby,
			happenings: interruption("", warns),
			lasts:      lastsInterruption,
		},
		{
			Name:     "no-capacity",
			Title:    "The same, but EC2 has no capacity for the standby. A second one, of another type, is started instead.",
			settings: startsStandbys,
			prepare: func(w *awssim.World) {
				coldStandby(w)
				second := *session.FindInstance(w, standbyID)
				second.ID, second.Type = secondStandbyID, "m5.large"
				second.Tags = map[string]string{"Name": "db-3", inventory.TagGroup: "db", inventory.TagStart: "true", inventory.TagPriority: "200"}
				w.Instances = append(w.Instances, second)
				session.FindInstance(w, standbyID).RefuseStart = "InsufficientInstanceCapacity"
			},
			happenings: interruption("", warns),
			lasts:      lastsInterruption,
		},
		{
			Name:     "race",
			Title:    "The same interruption, but EventBridge delivers the warning twice. Two invocations move one interface.",
			settings: unprobed,
			happenings: interruption("; the event comes twice", func(ctx context.Context, r *run) {
				r.setDelivery(deliveryTwice)
				warns(ctx, r)
			}),
			lasts: lastsInterruption,
		},
		{
			Name:       "lost-event",
			Title:      "The same interruption, but EventBridge loses the warning. The sweep finds it.",
			settings:   unprobed,
			happenings: interruption("; the event is lost", func(_ context.Context, r *run) { r.interrupt(holderID) }),
			lasts:      lastsInterruption,
		},
	}
}

// lastsInterruption is the length of a story about an interruption: a little more than its notice.
const lastsInterruption = 125 * time.Second

// interruption returns the happenings of an interruption of the holder. more says what is special about the warning.
func interruption(more string, do func(context.Context, *run)) []happening {
	return []happening{
		{0, "EC2 warns: it interrupts db-1 in two minutes" + more, do},
		{2 * time.Minute, "EC2 terminates db-1", nil},
	}
}

// warns makes EC2 warn of the interruption of the holder.
func warns(ctx context.Context, r *run) {
	r.interrupt(holderID)
	r.deliver(ctx, "the warning", session.Change{Sample: "spot-interruption.json", Instance: holderID})
}

// coldStandby makes the standby a cold one. It is of another type than the holder, since a shortage goes by type.
func coldStandby(w *awssim.World) {
	in := session.FindInstance(w, standbyID)
	in.State, in.Type = "stopped", "t3a.medium"
	in.Tags[inventory.TagStart] = "true"
}

// fails makes the holder's application fail.
func fails(how verdict.Evidence) func(context.Context, *run) {
	return func(_ context.Context, r *run) { r.services.fail(holderID, how) }
}
