package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/logssim"
)

// The ids of the sample accounts.
const (
	holderID    = "i-0000000000000000a"
	standbyID   = "i-0000000000000000b"
	interfaceID = "eni-00000000000000001"
)

// The functions of the deployment in the sample accounts.
const (
	failoverName = "eni-failover-FailoverFunction-Ab3dEf6hIj9k"
	auditName    = "eni-failover-AuditFunction-Ab3dEf6hIj9k"
	logGroup     = "eni-failover-FailoverLogs-Ab3dEf6hIj9k"
)

// account is a simulated account with a deployment, served on loopback.
type account struct {
	sim    *awssim.Sim
	lambda *lambdasim.Lambda
	logs   *logssim.Logs
	url    string
	// settings are those of the deployed failover, NAME=value. events are those that it got.
	settings []string
	events   []string
}

// serve serves a sample account, with delays that a test can wait for.
func serve(t *testing.T, file string, edits ...func(*awssim.World)) *account {
	t.Helper()
	f, err := os.Open(filepath.Join("../../examples/worlds", file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	w, err := awssim.ParseWorld(f)
	if err != nil {
		t.Fatal(err)
	}
	millis := func(n int) awssim.Duration { return awssim.Duration(time.Duration(n) * time.Millisecond) }
	w.Timing = awssim.Timing{Call: millis(1), Detach: millis(20), Attach: millis(10), Start: millis(20), Stop: millis(2000), Terminate: millis(2000)}
	for _, edit := range edits {
		edit(&w)
	}
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	a := &account{sim: sim, logs: logssim.New()}
	a.logs.Create(logGroup)
	a.deploy(
		lambdasim.Function{Name: failoverName, LogGroup: logGroup, Handle: func(_ context.Context, event []byte) ([]byte, *lambdasim.Error) {
			a.events = append(a.events, string(event))
			report, err := a.handler(t, a.settings).Handle(t.Context(), event, sim.World().Account)
			if failed := display.ErrorOf(err); failed != nil {
				return nil, &lambdasim.Error{Type: failed.Type, Message: failed.Message}
			}
			answer, err := json.Marshal(report)
			if err != nil {
				t.Error(err)
			}
			return answer, nil
		}},
		lambdasim.Function{Name: auditName, Environment: map[string]string{"GROUPS": "web"}},
		lambdasim.Function{Name: "another"})
	server := httptest.NewServer(a.logs.Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lambdasim.Serves(r.URL.Path) {
			a.lambda.ServeHTTP(w, r)
			return
		}
		sim.ServeHTTP(w, r)
	})))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// deploy puts these functions into the account, in place of others.
func (a *account) deploy(functions ...lambdasim.Function) {
	a.lambda = lambdasim.New(functions...)
}

// instance edits the instance with an id.
func instance(id string, edit func(*awssim.Instance)) func(*awssim.World) {
	return func(w *awssim.World) {
		for n := range w.Instances {
			if w.Instances[n].ID == id {
				edit(&w.Instances[n])
			}
		}
	}
}

// result is what a run of the command left behind.
type result struct {
	status   int
	out, err string
}

// eniFailover runs the command in this process. env are NAME=value pairs.
func eniFailover(t *testing.T, stdin string, env []string, args ...string) result {
	t.Helper()
	find := func(name string) (string, bool) {
		for _, pair := range env {
			if n, value, _ := strings.Cut(pair, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
	var out, errs bytes.Buffer
	status := run(t.Context(), args, streams{in: strings.NewReader(stdin), out: &out, err: &errs}, find)
	return result{status: status, out: out.String(), err: errs.String()}
}

// ask runs a command on the account.
func (a *account) ask(t *testing.T, args ...string) result {
	t.Helper()
	return eniFailover(t, "", nil, append(args, "-endpoint", a.url)...)
}

// read runs a command on the account and reads its JSON into v.
func (a *account) read(t *testing.T, v any, env []string, args ...string) {
	t.Helper()
	r := eniFailover(t, "", env, append(args, "-json", "-endpoint", a.url)...)
	if err := json.Unmarshal([]byte(r.out), v); err != nil || r.status != exitOK {
		t.Fatalf("%s: status %d, %v\n%s%s", args, r.status, err, r.out, r.err)
	}
}

// checkPage checks that a page is for any terminal, and says these texts, whatever its line breaks.
func (r result) checkPage(t *testing.T, wants ...string) {
	t.Helper()
	if r.status != exitOK || r.err != "" {
		t.Errorf("status %d, %s", r.status, r.err)
	}
	for line := range strings.Lines(r.out) {
		line = strings.TrimSuffix(line, "\n")
		long := utf8.RuneCountInString(line) > display.DefaultWidth && strings.Contains(strings.TrimSpace(line), " ")
		if long && !strings.HasPrefix(line, "    aws ") || strings.HasSuffix(line, " ") && line != "Go on? [y/N] " || strings.Contains(line, "\x1b") {
			t.Errorf("line %q", line)
		}
	}
	flat := strings.Join(strings.Fields(r.out), " ")
	for _, want := range wants {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not on the page\n%s", want, r.out)
		}
	}
}
