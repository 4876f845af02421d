package deploytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/loopback"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// prometheusTool is the path of a program of Debian's packages of Prometheus.
func prometheusTool(t *testing.T, name string) string {
	t.Helper()
	return toolPath(t, prometheusVariable, "usr/bin/"+name)
}

// The rules of the example go off when a service has stopped answering, and only then.
func TestMonitorRules(t *testing.T) {
	t.Parallel()
	promtool := prometheusTool(t, "promtool")
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", "testdata/monitor-rules.yml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// background runs a program until the test ends. Its output is shown if the test fails.
func background(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	log, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), readFile(t, path))
		}
	})
}

// The real Prometheus, blackbox exporter and Alertmanager, with the example's configuration and shorter times, notice that a
// service does not answer any more. The example's webhook reports it with the AWS CLI, and the failover moves the interface. The
// alert is repeated while the service stays down, which moves nothing: it began before the interface came to the standby.
func TestMonitorOfPrometheus(t *testing.T) {
	t.Parallel()
	prometheus, cli := prometheusTool(t, "prometheus"), awsCLI(t)
	l := newLab(t, deploy(t), world(func(w *awssim.World) {
		w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-time.Hour)
	}), nil)
	simulated := httptest.NewServer(l.sim)
	t.Cleanup(simulated.Close)

	ports := loopback.FreePorts(t, 6)
	listen := func(address string) net.Listener {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_ = conn.Close()
			}
		}()
		t.Cleanup(func() { _ = listener.Close() })
		return listener
	}
	service, witness := listen(ports[0]), listen(ports[1])
	web, alerts, exporter, hook := ports[2], ports[3], ports[4], ports[5]
	dir := t.TempDir()
	for _, name := range []string{"prometheus.yml", "rules.yml", "alertmanager.yml", "blackbox.yml"} {
		text := strings.NewReplacer(
			"10.0.1.10:5432", service.Addr().String(), "10.0.1.21:22", witness.Addr().String(), "eni-0a1b2c3d4e5f60001", eniID,
			"127.0.0.1:9093", alerts, "127.0.0.1:9115", exporter, "127.0.0.1:9095", hook,
			"[10s]", "[6s]", "group_interval: 10s", "group_interval: 1s", "repeat_interval: 1m", "repeat_interval: 1s",
		).Replace(readFile(t, filepath.Join(root, "examples/monitors/prometheus", name)))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	background(t, nil, prometheusTool(t, "prometheus-blackbox-exporter"), "--config.file="+dir+"/blackbox.yml", "--web.listen-address="+exporter)
	background(t, nil, prometheusTool(t, "prometheus-alertmanager"), "--config.file="+dir+"/alertmanager.yml", "--storage.path="+t.TempDir(),
		"--web.listen-address="+alerts, "--cluster.listen-address=")
	background(t, nil, prometheus, "--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+web)
	background(t, []string{
		"PATH=" + filepath.Dir(cli) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"AWS_ENDPOINT_URL=" + simulated.URL, "AWS_DEFAULT_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=AKIDPERSON", "AWS_SECRET_ACCESS_KEY=not-a-secret",
	}, "python3", filepath.Join(root, "examples/monitors/alertmanager.py"), hook)

	within(t, "Prometheus sees the service", func() bool { return sampled(t, web, `probe_success{job="service"} == 1`) })
	within(t, "Prometheus sees the witness", func() bool { return sampled(t, web, `probe_success{job="witness"} == 1`) })
	if got := l.sim.BusEvents(); len(got) != 0 {
		t.Fatalf("while the service answers: %s", toJSON(got))
	}
	_ = service.Close()
	var event []byte
	reported := func() trigger.ProbedInterface {
		parsed, err := trigger.Parse(event)
		if err != nil || len(parsed.Unanswered) != 1 {
			t.Fatalf("%v: %s", err, event)
		}
		return parsed.Unanswered[0]
	}
	var told int
	within(t, "a confirmed report on the bus", func() bool { // on a busy machine, the witness may be late
		if all := l.told(); len(all) > told {
			event = []byte(toJSON(all[told]))
			told++
			return !reported().Unconfirmed
		}
		return false
	})
	since := reported().Since
	report, err := l.handle(event)
	if err != nil || len(report.Interfaces) != 1 || report.Interfaces[0].To != standby {
		t.Fatalf("%v, of %s", reportText(report, err), event)
	}
	told = len(l.sim.BusEvents())
	calls := func() (count int) {
		for _, c := range l.sim.Calls() {
			if c.Action == "DescribeNetworkInterfaces" {
				count++
			}
		}
		return count
	}
	looked := calls()
	within(t, "the webhook has been called three times more", func() bool { return calls() >= looked+3 })
	more := 0
	for _, e := range l.told()[told:] {
		event = []byte(toJSON(e))
		if !reported().Since.Equal(since) {
			continue // the machine was so busy that the alert ended, and this is another one
		}
		more++
		// The webhook may have read the attachment before the move.
		if report, err := l.handle(event); err != nil || report.Outcome != "superseded" && report.Outcome != "ignored" {
			t.Errorf("a repeated alert: %s\nof %s", reportText(report, err), event)
		}
	}
	if more > 1 {
		t.Errorf("%d repeated alerts came to the bus", more)
	}
}

// within waits until something is so.
func within(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !condition(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// sampled reports whether a query of Prometheus has a result.
func sampled(t *testing.T, server, query string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/api/v1/query?query=%s", server, url.QueryEscape(query)), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false // it does not listen yet
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return false
	}
	var answer struct {
		Data struct{ Result []any }
	}
	return json.Unmarshal(body, &answer) == nil && len(answer.Data.Result) == 1
}
