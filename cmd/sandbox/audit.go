package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// inspect audits the account and prints what the audit says to a person, or its whole result. Findings are no
// failure; that it could not look is one.
func inspect(ctx context.Context, o options, world awssim.World, settings failover.Settings, std streams, env lookup) error {
	sim, at, err := simulate(ctx, world)
	if err != nil {
		return err
	}
	log := io.Discard
	if o.verbose {
		log = std.err
	}
	ctx, cancel := context.WithTimeout(ctx, invocation)
	defer cancel()
	result, err := newAuditor(settings.Policy, at.config(sim.World().Region), log).Run(ctx)
	if err := errors.Join(err, at.close()); err != nil {
		return err
	}
	if o.json {
		return writeJSON(std.out, result)
	}
	page := newPage(std.out, env)
	showAudit(page, result)
	return page.flush()
}

// showAudit shows the text of an audit's result, its findings in the colours of their severities.
func showAudit(p *page, result readiness.Result) {
	for line := range strings.Lines(result.Text(p.width)) {
		line = strings.TrimSuffix(line, "\n")
		s := plain
		for severity, its := range map[readiness.Severity]style{readiness.Critical: bad, readiness.Warning: warn, readiness.Info: bold} {
			if strings.HasPrefix(line, strings.ToUpper(string(severity))+" ") {
				s = its
			}
		}
		p.copied(s, line)
	}
}
