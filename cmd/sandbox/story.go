package main

import (
	"context"
	"slices"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/sandbox/night"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// storyList is the value of -story that lists the stories.
const storyList = "list"

// readStory returns the story with a name. Its error is a [*usageError].
func readStory(name string) (night.Story, error) {
	list := night.Stories()
	n := slices.IndexFunc(list, func(s night.Story) bool { return s.Name == name })
	if n < 0 {
		var names []string
		for _, s := range list {
			names = append(names, s.Name)
		}
		return night.Story{}, usage("-story is %q; accepted: %s, or %s to see what each tells", name, textfmt.List(names, ", ", len(names)), storyList)
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
	settings, err := s.Settings(c.env)
	if err != nil {
		return &usageError{err: err}
	}
	line, err := night.Play(ctx, s, settings, c.log())
	switch {
	case err != nil:
		return err
	case c.json:
		return writeJSON(c.std.out, line)
	}
	showTimeline(line, page)
	return page.Flush()
}
