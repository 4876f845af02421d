package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
)

// invoke runs a built function as Lambda does, on one event after the other, against the simulated AWS that
// another sandbox serves or, without -endpoint, one of its own. Its error is a [*handlerError] if the function
// failed on an event.
func invoke(ctx context.Context, o options, world awssim.World, std streams, env lookup) error {
	list, err := o.invocationEvents(std.in, world)
	if err != nil {
		return err
	}
	account := remote{url: strings.TrimSuffix(o.endpoint, "/")}
	if o.endpoint == "" {
		s, err := newServed(world, func(string) {})
		if err != nil {
			return err
		}
		at, err := listen(ctx, s.handler(), "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("serve the simulated AWS: %w", err)
		}
		defer func() { _ = at.close() }() // the events are over
		account.url = at.url()
	}
	if world, err = account.world(ctx); err != nil {
		return usage("-endpoint %q: %w; accepted: the address of a running `sandbox -serve`, like http://127.0.0.1:4566", o.endpoint, err)
	}
	binary, remove, err := o.functionBinary(ctx, std)
	if err != nil {
		return err
	}
	defer remove()
	r := &runner{options: o, account: account, std: std, page: newPage(std.out, env), world: world}
	log := std.err
	if o.quiet {
		log = io.Discard
	}
	r.function, err = lambdarun.Start(ctx, lambdarun.Config{Binary: binary, Account: world.Account, Env: functionEnv(account.url, world.Region, env), Output: log})
	if err != nil {
		return err
	}
	defer func() { _ = r.function.Close() }() // the answers are in
	if err := r.function.InitError(); err != nil {
		return fmt.Errorf("the function did not start: %w", err)
	}
	return r.all(ctx, list)
}

// invocationEvents reads the events that the command line names: the sample if it names none.
func (o options) invocationEvents(stdin io.Reader, world awssim.World) ([]event, error) {
	if len(o.files) == 0 {
		e, err := o.readEvent(stdin, world)
		return []event{e}, err
	}
	list := make([]event, 0, len(o.files))
	for _, name := range o.files {
		e, err := options{event: name}.readEvent(stdin, world)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// functionBinary is the function's executable: the one that was given, or one that is built now and removed
// later. It is built as `go run` builds the sandbox, so that what they share need not be compiled anew.
func (o options) functionBinary(ctx context.Context, std streams) (binary string, remove func(), err error) {
	if o.binary != "" {
		if _, err := os.Stat(o.binary); err != nil {
			return "", nil, usage("-binary: %w; accepted: the function's executable for this machine", err)
		}
		return o.binary, func() {}, nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", nil, fmt.Errorf("find functions/%s: %w", o.invoke, err)
	}
	root, ok := moduleRoot(wd)
	if !ok {
		return "", nil, usage("find functions/%s: no go.mod in %s or above it; accepted: to be run inside the repository, or -binary FILE", o.invoke, wd)
	}
	dir, err := os.MkdirTemp("", "eni-failover-sandbox-")
	if err != nil {
		return "", nil, fmt.Errorf("build functions/%s: %w", o.invoke, err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // what stays, the system removes
	binary = filepath.Join(dir, "bootstrap")
	std.complain("building functions/%s\n", o.invoke)
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", binary, "./functions/"+o.invoke) //nolint:gosec // failover or audit
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		remove()
		return "", nil, fmt.Errorf("build functions/%s: %w\n%s", o.invoke, err, out)
	}
	return binary, remove, nil
}

// functionEnv is what the function's environment has beside Lambda's own: its settings, and the way to the
// simulated AWS.
func functionEnv(endpoint, region string, env lookup) map[string]string {
	vars := map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
		"AWS_ACCESS_KEY_ID": dummyKey, "AWS_SECRET_ACCESS_KEY": dummyKey, "AWS_SESSION_TOKEN": "",
	}
	settings := map[string]string{}
	for _, pair := range settingsIn(env) {
		name, value, _ := strings.Cut(pair, "=")
		settings[name] = value
	}
	maps.Copy(vars, settings)
	return vars
}

// runner hands events to a function, one after the other.
type runner struct {
	options  options
	account  remote
	function *lambdarun.Process
	world    awssim.World // at the start, for the instances' names
	std      streams
	page     *page
}

// all runs all events, whatever becomes of each.
func (r *runner) all(ctx context.Context, list []event) error {
	var failed error
	for _, e := range list {
		if err := r.one(ctx, e); err != nil {
			if _, ok := errors.AsType[*handlerError](err); !ok {
				return err
			}
			failed = err
		}
		if !r.function.Alive() {
			return errors.Join(failed, errors.New("the function's process has ended"))
		}
	}
	return failed
}

func (r *runner) one(ctx context.Context, e event) error {
	if r.options.fresh {
		if err := r.account.reset(ctx); err != nil {
			return err
		}
	}
	if !r.options.keepTime {
		var err error
		if e.data, err = r.account.happen(ctx, e.data); err != nil {
			return err
		}
	}
	result, err := r.function.Invoke(invocation, e.data)
	if err != nil {
		return err
	}
	if err := r.show(e, result); err != nil {
		return err
	}
	if result.Error != nil {
		return &handlerError{err: result.Error}
	}
	return nil
}

// show prints what the function returned: for a person, or as a line of JSON.
func (r *runner) show(e event, result lambdarun.Result) error {
	if r.options.json {
		payload := result.Payload
		if result.Error != nil {
			payload, _ = json.Marshal(result.Error) // two strings
		}
		_, err := fmt.Fprintf(r.std.out, "%s\n", payload)
		return err
	}
	r.page.title("%s, %s", e.name, seconds(result.Duration))
	if r.options.invoke == functionAudit && result.Error == nil {
		var a readiness.Result
		if err := json.Unmarshal(result.Payload, &a); err != nil {
			return fmt.Errorf("read the audit's result: %w", err)
		}
		showAudit(r.page, a)
		return r.page.flush()
	}
	o := outcome{world: r.world}
	if result.Error != nil {
		o.err, o.report.Outcome = result.Error, plan.OutcomeFailed
	} else if err := json.Unmarshal(result.Payload, &o.report); err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	o.show(r.page)
	return r.page.flush()
}

// remote is a served account; see [served].
type remote struct{ url string }

func (a remote) world(ctx context.Context) (w awssim.World, err error) {
	data, err := a.ask(ctx, http.MethodGet, pathWorld, nil)
	if err == nil {
		err = json.Unmarshal(data, &w)
	}
	return w, err
}

func (a remote) reset(ctx context.Context) error {
	_, err := a.ask(ctx, http.MethodPost, pathReset, nil)
	return err
}

// happen has the account get into the state that an event speaks of, and returns the event as of now.
func (a remote) happen(ctx context.Context, data []byte) ([]byte, error) {
	return a.ask(ctx, http.MethodPost, pathEvent, data)
}

func (a remote) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	// Of no proxy's business: the address is this machine's.
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
