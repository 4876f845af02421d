package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
)

// readPolicy is what status, audit and plan need. changePolicy is what the commands need that change something, or ask the
// function.
var (
	//go:embed policy.json
	readPolicy string
	//go:embed changes.json
	changePolicy string
)

// policy prints an IAM policy for people.
func (c command) policy(context.Context) error {
	document := readPolicy
	if len(c.args) > 0 {
		document = changePolicy
	}
	if _, err := io.WriteString(c.std.out, document); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
