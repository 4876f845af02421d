package main

import (
	_ "embed"
	"io"
	"os"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The accounts that are simulated unless another is given. The samples in events/ speak of the first: one database
// on a Spot instance, and a standby for each answer that a candidate can get. -audit takes the second, whose
// failovers would not work, one group for each cause; the descriptions of its interfaces tell them.
var (
	//go:embed default.json
	defaultWorld string
	//go:embed not-ready.json
	notReadyWorld string
)

// readWorld reads the account that is to be simulated.
func (o options) readWorld(stdin io.Reader) (awssim.World, error) {
	in, name := stdin, "standard input"
	switch {
	case o.world == "" && o.audit:
		in, name = strings.NewReader(notReadyWorld), "not-ready.json"
	case o.world == "":
		in, name = strings.NewReader(defaultWorld), "default.json"
	case o.world != "-":
		f, err := os.Open(o.world)
		if err != nil {
			return awssim.World{}, usage("-world: %w; accepted: a JSON file as -print-world prints it, or -", err)
		}
		defer func() { _ = f.Close() }() // only read
		in, name = f, o.world
	}
	world, err := awssim.ParseWorld(in)
	if err != nil {
		return awssim.World{}, usage("-world %s can't be used:\n%w", name, err)
	}
	return world, nil
}
