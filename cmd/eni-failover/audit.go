package main

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/display"
)

// audit audits the account as the deployed audit does. A finding is no error.
func (c command) audit(ctx context.Context) error {
	r, err := c.newReader(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	result, err := r.auditor.Run(ctx)
	if err != nil {
		return explain(err, reads)
	}
	if c.json {
		return writeJSON(c.std.out, result)
	}
	p := display.NewPage(c.std.out, c.env)
	p.ShowAudit(result)
	p.Line(display.Plain, 0, "")
	p.Line(display.Dim, 0, "Judged by "+r.source+".")
	return p.Flush()
}
