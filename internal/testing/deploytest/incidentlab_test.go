package deploytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/logssim"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// incidentLab is a deployment with an incident: a simulated account on loopback, with the built function in it, in which
// the test runs a person's commands: the AWS CLI's, and this project's own. Besides the simulator's calls it answers those
// of the page that are about the function itself: Lambda's, and IAM's PutRolePolicy for its role.
type incidentLab struct {
	incident

	t   *testing.T
	cli string
	sim *awssim.Sim
	url string
	// functions and logs are what a person sees of the function.
	functions *lambdasim.Lambda
	logs      *logssim.Logs

	mu        sync.Mutex
	stack     stack
	documents [][]byte // the policies of the function's role
	function  *lambdatest.Function
	last      invocation
}

// awsCLI is the path of the AWS CLI, which runs the page's commands.
func awsCLI(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("aws")
	if named := os.Getenv(cliVariable); named != "" {
		path, err = exec.LookPath(filepath.Join(named, "bin", "aws"))
	}
	switch {
	case err == nil:
		return path
	case os.Getenv(requireVariable) == "1":
		t.Fatalf("%s=1, but there is no AWS CLI: %v", requireVariable, err)
	default:
		t.Skipf("no AWS CLI: %v (pip install awscli, or set %s)", err, cliVariable)
	}
	return ""
}

func newIncidentLab(t *testing.T, s stack, i incident, cli string) *incidentLab {
	t.Helper()
	sim, err := awssim.New(world(i.world...))
	if err != nil {
		t.Fatal(err)
	}
	a := &incidentLab{incident: i, t: t, cli: cli, sim: sim}
	if a.timeout == 0 {
		a.timeout = time.Minute // the template has five; nothing here takes so long
	}
	a.functions = lambdasim.New(lambdasim.Function{Name: physical("FailoverFunction"), LogGroup: physical("FailoverLogs"), Handle: a.invoke})
	a.logs = logssim.New()
	a.logs.Create(physical("FailoverLogs"))
	server := httptest.NewServer(a.logs.Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lambdasim.Serves(r.URL.Path) {
			a.functions.ServeHTTP(w, r)
			return
		}
		a.call(w, r)
	})))
	t.Cleanup(server.Close)
	a.url = server.URL
	a.deploy(s, i.lost)
	return a
}

// deploy puts the function of a stack into the account, with its settings, and with its role but without the lost
// permission.
func (a *incidentLab) deploy(s stack, lost string) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stack = s
	a.documents = policyDocuments(s.policies(a.t, "FailoverRole"), func(g grant) bool { return g.action == lost })
	a.permit()
	env := map[string]string{
		"AWS_ENDPOINT_URL": a.url, "AWS_ACCESS_KEY_ID": accessKey, "AWS_SESSION_TOKEN": "",
		"AWS_LAMBDA_FUNCTION_NAME": physical("FailoverFunction"),
	}
	for name, value := range s.prop("FailoverFunction", "Environment", "Variables").(map[string]any) { //nolint:errcheck // a map of strings
		if env[name] == "" {
			env[name] = fmt.Sprint(value)
		}
	}
	if a.function != nil {
		_ = a.function.Close() // no invocation is in progress
	}
	a.function = lambdatest.Start(a.t, lambdatest.Build(a.t, root+"/functions/failover"), env)
	if err := a.function.InitError(); err != nil {
		a.t.Fatal(err)
	}
}

func (a *incidentLab) permit() {
	a.t.Helper()
	if err := a.sim.Policy(accessKey, a.documents...); err != nil {
		a.t.Error(err)
	}
}

// send hands the function an event, and returns what the invocation left behind.
func (a *incidentLab) send(event []byte) invocation {
	inv, _ := a.run(event)
	return inv
}

func (a *incidentLab) run(event []byte) (inv invocation, payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := len(a.function.Logs())
	result := a.function.Invoke(a.timeout, event)
	log := a.function.Logs()[before:]
	inv.metrics, payload = readMetrics(a.t, []byte(log)), result.Payload
	if result.Error != nil {
		inv.error = result.Error.Message
		payload, _ = json.Marshal(result.Error) // two strings
	}
	for line := range strings.Lines(log) {
		a.logs.Write(physical("FailoverLogs"), time.Now(), strings.TrimSuffix(line, "\n"))
		var report map[string]any
		if err := json.Unmarshal([]byte(line), &report); err == nil && report["message"] == "failover" {
			inv.report = report
		}
	}
	a.last = inv
	return inv, payload
}

// lastInvocation is the last invocation, by the test or by a command of the page.
func (a *incidentLab) lastInvocation() invocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// invoke hands the function an event of one of the page's commands.
func (a *incidentLab) invoke(_ context.Context, event []byte) ([]byte, *lambdasim.Error) {
	inv, payload := a.run(event)
	if inv.error == "" {
		return payload, nil
	}
	failed := &lambdasim.Error{}
	if err := json.Unmarshal(payload, failed); err != nil {
		a.t.Errorf("%v: %s", err, payload)
	}
	return nil, failed
}

// call answers IAM's PutRolePolicy (IAM API reference), and leaves all else to the simulator.
func (a *incidentLab) call(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") == "PutRolePolicy" {
		if form.Get("RoleName") != physical("FailoverRole") {
			http.Error(w, "no such role", http.StatusNotFound)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.documents = append(a.documents, []byte(form.Get("PolicyDocument")))
		a.permit()
		_, _ = io.WriteString(w, `<PutRolePolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"></PutRolePolicyResponse>`)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	a.sim.ServeHTTP(w, r)
}

// runCommands runs the page's commands unchanged, with the names of this deployment in the environment, and returns what
// they print. `sam deploy` becomes a deployment with the parameters in the command; the others keep their values (the SAM
// CLI asks CloudFormation for the previous ones).
func (a *incidentLab) runCommands(commands string) (output string) {
	a.t.Helper()
	shell := ""
	flush := func() {
		output += a.shell(shell)
		shell = ""
	}
	for line := range strings.Lines(commands) {
		deploys, parameters, found := strings.Cut(strings.TrimSpace(line), " --parameter-overrides ")
		if !found {
			shell += line
			continue
		}
		if deploys != "sam deploy --config-file deploy.toml" {
			a.t.Fatalf("command %q", line)
		}
		flush()
		a.deploy(deploy(a.t, override(a.parameters, strings.Fields(parameters))...), "")
	}
	flush()
	return output
}

// override merges two lists of NAME=VALUE; the second list wins.
func override(parameters, with []string) []string {
	values := map[string]string{}
	for _, p := range slices.Concat(parameters, with) {
		name, value, _ := strings.Cut(p, "=")
		values[name] = value
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+"="+values[name])
	}
	return all
}

// installed returns a folder with the command of this project, as `go install` leaves it.
func (a *incidentLab) installed() string {
	a.t.Helper()
	dir := a.t.TempDir()
	if err := os.Symlink(lambdatest.Build(a.t, root+"/cmd/eni-failover"), filepath.Join(dir, "eni-failover")); err != nil {
		a.t.Fatal(err)
	}
	return dir
}

// shell runs commands as a person who has every permission.
func (a *incidentLab) shell(commands string) string {
	a.t.Helper()
	if strings.TrimSpace(commands) == "" {
		return ""
	}
	cmd := exec.CommandContext(a.t.Context(), "bash", "-euo", "pipefail", "-c", commands)
	cmd.Env = []string{
		"PATH=" + strings.Join([]string{filepath.Dir(a.cli), a.installed(), os.Getenv("PATH")}, string(os.PathListSeparator)), "HOME=" + a.t.TempDir(),
		"AWS_ENDPOINT_URL=" + a.url, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_PAGER=",
		"AWS_ACCESS_KEY_ID=AKIDPERSON", "AWS_SECRET_ACCESS_KEY=not-a-secret", "AWS_EC2_METADATA_DISABLED=true",
		"FUNCTION=" + physical("FailoverFunction"), "ROLE=" + physical("FailoverRole"),
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		a.t.Fatalf("%v\n%s\n%s", err, commands, out)
	}
	return string(out)
}
