package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// pause sets the tag eni-failover:paused on an interface, with the person's own credentials: no function may do that.
func (c command) pause(ctx context.Context) error { return c.setPaused(ctx, true) }

// unpause removes the tag.
func (c command) unpause(ctx context.Context) error { return c.setPaused(ctx, false) }

func (c command) setPaused(ctx context.Context, paused bool) error {
	cfg, err := c.connect(ctx)
	if err != nil {
		return err
	}
	client := ec2Client(cfg)
	e, err := c.findInterface(ctx, client)
	if err != nil {
		return err
	}
	word := map[bool]string{true: "paused", false: "not paused"}[paused]
	fields := map[string]any{"interface": e.ID, "group": e.Group, "paused": paused, "changed": e.Paused != paused}
	if e.Paused == paused {
		return c.done(fields, e.ID+" is "+word+" already. Nothing was changed.")
	}
	what := fmt.Sprintf("Pause %s of group %s, which is %s. It is left alone then, also when its holder goes away, until it is unpaused.", e.ID, e.Group, where(e))
	if !paused {
		what = fmt.Sprintf("Unpause %s of group %s, which is %s. If no running instance holds it, the next sweep moves it.", e.ID, e.Group, where(e))
	}
	if err := c.agree(what); err != nil {
		return err
	}
	change := client.Pause
	if !paused {
		change = client.Unpause
	}
	if err := change(ctx, e.ID); err != nil {
		return explain(err, changes)
	}
	return c.done(fields, e.ID+" is "+word+" now.")
}

// findInterface looks the interface up among the managed ones.
func (c command) findInterface(ctx context.Context, client *ec2api.Client) (inventory.Interface, error) {
	list, err := client.ManagedInterfaces(ctx)
	if err != nil {
		return inventory.Interface{}, explain(err, changes)
	}
	var ids []string
	for _, e := range list {
		if e.ID == c.args[0] {
			return e, nil
		}
		ids = append(ids, e.ID)
	}
	const most = 5
	if len(ids) > most {
		ids = append(ids[:most], "…")
	}
	return inventory.Interface{}, usage("%s of %q, which is no interface with the tag %s here; accepted: one of %s; check -region, too", c.name, c.args[0], inventory.TagGroup, strings.Join(ids, ", "))
}

// where says on which instance an interface is.
func where(e inventory.Interface) string {
	switch {
	case e.Unattached():
		return "unattached"
	case e.Holder() == "":
		return "used by a service"
	}
	return "on " + e.Holder()
}
