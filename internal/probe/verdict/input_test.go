package verdict_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	eni    = "eni-0123456789abcdef0"
	attach = "eni-attach-0123456789abcdef0"
	holder = "i-0123456789abcdef0"
)

// object returns a target as JSON, with some fields replaced. The value "-" leaves a field out.
func object(replace ...string) string {
	fields := map[string]string{
		"networkInterfaceId": `"` + eni + `"`, "attachmentId": `"` + attach + `"`, "instanceId": `"` + holder + `"`,
		"address": `"10.0.1.10"`, "probe": `"tcp:5432 for:5s"`,
	}
	for i := 0; i < len(replace); i += 2 {
		fields[replace[i]] = replace[i+1]
		if replace[i+1] == "-" {
			delete(fields, replace[i])
		}
	}
	var list []string
	for name, value := range fields {
		list = append(list, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func input(targets ...string) string {
	return `{"run":"65s","targets":[` + strings.Join(targets, ",") + `]}`
}

func TestParseInput(t *testing.T) {
	in, err := verdict.ParseInput([]byte(input(
		object("host", `"db.corp.internal"`, "armed", "true", "witnesses", `["10.0.1.21","2001:db8::2"]`, "reachedAt", `"2026-11-23T04:00:01.5+01:00"`),
		object("networkInterfaceId", `"eni-12345678"`, "address", `"2001:db8::1"`, "witnesses", `["127.0.0.1","::1"]`, "armed", "false", "host", "null", "reachedAt", "null"),
	)))
	if err != nil {
		t.Fatal(err)
	}
	a, b := in.Targets[0], in.Targets[1]
	for _, loopback := range []string{"127.0.0.1", "127.8.0.1", "::1"} {
		if _, err := verdict.ParseInput([]byte(input(object("address", `"`+loopback+`"`)))); err != nil {
			t.Error(err)
		}
	}
	if in.Run != 65*time.Second || a.Interface != eni || a.Attachment != attach || a.Instance != holder || a.Address.String() != "10.0.1.10" ||
		a.Host != "db.corp.internal" || !a.Armed || len(a.Witnesses) != 2 || a.Probe.For != 5*time.Second || a.Probe.Checks[0].Port != 5432 ||
		!a.ReachedAt.Equal(start.Add(1500*time.Millisecond)) || b.Address.String() != "2001:db8::1" || b.Armed || b.Host != "" || !b.ReachedAt.IsZero() {
		t.Errorf("%+v", in)
	}
}

func TestBadInput(t *testing.T) {
	const target, address = "targets[0].", "a unicast address"
	tests := []struct{ input, field, value, accepted string }{
		{``, "the event", "empty", "a JSON object"},
		{`null`, "the event", "null", "a JSON object"},
		{`[]`, "the event", "[]", "a JSON object"},
		{`{"run":"65s"`, "the event", `{"run":"65s"`, "a JSON object"},
		{`{}`, "targets", "", "at least one"},
		{`{"targets":[]}`, "targets", "[]", "at least one"},
		{`{"targets":[{}]}`, "run", "", "from 1s to 15m"},
		{`{"run":"65s"}`, "targets", "", "at least one"},
		{`{"run":"65s","targets":[]}`, "targets", "[]", "at least one"},
		{`{"run":"65s","targets":null}`, "targets", "null", "at least one"},
		{`{"run":"65s","targets":{}}`, "targets", "{}", "at least one"},
		{`{"run":65,"targets":[{}]}`, "run", "65", "from 1s to 15m"},
		{`{"run":"65","targets":[{}]}`, "run", `"65"`, "from 1s to 15m"},
		{`{"run":"999ms","targets":[{}]}`, "run", `"999ms"`, "from 1s to 15m"},
		{`{"run":"16m","targets":[{}]}`, "run", `"16m"`, "from 1s to 15m"},
		{`{"run":"65s","targets":[{}],"Run":"1s"}`, "Run", `"1s"`, "only the fields run, targets"},
		{input("7"), "targets[0]", "7", "a JSON object"},
		{input(object(), "null"), "targets[1]", "null", "a JSON object"},
		{input(object("port", "1")), target + "port", "1", "only the fields networkInterfaceId"},
		{input(object("networkInterfaceId", "-")), target + "networkInterfaceId", "", "eni-"},
		{input(object("networkInterfaceId", `"eni-x"`)), target + "networkInterfaceId", `"eni-x"`, "eni-"},
		{input(object("attachmentId", `"eni-0123456789abcdef0"`)), target + "attachmentId", `"eni-0123456789abcdef0"`, "eni-attach-"},
		{input(object("instanceId", `null`)), target + "instanceId", "null", "i-"},
		{input(object("address", "-")), target + "address", "", address},
		{input(object("address", `"10.0.1"`)), target + "address", `"10.0.1"`, address},
		{input(object("address", `"0.0.0.0"`)), target + "address", `"0.0.0.0"`, address},
		{input(object("address", `"::"`)), target + "address", `"::"`, address},
		{input(object("address", `"fe80::1"`)), target + "address", `"fe80::1"`, address},
		{input(object("address", `"::ffff:127.0.0.1"`)), target + "address", `"::ffff:127.0.0.1"`, address},
		{input(object("address", `"::1%lo"`)), target + "address", `"::1%lo"`, address},
		{input(object("address", `"169.254.169.254"`)), target + "address", `"169.254.169.254"`, address},
		{input(object("address", `"::ffff:10.0.0.1"`)), target + "address", `"::ffff:10.0.0.1"`, address},
		{input(object("address", `"fe80::1%eth0"`)), target + "address", `"fe80::1%eth0"`, address},
		{input(object("address", `"224.0.0.1"`)), target + "address", `"224.0.0.1"`, address},
		{input(object("address", `"10.0.1.10/32"`)), target + "address", `"10.0.1.10/32"`, address},
		{input(object("witnesses", `["10.0.1.21","x"]`)), target + "witnesses", `["10.0.1.21","x"]`, address},
		{input(object("witnesses", `"10.0.1.21"`)), target + "witnesses", `"10.0.1.21"`, address},
		{input(object("host", `"a b"`)), target + "host", `"a b"`, "a domain name"},
		{input(object("host", `""`)), target + "host", `""`, "a domain name"},
		{input(object("armed", `"yes"`)), target + "armed", `"yes"`, "true or false"},
		{input(object("reachedAt", `"2026-11-23 03:00"`)), target + "reachedAt", `"2026-11-23 03:00"`, "a time like 2026-"},
		{input(object("silent", `5`)), target + "silent", `5`, "an object like"},
		{input(object("silent", `{}`)), target + "silent", `{}`, "an object like"},
		{input(object("silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:04Z","questions":1}`)), target + "silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:04Z","questions":1}`, "an object like"},
		{input(object("silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":0}`)), target + "silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":0}`, "an object like"},
		{input(object("silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":1.5}`)), target + "silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":1.5}`, "an object like"},
		{input(object("silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":1,"x":1}`)), target + "silent", `{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":1,"x"…`, "an object like"},
		{input(object("reachedAt", `1795402800`)), target + "reachedAt", `1795402800`, "a time"},
		{input(object("reachedAt", `"9999-12-31T23:00:00-02:00"`)), target + "reachedAt", `"9999-12-31T23:00:00-02:00"`, "a time"},
		{input(object("probe", "-")), target + "probe", "", "tcp:PORT"},
		{input(object("probe", `""`)), target + "probe", `""`, "tcp:PORT"},
		{input(object("probe", `"tcp:70000"`)), target + "probe, tcp", `"70000"`, "a port from 1 to 65535"},
		{input(object("probe", `"tcp:1 for:1s"`)), target + "probe, for", `"1s"`, "from 2s to 10m"},
		{input(object("probe", `"tcp:1 timeout:1m"`)), target + "probe, timeout", `"1m"`, "from 100ms to 10s"},
		{input(object(), object()), "targets[1].networkInterfaceId", `"` + eni + `"`, "each interface once"},
	}
	for _, test := range tests {
		_, err := verdict.ParseInput([]byte(test.input))
		bad, ok := errors.AsType[*verdict.BadInputError](err)
		if !ok || bad.Field != test.field || bad.Value != test.value || !strings.Contains(bad.Accepted, test.accepted) {
			t.Errorf("%s:\n%v\nwant %s is %s; accepted: … %s …", test.input, err, test.field, test.value, test.accepted)
		}
	}
}

// An error is one short line of printable text, for any input.
func FuzzParseInput(f *testing.F) {
	for _, seed := range []string{input(object()), input(object("host", `"a b"`)), "{\"run\":\"\n\"}", "{\"0\xc3\":0}", `{"` + strings.Repeat("ü", 99) + `":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := verdict.ParseInput(data)
		if err == nil {
			if len(in.Targets) == 0 || in.Run <= 0 {
				t.Errorf("accepted: %+v", in)
			}
			return
		}
		if text := err.Error(); len(text) > 700 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0xFFFD }) {
			t.Errorf("error %q", text)
		}
	})
}

// manyTargets returns n targets of the greatest length, on one holder each.
func manyTargets(t *testing.T, n int) []verdict.Target {
	t.Helper()
	var list []string
	for i := range n {
		list = append(list, object(
			"networkInterfaceId", fmt.Sprintf(`"eni-%017x"`, i), "instanceId", fmt.Sprintf(`"i-%017x"`, i), "armed", "true",
			"probe", `"http:80/`+strings.Repeat("&", 240)+`"`, "host", `"`+strings.Repeat("a.", 100)+`internal"`,
			"witnesses", "["+strings.TrimSuffix(strings.Repeat(`"2001:db8:1111:2222:3333:4444:5555:6666",`, 40), ",")+"]"))
	}
	in, err := verdict.ParseInput([]byte(input(list...)))
	if err != nil {
		t.Fatal(err)
	}
	return in.Targets
}

// A verdict is small for any input, keeps verdicts rather than the rest, and counts what is left out.
func TestLargeEvents(t *testing.T) {
	const n, most = 600, 128 << 10
	for name, test := range map[string]struct {
		down, silent int
	}{
		"one is down":             {1, 0},
		"a few are down":          {50, 0},
		"all are down":            {n, 0},
		"the last one is refused": {1, n - 1},
	} {
		t.Run(name, func(t *testing.T) {
			targets := manyTargets(t, n)
			r := verdict.NewRun(targets, start, start.Add(time.Minute))
			for second := range 20 {
				asked := start.Add(time.Duration(second) * time.Second)
				for i := range targets {
					met := verdict.Outcome{Heard: true}
					switch {
					case i >= n-test.down:
						met = verdict.Outcome{Evidence: verdict.Refused, Check: targets[i].Probe.Checks[0], Heard: true}
					case i < test.silent:
						met = verdict.Outcome{Evidence: verdict.Timeout, Check: targets[i].Probe.Checks[0]}
					}
					r.Asked(i, asked)
					r.Ended(i, asked, asked.Add(time.Millisecond), met)
				}
			}
			e := r.Event(start.Add(20 * time.Second))
			text := jsonOf(t, e)
			o := verdict.Omitted{}
			if e.Detail.Omitted != nil {
				o = *e.Detail.Omitted
			}
			verdicts := len(e.Detail.Unreachable)
			rest := 0
			if e.Detail.Rest != nil {
				rest = len(e.Detail.Rest.Targets)
			}
			if len(text) > most || verdicts == 0 || verdicts+o.Interfaces+rest+o.Rest != n || (test.down < 100 && test.silent == 0 && verdicts != test.down) {
				t.Errorf("%d bytes, %d verdicts, %d in the rest, %+v omitted", len(text), verdicts, rest, o)
			}
			if !e.Detail.Unreachable[0].Confirmed || e.Detail.Unreachable[0].Evidence == verdict.Timeout && test.silent == 0 {
				t.Errorf("the first is %+v", e.Detail.Unreachable[0])
			}
		})
	}
}

// The rest of a verdict is the input of the next run.
func TestRestIsInput(t *testing.T) {
	in, err := verdict.ParseInput([]byte(input(object("armed", "true"),
		object("networkInterfaceId", `"eni-12345678"`, "instanceId", `"i-12345678"`, "host", `"a.b"`, "probe", `"http:80/a&b timeout:2s"`, "witnesses", `["10.0.1.21"]`))))
	if err != nil {
		t.Fatal(err)
	}
	r := verdict.NewRun(in.Targets, start, start.Add(in.Run))
	for second := range 6 {
		asked := start.Add(time.Duration(second) * time.Second)
		r.Asked(0, asked)
		r.Ended(0, asked, asked, verdict.Outcome{Evidence: verdict.Refused, Check: in.Targets[0].Probe.Checks[0], Heard: true})
		r.Asked(1, asked)
		met := verdict.Outcome{Heard: true}
		if second == 5 {
			met = verdict.Outcome{Evidence: verdict.Timeout, Check: in.Targets[1].Probe.Checks[0]}
		}
		r.Ended(1, asked, asked, met)
	}
	text := jsonOf(t, r.Event(start.Add(5500*time.Millisecond)))
	want := `{"source":"eni-failover","time":"2026-11-23T03:00:05.5Z","detail-type":"ENI Failover Unreachable","detail":{"interfaces":[` +
		`{"networkInterfaceId":"eni-0123456789abcdef0","attachmentId":"eni-attach-0123456789abcdef0","instanceId":"i-0123456789abcdef0",` +
		`"check":"tcp:5432","evidence":"refused","since":"2026-11-23T03:00:00Z","confirmed":true}],` +
		`"rest":{"run":"59.5s","targets":[{"networkInterfaceId":"eni-12345678","attachmentId":"eni-attach-0123456789abcdef0",` +
		`"instanceId":"i-12345678","address":"10.0.1.10","probe":"http:80/a\u0026b timeout:2s","host":"a.b","armed":true,"reachedAt":"2026-11-23T03:00:04Z",` +
		`"silent":{"since":"2026-11-23T03:00:05Z","until":"2026-11-23T03:00:05Z","questions":1},"witnesses":["10.0.1.21"]}]},` +
		`"reached":[{"networkInterfaceId":"eni-12345678","attachmentId":"eni-attach-0123456789abcdef0","reachedAt":"2026-11-23T03:00:00Z"}],` +
		`"asked":12,"answered":5,"isolated":false,"down":[]}}`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var event struct {
		Detail struct {
			Rest json.RawMessage `json:"rest"`
		} `json:"detail"`
	}
	if err := json.Unmarshal([]byte(text), &event); err != nil {
		t.Fatal(err)
	}
	again, err := verdict.ParseInput(event.Detail.Rest)
	if err != nil {
		t.Fatal(err)
	}
	if again.Run != 59500*time.Millisecond || len(again.Targets) != 1 || !again.Targets[0].Armed || !again.Targets[0].ReachedAt.Equal(start.Add(4*time.Second)) || again.Targets[0].Tag != in.Targets[1].Tag ||
		again.Targets[0].Silent != (verdict.Silence{Since: start.Add(5 * time.Second), Until: start.Add(5 * time.Second), Questions: 1}) {
		t.Errorf("%+v", again)
	}
}
