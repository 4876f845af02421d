package main

import (
	"context"
	"fmt"
)

// off switches the deployed function off: with no invocation reserved for it, Lambda invokes it no more.
func (c command) off(ctx context.Context) error {
	f, now, err := c.switched(ctx)
	if err != nil {
		return err
	}
	fields := map[string]any{"function": f.name, "on": false, "reservedConcurrency": 0, "changed": !now.off()}
	if now.off() {
		return c.done(fields, f.name+" is off already. Nothing was changed.")
	}
	back := "eni-failover on"
	if now.limited {
		back += fmt.Sprintf(" -concurrency %d", now.reserved)
	}
	if err := c.agree(fmt.Sprintf("Switch %s off (its reserved concurrency is %s, and becomes 0). A running invocation ends its work; after it nothing is moved, whatever fails. "+
		"Lambda keeps the events in the queue of failed events; EventsDroppedAlarm and NoSweepAlarm go off.", f.name, now)); err != nil {
		return err
	}
	if err := f.client.Reserve(ctx, f.name, 0); err != nil {
		return explain(err, changes)
	}
	return c.done(fields, f.name+" is off. To switch it on again: "+back)
}

// on switches it on again.
func (c command) on(ctx context.Context) error {
	f, now, err := c.switched(ctx)
	if err != nil {
		return err
	}
	want := concurrency{reserved: c.concurrency, limited: c.concurrency > 0}
	fields := map[string]any{"function": f.name, "on": true, "changed": now != want}
	if want.limited {
		fields["reservedConcurrency"] = want.reserved
	}
	if now == want {
		return c.done(fields, fmt.Sprintf("%s is on already, with reserved concurrency %s. Nothing was changed.", f.name, now))
	}
	if err := c.agree(fmt.Sprintf("Switch %s on (its reserved concurrency is %s, and becomes %s). The next sweep repairs what happened in the meantime.", f.name, now, want)); err != nil {
		return err
	}
	if want.limited {
		err = f.client.Reserve(ctx, f.name, int32(want.reserved)) //nolint:gosec // the flag limits it
	} else {
		err = f.client.Unreserve(ctx, f.name)
	}
	if err != nil {
		return explain(err, changes)
	}
	return c.done(fields, f.name+" is on. Now purge the queue FailedEventsQueueUrl, since its events are old.")
}

// concurrency is the reserved concurrency of a function.
type concurrency struct {
	reserved int
	limited  bool // false: none is reserved
}

func (n concurrency) off() bool { return n.limited && n.reserved == 0 }

func (n concurrency) String() string {
	if !n.limited {
		return "none"
	}
	return fmt.Sprint(n.reserved)
}

// switched finds the deployed function and its reserved concurrency.
func (c command) switched(ctx context.Context) (function, concurrency, error) {
	f, err := c.deployed(ctx)
	if err != nil {
		return f, concurrency{}, err
	}
	n, reserved, err := f.client.ReservedConcurrency(ctx, f.name)
	if err != nil {
		return f, concurrency{}, explain(err, changes)
	}
	return f, concurrency{reserved: n, limited: reserved}, nil
}
