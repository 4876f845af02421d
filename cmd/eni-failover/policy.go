package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
)

// readPolicy is what status, audit and plan need.
//
//go:embed policy.json
var readPolicy string

// policy prints the IAM policy that status, audit and plan need.
func (c command) policy(context.Context) error {
	if _, err := io.WriteString(c.std.out, readPolicy); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
