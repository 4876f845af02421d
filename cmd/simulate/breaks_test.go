package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each bug still fits the code, which changes.
func TestBugsHaveTheirPlaces(t *testing.T) {
	t.Chdir("../..")
	names, err := bugs()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 12 {
		t.Errorf("only %d bugs", len(names))
	}
	for _, name := range names {
		file, err := plant(t.TempDir(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var overlay struct{ Replace map[string]string }
		if err := json.Unmarshal(text, &overlay); err != nil || len(overlay.Replace) == 0 {
			t.Errorf("%s: an overlay of %d files: %v", name, len(overlay.Replace), err)
		}
		for source := range overlay.Replace {
			if _, err := os.Stat(source); err != nil || !filepath.IsAbs(source) {
				t.Errorf("%s replaces %s: %v", name, source, err)
			}
		}
	}
}

func TestPlantRefuses(t *testing.T) {
	t.Chdir("../..")
	if _, err := plant(t.TempDir(), "no-such-bug"); err == nil || !strings.Contains(err.Error(), "force-at-once") {
		t.Errorf("error %v; want one that names the bugs there are", err)
	}
	t.Chdir("cmd")
	if _, err := bugs(); err == nil || !strings.Contains(err.Error(), breaksDir) {
		t.Errorf("error %v; want one that says where to run it", err)
	}
}
