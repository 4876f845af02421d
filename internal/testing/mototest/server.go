package mototest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// Environment variables: moto's path, and 1 if a test must fail without moto, as in CI.
const (
	PathVariable    = "MOTO_SERVER"
	RequireVariable = "ENI_FAILOVER_REQUIRE_MOTO"
)

// startTimeout bounds moto's start, which takes one to three seconds of mostly Python imports.
const startTimeout = time.Minute

// Server is a moto server with a recording proxy in front of it.
type Server struct {
	// Endpoint is the proxy's URL, for AWS_ENDPOINT_URL and the clients under test.
	Endpoint string

	tb     testing.TB
	moto   string // URL of moto itself, for set-up that is not to be recorded
	client *http.Client

	mu    sync.Mutex
	calls []Call
	hook  Hook
}

// Start runs moto until the end of the test. With -short the test is skipped. Without moto on this machine it is
// skipped, or it fails if the environment requires moto.
func Start(tb testing.TB) *Server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("-short: it runs moto")
	}
	binary, err := find()
	switch {
	case err != nil && os.Getenv(RequireVariable) == "1":
		tb.Fatalf("%s=1, but there is no moto: %v", RequireVariable, err)
	case err != nil:
		tb.Skipf("no moto: %v (pip install 'moto[server]', or set %s)", err, PathVariable)
	}
	s := &Server{tb: tb, moto: run(tb, binary), client: &http.Client{}}
	s.load("ec2", "route53", "iam", "autoscaling", "events")
	s.Reset()
	proxy := httptest.NewServer(http.HandlerFunc(s.proxy))
	tb.Cleanup(proxy.Close)
	s.Endpoint = proxy.URL
	return s
}

func find() (string, error) {
	if path := os.Getenv(PathVariable); path != "" {
		return exec.LookPath(path)
	}
	return exec.LookPath("moto_server")
}

// listening is the line with the port, which moto prints when it accepts connections.
var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

// run starts moto on a port of its own choice and returns its URL.
func run(tb testing.TB, binary string) string {
	tb.Helper()
	output, err := os.Create(filepath.Join(tb.TempDir(), "moto.log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()

	// The shell ends moto when its own stdin ends: a test binary that panics or is killed runs no clean-up,
	// and must not leave a server behind.
	cmd := exec.CommandContext(tb.Context(), "sh", "-c", `"$0" -H 127.0.0.1 -p 0 & read -r _; kill -9 $!; wait`, binary)
	cmd.Env = append(os.Environ(), "MOTO_EC2_LOAD_DEFAULT_AMIS=false") // 1,000 images that no test needs
	cmd.Stdout, cmd.Stderr = output, output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Cancel = stdin.Close
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Wait() // the test's context is done by now
		if tb.Failed() {
			tb.Logf("output of moto:\n%s", read(tb, output.Name()))
		}
	})

	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if match := listening.FindSubmatch(read(tb, output.Name())); match != nil {
			return string(match[1])
		}
	}
	tb.Fatalf("%s does not listen after %v", binary, startTimeout)
	return ""
}

func read(tb testing.TB, path string) []byte {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// load has moto import its services. It would do so with the first call of each, for a second or more, in which it answers
// no request: a call that is limited in time would fail.
func (s *Server) load(services ...string) {
	s.tb.Helper()
	for _, service := range services {
		scope := "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/" + service + "/aws4_request, SignedHeaders=host, Signature=none"
		// What it answers does not matter.
		if _, err := s.forward(s.tb.Context(), request{method: http.MethodGet, uri: "/", header: http.Header{"Authorization": {scope}}}); err != nil {
			s.tb.Fatalf("load %s of moto: %v", service, err)
		}
	}
}

// Reset empties the account, turns the check of permissions off, and forgets the calls and the hook.
func (s *Server) Reset() {
	s.tb.Helper()
	answer, err := s.forward(s.tb.Context(), request{method: http.MethodPost, uri: "/moto-api/reset"})
	if err != nil || answer.Status != http.StatusOK {
		s.tb.Fatalf("reset moto: %v %+v", err, answer)
	}
	s.Relax()
	s.Intercept(nil)
	s.ForgetCalls()
}

// request is a request that is forwarded to moto.
type request struct {
	method, uri string
	// host is the host that the client called, which its signature covers; empty: moto's own.
	host   string
	header http.Header
	body   []byte
}

// forward sends a request to moto itself.
func (s *Server) forward(ctx context.Context, r request) (Answer, error) {
	out, err := http.NewRequestWithContext(ctx, r.method, s.moto+r.uri, bytes.NewReader(r.body))
	if err != nil {
		return Answer{}, fmt.Errorf("forward to moto: %w", err)
	}
	out.Host = r.host
	if r.header != nil {
		out.Header = r.header
	}
	response, err := s.client.Do(out)
	if err != nil {
		return Answer{}, fmt.Errorf("forward to moto: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		return Answer{}, fmt.Errorf("forward to moto: %w", err)
	}
	return Answer{Status: response.StatusCode, Body: text.String()}, nil
}
