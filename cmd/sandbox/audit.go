package main

import (
	"context"
	"errors"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// auditAccount audits the account and prints the audit's text, or its whole result. A finding is not an error; an
// account that could not be read is.
func (c command) auditAccount(ctx context.Context, settings readiness.Settings) error {
	s, at, err := c.simulate(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, session.Timeout)
	defer cancel()
	result, err := newAuditor(settings, at.config(s.Sim().World().Region), c.log()).Run(ctx)
	if err := errors.Join(err, at.close()); err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.std.out, result)
	}
	page := display.NewPage(c.std.out, c.env)
	page.ShowAudit(result)
	return page.Flush()
}
