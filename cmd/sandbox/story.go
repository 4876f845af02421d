package main

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// storyList is the value of -story that lists the stories.
const storyList = "list"

// storyWorld is the account of all stories: a database on a Spot instance with its standby, and a web server.
//
//go:embed story.json
var storyWorld string

// The parts of storyWorld that stories name.
const (
	storyHolder    = "i-000000d1"
	storyStandby   = "i-000000d2"
	storyInterface = "eni-000000db"
	storyAddress   = "10.0.1.10"
	storyVPC       = "vpc-0000000a"

	storySecondStandby = "i-000000d3" // some stories add it
)

// story is a night on a simulated account: what happens to it, and when. What the functions make of it is not a part of
// the story.
type story struct {
	name string
	// title says what happens.
	title string
	// settings has the variables of the function that the story needs. All others come from the environment.
	settings map[string]string
	// prepare changes the account before the story begins; nil if it stays as it is.
	prepare func(*awssim.World)
	// happenings has at least one. The first is the incident, from which all times are counted.
	happenings []happening
	// lasts limits the time after the incident.
	lasts time.Duration
}

// happening is something that happens to an instance or its application.
type happening struct {
	after time.Duration
	text  string
	// do makes it happen; nil if an earlier happening has already arranged it.
	do func(context.Context, *storyRun)
}

// readStory returns the story with a name. Its error is a [*usageError].
func readStory(name string) (story, error) {
	list := stories()
	n := slices.IndexFunc(list, func(s story) bool { return s.name == name })
	if n < 0 {
		var names []string
		for _, s := range list {
			names = append(names, s.name)
		}
		return story{}, usage("-story is %q; accepted: %s, or %s to see what each tells", name, textfmt.List(names, ", ", len(names)), storyList)
	}
	return list[n], nil
}

// tellStory plays a story and shows its timeline.
func (c command) tellStory(ctx context.Context) error {
	page := display.NewPage(c.std.out, c.env)
	if c.story == storyList {
		showStories(page)
		return page.Flush()
	}
	s, err := readStory(c.story)
	if err != nil {
		return err
	}
	world, err := s.world()
	if err != nil {
		return err
	}
	settings, err := failover.ReadSettings(func(name string) (string, bool) {
		if value, ok := s.settings[name]; ok {
			return value, true
		}
		return c.env(name)
	})
	if err != nil {
		return &usageError{err: err}
	}
	var line timeline
	inFakeTime(ctx, func(ctx context.Context) {
		var r *storyRun
		if r, err = newStoryRun(s, world, settings, c.log()); err == nil {
			line = r.play(ctx)
		}
	})
	switch {
	case err != nil:
		return err
	case c.json:
		return writeJSON(c.std.out, line)
	}
	line.show(page)
	return page.Flush()
}

// world returns the account at the beginning of the story.
func (s story) world() (awssim.World, error) {
	w, err := awssim.ParseWorld(strings.NewReader(storyWorld))
	if err == nil && s.prepare != nil {
		s.prepare(&w)
	}
	return w, err
}

// inFakeTime calls f with a clock that moves on whenever all goroutines wait, so that an hour passes in microseconds. The
// standard library offers this clock to tests only. It takes a test without a parent, too; f never uses it, and a panic in
// f ends the process as elsewhere. Nothing from outside can wake what waits for this clock, so f's context never ends.
func inFakeTime(ctx context.Context, f func(context.Context)) {
	synctest.Test(new(testing.T), func(*testing.T) { f(context.WithoutCancel(ctx)) })
}
