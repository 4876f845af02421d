package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// standIns are the programs that a sample monitor calls. The database answers twice and then no more, the host of the
// witness refuses connections, and the tenth pause ends the monitor.
var standIns = map[string]string{
	"psql":       `echo >>"$TEST/asked"; [ "$(wc -l <"$TEST/asked")" -le 2 ]`,
	"pg_isready": `exit 1`,
	"sleep":      `echo >>"$TEST/slept"; [ "$(wc -l <"$TEST/slept")" -lt 10 ]`,
	"aws": `case $2 in
describe-network-interfaces) echo eni-attach-0a1b2c3d4e5f60001 ;;
put-events) printf '%s\n' "$4" >>"$TEST/put" ;;
esac`,
}

// The sample monitor reports a database that stops answering once, and the failover acts on the report if it is confirmed.
func TestSampleMonitor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		witness string
		want    conclusion
	}{
		"with a witness": {"10.0.1.21", conclusion{Outcome: plan.OutcomeMoved}},
		"without":        {"", conclusion{plan.OutcomeIgnored, plan.ReasonUnconfirmed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			detail := monitored(t, c.witness)
			e := `{"source":"eni-failover","detail-type":"ENI Failover Unreachable","time":"2026-11-23T10:00:00Z","detail":` + detail + `}`
			r := sandbox(t, e, nil, "-world", worldFile(t, fastWorld(t)), "-event", "-", "-json")
			if got := r.report(t); got != c.want {
				t.Errorf("%v, want %v, of %s\n%s%s", got, c.want, detail, r.out, r.err)
			}
		})
	}
}

// monitored runs the sample monitor and returns the detail of the one event that it puts on the bus.
func monitored(t *testing.T, witness string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range standIns {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "../../examples/monitors/postgres.sh")
	cmd.Env = []string{
		"PATH=" + dir + ":" + os.Getenv("PATH"), "TEST=" + dir,
		"INTERFACE=" + interfaceID, "PGHOST=10.0.1.10", "WITNESS=" + witness, "BUS=corp",
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err == nil || errs.Len() > 0 {
		t.Errorf("the monitor ended with %v, and wrote %q", err, errs.String())
	}
	put, err := os.ReadFile(filepath.Join(dir, "put"))
	if err != nil {
		t.Fatal(err)
	}
	var entries []struct{ EventBusName, Source, DetailType, Detail string }
	if err := json.Unmarshal(put, &entries); err != nil || len(entries) != 1 {
		t.Fatalf("%v: %s", err, put)
	}
	e := entries[0]
	if e.EventBusName != "corp" || e.Source != "eni-failover" || e.DetailType != "ENI Failover Unreachable" || !strings.Contains(e.Detail, "eni-attach-") {
		t.Errorf("%+v", e)
	}
	return e.Detail
}
