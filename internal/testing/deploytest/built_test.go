package deploytest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
	"github.com/eni-failover/eni-failover/internal/testing/loopback"
)

// These tests run what `sam build` has built, under the emulator of Lambda's runtime that `sam local invoke`
// puts into its container, against the sandbox. What they leave out of `sam local` is Docker and its image.

// sandbox serves a simulation of the account that the samples in events/ name.
func sandbox(t *testing.T) (url string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), lambdatest.Build(t, root+"/cmd/sandbox"), "-serve", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended with the test's context
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "AWS_ENDPOINT_URL="); found {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return url
		}
	}
	t.Fatalf("the sandbox does not serve: %v", lines.Err())
	return ""
}

// localEnvironment is the environment of a function under `sam local invoke`: the template's variables, the
// environment file's over them as far as the template has them, and SAM's own.
func localEnvironment(t *testing.T, s stack, function, endpoint string) map[string]string {
	t.Helper()
	var file struct{ Parameters map[string]string }
	text := readFile(t, filepath.Join(root, "examples", "sam-local.json"))
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for name, value := range s.prop(function, "Environment", "Variables").(map[string]any) { //nolint:errcheck // a map of strings
		env[name] = value.(string) //nolint:errcheck // see above
	}
	for name, value := range file.Parameters {
		if _, ok := env[name]; !ok {
			t.Errorf("%s is not a variable of the template, so sam local drops it", name)
		}
		env[name] = value
	}
	// The machine's loopback is not the container's. TestSamLocal shows that this name leads to the sandbox.
	if env["AWS_ENDPOINT_URL"] != "http://host.docker.internal:4566" {
		t.Errorf("endpoint %s; want the sandbox's as a container sees it", env["AWS_ENDPOINT_URL"])
	}
	env["AWS_ENDPOINT_URL"] = endpoint // a port that is free now
	maps.Copy(env, map[string]string{
		"AWS_SAM_LOCAL": "true", "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "sandbox",
		"AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_LAMBDA_FUNCTION_NAME": function, "AWS_LAMBDA_FUNCTION_TIMEOUT": "300",
		"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO",
	})
	return env
}

// builtBinary is the path of a function's binary as `sam build` has put it, for this machine.
func builtBinary(t *testing.T, function string) string {
	t.Helper()
	path, err := filepath.Abs(toolPath(t, builtVariable, filepath.Join(runtime.GOARCH, function, "bootstrap")))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// emulated is a function under the runtime emulator.
type emulated struct{ url, output string }

// emulate runs a binary under the emulator that the SAM CLI brings, on loopback ports.
func emulate(t *testing.T, binary string, env map[string]string) emulated {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv(samVariable), "lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"+samArchitecture(runtime.GOARCH)))
	if err != nil || len(found) != 1 {
		t.Fatalf("the runtime emulator of the SAM CLI: %v %v", found, err)
	}
	rie := filepath.Join(t.TempDir(), "rie") // the wheel has it without the permission to execute
	text := readFile(t, found[0])
	if err := os.WriteFile(rie, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	ports := loopback.FreePorts(t, 2)
	front, api := ports[0], ports[1]
	output := filepath.Join(t.TempDir(), "output")
	file, err := os.Create(output)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd := exec.CommandContext(t.Context(), rie, "--runtime-interface-emulator-address", front, "--runtime-api-address", api, binary)
	cmd.Dir = filepath.Dir(binary)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = file, file
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it then ends the function, too
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context is done by now
	return emulated{url: "http://" + front + "/2015-03-31/functions/function/invocations", output: output}
}

// invoke sends an event as soon as the emulator listens.
func (e emulated) invoke(t *testing.T, event []byte) map[string]any {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}} // no proxy
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url, bytes.NewReader(event))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, readFile(t, e.output))
		}
		defer func() { _ = response.Body.Close() }()
		var answer map[string]any
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatalf("answer: %v\n%s", err, readFile(t, e.output))
		}
		return answer
	}
	t.Fatalf("the emulator does not answer:\n%s", readFile(t, e.output))
	return nil
}

// sampleNow is a sample whose time is now, as the command in docs/quickstart.md makes it.
func sampleNow(t *testing.T, name string) []byte {
	t.Helper()
	stamp := time.Now().UTC().Format(time.RFC3339)
	event := sampleEvent(t, name)
	if event["time"] != nil {
		event["time"] = stamp
	}
	if state, ok := at(event, "detail", "state").(map[string]any); ok {
		state["timestamp"] = stamp
	}
	return []byte(toJSON(event))
}

// sandboxOutcomes has the outcome of each sample in the sandbox. All is well in its account, so EC2 contradicts every
// event that says otherwise.
func sandboxOutcomes() map[string]string {
	return map[string]string{
		"alarm-application.json":        "moved",
		"alarm-composite.json":          "moved",
		"alarm-cpu.json":                "ignored",
		"alarm-metric-math.json":        "ignored",
		"alarm-status-check.json":       "ignored",
		"alarm-suppressed.json":         "ignored",
		"health-retirement.json":        "planned",
		"instance-running.json":         "nothing-to-do",
		"instance-shutting-down.json":   "ignored",
		"instance-stopped.json":         "ignored",
		"instance-stopping.json":        "ignored",
		"instance-terminated.json":      "ignored",
		"lifecycle-terminate.json":      "moved",
		"lifecycle-warm-pool.json":      "moved",
		"manual-bare.json":              "moved",
		"manual-dry-run.json":           "planned",
		"manual-request.json":           "moved",
		"rebalance-recommendation.json": "planned",
		"reached.json":                  "nothing-to-do",
		"rehearsal.json":                "planned",
		"spot-interruption.json":        "moved",
		"sweep-rule.json":               "nothing-to-do",
		"sweep-scheduler.json":          "nothing-to-do",
		"unknown.json":                  "ignored",
		"unreachable-monitor.json":      "moved",
		"unreachable.json":              "moved",
	}
}

func TestEachSampleInTheEmulator(t *testing.T) {
	s, binary := deploy(t), builtBinary(t, "FailoverFunction")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(wantRules())), slices.Sorted(maps.Keys(sandboxOutcomes()))); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	for name, want := range sandboxOutcomes() {
		t.Run(name, func(t *testing.T) {
			e := emulate(t, binary, localEnvironment(t, s, "FailoverFunction", sandbox(t)))
			if got := e.invoke(t, sampleNow(t, name)); got["outcome"] != want {
				t.Errorf("%v; want %s\n%s", got["outcome"], want, toJSON(got))
			}
		})
	}
}

// The built audit reports the sandbox's findings in the metrics that the alarms watch. The built failover's log line
// has the fields that the dashboard shows.
func TestBuiltFunctionsTell(t *testing.T) {
	s := deploy(t)
	endpoint := sandbox(t)
	logs := map[string]string{}
	for function, event := range map[string]string{"FailoverFunction": "manual-bare.json", "AuditFunction": "sweep-scheduler.json"} {
		env := localEnvironment(t, s, function, endpoint)
		env["AWS_LAMBDA_FUNCTION_NAME"] = physical(function)
		f := lambdatest.Start(t, builtBinary(t, function), env)
		if err := f.InitError(); err != nil {
			t.Fatal(err)
		}
		if r := f.Invoke(time.Minute, sampleNow(t, event)); r.Error != nil {
			t.Fatalf("%s: %v", function, r.Error)
		}
		logs[function] = f.Logs()
	}
	measured := readMetrics(t, []byte(logs["FailoverFunction"]))
	maps.Copy(measured, readMetrics(t, []byte(logs["AuditFunction"])))
	for _, m := range []metric{functionMetric("FailoverFunction", "Moves"), functionMetric("AuditFunction", "Audits"), functionMetric("AuditFunction", "FindingsCritical")} {
		if measured[m] == nil {
			t.Errorf("not measured: %v", m)
		}
	}
	var report map[string]any
	for line := range strings.Lines(logs["FailoverFunction"]) {
		var root map[string]any
		if err := json.Unmarshal([]byte(line), &root); err == nil && root["message"] == "failover" {
			report = root
		}
	}
	events := dashboardTables(t, s)[0]
	if !strings.Contains(events.filter, "outcome in ['moved'") {
		t.Errorf("filter %q", events.filter)
	}
	fields := strings.ReplaceAll(strings.TrimPrefix(events.fields, "@timestamp, "), "coalesce(error, detail)", "detail")
	for field := range strings.SplitSeq(fields, ", ") {
		field, _, _ = strings.Cut(field, " as ")
		v := any(report)
		for step := range strings.SplitSeq(field, ".") {
			if step == "0" {
				v = at(v, 0)
			} else {
				v = at(v, step)
			}
		}
		if v == nil && field != "detail" { // a successful move need not have one
			t.Errorf("the log line has no %s: %s", field, toJSON(report))
		}
	}
}
