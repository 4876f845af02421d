package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// These tests run the deployed binary with a Lambda Runtime API, in a network of their own.

// event is the function's result, in a type that shares nothing with the product.
type event struct {
	Source string    `json:"source"`
	Time   time.Time `json:"time"`
	Type   string    `json:"detail-type"`
	Detail struct {
		Interfaces []struct {
			Interface  string    `json:"networkInterfaceId"`
			Attachment string    `json:"attachmentId"`
			Instance   string    `json:"instanceId"`
			Check      string    `json:"check"`
			Evidence   string    `json:"evidence"`
			Since      time.Time `json:"since"`
			ReachedAt  time.Time `json:"reachedAt"`
			Confirmed  *bool     `json:"confirmed"`
			Witness    string    `json:"witness"`
		} `json:"interfaces"`
		Rest *struct {
			Run     string           `json:"run"`
			Targets []map[string]any `json:"targets"`
		} `json:"rest"`
		Asked    int   `json:"asked"`
		Answered int   `json:"answered"`
		Isolated *bool `json:"isolated"`
		Down     []struct {
			Interface string `json:"networkInterfaceId"`
			Reason    string `json:"reason"`
		} `json:"down"`
	} `json:"detail"`
}

// target is a target of the input.
type target map[string]any

func newTarget(id string, at netip.Addr, probe string, witnesses ...netip.Addr) target {
	return target{
		"networkInterfaceId": "eni-0000000" + id, "attachmentId": "eni-attach-0000000" + id, "instanceId": "i-0000000" + id,
		"address": at, "probe": probe, "host": "db.corp.internal", "armed": true, "witnesses": witnesses,
	}
}

// targets adds addresses to the host, and returns a target at each, as if each were on a host of its own.
func (h host) targets(count int, probe string) []target {
	h.lab.tb.Helper()
	var list []target
	for n := range count {
		a := netip.AddrFrom4([4]byte{10, 78, 0, byte(1 + n)})
		h.ip("addr", "add", a.String()+"/32", "dev", "lo")
		t := newTarget("1", a, probe)
		t["networkInterfaceId"], t["instanceId"] = fmt.Sprintf("eni-%08x", n), fmt.Sprintf("i-%08x", n)
		list = append(list, t)
	}
	return list
}

func payload(tb testing.TB, run string, targets ...target) []byte {
	tb.Helper()
	text, err := json.Marshal(map[string]any{"run": run, "targets": targets})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// invoke runs the function once and returns its event.
func invoke(tb testing.TB, f *lambdatest.Function, in []byte) event {
	tb.Helper()
	out := f.Invoke(90*time.Second, in)
	if out.Error != nil {
		tb.Fatalf("%v\n%s", out.Error, f.Logs())
	}
	var e event
	if err := json.Unmarshal(out.Payload, &e); err != nil {
		tb.Fatalf("%v\n%s", err, out.Payload)
	}
	if e.Source != "eni-failover" || e.Time.IsZero() || e.Detail.Isolated == nil || e.Detail.Down == nil {
		tb.Errorf("the event is incomplete: %s", out.Payload)
	}
	return e
}

// accept accepts connections and sends nothing.
func accept(l net.Listener) {
	for {
		if _, err := l.Accept(); err != nil {
			return
		}
	}
}

// serve serves HTTP, or HTTPS with a self-signed certificate for another name.
func serve(tb testing.TB, l net.Listener, secure bool, h http.HandlerFunc) *httptest.Server {
	tb.Helper()
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener, s.Config.ErrorLog = l, slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	tb.Cleanup(s.Close)
	return s
}

// Each kind of failure, on a real network: its evidence, the time to the verdict, and whether the verdict is confirmed.
func TestDeaths(t *testing.T) {
	const dies = 1300 * time.Millisecond
	tests := []struct {
		name string
		// start starts the service on a host, and returns a function that stops it.
		start    func(t *testing.T, h, prober host) (kill func())
		words    string
		v6       bool
		witness  bool
		evidence string
		check    string
		// confirmed is the verdict's own field, and byWitness reports whether a witness confirms it.
		confirmed, byWitness bool
	}{
		{
			name: "the service is killed", words: "tcp:80", evidence: "refused", check: "tcp:80", confirmed: true,
			start: func(_ *testing.T, h, _ host) func() {
				l := h.listen(80)
				go accept(l)
				return func() { _ = l.Close() }
			},
		},
		{
			name: "the service is killed, over IPv6", v6: true, words: "tcp:80", evidence: "refused", check: "tcp:80", confirmed: true,
			start: func(_ *testing.T, h, _ host) func() {
				l := h.listen(80)
				go accept(l)
				return func() { _ = l.Close() }
			},
		},
		{
			name: "one of two is killed", words: "tcp:80 tcp:81", evidence: "refused", check: "tcp:81", confirmed: true,
			start: func(_ *testing.T, h, _ host) func() {
				a, b := h.listen(80), h.listen(81)
				go accept(a)
				go accept(b)
				return func() { _ = b.Close() }
			},
		},
		{
			name: "the host is silent, and a witness answers", words: "tcp:80", witness: true, evidence: "timeout", check: "tcp:80", confirmed: true, byWitness: true,
			start: func(_ *testing.T, h, _ host) func() {
				go accept(h.listen(80))
				return h.silence
			},
		},
		{
			name: "the host is silent, and a witness answers, over IPv6", v6: true, words: "tcp:80", witness: true, evidence: "timeout", check: "tcp:80", confirmed: true, byWitness: true,
			start: func(_ *testing.T, h, _ host) func() {
				go accept(h.listen(80))
				return h.silence
			},
		},
		{
			name: "the host is silent, without a witness", words: "tcp:80", evidence: "timeout", check: "tcp:80",
			start: func(_ *testing.T, h, _ host) func() {
				go accept(h.listen(80))
				return h.silence
			},
		},
		{
			name: "no route", words: "tcp:80", witness: true, evidence: "no-route", check: "tcp:80", confirmed: true, byWitness: true,
			start: func(_ *testing.T, h, prober host) func() {
				go accept(h.listen(80))
				return func() { prober.ip("route", "add", "unreachable", h.v4.String()+"/32") }
			},
		},
		{
			name: "the service hangs", words: "http:80/health", witness: true, evidence: "timeout", check: "http:80/health", confirmed: true, byWitness: true,
			start: func(t *testing.T, h, _ host) func() {
				t.Helper()
				hung := make(chan struct{})
				serve(t, h.listen(80), false, func(w http.ResponseWriter, r *http.Request) {
					select {
					case <-hung:
						<-r.Context().Done() // until the probe gives up
					default:
					}
					w.WriteHeader(http.StatusNotFound) // any status under 500 is an answer
				})
				return func() { close(hung) }
			},
		},
		{
			name: "errors", words: "http:80", evidence: "http-5xx", check: "http:80", confirmed: true,
			start: func(t *testing.T, h, _ host) func() {
				t.Helper()
				broken := make(chan struct{})
				serve(t, h.listen(80), false, func(w http.ResponseWriter, r *http.Request) {
					select {
					case <-broken:
						w.WriteHeader(http.StatusServiceUnavailable)
					default:
						http.Redirect(w, r, "http://10.77.0.99/", http.StatusFound)
					}
				})
				return func() { close(broken) }
			},
		},
		{
			name: "TLS is gone", words: "https:443", evidence: "tls", check: "https:443", confirmed: true,
			start: func(t *testing.T, h, _ host) func() {
				t.Helper()
				s := serve(t, h.listen(443), true, func(http.ResponseWriter, *http.Request) {})
				return func() {
					s.Close()
					serve(t, h.listen(443), false, func(http.ResponseWriter, *http.Request) {})
				}
			},
		},
		{
			name: "connections are reset", words: "https:443", evidence: "reset", check: "https:443", confirmed: true,
			start: func(t *testing.T, h, _ host) func() {
				t.Helper()
				s := serve(t, h.listen(443), true, func(http.ResponseWriter, *http.Request) {})
				return func() {
					s.Close()
					l := h.listen(443)
					go func() {
						for {
							conn, err := l.Accept()
							if err != nil {
								return
							}
							if tcp, ok := conn.(*net.TCPConn); ok {
								_ = tcp.SetLinger(0)
							}
							_ = conn.Close()
						}
					}()
				}
			},
		},
	}
	// All run at once, without t.Parallel: they mostly wait, so the number of processors does not matter.
	var all sync.WaitGroup
	defer all.Wait()
	for _, test := range tests {
		all.Go(func() {
			t.Run(test.name, func(t *testing.T) {
				l := newLab(t)
				prober, h, standby := l.host(), l.host(), l.host()
				kill := test.start(t, h, prober)
				address, witness := h.v4, standby.v4
				if test.v6 {
					address, witness = h.v6, standby.v6
				}
				in := newTarget("1", address, test.words+" for:2s timeout:1s")
				if test.witness {
					in["witnesses"] = []netip.Addr{witness}
				}
				f := prober.function()
				var at time.Time
				died := make(chan struct{})
				go func() {
					defer close(died)
					time.Sleep(dies)
					kill()
					at = time.Now()
				}()
				defer func() { <-died }()
				e := invoke(t, f, payload(t, "20s", in))
				now := time.Now()
				<-died
				if e.Type != "ENI Failover Unreachable" || len(e.Detail.Interfaces) != 1 {
					t.Fatalf("%+v\n%s", e, f.Logs())
				}
				u := e.Detail.Interfaces[0]
				if u.Evidence != test.evidence || u.Check != test.check || u.Confirmed == nil || *u.Confirmed != test.confirmed ||
					(u.Witness == witness.String()) != test.byWitness || u.ReachedAt.IsZero() || !u.ReachedAt.Before(u.Since) || u.Instance != "i-00000001" {
					t.Errorf("%+v", u)
				}
				// A busy machine gets three seconds more than the promised time, which the benchmark measures.
				if took := now.Sub(at); took < time.Second || took > 2*time.Second+time.Second+time.Second+3*time.Second {
					t.Errorf("the verdict came %v after the death", took)
				}
				if e.Detail.Rest != nil {
					t.Errorf("rest %+v", e.Detail.Rest)
				}
			})
		})
	}
}

// A prober that is cut off for some seconds gives no verdict, neither during the cut nor after it.
func TestProberIsCutOff(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	prober, a, b := l.host(), l.host(), l.host()
	go accept(a.listen(80))
	go accept(b.listen(80))
	f := prober.function()
	var cut sync.WaitGroup
	cut.Go(func() {
		time.Sleep(1300 * time.Millisecond)
		prober.silence()
		time.Sleep(4 * time.Second)
		prober.reconnect()
	})
	defer cut.Wait()
	e := invoke(t, f, payload(t, "9s",
		newTarget("1", a.v4, "tcp:80 for:3s timeout:500ms", b.v4), newTarget("2", b.v6, "tcp:80 for:3s timeout:500ms", a.v6)))
	if e.Type != "ENI Failover Probed" || !*e.Detail.Isolated || len(e.Detail.Down) != 0 || e.Detail.Answered < 6 {
		t.Errorf("%+v", e)
	}
	if logs := f.Logs(); !strings.Contains(logs, `"ProbeIsolatedRuns":1`) || !strings.Contains(logs, `"isolated":true`) {
		t.Errorf("no sign of it in the log\n%s", logs)
	}
}

// A prober with much less processor than its targets need finds none of them down, and still asks each.
func TestTooLittleProcessor(t *testing.T) {
	t.Parallel()
	const targets = 200
	l := newLab(t)
	prober, h := l.host(), l.host()
	prober.ip("route", "add", "10.78.0.0/16", "via", h.v4.String())
	list := h.targets(targets, "https:443/health for:5s")
	serve(t, h.listen(443), true, func(http.ResponseWriter, *http.Request) {})
	f := prober.function()
	if err := f.LimitProcessor(1.0 / 40); err != nil {
		t.Skip(err)
	}
	e := invoke(t, f, payload(t, "20s", list...))
	if e.Type != "ENI Failover Probed" || e.Detail.Answered < targets {
		t.Errorf("%s, %d answers: %+v", e.Type, e.Detail.Answered, e.Detail.Interfaces)
	}
	if logs := f.Logs(); strings.Contains(logs, `"ProbeUnasked":0`) {
		t.Errorf("the prober was not late\n%s", logs)
	}
}

// The first verdict ends the run. The other targets are in the rest, and those that have answered are armed.
func TestRest(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	prober, a, b := l.host(), l.host(), l.host()
	go accept(b.listen(80))
	f := prober.function()
	fresh := newTarget("2", b.v4, "tcp:80 for:2s")
	fresh["armed"] = false
	wrong := newTarget("3", b.v6, "tcp:9 for:2s")
	wrong["armed"] = false
	e := invoke(t, f, payload(t, "30s", newTarget("1", a.v4, "tcp:80 for:2s"), fresh, wrong))
	d := e.Detail
	if e.Type != "ENI Failover Unreachable" || len(d.Interfaces) != 1 || d.Rest == nil || len(d.Rest.Targets) != 2 ||
		d.Rest.Targets[0]["armed"] != true || d.Rest.Targets[1]["armed"] == true {
		t.Fatalf("%+v", e)
	}
	if run, err := time.ParseDuration(d.Rest.Run); err != nil || run < 20*time.Second || run > 28*time.Second {
		t.Errorf("the rest runs for %s", d.Rest.Run)
	}
	rest, err := json.Marshal(map[string]any{"run": "4s", "targets": d.Rest.Targets})
	if err != nil {
		t.Fatal(err)
	}
	e = invoke(t, f, rest)
	if e.Type != "ENI Failover Probed" || len(e.Detail.Down) != 1 || e.Detail.Down[0].Reason != "not-armed" {
		t.Errorf("%+v", e)
	}
	e = invoke(t, f, payload(t, "2s", fresh))
	if e.Type != "ENI Failover Reached" || len(e.Detail.Interfaces) != 1 || e.Detail.Interfaces[0].Attachment != "eni-attach-00000002" ||
		e.Detail.Interfaces[0].ReachedAt.IsZero() {
		t.Errorf("%+v", e)
	}
}

// Two services die before the end of a run that is shorter than their times. The run goes on until the first verdict, and the
// run of its rest until the second one, which has the answer of the first run.
func TestSilentAtTheEnd(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	prober, a, b := l.host(), l.host(), l.host()
	first := a.listen(80)
	go accept(first)
	go accept(b.listen(80))
	f := prober.function()
	var end sync.WaitGroup
	end.Go(func() { // a busy machine may take two seconds more for it
		time.Sleep(1300 * time.Millisecond)
		b.silence()
		_ = first.Close()
	})
	defer end.Wait()
	e := invoke(t, f, payload(t, "4s", newTarget("1", a.v4, "tcp:80 for:3s"), newTarget("2", b.v4, "tcp:80 for:6s", a.v4)))
	if d := e.Detail; e.Type != "ENI Failover Unreachable" || len(d.Interfaces) != 1 || d.Interfaces[0].Interface != "eni-00000001" ||
		d.Interfaces[0].ReachedAt.IsZero() || d.Rest == nil || d.Rest.Run != "1s" || len(d.Rest.Targets) != 1 {
		t.Fatalf("%+v", e)
	}
	reachedAt := e.Detail.Rest.Targets[0]["reachedAt"]
	e = invoke(t, f, payload(t, "1s", e.Detail.Rest.Targets[0]))
	if d := e.Detail; e.Type != "ENI Failover Unreachable" || len(d.Interfaces) != 1 || d.Interfaces[0].Interface != "eni-00000002" || d.Answered != 0 ||
		d.Interfaces[0].Evidence != "timeout" || !*d.Interfaces[0].Confirmed || d.Interfaces[0].ReachedAt.Format(time.RFC3339Nano) != reachedAt {
		t.Errorf("%+v; the rest had %v", e, reachedAt)
	}
}

// Bad input is an error that names the field. Its type is the one that the alarms use.
func TestBadInput(t *testing.T) {
	f := lambdatest.Start(t, lambdatest.Build(t, "."), nil)
	for in, want := range map[string]string{
		`{"run":"65s","targets":[]}`:             "targets is []; accepted: a list of at least one target",
		`{"run":"65s","targets":[{}],"group":1}`: "group is 1; accepted: only the fields run, targets",
		`[]`:                                     "the event is []; accepted: a JSON object",
	} {
		out := f.Invoke(10*time.Second, []byte(in))
		if out.Error == nil || out.Error.Type != "BadInputError" || !strings.Contains(out.Error.Message, want) {
			t.Errorf("%s: %+v", in, out)
		}
	}
}

// On one's own machine the probe asks a loopback address, but never the API that serves it.
func TestLoopback(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go accept(l)
	f := lambdatest.Start(t, lambdatest.Build(t, "."), nil)
	api, at := netip.MustParseAddrPort(f.RuntimeAPI), netip.MustParseAddrPort(l.Addr().String())
	in := newTarget("1", at.Addr(), fmt.Sprintf("tcp:%d", at.Port()))
	if e := invoke(t, f, payload(t, "1s", in)); e.Type != "ENI Failover Probed" || e.Detail.Answered == 0 {
		t.Errorf("%+v", e)
	}
	in["probe"] = fmt.Sprintf("tcp:%d", api.Port())
	out := f.Invoke(10*time.Second, payload(t, "1s", in))
	if out.Error == nil || out.Error.Type != "BadInputError" || !strings.Contains(out.Error.Message, "targets[0].address is "+api.String()) {
		t.Errorf("%+v", out)
	}
}

// TestAddressOfRuntimeAPI: whatever the variable says, the function starts.
func TestAddressOfRuntimeAPI(t *testing.T) {
	for value, want := range map[string]string{
		"127.0.0.1:9001": "127.0.0.1:9001", "169.254.100.1:9001": "169.254.100.1:9001", "localhost:9001": "127.0.0.1:9001",
		"[::1]:9001": "[::1]:9001", "[::ffff:127.0.0.1]:9001": "127.0.0.1:9001", "": "invalid AddrPort", "nowhere": "invalid AddrPort",
		"127.0.0.1:port": "invalid AddrPort", "127.0.0.1:70000": "invalid AddrPort",
	} {
		t.Setenv("AWS_LAMBDA_RUNTIME_API", value)
		if got := runtimeAPI().String(); got != want {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
}

// The probe has no access to AWS, and none of its code can use any.
func TestNoSDK(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "lambda.norpc", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(pkg, "github.com/aws/aws-sdk-go") || strings.HasPrefix(pkg, "github.com/aws/smithy-go") {
			t.Errorf("the probe contains %s", pkg)
		}
		if first, _, _ := strings.Cut(pkg, "/"); strings.Contains(first, ".") &&
			!strings.HasPrefix(pkg, "github.com/aws/aws-lambda-go/") && !strings.HasPrefix(pkg, "github.com/eni-failover/eni-failover/") {
			t.Errorf("the probe depends on %s", pkg)
		}
	}
	if runtime.GOOS == "linux" && !strings.Contains(string(out), "internal/probe/ask") {
		t.Error("the list is not that of the probe")
	}
}
