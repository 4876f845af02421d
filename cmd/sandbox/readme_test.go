package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lines that the README shows of a story are lines of it, in their order. A line … stands for others between.
func TestReadmeShowsTheStory(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<!-- tested: story ")
	name, rest, found := strings.Cut(rest, " -->\n```\n")
	shown, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatal("README.md shows no story")
	}
	told, err := os.ReadFile(filepath.Join("testdata", "story-"+name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	const least = 8
	if strings.Count(shown, "\n") < least {
		t.Errorf("README.md shows only\n%s", shown)
	}
	after := string(told)
	for part := range strings.SplitSeq(shown, "   …\n") {
		_, rest, found := strings.Cut(after, "\n"+strings.TrimSuffix(part, "\n")+"\n")
		if !found {
			t.Errorf("the story does not have, after what is shown before:\n%s", part)
			continue
		}
		after = "\n" + rest
	}
	if !strings.Contains(string(text), "go run ./cmd/sandbox -story "+name+"\n") {
		t.Errorf("README.md does not say how to play %s", name)
	}
}
