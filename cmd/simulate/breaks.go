package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// breaksDir holds the bugs that can be planted, one file each: a description, then for each place the source file's
// name with `was` and the original lines, and with `is` and the lines that replace them. A build overlay plants them;
// the code itself has no switch for them.
const breaksDir = "internal/simulation/breaks"

// bugs lists the names of the bugs, sorted.
func bugs() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(breaksDir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no bugs in %s: run it in the repository's root", breaksDir)
	}
	for n, file := range files {
		files[n] = strings.TrimSuffix(filepath.Base(file), ".txt")
	}
	slices.Sort(files)
	return files, nil
}

func listBugs() error {
	names, err := bugs()
	for _, name := range names {
		fmt.Println(name)
	}
	return err
}

// plant writes the overlay that plants a bug into dir, and returns its file.
func plant(dir, name string) (string, error) {
	names, err := bugs()
	if err != nil {
		return "", err
	}
	if !slices.Contains(names, name) {
		return "", fmt.Errorf("-break is %q; accepted: %s", name, strings.Join(names, ", "))
	}
	archive, err := txtar.ParseFile(filepath.Join(breaksDir, name+".txt"))
	if err != nil {
		return "", err
	}
	if n := len(archive.Files); n == 0 || n%2 != 0 {
		return "", fmt.Errorf("plant %s: %d parts, want pairs of was and is", name, n)
	}
	overlay := struct{ Replace map[string]string }{Replace: map[string]string{}}
	for n := 0; n+1 < len(archive.Files); n += 2 {
		file, err := replace(overlay.Replace, dir, archive.Files[n], archive.Files[n+1])
		if err != nil {
			return "", fmt.Errorf("plant %s: %w", name, err)
		}
		overlay.Replace[file[0]] = file[1]
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, name+".json")
	return file, os.WriteFile(file, text, 0o600)
}

// replace writes a copy of a source file with one place replaced, and returns the paths of the file and of the copy.
// planted has the copies of files with earlier replacements.
func replace(planted map[string]string, dir string, was, is txtar.File) ([2]string, error) {
	name, _, _ := strings.Cut(was.Name, " ")
	path, err := filepath.Abs(name)
	if err != nil {
		return [2]string{}, err
	}
	source := path
	if earlier, ok := planted[path]; ok {
		source = earlier
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return [2]string{}, err
	}
	if was.Name != name+" was" || is.Name != name+" is" {
		return [2]string{}, fmt.Errorf("want a part %q and then a part %q, have %q and %q", name+" was", name+" is", was.Name, is.Name)
	}
	if n := strings.Count(string(text), string(was.Data)); n != 1 {
		return [2]string{}, fmt.Errorf("%s has %d places like this, want one:\n%s", name, n, was.Data)
	}
	copied := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
	changed := strings.Replace(string(text), string(was.Data), string(is.Data), 1)
	return [2]string{path, copied}, os.WriteFile(copied, []byte(changed), 0o600)
}

// withBug runs the seeds on code with a planted bug.
func (s simulator) withBug(ctx context.Context, name string) error {
	overlay, err := plant(s.dir, name)
	if err != nil {
		return err
	}
	return s.simulate(ctx, overlay)
}

// catchResult says how a planted bug was caught.
type catchResult struct {
	seeds int    // the seeds that it took; 0: it was not caught
	by    string // the first promise that it broke
	err   error
}

// catchAll plants each bug in turn, one per processor at a time, and prints how many seeds it took to catch it.
func (s simulator) catchAll(ctx context.Context) error {
	names, err := bugs()
	if err != nil {
		return err
	}
	results := make([]chan catchResult, len(names))
	turns := make(chan struct{}, s.processes)
	for n, name := range names {
		results[n] = make(chan catchResult, 1)
		go func() {
			turns <- struct{}{}
			results[n] <- s.plantAndCatch(ctx, name)
			<-turns
		}()
	}
	var survived []string
	for n, name := range names {
		r := <-results[n]
		if r.err != nil {
			return fmt.Errorf("%s: %w", name, r.err)
		}
		if r.seeds == 0 {
			survived = append(survived, name)
			r.by = fmt.Sprintf("not caught in %d seeds", s.seeds)
		}
		fmt.Printf("%-26s %6d  %s\n", name, r.seeds, r.by)
	}
	if len(survived) > 0 {
		return errors.New("not caught: " + strings.Join(survived, ", "))
	}
	return nil
}

// plantAndCatch plants a bug in a folder of its own, and runs seeds until one fails.
func (s simulator) plantAndCatch(ctx context.Context, name string) catchResult {
	s.dir = filepath.Join(s.dir, name)
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return catchResult{err: err}
	}
	overlay, err := plant(s.dir, name)
	if err != nil {
		return catchResult{err: err}
	}
	seeds, by, err := s.catch(ctx, overlay)
	return catchResult{seeds, by, err}
}
