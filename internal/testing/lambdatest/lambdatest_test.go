package lambdatest_test

import (
	"debug/buildinfo"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

const timeout = 20 * time.Second

func start(t *testing.T, env map[string]string) *lambdatest.Function {
	t.Helper()
	return lambdatest.Start(t, lambdatest.Build(t, "./testdata/echo"), env)
}

func TestResultsAndErrorsReachTheCaller(t *testing.T) {
	f := start(t, nil)
	if err := f.InitError(); err != nil || f.InitDuration <= 0 {
		t.Fatalf("InitError = %v after %v, want a function that is ready", err, f.InitDuration)
	}

	first := f.Invoke(timeout, []byte(`{"text":"hello"}`))
	if first.Error != nil {
		t.Fatal(first.Error)
	}
	var got struct {
		Text, ARN string
		Remaining float64
	}
	if err := json.Unmarshal(first.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.Text != "hello" || got.ARN != "arn:aws:lambda:eu-west-1:123456789012:function:eni-failover" {
		t.Errorf("result %s", first.Payload)
	}
	if got.Remaining <= 0 || got.Remaining > timeout.Seconds() {
		t.Errorf("the handler saw %v s until its deadline, want at most %v", got.Remaining, timeout)
	}
	if logs := f.Logs(); !strings.Contains(logs, `"requestId":"`+first.RequestID+`"`) {
		t.Errorf("no JSON line with the request id %s in the log:\n%s", first.RequestID, logs)
	}

	failed := f.Invoke(timeout, []byte(`{"do":"fail","text":"attach eni-1: no"}`))
	if want := (lambdatest.Error{Type: "EchoError", Message: "attach eni-1: no"}); failed.Error == nil || *failed.Error != want {
		t.Errorf("Error = %v, want %v", failed.Error, &want)
	}
	if again := f.Invoke(timeout, []byte(`{}`)); again.Error != nil || again.RequestID == first.RequestID {
		t.Errorf("after an error the next invocation gave %+v, want success with another id", again)
	}
}

func TestProcessEnds(t *testing.T) {
	tests := map[string]struct {
		event, kind, message string
		timeout              time.Duration
	}{
		"panic":     {`{"do":"panic","text":"boom"}`, "string", "boom", timeout},
		"exit":      {`{"do":"exit"}`, "Runtime.ExitError", "exit status 4", timeout},
		"timeout":   {`{"do":"hang"}`, "Sandbox.Timedout", "timed out after 0.20 seconds", 200 * time.Millisecond},
		"too large": {`{"do":"flood"}`, "Function.ResponseSizeTooLarge", "6291456 bytes", timeout},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := start(t, nil)
			got := f.Invoke(tt.timeout, []byte(tt.event))
			if got.Error == nil || got.Error.Type != tt.kind || !strings.Contains(got.Error.Message, tt.message) {
				t.Fatalf("Error = %v, want %s with %q", got.Error, tt.kind, tt.message)
			}
			if f.Alive() {
				t.Error("the process is still alive")
			}
			if next := f.Invoke(timeout, nil); next.Error == nil || next.Error.Type != "Runtime.ExitError" {
				t.Errorf("a dead function gave %+v", next)
			}
		})
	}
}

func TestInitFault(t *testing.T) {
	f := start(t, map[string]string{"INIT_FAULT": "COOLDOWN=\"soon\""})
	if err := f.InitError(); err == nil || !strings.Contains(err.Message, "exit status 3") {
		t.Errorf("InitError = %v, want exit status 3", err)
	}
	if logs := f.Logs(); !strings.Contains(logs, `init: COOLDOWN="soon"`) {
		t.Errorf("log %q", logs)
	}
}

func TestKillCutsAnInvocationOff(t *testing.T) {
	f := start(t, nil)
	go func() {
		time.Sleep(100 * time.Millisecond)
		f.Kill()
	}()
	got := f.Invoke(timeout, []byte(`{"do":"hang"}`))
	if got.Error == nil || got.Error.Type != "Runtime.ExitError" || !strings.Contains(got.Error.Message, "killed") {
		t.Errorf("Error = %v, want Runtime.ExitError, killed", got.Error)
	}
}

func TestEnvironmentIsLambdasAndTheCallers(t *testing.T) {
	t.Setenv("OF_THE_TEST", "1")
	f := start(t, map[string]string{"GROUPS": "db", "AWS_REGION": "us-west-2"})
	var env []string
	if err := json.Unmarshal(f.Invoke(timeout, []byte(`{"do":"env"}`)).Payload, &env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GROUPS=db", "AWS_REGION=us-west-2", "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is not in %q", want, env)
		}
	}
	if slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(s, "OF_THE_TEST=") || strings.HasPrefix(s, "HOME=") }) {
		t.Errorf("the test's environment leaks: %q", env)
	}
}

// buildInfo builds the echo function and returns the build information in its binary.
func buildInfo(t *testing.T) *debug.BuildInfo {
	t.Helper()
	binary := lambdatest.Build(t, "./testdata/echo")
	if again := lambdatest.Build(t, "./testdata/echo"); again != binary {
		t.Errorf("built twice: %s and %s", binary, again)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// setting is the value of one setting of a build; empty if it has none.
func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// The settings that decide which compiled packages two builds share.
var cacheKeys = []string{"-trimpath", "-race", "CGO_ENABLED"}

func TestBuildAsTheTest(t *testing.T) {
	t.Setenv(lambdatest.AsDeployedVariable, "")
	t.Setenv("GOFLAGS", "-cover") // of the next `go test`, not of the one that has built this test
	own, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test does not know how it was built")
	}
	built := buildInfo(t)
	for _, key := range cacheKeys {
		if got, want := setting(built, key), setting(own, key); got != want {
			t.Errorf("%s is %q; want the test's own %q", key, got, want)
		}
	}
	if setting(built, "-tags") != "lambda.norpc" || setting(built, "-cover") != "" {
		t.Errorf("tags %q, cover %q", setting(built, "-tags"), setting(built, "-cover"))
	}
}

func TestBuildAsDeployed(t *testing.T) {
	t.Setenv(lambdatest.AsDeployedVariable, "1")
	t.Setenv("GOFLAGS", "-race")
	built := buildInfo(t)
	for i, want := range []string{"true", "", "0"} {
		if got := setting(built, cacheKeys[i]); got != want {
			t.Errorf("%s is %q; want the deployment's %q", cacheKeys[i], got, want)
		}
	}
	if got := setting(built, "-tags"); got != "lambda.norpc" {
		t.Errorf("tags %q", got)
	}
}
