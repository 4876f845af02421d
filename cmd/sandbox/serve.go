package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// serve serves the simulated account until ctx ends.
func serve(ctx context.Context, o options, world awssim.World, p *page) error {
	address, err := serveAddress(o.serve, containerBridges())
	if err != nil {
		return err
	}
	var writing sync.Mutex
	s, err := newServed(world, func(line string) {
		writing.Lock()
		defer writing.Unlock()
		if !o.quiet {
			p.copied(plain, line)
			_ = p.flush() // the calls are answered even if nobody reads of them
		}
	})
	if err != nil {
		return err
	}
	e, err := listen(ctx, s.handler(), address)
	if err != nil {
		return usage("-serve %q: %w", o.serve, err)
	}
	writing.Lock()
	showServed(p, e, s.now().World(), o.quiet)
	err = p.flush()
	writing.Unlock()
	if err != nil {
		return errors.Join(err, e.close())
	}
	select {
	case <-ctx.Done():
		return e.close()
	case err := <-e.served:
		return fmt.Errorf("serve at %s: %w", e.address, err)
	}
}

func showServed(p *page, e *endpoint, w awssim.World, quiet bool) {
	p.line(bold, 0, "eni-failover sandbox: simulated EC2, Auto Scaling and Route 53 at "+e.url())
	p.line(plain, 2, fmt.Sprintf("Account %s in %s. It takes any credentials; it ends with Ctrl-C, and with it its state.", w.Account, w.Region))
	if host, _, err := net.SplitHostPort(e.address); err == nil && !netip.MustParseAddr(host).IsLoopback() {
		p.line(plain, 2, "The containers of this machine can reach it, too.")
	}
	p.title("To use it, in another terminal")
	commands(
		p,
		"export AWS_ENDPOINT_URL="+e.url(),
		"export AWS_REGION="+w.Region+" AWS_DEFAULT_REGION="+w.Region,
		"export AWS_ACCESS_KEY_ID="+dummyKey+" AWS_SECRET_ACCESS_KEY="+dummyKey,
		"unset AWS_PROFILE AWS_SESSION_TOKEN",
	)
	p.title("For example")
	commands(
		p,
		"aws ec2 describe-network-interfaces --filters Name=tag-key,Values="+inventory.TagGroup,
		"go run ./cmd/sandbox -invoke failover -endpoint "+e.url()+" "+sample,
		"curl -X POST "+e.url()+pathReset+"   # begin anew",
		"sam local invoke FailoverFunction --event events/manual-bare.json   # after: make sam-build ARCH=$(go env GOARCH)",
	)
	showIDs(p, w)
	if !quiet {
		p.title("Calls")
	}
}

// commands shows lines to copy, which are not wrapped.
func commands(p *page, lines ...string) {
	for _, line := range lines {
		p.copied(plain, "  "+line)
	}
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
		on := "attached to no instance"
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
