package night

import (
	"context"
	_ "embed"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// baseWorld is the account of all stories: a database on a Spot instance with its standby, and a web server.
//
//go:embed story.json
var baseWorld string

// The parts of baseWorld that stories name.
const (
	holderID       = "i-000000d1"
	standbyID      = "i-000000d2"
	interfaceID    = "eni-000000db"
	serviceAddress = "10.0.1.10"
	vpcID          = "vpc-0000000a"

	secondStandbyID = "i-000000d3" // some stories add it
)

// Story is a night on a simulated account: what happens to it, and when. What the functions make of it is not a part of
// the story.
type Story struct {
	Name string
	// Title says what happens.
	Title string
	// settings has the variables of the function that the story needs. All others come from the environment.
	settings map[string]string
	// prepare changes the account before the story begins; nil if it stays as it is.
	prepare func(*awssim.World)
	// happenings are in the order of time. The first is the incident, from which all times are counted.
	happenings []happening
	// lasts limits the time after the incident; zero if the story has no end.
	lasts time.Duration
}

// happening is something that happens to an instance or its application.
type happening struct {
	after time.Duration
	text  string
	// do makes it happen; nil if an earlier happening has already arranged it.
	do func(context.Context, *run)
}

// Settings reads the function's settings from an environment, with the variables that the story needs.
func (s Story) Settings(env func(name string) (value string, ok bool)) (failover.Settings, error) {
	return failover.ReadSettings(func(name string) (string, bool) {
		if value, ok := s.settings[name]; ok {
			return value, true
		}
		return env(name)
	})
}

// world returns the account at the beginning of the story.
func (s Story) world() (awssim.World, error) {
	w, err := awssim.ParseWorld(strings.NewReader(baseWorld))
	if err == nil && s.prepare != nil {
		s.prepare(&w)
	}
	return w, err
}

// Play plays a story in fake time, and returns what happened. The functions write their logs to log.
func Play(ctx context.Context, s Story, settings failover.Settings, log io.Writer) (line Timeline, err error) {
	world, err := s.world()
	if err != nil {
		return Timeline{}, err
	}
	inFakeTime(ctx, func(ctx context.Context) {
		var r *run
		if r, err = newRun(s, world, settings, log, nil); err == nil {
			line = r.play(ctx)
		}
	})
	return line, err
}

// inFakeTime calls f with a clock that moves on whenever all goroutines wait, so that an hour passes in microseconds. The
// standard library offers this clock to tests only. It takes a test without a parent, too; f never uses it, and a panic in
// f ends the process as elsewhere. Nothing from outside can wake what waits for this clock, so f's context never ends.
func inFakeTime(ctx context.Context, f func(context.Context)) {
	synctest.Test(new(testing.T), func(*testing.T) { f(context.WithoutCancel(ctx)) })
}
