package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/sandbox/web"
)

const (
	// webAddress is the address of the page, unless -web has another one.
	webAddress = "127.0.0.1:4580"
	// webStory is the story that the page begins with.
	webStory = "interruption"
)

// serveWeb serves the page until ctx ends.
func (c command) serveWeb(ctx context.Context) error {
	const accepted = "a loopback address and a port from 0 to 65535, like :4580 or 127.0.0.1:0"
	address, err := localAddress(c.web, func(string) (string, error) { return "", errors.New("the page is for this machine only") })
	if err != nil {
		return usage("-web=%s: %w; accepted: %s", c.web, err, accepted)
	}
	site, err := web.New(ctx, web.Config{Story: cmp.Or(c.story, webStory), Env: c.env, Log: c.log()})
	if err != nil {
		return &usageError{err: err}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	at, err := listen(ctx, site.Handler(), address)
	if err != nil {
		site.Close()
		return usage("-web=%s: %w; accepted: %s", c.web, err, accepted)
	}
	page := display.NewPage(c.std.out, c.env)

	page.Line(display.Bold, 0, "eni-failover sandbox: a night to look at")
	page.Copied(display.Plain, "  "+at.url())
	page.Line(display.Plain, 2, "Open it in a browser. It is for this machine only, reaches no AWS, and forgets everything when it ends, with Ctrl-C.")
	err = page.Flush()
	if err == nil {
		<-ctx.Done()
	}
	err = errors.Join(err, at.close())
	site.Close()
	return err
}
