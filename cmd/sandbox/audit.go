package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// inspect audits the account and prints what the audit says to a person, or its whole result. Findings are no
// failure; that it could not look is one.
func inspect(ctx context.Context, o options, world awssim.World, settings failover.Settings, std streams) error {
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
	if _, err := io.WriteString(std.out, result.Summary.Text); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
