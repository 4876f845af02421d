package main

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// stories returns all stories. A new one is a value here.
func stories() []story {
	probed := map[string]string{"EVENT_BUS": "default", "PROBE_VPC": storyVPC}
	unprobed := map[string]string{"EVENT_BUS": "default"}
	startsStandbys := map[string]string{"EVENT_BUS": "default", "START_STANDBYS": "true"}
	return []story{
		{
			name:     "unreachable",
			title:    "The database's process dies. EC2 says that all is well, and nothing answers at the address.",
			settings: probed,
			happenings: []happening{
				{0, "PostgreSQL on db-1 dies, and the port refuses connections", fails(verdict.Refused)},
			},
			lasts: 100 * time.Second,
		},
		{
			name:     "silent",
			title:    "The guest of the database hangs: nothing comes back. EC2 needs minutes to see it, if it ever does.",
			settings: probed,
			happenings: []happening{
				{0, "the guest of db-1 hangs, and all packets are lost", func(_ context.Context, r *storyRun) {
					r.services.fail(storyHolder, verdict.Timeout)
					edit(r.session.now(), storyHolder, func(in *awssim.Instance) { in.HungGuest = true })
				}},
			},
			lasts: 100 * time.Second,
		},
		{
			name:     "isolated",
			title:    "A network ACL cuts the probe off from everything for a while. The services are well, and nothing moves.",
			settings: probed,
			happenings: []happening{
				{0, "nothing reaches the probe any more", func(_ context.Context, r *storyRun) { r.services.cutOff(true) }},
				{24 * time.Second, "the probe is connected again", func(_ context.Context, r *storyRun) { r.services.cutOff(false) }},
			},
			lasts: 90 * time.Second,
		},
		{
			name:     "no-standby",
			title:    "The database's process dies while its standby is stopped. A person starts the standby.",
			settings: probed,
			prepare: func(w *awssim.World) {
				findInstance(w, storyStandby).State = "stopped"
			},
			happenings: []happening{
				{0, "PostgreSQL on db-1 dies, and the port refuses connections", fails(verdict.Refused)},
				{110 * time.Second, "a person has read the mail and started db-2", func(_ context.Context, r *storyRun) {
					edit(r.session.now(), storyStandby, func(in *awssim.Instance) { in.State = "running" })
				}},
			},
			lasts: 170 * time.Second,
		},
		{
			name:     "interruption",
			title:    "EC2 takes the Spot instance of the database back, and says so two minutes before.",
			settings: unprobed,
			happenings: []happening{
				{0, "EC2 warns: it interrupts db-1 in two minutes", warns},
				{2 * time.Minute, "EC2 terminates db-1", nil},
			},
			lasts: 125 * time.Second,
		},
		{
			name:     "cold-standby",
			title:    "EC2 takes the Spot instance of the database back. Its standby is stopped, and is started now.",
			settings: startsStandbys,
			prepare:  coldStandby,
			happenings: []happening{
				{0, "EC2 warns: it interrupts db-1 in two minutes", warns},
				{2 * time.Minute, "EC2 terminates db-1", nil},
			},
			lasts: 125 * time.Second,
		},
		{
			name:     "no-capacity",
			title:    "The same, but EC2 has no capacity for the standby. A second one, of another type, is started instead.",
			settings: startsStandbys,
			prepare: func(w *awssim.World) {
				coldStandby(w)
				second := *findInstance(w, storyStandby)
				second.ID, second.Type = storySecondStandby, "m5.large"
				second.Tags = map[string]string{"Name": "db-3", inventory.TagGroup: "db", inventory.TagStart: "true", inventory.TagPriority: "200"}
				w.Instances = append(w.Instances, second)
				findInstance(w, storyStandby).RefuseStart = "InsufficientInstanceCapacity"
			},
			happenings: []happening{
				{0, "EC2 warns: it interrupts db-1 in two minutes", warns},
				{2 * time.Minute, "EC2 terminates db-1", nil},
			},
			lasts: 125 * time.Second,
		},
		{
			name:     "lost-event",
			title:    "The same interruption, but EventBridge loses the warning. The sweep finds it.",
			settings: unprobed,
			happenings: []happening{
				{0, "EC2 warns: it interrupts db-1 in two minutes; the event is lost", func(_ context.Context, r *storyRun) {
					r.interrupt(storyHolder)
				}},
				{2 * time.Minute, "EC2 terminates db-1", nil},
			},
			lasts: 125 * time.Second,
		},
	}
}

// warns makes EC2 warn of the interruption of the holder.
func warns(ctx context.Context, r *storyRun) {
	r.interrupt(storyHolder)
	r.deliver(ctx, "the warning", change{flag: "interrupt", sample: changeSamples()["interrupt"], instance: storyHolder})
}

// coldStandby makes the standby a cold one. It is of another type than the holder, since a shortage goes by type.
func coldStandby(w *awssim.World) {
	in := findInstance(w, storyStandby)
	in.State, in.Type = "stopped", "t3a.medium"
	in.Tags[inventory.TagStart] = "true"
}

// fails makes the holder's application fail.
func fails(how verdict.Evidence) func(context.Context, *storyRun) {
	return func(_ context.Context, r *storyRun) { r.services.fail(storyHolder, how) }
}
