package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/eni-failover/eni-failover/internal/display"
)

// errDeclined is the error of a change to which a person has not agreed.
var errDeclined = errors.New("nothing was changed; next: answer y, or give -yes in a script")

// aside is the output for what is said before the result. With -json, standard output has the result and nothing else.
func (c command) aside() io.Writer {
	if c.json {
		return c.std.err
	}
	return c.std.out
}

// agree says what is about to be changed, and asks whether to go on, unless -yes says so. Its error is errDeclined.
func (c command) agree(change string) error {
	p := display.NewPage(c.aside(), c.env)
	p.Line(display.Bold, 0, change)
	if err := p.Flush(); err != nil || c.yes {
		return err
	}
	if _, err := fmt.Fprint(c.aside(), "Go on? [y/N] "); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	answer, _ := bufio.NewReader(c.std.in).ReadString('\n') // no answer is none that agrees
	if !typed(c.std.in) {
		_, _ = fmt.Fprintln(c.aside()) // only a terminal shows the end of the line that was typed
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// typed reports whether an input is a terminal.
func typed(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// done prints the result of a change: the fields as JSON, or the sentence.
func (c command) done(fields map[string]any, sentence string) error {
	if c.json {
		return writeJSON(c.std.out, fields)
	}
	p := display.NewPage(c.std.out, c.env)
	p.Line(display.Good, 0, sentence)
	return p.Flush()
}
