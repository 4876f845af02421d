package main

import (
	"context"
	"errors"
	"strings"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// auditAccount audits the account and prints the audit's text, or its whole result. A finding is not an error; an
// account that could not be read is.
func (c command) auditAccount(ctx context.Context, settings failover.Settings) error {
	s, at, err := c.simulate(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := newAuditor(settings.Policy, at.config(s.now().World().Region), c.log()).Run(ctx)
	if err := errors.Join(err, at.close()); err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.std.out, result)
	}
	page := newPage(c.std.out, c.env)
	showAudit(page, result)
	return page.flush()
}

// showAudit shows the text of an audit's result. The severity of a finding is its colour.
func showAudit(p *page, result readiness.Result) {
	styles := map[string]style{"CRITICAL": bad, "WARNING": warn, "INFO": bold}
	for line := range strings.Lines(result.Text(p.width)) {
		severity, _, _ := strings.Cut(line, " ")
		p.copied(styles[severity], strings.TrimSuffix(line, "\n"))
	}
}
