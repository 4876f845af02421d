package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
)

// invokeFunction runs a built function as Lambda does, on one event after the other, against the simulated AWS that
// another sandbox serves or, without -endpoint, one of its own.
func (c command) invokeFunction(ctx context.Context) error {
	events, err := c.readEvents(c.std.in, c.world)
	if err != nil {
		return err
	}
	account := served{url: strings.TrimSuffix(c.endpoint, "/")}
	if c.endpoint == "" {
		_, at, err := c.simulate(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = at.close() }() // the events are over
		account.url = at.url()
	}
	if err := account.readWorld(ctx); err != nil {
		return usage("-endpoint %q: %w; accepted: the address of a running `sandbox -serve`, like http://127.0.0.1:4566", c.endpoint, err)
	}
	if c.binary == "" {
		dir, err := os.MkdirTemp("", "eni-failover-sandbox-")
		if err != nil {
			return fmt.Errorf("build functions/%s: %w", c.invoke, err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // the system removes what stays
		if c.binary, err = c.buildFunction(ctx, dir); err != nil {
			return err
		}
	}
	return c.invokeEach(ctx, events, account)
}

// buildFunction builds the function as `go run` builds the sandbox, so that the packages of both are compiled once.
func (c command) buildFunction(ctx context.Context, dir string) (binary string, err error) {
	c.std.complain("building functions/%s\n", c.invoke)
	binary = filepath.Join(dir, "bootstrap")
	name := "github.com/eni-failover/eni-failover/functions/" + c.invoke
	out, err := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", binary, name).CombinedOutput() //nolint:gosec // failover or audit
	if err != nil {
		return "", fmt.Errorf("build functions/%s: %w\n%s(it is built inside the repository; elsewhere, give -binary FILE)", c.invoke, err, out)
	}
	return binary, nil
}

// invokeEach starts the function and hands it the events. Its error is errShown if the function failed on an event.
func (c command) invokeEach(ctx context.Context, events []session.Event, account served) error {
	if _, err := os.Stat(c.binary); err != nil {
		return usage("-binary: %w; accepted: the function's executable for this machine", err)
	}
	log := c.std.err
	if c.quiet {
		log = io.Discard
	}
	function, err := lambdarun.Start(ctx, lambdarun.Config{Binary: c.binary, Account: account.world.Account, Env: c.functionEnv(account), Output: log})
	if err != nil {
		return err
	}
	defer func() { _ = function.Close() }() // no invocation is in progress
	if err := function.InitError(); err != nil {
		return fmt.Errorf("the function did not start: %w", err)
	}
	var failed error
	for _, e := range events {
		err := c.invokeOn(ctx, e, function, account)
		if err != nil && !errors.Is(err, errShown) {
			return err
		}
		failed = errors.Join(failed, err)
		if !function.Alive() {
			return errors.New("the function's process has ended")
		}
	}
	return failed
}

// functionEnv returns the function's variables in addition to Lambda's own: its settings, and the address of the simulated
// AWS.
func (c command) functionEnv(account served) map[string]string {
	region := account.world.Region
	vars := map[string]string{
		"AWS_ENDPOINT_URL": account.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
		"AWS_ACCESS_KEY_ID": session.Key, "AWS_SECRET_ACCESS_KEY": session.Key, "AWS_SESSION_TOKEN": "",
	}
	for _, pair := range c.settings() {
		name, value, _ := strings.Cut(pair, "=")
		vars[name] = value
	}
	return vars
}

// invokeOn hands one event to the function. Its error is errShown if the function failed.
func (c command) invokeOn(ctx context.Context, e session.Event, function *lambdarun.Process, account served) error {
	var err error
	if c.fresh {
		if _, err = account.ask(ctx, http.MethodPost, pathReset, nil); err != nil {
			return err
		}
	}
	if !c.keepTime {
		if e.Data, err = account.ask(ctx, http.MethodPost, pathEvent, e.Data); err != nil {
			return err
		}
	}
	result, err := function.Invoke(session.Timeout, e.Data)
	if err != nil {
		return err
	}
	if err := c.showResult(e, result, account.world); err != nil {
		return err
	}
	if result.Error != nil {
		return errShown
	}
	return nil
}

// showResult prints what the function returned: for a person, or as a line of JSON.
func (c command) showResult(e session.Event, result lambdarun.Result, w awssim.World) error {
	if c.json {
		payload := result.Payload
		if result.Error != nil {
			payload, _ = json.Marshal(result.Error) // two strings
		}
		_, err := fmt.Fprintf(c.std.out, "%s\n", payload)
		return err
	}
	p := display.NewPage(c.std.out, c.env)
	p.Title("%s, %s", e.Name, display.Seconds(result.Duration))
	var err error
	switch {
	case result.Error != nil:
		p.ShowReport(failover.Report{Outcome: plan.OutcomeFailed}, &display.FunctionError{Type: result.Error.Type, Message: result.Error.Message}, session.Labels(w))
	case c.invoke == functionAudit:
		var findings readiness.Result
		err = json.Unmarshal(result.Payload, &findings)
		p.ShowAudit(findings)
	default:
		var report failover.Report
		err = json.Unmarshal(result.Payload, &report)
		p.ShowReport(report, nil, session.Labels(w))
	}
	if err != nil {
		return fmt.Errorf("read the function's result: %w", err)
	}
	return p.Flush()
}

// served is a session behind its address; see [session.handler].
type served struct {
	url   string
	world awssim.World // at the start
}

func (a *served) readWorld(ctx context.Context) error {
	data, err := a.ask(ctx, http.MethodGet, pathWorld, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &a.world)
}

// ask makes a request, directly: the address is this machine's, whatever proxy the environment names.
func (a *served) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: new(net.Dialer).DialContext, DisableKeepAlives: true}, Timeout: time.Minute}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s answers %s", method, path, resp.Status)
	}
	return data, err
}
