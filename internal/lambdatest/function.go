package lambdatest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// What a function sees of its surroundings unless the test says otherwise. The account is moto's.
const (
	DefaultName    = "eni-failover"
	DefaultRegion  = "eu-west-1"
	DefaultAccount = "123456789012"
)

// initTimeout bounds the time from the start of the process to its first look for work. Lambda's own
// bound is 10 s on a machine with nothing else to do.
const initTimeout = 30 * time.Second

// Error is what Lambda's caller learns of a failed invocation, and what the alarms match on.
type Error struct {
	// Message is one line, from the function or from Lambda.
	Message string `json:"errorMessage"`
	// Type is the name of the Go type that the handler returned, or one of Lambda's own (Runtime.ExitError,
	// Sandbox.Timedout, Function.ResponseSizeTooLarge).
	Type string `json:"errorType"`
}

// Error makes an Error an error.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Result is the outcome of one invocation.
type Result struct {
	// RequestID is the invocation's id, as the function's log lines carry it.
	RequestID string
	// Payload is the function's result, nil after an error.
	Payload []byte
	// Error is nil if the invocation succeeded.
	Error *Error
	// Duration is the time from handing the event to the function to its answer.
	Duration time.Duration
}

// Function is one running process of a function: what Lambda calls an execution environment.
type Function struct {
	// InitDuration is the time from the start of the process to its first look for work, or to its end.
	InitDuration time.Duration

	tb     testing.TB
	api    *runtimeAPI
	server *httptest.Server
	cmd    *exec.Cmd
	output string // path of the file that stdout and stderr go to
	exited chan struct{}

	invoking sync.Mutex // one invocation at a time, as in Lambda
}

// Start runs the binary until the end of the test and returns when it is ready for its first event, or
// has ended (see [Function.InitError]). Nothing of the test's own environment is passed on; the caller's
// variables are added to Lambda's and win.
func Start(tb testing.TB, binary string, env map[string]string) *Function {
	tb.Helper()
	binary, err := filepath.Abs(binary)
	if err != nil {
		tb.Fatal(err)
	}
	// A file, not a pipe: what the process wrote before it answered is there once the answer is.
	output, err := os.Create(filepath.Join(tb.TempDir(), "output"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()

	region := cmp.Or(env["AWS_REGION"], DefaultRegion)
	name := cmp.Or(env["AWS_LAMBDA_FUNCTION_NAME"], DefaultName)
	api := newRuntimeAPI("arn:aws:lambda:" + region + ":" + DefaultAccount + ":function:" + name)
	f := &Function{
		tb: tb, api: api, server: httptest.NewServer(api), output: output.Name(), exited: make(chan struct{}),
		cmd: exec.CommandContext(tb.Context(), binary), // the test's end kills it
	}
	f.cmd.Dir = filepath.Dir(binary)
	f.cmd.Env = environ(f.server.Listener.Addr().String(), f.cmd.Dir, name, region, env)
	f.cmd.Stdout, f.cmd.Stderr = output, output
	start := time.Now()
	if err := f.cmd.Start(); err != nil {
		f.server.Close()
		tb.Fatal(err)
	}
	go func() {
		defer close(f.exited)
		_ = f.cmd.Wait() // the state is in f.cmd.ProcessState
	}()
	tb.Cleanup(func() {
		f.Kill()
		f.server.Close()
		if tb.Failed() {
			tb.Logf("output of %s:\n%s", binary, f.Logs())
		}
	})

	select {
	case <-api.ready:
	case <-f.exited:
	case <-time.After(initTimeout):
		tb.Fatalf("%s has not asked for an event after %v", binary, initTimeout)
	}
	f.InitDuration = time.Since(start)
	return f
}

// environ is the environment that Lambda gives to a function on provided.al2023.
func environ(api, root, name, region string, extra map[string]string) []string {
	env := map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          api,
		"AWS_LAMBDA_FUNCTION_NAME":        name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef",
		"AWS_LAMBDA_LOG_FORMAT":           "JSON",
		"AWS_LAMBDA_LOG_LEVEL":            "INFO",
		"AWS_REGION":                      region,
		"AWS_DEFAULT_REGION":              region,
		"AWS_ACCESS_KEY_ID":               "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":           "not-a-secret",
		"AWS_SESSION_TOKEN":               "not-a-token",
		"LAMBDA_TASK_ROOT":                root,
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"_HANDLER":                        "bootstrap",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"LANG":                            "en_US.UTF-8",
		"TZ":                              ":UTC",
	}
	maps.Copy(env, extra)
	list := make([]string, 0, len(env))
	for _, key := range slices.Sorted(maps.Keys(env)) {
		list = append(list, key+"="+env[key])
	}
	return list
}

// Invoke hands the function one event and waits for what becomes of it. The timeout is the function's:
// it sets the handler's deadline, and a process that has not answered by then is killed, as Lambda does.
func (f *Function) Invoke(timeout time.Duration, payload []byte) Result {
	f.invoking.Lock()
	defer f.invoking.Unlock()
	if !f.Alive() {
		return Result{Error: f.exitError()}
	}
	start := time.Now()
	in := newInvocation(payload, start.Add(timeout))
	f.api.offer(in)
	result := f.outcome(in, timeout)
	result.RequestID, result.Duration = in.id, time.Since(start)
	f.settle()
	return result
}

// outcome waits for the answer, the end of the process or the deadline. The first two can come
// together: a process may get its answer out and end.
func (f *Function) outcome(in *invocation, timeout time.Duration) Result {
	select {
	case <-in.answered:
		return in.result
	case <-f.exited:
		select {
		case <-in.answered:
			return in.result
		default:
			return Result{Error: f.exitError()}
		}
	case <-time.After(timeout):
		f.Kill()
		return Result{Error: &Error{
			Type:    "Sandbox.Timedout",
			Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.id, timeout.Seconds()),
		}}
	}
}

// settle waits until the function looks for its next event or ends: until then it may still write to
// its log, and one that panicked is still alive.
func (f *Function) settle() {
	select {
	case <-f.api.idle():
	case <-f.exited:
	case <-time.After(initTimeout):
		f.tb.Errorf("the function answered, but has not asked for the next event after %v", initTimeout)
	}
}

// InitError tells why the function never became ready: what it reported itself, or how it ended. It is
// nil for one that did.
func (f *Function) InitError() *Error {
	select {
	case <-f.api.ready:
		return nil
	default:
	}
	if err := f.api.initError(); err != nil {
		return err
	}
	return f.exitError()
}

func (f *Function) exitError() *Error {
	return &Error{Type: "Runtime.ExitError", Message: "Runtime exited with error: " + f.cmd.ProcessState.String()}
}

// Alive reports whether the process still runs.
func (f *Function) Alive() bool {
	select {
	case <-f.exited:
		return false
	default:
		return true
	}
}

// Kill ends the process at once and waits until it has ended. An invocation under way fails.
func (f *Function) Kill() {
	_ = f.cmd.Process.Kill() // an error says that it has ended already
	<-f.exited
}

// PID returns the id of the process.
func (f *Function) PID() int { return f.cmd.Process.Pid }

// Logs returns what the process has written to stdout and stderr so far.
func (f *Function) Logs() string {
	output, err := os.ReadFile(f.output)
	if err != nil {
		f.tb.Errorf("read the function's output: %v", err)
	}
	return string(output)
}
