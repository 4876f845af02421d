package lambdarun

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// The function's name, Region and account, unless the caller gives others.
const (
	DefaultName    = "eni-failover"
	DefaultRegion  = "eu-west-1"
	DefaultAccount = "123456789012"
)

// initTimeout limits the time from the start of the process to its first request for an event. Lambda's own limit is
// 10 s, on a machine that does nothing else.
const initTimeout = 30 * time.Second

// Error is Lambda's answer to a failed invocation. The alarms match on it.
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

// Config says how a function is run.
type Config struct {
	Binary  string            // path of the executable
	Account string            // 12 digits, in the function's ARN; default [DefaultAccount]
	Env     map[string]string // added to Lambda's own variables, and wins
	// Output gets the process's stdout and stderr. A file has everything that the process wrote before an answer, when
	// the answer is returned.
	Output io.Writer
}

// Process is one running process of a function: what Lambda calls an execution environment.
type Process struct {
	// InitDuration is the time from the start of the process to its first request for an event, or to its end.
	InitDuration time.Duration
	// RuntimeAPI is the address of the API that serves the function.
	RuntimeAPI string

	api    *runtimeAPI
	server *http.Server
	cmd    *exec.Cmd
	exited chan struct{}

	invoking sync.Mutex // one invocation at a time, as in Lambda
}

// Start runs the binary until [Process.Close] or the end of ctx, and returns when it is ready for its first
// event, or has ended (see [Process.InitError]). Nothing of the caller's own environment is passed on.
func Start(ctx context.Context, c Config) (*Process, error) {
	binary, err := filepath.Abs(c.Binary)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", c.Binary, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the Runtime API: %w", err)
	}
	region := cmp.Or(c.Env["AWS_REGION"], DefaultRegion)
	name := cmp.Or(c.Env["AWS_LAMBDA_FUNCTION_NAME"], DefaultName)
	api := newRuntimeAPI("arn:aws:lambda:" + region + ":" + cmp.Or(c.Account, DefaultAccount) + ":function:" + name)
	p := &Process{
		RuntimeAPI: listener.Addr().String(), api: api, exited: make(chan struct{}), cmd: exec.CommandContext(ctx, binary),
		server: &http.Server{Handler: api, ReadHeaderTimeout: initTimeout},
	}
	go func() { _ = p.server.Serve(listener) }() // until Close
	p.cmd.Dir = filepath.Dir(binary)
	p.cmd.Env = environ(p.RuntimeAPI, p.cmd.Dir, name, region, c.Env)
	p.cmd.Stdout, p.cmd.Stderr = c.Output, c.Output
	if err := p.start(); err != nil {
		_ = p.server.Close() // no process uses it
		return nil, err
	}
	return p, nil
}

func (p *Process) start() error {
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start the function: %w", err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the state is in p.cmd.ProcessState
	}()
	select {
	case <-p.api.ready:
	case <-p.exited:
	case <-time.After(initTimeout):
		p.Kill()
		return fmt.Errorf("%s has not asked for an event after %v", p.cmd.Path, initTimeout)
	}
	p.InitDuration = time.Since(began)
	return nil
}

// Invoke hands the function one event and waits for the result. The timeout is the function's: it sets the handler's
// deadline, and a process that has not answered by then is killed, as Lambda does. The error reports a process that
// answered, and then neither asked for its next event nor ended.
func (p *Process) Invoke(timeout time.Duration, payload []byte) (Result, error) {
	p.invoking.Lock()
	defer p.invoking.Unlock()
	if !p.Alive() {
		return Result{Error: p.exitError()}, nil
	}
	start := time.Now()
	in := newInvocation(payload, start.Add(timeout))
	p.api.offer(in)
	result := p.outcome(in, timeout)
	result.RequestID, result.Duration = in.id, time.Since(start)
	return result, p.settle()
}

// outcome waits for the answer, the end of the process or the deadline. The first two can come
// together: a process may get its answer out and end.
func (p *Process) outcome(in *invocation, timeout time.Duration) Result {
	select {
	case <-in.answered:
		return in.result
	case <-p.exited:
		select {
		case <-in.answered:
			return in.result
		default:
			return Result{Error: p.exitError()}
		}
	case <-time.After(timeout):
		p.Kill()
		return Result{Error: &Error{
			Type:    "Sandbox.Timedout",
			Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.id, timeout.Seconds()),
		}}
	}
}

// settle waits until the function asks for its next event or ends. Before that it may still write to its log, and a
// process that panicked is still alive.
func (p *Process) settle() error {
	select {
	case <-p.api.idle():
	case <-p.exited:
	case <-time.After(initTimeout):
		return fmt.Errorf("the function answered, but has not asked for the next event after %v", initTimeout)
	}
	return nil
}

// InitError reports why the function never became ready: the error that it reported itself, or how it ended. It is nil
// if the function is ready.
func (p *Process) InitError() *Error {
	select {
	case <-p.api.ready:
		return nil
	default:
	}
	if err := p.api.initError(); err != nil {
		return err
	}
	return p.exitError()
}

func (p *Process) exitError() *Error {
	return &Error{Type: "Runtime.ExitError", Message: "Runtime exited with error: " + p.cmd.ProcessState.String()}
}

// Alive reports whether the process still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Kill ends the process at once and waits until it has ended. An invocation under way fails.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // an error says that it has ended already
	<-p.exited
}

// Close kills the process and ends its Runtime API.
func (p *Process) Close() error {
	p.Kill()
	return p.server.Close()
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }
