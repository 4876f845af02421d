package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

// request makes a request and returns the answer. An empty host is the server's own.
func request(t *testing.T, server *httptest.Server, method, path, host string) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// get returns the state of a page, once its clock stands.
func get(t *testing.T, server *httptest.Server) message {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		_, _, body := request(t, server, http.MethodGet, "/state", "")
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		if !m.State.Clock.Running {
			return m
		}
	}
	t.Fatal("the clock does not stop")
	return message{}
}

// post sends an action, with headers as NAME: VALUE, and returns the status and the answer.
func post(t *testing.T, server *httptest.Server, body string, headers ...string) (int, problem) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/actions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var p problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Errorf("%s: the answer is no JSON: %v", body, err)
	}
	return resp.StatusCode, p
}

// What can't be carried out is refused with the field, the value and what is accepted, and changes nothing.
func TestBadActions(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	before := get(t, server)
	for _, c := range []struct {
		body, field, value, accepted string
		status                       int
	}{
		{``, "body", "", "", 400},
		{`hello`, "body", "", "", 400},
		{`[]`, "", "array", "", 400},
		{`null`, "do", "", "play", 400},
		{`{}`, "do", "", "play", 400},
		{`{"do":"fly"}`, "do", "fly", "interrupt", 400},
		{`{"do":5}`, "do", "number", "", 400},
		{`{"do":"play"}{"do":"play"}`, "body", "", "", 400},
		{`{"do":"play","when":"now"}`, "when", "", "instance", 400},
		{`{"do":"play","instance":"i-000000d1"}`, "instance", "i-000000d1", "", 400},
		{`{"do":"speed","speed":"100"}`, "speed", "100", "0.1", 400},
		{`{"do":"speed"}`, "speed", "", "10", 400},
		{`{"do":"delivery","delivery":"late"}`, "delivery", "late", "twice", 400},
		{`{"do":"begin","story":"other"}`, "story", "other", "race", 400},
		{`{"do":"begin"}`, "story", "", "free", 400},
		{`{"do":"interrupt"}`, "instance", "", "", 400},
		{`{"do":"interrupt","instance":"i-00000099"}`, "instance", "i-00000099", "i-000000d1", 400},
		{`{"do":"interrupt","instance":"<script>"}`, "instance", "<script>", "i-000000d1", 400},
		{`{"do":"interrupt","instance":"i-000000d2"}`, "instance", "i-000000d2", "i-000000f1", 400}, // On-Demand
		{`{"do":"stop","instance":"i-000000d1"}`, "instance", "i-000000d1", "i-000000d2", 400},      // a one-time Spot request
		{`{"do":"start","instance":"i-000000d1"}`, "instance", "i-000000d1", "i-000000d3", 400},
		{`{"do":"revive","instance":"i-000000d1"}`, "instance", "i-000000d1", "", 400},
		{`{"do":"restart","instance":"i-000000d1"}`, "instance", "i-000000d1", "", 400},
		{`{"do":"repair","instance":"i-000000d1"}`, "instance", "i-000000d1", "", 400},
		{`{"do":"give-capacity","instance":"i-000000d1"}`, "instance", "i-000000d1", "", 400},
		{`{"do":"kill","instance":"i-000000d3"}`, "instance", "i-000000d3", "i-000000d1", 400}, // stopped
		{`{"do":"resume-interface","interface":"eni-000000db"}`, "interface", "eni-000000db", "", 400},
		{`{"do":"pause-interface","interface":"eni-00000d10"}`, "interface", "eni-00000d10", "eni-000000db", 400}, // a primary one
		{`{"do":"pause-interface","interface":"eni-1"}`, "interface", "eni-1", "eni-000000db", 400},
		{`{"do":"` + strings.Repeat("x", maxBody) + `"}`, "body", "", "", 413},
	} {
		status, p := post(t, server, c.body)
		if status != c.status || p.Field != c.field || p.Value != c.value || p.Error == "" {
			t.Errorf("%.80s: status %d, field %q, value %q: %s", c.body, status, p.Field, p.Value, p.Error)
		}
		if c.accepted != "" && !strings.Contains(strings.Join(p.Accepted, " "), c.accepted) {
			t.Errorf("%.80s: accepted are %q, not %s", c.body, p.Accepted, c.accepted)
		}
	}
	after := get(t, server)
	if before.Story != after.Story || len(before.Rows) != len(after.Rows) || before.State.Clock != after.State.Clock || len(before.State.Steps) != len(after.State.Steps) {
		t.Errorf("something has changed: %+v", after.State)
	}
}

// Requests that another page could cause are refused, whatever they ask for.
func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	const body = `{"do":"interrupt","instance":"i-000000d1"}`
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, c := range []struct {
		status  int
		headers []string
	}{
		{403, []string{"Host: example.com"}},
		{403, []string{"Host: example.com" + port}},
		{403, []string{"Host: 127.0.0.1"}},
		{403, []string{"Host: localhost:1"}},
		{403, []string{"Host: 127.0.0.1.example.com" + port}},
		{403, []string{"Origin: http://example.com"}},
		{403, []string{"Origin: null"}},
		{403, []string{"Origin: http://localhost:1"}},
		{403, []string{"Sec-Fetch-Site: cross-site"}},
		{403, []string{"Sec-Fetch-Site: same-site"}},
		{415, []string{"Content-Type: text/plain"}},
		{415, []string{"Content-Type: application/x-www-form-urlencoded"}},
		{415, []string{"Content-Type: "}},
	} {
		if status, p := post(t, server, body, c.headers...); status != c.status || p.Error == "" {
			t.Errorf("%q: status %d, want %d: %s", c.headers, status, c.status, p.Error)
		}
	}
	for _, path := range []string{"/", "/state", "/events", "/page.js"} {
		if status, _, _ := request(t, server, http.MethodGet, path, "rebound.example"+port); status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, status)
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "LOCALHOST"} {
		if status, p := post(t, server, `{"do":"pause"}`, "Host: "+host+port, "Origin: http://"+host+port); status != http.StatusOK {
			t.Errorf("%s: status %d, %s", host, status, p.Error)
		}
	}
	if slices.ContainsFunc(get(t, server).Rows, func(r night.Row) bool { return strings.Contains(r.Text, "interrupts") }) {
		t.Error("a refused action was carried out")
	}
}

// What the browser gets forbids it to load anything from elsewhere, and there is no inline script.
func TestPolicy(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	for path, kind := range map[string]string{"/": "text/html", "/page.js": "text/javascript", "/page.css": "text/css"} {
		status, header, _ := request(t, server, http.MethodGet, path, "")
		if got := header.Get("Content-Type"); status != http.StatusOK || !strings.HasPrefix(got, kind) {
			t.Errorf("%s: status %d, %s", path, status, got)
		}
		if got := header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: %s", path, got)
		}
	}
	for name, data := range map[string][]byte{"page.html": pageHTML, "page.js": pageJS, "page.css": pageCSS} {
		for _, bad := range []string{"https://", "http://", "<script>", "style=\"", "onclick", "innerHTML"} {
			if bytes.Contains(data, []byte(bad)) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
	for _, r := range []struct{ method, path string }{{"POST", "/"}, {"POST", "/state"}, {"GET", "/actions"}, {"GET", "/other"}, {"DELETE", "/actions"}} {
		if status, _, _ := request(t, server, r.method, r.path, ""); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
			t.Errorf("%s %s: status %d", r.method, r.path, status)
		}
	}
}

// Many windows at once, all of which interfere and begin other stories: each action is carried out or refused, and all is well
// in the end.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	actions := []string{
		`{"do":"play"}`, `{"do":"pause"}`, `{"do":"next-call"}`, `{"do":"next-step"}`, `{"do":"speed","speed":"10"}`, `{"do":"begin","story":"free"}`,
		`{"do":"begin","story":"unreachable"}`, `{"do":"interrupt","instance":"i-000000d1"}`, `{"do":"kill","instance":"i-000000e1"}`,
		`{"do":"restart","instance":"i-000000e1"}`, `{"do":"terminate","instance":"i-000000f1"}`, `{"do":"stop","instance":"i-000000d2"}`,
		`{"do":"start","instance":"i-000000d2"}`, `{"do":"delivery","delivery":"twice"}`, `{"do":"pause-interface","interface":"eni-000000db"}`,
	}
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 60 {
				if status, p := post(t, server, actions[random.IntN(len(actions))]); status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusConflict {
					t.Errorf("status %d: %s", status, p.Error)
				}
			}
		})
	}
	all.Wait()
	if status, p := post(t, server, `{"do":"begin","story":"race"}`); status != http.StatusOK {
		t.Error(p.Error)
	}
	if m := get(t, server); m.State.Story != "race" || len(m.State.Zones) != 2 {
		t.Errorf("%+v", m.State)
	}
}

// A stream begins with everything, and goes on with what has changed. One that is not read delays no other.
func TestStream(t *testing.T) {
	t.Parallel()
	server := site(t, "free")
	if m := get(t, server); len(m.Rows) == 0 {
		t.Fatalf("nothing to see yet: %+v", m)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream := func() *bufio.Scanner {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Errorf("Content-Type %s", got)
		}
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		return lines
	}
	next := func(lines *bufio.Scanner) message {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var m message
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		t.Fatal(lines.Err())
		return message{}
	}
	stream() // is not read
	lines := stream()
	first := next(lines)
	if !first.Full || len(first.Rows) == 0 || len(first.Stories) == 0 {
		t.Errorf("%+v", first)
	}
	if status, p := post(t, server, `{"do":"kill","instance":"i-000000d1"}`); status != http.StatusOK {
		t.Fatal(p.Error)
	}
	second := next(lines)
	if second.Full || len(second.Rows) != 1 || second.Rows[0].N != len(first.Rows)+1 || second.Version <= first.Version {
		t.Errorf("%+v", second)
	}
	for range 20 {
		if status, p := post(t, server, `{"do":"next-call"}`); status != http.StatusOK {
			t.Fatal(p.Error)
		}
		get(t, server)
	}
	if status, p := post(t, server, `{"do":"begin","story":"race"}`); status != http.StatusOK {
		t.Fatal(p.Error)
	}
	for m := next(lines); m.Story != first.Story+1; m = next(lines) {
		if m.Full {
			t.Errorf("%+v", m)
		}
	}
}
