package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	for _, args := range [][]string{{"-h"}, {"-print-world"}, {"-serve", ":0"}, {"-world", worldFile(t, fastWorld(t))}} {
		errs.Reset()
		status := run(t.Context(), args, streams{in: strings.NewReader(""), out: broken{}, err: &errs}, noEnv)
		if status != exitFailed || !strings.Contains(errs.String(), "write output: broken pipe") {
			t.Errorf("%s: status %d, %s", args, status, errs.String())
		}
	}
}
