package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// fakeNetwork is a network in fake time.
type fakeNetwork struct {
	mu sync.Mutex
	// dies has the death of an address; other addresses answer after a millisecond.
	dies map[string]death
	// asked has the instants of the questions to each address, open counts the questions in flight, and maxOpen is
	// their maximum.
	asked         map[string][]time.Time
	open, maxOpen int
	witnesses     int
	// late is how much later than at its time-out a question to an address ends, as if the prober had no processor.
	late map[string]time.Duration
}

type death struct {
	at  time.Time
	how verdict.Evidence
}

func (w *fakeNetwork) ask(ctx context.Context, q ask.Question) verdict.Evidence {
	w.mu.Lock()
	w.asked[q.Address.String()] = append(w.asked[q.Address.String()], time.Now())
	w.open++
	w.maxOpen = max(w.maxOpen, w.open)
	d := w.dies[q.Address.String()]
	w.mu.Unlock()
	defer func() { w.mu.Lock(); w.open--; w.mu.Unlock() }()
	met, wait := verdict.Answered, time.Millisecond
	if !d.at.IsZero() && !time.Now().Before(d.at) {
		if met = d.how; met == verdict.Timeout {
			wait = q.Timeout + w.late[q.Address.String()]
		}
	}
	select {
	case <-time.After(wait):
		return met
	case <-ctx.Done():
		return verdict.Unasked
	}
}

func (w *fakeNetwork) witness(_ context.Context, at netip.AddrPort, _ time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.witnesses++
	return at.Port() == 80
}

// target returns target n on holder h.
func target(n, h int, more string) string {
	return fmt.Sprintf(`{"networkInterfaceId":"eni-%08x","attachmentId":"eni-attach-%08x","instanceId":"i-%08x","address":"10.0.%d.%d"%s}`,
		n, n, h, n/200, 1+n%200, more)
}

func input(run string, targets ...string) []byte {
	return []byte(`{"run":"` + run + `","targets":[` + strings.Join(targets, ",") + `]}`)
}

// run carries out one run in fake time.
func run(t *testing.T, ctx context.Context, w *fakeNetwork, in []byte) (verdict.Event, string) { //nolint:revive // t comes first in a test
	t.Helper()
	w.asked = map[string][]time.Time{}
	var out bytes.Buffer
	p := probe.New(probe.Network{Ask: w.ask, Witness: w.witness}, emf.New(&out, "probe"), slog.New(slog.NewJSONHandler(&out, nil)))
	e, err := p.Run(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if w.open != 0 {
		t.Errorf("%d questions are under way after the run", w.open)
	}
	return e, out.String()
}

const armed = `,"armed":true,"probe":"tcp:80 for:5s"`

// The questions of many targets are spread over the second. Each target is asked each second, and the targets on one
// holder are asked together.
func TestSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var targets []string
		for n := range 200 {
			targets = append(targets, target(n, n%100, armed))
		}
		w := &fakeNetwork{}
		e, _ := run(t, t.Context(), w, input("10s", targets...))
		if e.Type != verdict.TypeProbed || e.Detail.Asked != 2000 || e.Detail.Answered != 2000 || time.Since(start) != 10*time.Second {
			t.Errorf("%+v after %v", e, time.Since(start))
		}
		if w.maxOpen > 10 { // five holders with two targets each
			t.Errorf("%d questions at one instant", w.maxOpen)
		}
		for address, asked := range w.asked {
			for n, at := range asked {
				if at.Sub(asked[0]) != time.Duration(n)*time.Second {
					t.Fatalf("%s was asked at %v", address, asked)
				}
			}
		}
		if a, b := w.asked["10.0.0.1"], w.asked["10.0.0.101"]; len(a) != 10 || !a[0].Equal(b[0]) || a[0].Equal(w.asked["10.0.0.51"][0]) {
			t.Errorf("asked %v and, on the same holder, %v", a, b)
		}
	})
}

// gathering is what a verdict may be late, to be about all questions that ended at one moment.
const gathering = 10 * time.Millisecond

// A verdict comes within `for`, a second and one time-out after the death of the application.
func TestTimeToVerdict(t *testing.T) {
	for _, how := range []verdict.Evidence{verdict.Refused, verdict.Timeout} {
		for _, pause := range []time.Duration{2 * time.Second, 2500 * time.Millisecond, 5 * time.Second} {
			for _, timeout := range []time.Duration{100 * time.Millisecond, time.Second, 3 * time.Second} {
				for dies := 3 * time.Second; dies < 4*time.Second; dies += 99 * time.Millisecond {
					synctest.Test(t, func(t *testing.T) {
						start := time.Now()
						w := &fakeNetwork{dies: map[string]death{"10.0.0.1": {start.Add(dies), how}}}
						words := fmt.Sprintf(`,"probe":"tcp:80 for:%v timeout:%v","witnesses":["10.0.9.9"]`, pause, timeout)
						e, _ := run(t, t.Context(), w, input("65s", target(0, 0, words)))
						took, most := time.Since(start)-dies, pause+time.Second+timeout+gathering
						if e.Type != verdict.TypeUnreachable || !e.Detail.Unreachable[0].Confirmed || took > most || took < pause {
							t.Errorf("%s, for %v, time-out %v, died at %v: %s after %v, at most %v", how, pause, timeout, dies, e.Type, took, most)
						}
					})
				}
			}
		}
	}
}

// A death at any time of a run gets its verdict in time, with the last answer: from this run, which outlives its end, or from
// the next one, which overlaps it.
func TestDeathAtAnyTime(t *testing.T) {
	const between, length = time.Minute, 65 * time.Second
	for _, pause := range []time.Duration{2 * time.Second, 20 * time.Second, 2 * time.Minute} {
		for _, timeout := range []time.Duration{time.Second, 10 * time.Second} {
			for dies := 1500 * time.Millisecond; dies < 2*between; dies += 1733 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					var told sync.WaitGroup
					var mu sync.Mutex
					first := time.Duration(0)
					for n := range 3 {
						told.Go(func() {
							time.Sleep(time.Duration(n) * between)
							w := &fakeNetwork{dies: map[string]death{"10.0.0.1": {start.Add(dies), verdict.Timeout}}}
							words := fmt.Sprintf(`,"armed":true,"probe":"tcp:80 for:%v timeout:%v","witnesses":["10.0.9.9"]`, pause, timeout)
							e, _ := run(t, t.Context(), w, input(length.String(), target(0, 0, words)))
							took := time.Since(start) - dies
							mu.Lock()
							defer mu.Unlock()
							if e.Type == verdict.TypeUnreachable && !e.Detail.Unreachable[0].ReachedAt.IsZero() && (first == 0 || took < first) {
								first = took
							}
						})
					}
					told.Wait()
					if first < pause || first > pause+time.Second+timeout+gathering {
						t.Errorf("for %v, time-out %v, died at %v: first verdict with an answer after %v", pause, timeout, dies, first)
					}
				})
			}
		}
	}
}

// A run that outlives its end asks its other targets as before, and their answers end it.
func TestOutlivedEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &fakeNetwork{dies: map[string]death{"10.0.0.1": {start.Add(4500 * time.Millisecond), verdict.Timeout}}}
		go func() {
			time.Sleep(9200 * time.Millisecond)
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.dies, "10.0.0.1")
		}()
		e, _ := run(t, t.Context(), w, input("6s", target(0, 0, armed), target(1, 1, armed)))
		if took := time.Since(start); e.Type != verdict.TypeProbed || took < 9200*time.Millisecond || took > 10200*time.Millisecond || len(w.asked["10.0.0.2"]) < 9 {
			t.Errorf("%+v after %v; the other target was asked %d times", e, took, len(w.asked["10.0.0.2"]))
		}
	})
}

// One verdict has all targets that go down with one holder. The other targets are in the rest, for the time that is
// left.
func TestVerdictOfAHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		died := death{time.Now().Add(4 * time.Second), verdict.Timeout}
		w := &fakeNetwork{dies: map[string]death{"10.0.0.1": died, "10.0.0.2": died, "10.0.0.3": died}}
		e, out := run(t, t.Context(), w, input("65s",
			target(0, 0, armed), target(3, 1, armed), target(1, 0, armed), target(2, 0, `,"probe":"tcp:80 for:5s timeout:900ms"`)))
		d := e.Detail
		if len(d.Unreachable) != 3 || d.Unreachable[0].Witness.String() != "10.0.0.4" || d.Rest == nil || len(d.Rest.Targets) != 1 || d.Rest.Run != "55.9s" {
			t.Errorf("%+v", d)
		}
		for _, want := range []string{
			`"ProbeRuns":1`, `"ProbeVerdicts":3`, `"ProbeIsolatedRuns":0`, `"ProbeUnasked":0`, fmt.Sprintf(`"ProbeQuestions":%d`, d.Asked),
			fmt.Sprintf(`"ProbeAnswers":%d`, d.Answered), `"level":"WARN","msg":"probe","result":"ENI Failover Unreachable","targets":4`,
		} {
			if !strings.Contains(out, want) {
				t.Errorf("no %s in\n%s", want, out)
			}
		}
		if n := strings.Count(out, "\n"); n != 2 {
			t.Errorf("%d lines, want one of metrics and one of the log\n%s", n, out)
		}
	})
}

// Targets on one holder are in one verdict whatever their time, though their messages come one after the other.
func TestVerdictOfTwins(t *testing.T) {
	for _, pause := range []string{"2s", "3s", "10s"} {
		for _, timeout := range []string{"500ms", "1s", "2s"} {
			synctest.Test(t, func(t *testing.T) {
				died := death{time.Now().Add(1500 * time.Millisecond), verdict.Timeout}
				w := &fakeNetwork{dies: map[string]death{}, late: map[string]time.Duration{}}
				var targets []string
				for n := range 10 {
					address := fmt.Sprintf("10.0.0.%d", 1+n)
					w.dies[address], w.late[address] = died, time.Duration(n)*time.Millisecond
					targets = append(targets, target(n, 0, `,"armed":true,"probe":"tcp:80 for:`+pause+` timeout:`+timeout+`","witnesses":["10.0.9.9"]`))
				}
				if e, _ := run(t, t.Context(), w, input("65s", targets...)); len(e.Detail.Unreachable) != 10 || e.Detail.Rest != nil {
					t.Errorf("for %s, time-out %s: %+v", pause, timeout, e.Detail)
				}
			})
		}
	}
}

// Services that die at one moment on many holders take two verdicts: one in the promised time, and one for all others once the
// rest is back, a little more than a second and a time-out later.
func TestVerdictsOfManyHolders(t *testing.T) {
	for _, how := range []verdict.Evidence{verdict.Refused, verdict.Timeout} {
		synctest.Test(t, func(t *testing.T) {
			const holders, timeout, handBack = 200, 500 * time.Millisecond, 2 * time.Second
			start := time.Now()
			died := death{start.Add(3210 * time.Millisecond), how}
			w := &fakeNetwork{dies: map[string]death{}}
			var targets []string
			for n := range holders {
				w.dies[fmt.Sprintf("10.0.0.%d", 1+n)] = died
				targets = append(targets, target(n, n, `,"armed":true,"probe":"tcp:80 for:10s timeout:500ms","witnesses":["10.0.9.9"]`))
			}
			first, _ := run(t, t.Context(), w, input("65s", targets...))
			if took := time.Since(died.at); took > 10*time.Second+time.Second+timeout+gathering || len(first.Detail.Unreachable) == 0 || first.Detail.Rest == nil {
				t.Fatalf("%s: %d verdicts after %v", how, len(first.Detail.Unreachable), took)
			}
			time.Sleep(handBack)
			rest, err := json.Marshal(first.Detail.Rest)
			if err != nil {
				t.Fatal(err)
			}
			again := time.Now()
			second, _ := run(t, t.Context(), w, rest)
			if all := len(first.Detail.Unreachable) + len(second.Detail.Unreachable); all != holders || second.Detail.Rest != nil {
				t.Errorf("%s: %d of %d have a verdict", how, all, holders)
			}
			if took := time.Since(again); took > 2*time.Second+timeout+gathering {
				t.Errorf("%s: the second verdict came %v after the rest", how, took)
			}
			for _, u := range second.Detail.Unreachable {
				if !u.Confirmed || u.ReachedAt.IsZero() || u.Since.Sub(died.at) > time.Second {
					t.Errorf("%s: %+v", how, u)
				}
			}
		})
	}
}

// A prober that gets too little of the processor is late. What it calls a time-out then proves nothing about a service,
// neither the one that it asked late nor another one that it asked in the same second.
func TestLate(t *testing.T) {
	tests := map[string]struct {
		late time.Duration
		// bystander reports whether the late question is another target's.
		bystander bool
		want      string
	}{
		"in time":                 {0, false, verdict.TypeUnreachable},
		"a fifth of the time-out": {200 * time.Millisecond, false, verdict.TypeUnreachable},
		"more":                    {201 * time.Millisecond, false, verdict.TypeProbed},
		"another one, in time":    {200 * time.Millisecond, true, verdict.TypeUnreachable},
		"another one, late":       {201 * time.Millisecond, true, verdict.TypeProbed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				died := death{time.Now().Add(2500 * time.Millisecond), verdict.Timeout}
				// The first is silent in any case; the last has never been reached, so it gets no verdict of its own.
				w := &fakeNetwork{dies: map[string]death{"10.0.0.1": died, "10.0.0.3": {time.Now(), verdict.Timeout}}, late: map[string]time.Duration{"10.0.0.1": test.late}}
				if test.bystander {
					w.late = map[string]time.Duration{"10.0.0.3": test.late}
				}
				const unknown = `,"probe":"tcp:80 for:5s"`
				e, _ := run(t, t.Context(), w, input("9s", target(0, 0, armed), target(1, 1, armed), target(2, 2, unknown)))
				if e.Type != test.want || (e.Detail.Unasked > 0) != (test.want == verdict.TypeProbed) {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}

// A prober that is late asks less, each target in turn, and all again when it is in time.
func TestSparing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &fakeNetwork{dies: map[string]death{}, late: map[string]time.Duration{}}
		var targets []string
		for n := range 40 {
			targets = append(targets, target(n, n, armed))
		}
		silent := "10.0.0.1"
		w.dies[silent], w.late[silent] = death{start.Add(500 * time.Millisecond), verdict.Timeout}, 900*time.Millisecond
		go func() {
			time.Sleep(20 * time.Second)
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.dies, silent)
		}()
		e, _ := run(t, t.Context(), w, input("40s", targets...))
		if e.Type != verdict.TypeProbed {
			t.Errorf("%+v", e)
		}
		for address, asked := range w.asked {
			late, after := 0, 0
			for _, at := range asked {
				switch from := at.Sub(start); {
				case from >= 4*time.Second && from < 20*time.Second:
					late++
				case from >= 25*time.Second:
					after++
				}
			}
			if late < 4 || late > 12 || after != 15 {
				t.Errorf("%s was asked %d times in 16 s of lateness, and %d times in 15 s after it", address, late, after)
			}
		}
	})
}

// A target that answers again before the run ends gets no verdict.
func TestBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := &fakeNetwork{}
		p := probe.New(probe.Network{Witness: w.witness, Ask: func(_ context.Context, _ ask.Question) verdict.Evidence {
			if second := time.Since(start); second < 8*time.Second { // the question of second 2 is answered at 7.05 s
				time.Sleep(max(0, 7050*time.Millisecond-second))
				if second < 2*time.Second || second >= 2500*time.Millisecond && second < 7*time.Second {
					return verdict.Refused
				}
			}
			return verdict.Answered
		}}, emf.New(&bytes.Buffer{}, "probe"), slog.New(slog.DiscardHandler))
		e, err := p.Run(t.Context(), input("12s", target(0, 0, `,"armed":true,"probe":"tcp:80 for:2s timeout:10s"`)))
		if err != nil || e.Type != verdict.TypeProbed {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

// Witnesses are asked only while a target is silent, and a shared witness once a second.
func TestWitnesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := death{time.Now().Add(3 * time.Second), verdict.Timeout}
		w := &fakeNetwork{dies: map[string]death{"10.0.0.1": dead, "10.0.0.2": dead}}
		words := `,"armed":true,"probe":"tcp:81 for:8s","witnesses":["10.0.9.9"]`
		run(t, t.Context(), w, input("10s", target(0, 0, words), target(1, 1, words)))
		if w.witnesses < 8 || w.witnesses > 11 {
			t.Errorf("a witness was asked %d times in 10 s of silence", w.witnesses)
		}
		w = &fakeNetwork{}
		run(t, t.Context(), w, input("10s", target(0, 0, words)))
		if w.witnesses != 0 {
			t.Errorf("a witness was asked %d times without need", w.witnesses)
		}
	})
}

// A prober that is cut off says so, and gives no verdict.
func TestIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := death{time.Now().Add(3 * time.Second), verdict.NoRoute}
		w := &fakeNetwork{dies: map[string]death{"10.0.0.1": cut, "10.0.0.2": cut}}
		e, out := run(t, t.Context(), w, input("20s", target(0, 0, armed), target(1, 1, armed)))
		if e.Type != verdict.TypeProbed || !e.Detail.Isolated || len(e.Detail.Down) != 2 || e.Detail.Down[0].Reason != verdict.Isolated ||
			!strings.Contains(out, `"ProbeIsolatedRuns":1`) {
			t.Errorf("%+v\n%s", e, out)
		}
	})
}

// The run ends before the invocation times out, and questions in flight are no evidence.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 16*time.Second)
		defer cancel()
		w := &fakeNetwork{dies: map[string]death{"10.0.0.1": {start, verdict.Timeout}}}
		e, _ := run(t, ctx, w, input("65s", target(0, 0, `,"armed":true,"probe":"tcp:80 for:15s timeout:10s"`)))
		if took := time.Since(start); took != 14*time.Second || e.Type != verdict.TypeProbed || e.Detail.Asked > 5 {
			t.Errorf("%+v after %v", e, took)
		}
	})
}

// Questions for which no file descriptor is left are counted as unasked, and are no evidence.
func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fakeNetwork{dies: map[string]death{}}
		var targets []string
		for n := range 200 {
			targets = append(targets, target(n, n, `,"armed":true,"probe":"tcp:80 timeout:10s for:10s"`))
			w.dies[fmt.Sprintf("10.0.0.%d", 1+n)] = death{time.Now(), verdict.Timeout}
		}
		e, out := run(t, t.Context(), w, input("30s", targets...))
		if w.maxOpen > 900 || e.Detail.Unasked == 0 || !e.Detail.Isolated || !strings.Contains(out, `"level":"WARN"`) {
			t.Errorf("%d at once; %+v", w.maxOpen, e.Detail)
		}
	})
}

// The API that serves the function is neither a target nor a witness, whatever the name of the loopback address.
func TestRuntimeAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		network := probe.Network{
			Ask:        func(context.Context, ask.Question) verdict.Evidence { asked++; return verdict.Timeout },
			Witness:    func(context.Context, netip.AddrPort, time.Duration) bool { asked++; return true },
			RuntimeAPI: netip.MustParseAddrPort("127.0.0.1:9001"),
		}
		p := probe.New(network, emf.New(&bytes.Buffer{}, "probe"), slog.New(slog.DiscardHandler))
		at := func(address, more string) []byte {
			return input("2s", target(0, 0, armed), strings.Replace(target(1, 1, more), "10.0.0.2", address, 1))
		}
		for address, words := range map[string]string{
			"127.0.0.1": `,"probe":"tcp:80 http:9001/"`, "127.0.0.2": `,"probe":"tcp:9001"`, "::1": `,"probe":"tcp:9001"`,
		} {
			_, err := p.Run(t.Context(), at(address, words))
			bad, ok := errors.AsType[*verdict.BadInputError](err)
			if !ok || bad.Field != "targets[1].address" || !strings.Contains(bad.Error(), ":9001; accepted: ") || !strings.Contains(bad.Accepted, "Runtime API") || asked != 0 {
				t.Errorf("%s: %v, and %d questions", address, err, asked)
			}
		}
		if _, err := p.Run(t.Context(), at("127.0.0.1", `,"probe":"tcp:9002"`)); err != nil || asked == 0 {
			t.Errorf("another port: %v, and %d questions", err, asked)
		}

		witnesses := map[string]int{}
		network.Witness = func(_ context.Context, at netip.AddrPort, _ time.Duration) bool {
			witnesses[at.String()]++
			return true
		}
		p = probe.New(network, emf.New(&bytes.Buffer{}, "probe"), slog.New(slog.DiscardHandler))
		const words = `,"armed":true,"probe":"tcp:9001 for:5s","witnesses":["127.0.0.1","::1","10.0.9.9"]`
		e, err := p.Run(t.Context(), input("9s", target(0, 0, words)))
		if err != nil || len(witnesses) != 1 || witnesses["10.0.9.9:9001"] == 0 || e.Detail.Unreachable[0].Witness.String() != "10.0.9.9" {
			t.Errorf("%v: the witnesses that were asked are %v", err, witnesses)
		}
	})
}

func TestBadInput(t *testing.T) {
	var out bytes.Buffer
	p := probe.New(probe.Network{}, emf.New(&out, "probe"), slog.New(slog.NewJSONHandler(&out, nil)))
	_, err := p.Run(t.Context(), []byte(`{"run":"65s","targets":[]}`))
	if _, ok := errors.AsType[*verdict.BadInputError](err); !ok || !strings.Contains(err.Error(), "targets is []") {
		t.Errorf("%v", err)
	}
	if line := out.String(); strings.Count(line, "\n") != 1 || !json.Valid([]byte(line)) || !strings.Contains(line, "at least one target") {
		t.Errorf("log %s", line)
	}
}
