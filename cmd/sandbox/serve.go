package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// loopback checks an address to serve at, and completes it. Only this machine may reach the simulator: it
// checks no credentials.
func loopback(address string) (string, error) {
	const accepted = "a loopback address and a port, like :4566, 127.0.0.1:0 or [::1]:4566"
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", usage("-serve %q: %w; accepted: %s", address, err, accepted)
	}
	switch ip, err := netip.ParseAddr(host); {
	case host == "", host == "localhost":
		host = "127.0.0.1"
	case err != nil, !ip.IsLoopback():
		return "", usage("-serve %q: it could be reached from other machines; accepted: %s", address, accepted)
	}
	return net.JoinHostPort(host, port), nil
}

// serve serves the simulated account until ctx ends.
func serve(ctx context.Context, o options, world awssim.World, p *page) error {
	address, err := loopback(o.serve)
	if err != nil {
		return err
	}
	sim, err := awssim.New(world)
	if err != nil {
		return usage("the simulated account can't be used:\n%w", err)
	}
	e, err := listen(ctx, sim, address)
	if err != nil {
		return usage("-serve %q: %w", o.serve, err)
	}
	showServed(p, e, sim.World())
	if err := p.flush(); err != nil {
		return errors.Join(err, e.close())
	}
	select {
	case <-ctx.Done():
		return e.close()
	case err := <-e.served:
		return fmt.Errorf("serve at %s: %w", e.address, err)
	}
}

func showServed(p *page, e *endpoint, w awssim.World) {
	p.line(bold, 0, "eni-failover sandbox: simulated EC2, Auto Scaling and Route 53 at "+e.url())
	p.line(plain, 2, fmt.Sprintf("Account %s in %s. It takes any credentials; it ends with Ctrl-C, and with it its state.", w.Account, w.Region))
	p.title("To use it, in another terminal")
	for _, line := range []string{
		"export AWS_ENDPOINT_URL=" + e.url(),
		"export AWS_REGION=" + w.Region + " AWS_DEFAULT_REGION=" + w.Region,
		"export AWS_ACCESS_KEY_ID=" + dummyKey + " AWS_SECRET_ACCESS_KEY=" + dummyKey,
		"unset AWS_PROFILE AWS_SESSION_TOKEN",
	} {
		p.line(plain, 2, line)
	}
	p.title("For example")
	for _, line := range []string{
		"aws ec2 describe-network-interfaces --filters Name=tag-key,Values=" + inventory.TagGroup,
		`echo '{"group":"db","target":"` + standbyID + `"}' | sam local invoke -e - --docker-network host FUNCTION`,
	} {
		p.text.WriteString("  " + line + "\n")
	}
	showIDs(p, w)
}

// showIDs lists what there is to name in a call.
func showIDs(p *page, w awssim.World) {
	p.title("What is there")
	var rows [][]string
	for _, e := range w.Interfaces {
		group, managed := e.Tags[inventory.TagGroup]
		if !managed {
			continue
		}
		on := "attached to nothing"
		if e.Attachment != nil {
			on = fmt.Sprintf("on %s at index %d", e.Attachment.Instance, e.Attachment.DeviceIndex)
		}
		rows = append(rows, []string{e.ID, "group " + group, strings.Join([]string{e.AZ, addresses(e), on}, ", ")})
	}
	for _, in := range w.Instances {
		rows = append(rows, []string{in.ID, in.Tags["Name"], strings.Join([]string{in.AZ, in.Type, market(in), in.State}, ", ")})
	}
	for _, z := range w.Zones {
		rows = append(rows, []string{z.ID, "zone", strings.TrimSuffix(z.Name, ".")})
	}
	p.table(2, rows)
}
