package lambdatest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
)

// The function's name, Region and account, unless the test gives others. The account is moto's.
const (
	DefaultName    = lambdarun.DefaultName
	DefaultRegion  = lambdarun.DefaultRegion
	DefaultAccount = lambdarun.DefaultAccount
)

type (
	// Error is Lambda's answer to a failed invocation.
	Error = lambdarun.Error
	// Result is the outcome of one invocation.
	Result = lambdarun.Result
)

// Function is a function's process that ends with the test.
type Function struct {
	*lambdarun.Process

	tb     testing.TB
	output string // path of the file that stdout and stderr go to
}

// Start runs the binary until the end of the test and returns when it is ready for its first event, or
// has ended (see [lambdarun.Process.InitError]). Nothing of the test's own environment is passed on; the caller's
// variables are added to Lambda's and win.
func Start(tb testing.TB, binary string, env map[string]string) *Function {
	tb.Helper()
	// A file, not a pipe: it has everything that the process wrote before an answer, when the answer is returned.
	output, err := os.Create(filepath.Join(tb.TempDir(), "output"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	process, err := lambdarun.Start(tb.Context(), lambdarun.Config{Binary: binary, Env: env, Output: output})
	if err != nil {
		tb.Fatal(err)
	}
	f := &Function{Process: process, tb: tb, output: output.Name()}
	tb.Cleanup(func() {
		_ = process.Close() // of a server on loopback
		if tb.Failed() {
			tb.Logf("output of %s:\n%s", binary, f.Logs())
		}
	})
	return f
}

// Invoke hands the function one event; see [lambdarun.Process.Invoke].
func (f *Function) Invoke(timeout time.Duration, payload []byte) Result {
	result, err := f.Process.Invoke(timeout, payload)
	if err != nil {
		f.tb.Error(err)
	}
	return result
}

// Logs returns what the process has written to stdout and stderr so far.
func (f *Function) Logs() string {
	output, err := os.ReadFile(f.output)
	if err != nil {
		f.tb.Errorf("read the function's output: %v", err)
	}
	return string(output)
}
