package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// serving is a sandbox -serve under way.
type serving struct {
	url  string
	stop context.CancelFunc

	ended chan int // the exit status
	lines chan string
}

func startServing(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	s := &serving{stop: stop, ended: make(chan int, 1), lines: make(chan string, 1000)}
	go func() {
		s.ended <- run(ctx, append([]string{"-serve", "127.0.0.1:0", "-world", worldFile(t, fastWorld(t))}, args...),
			streams{in: strings.NewReader(""), out: write, err: t.Output()}, noEnv)
		_ = write.Close()
	}()
	scanner := bufio.NewScanner(read)
	for s.url == "" && scanner.Scan() {
		_, s.url, _ = strings.Cut(scanner.Text(), "export AWS_ENDPOINT_URL=")
	}
	go func() {
		defer close(s.lines)
		for scanner.Scan() {
			s.lines <- scanner.Text()
		}
	}()
	t.Cleanup(stop)
	return s
}

// end stops the sandbox and returns the rest of what it printed.
func (s *serving) end(t *testing.T) string {
	t.Helper()
	s.stop()
	if status := <-s.ended; status != exitOK {
		t.Errorf("status %d", status)
	}
	var text strings.Builder
	for line := range s.lines {
		text.WriteString(line + "\n")
	}
	return text.String()
}

// ec2Client is a client of the served account with credentials of its own.
func (s *serving) ec2Client() *ec2.Client {
	return ec2.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(s.url),
		Credentials: credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
}

func (s *serving) holder(t *testing.T) string {
	t.Helper()
	out, err := s.ec2Client().DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{interfaceID}})
	if err != nil || len(out.NetworkInterfaces) != 1 || out.NetworkInterfaces[0].Attachment == nil {
		t.Fatalf("%s: %+v, %v", s.url, out, err)
	}
	return aws.ToString(out.NetworkInterfaces[0].Attachment.InstanceId)
}

func TestServeAnswersUntilItIsStopped(t *testing.T) {
	s := startServing(t)
	if holder := s.holder(t); holder != holderID {
		t.Errorf("it is on %s", holder)
	}
	_, err := s.ec2Client().DetachNetworkInterface(t.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: aws.String("eni-attach-0a1b2c3d4e5f69999")})
	if err == nil {
		t.Error("an attachment that does not exist was detached")
	}
	text := s.end(t)
	for _, want := range []string{
		"EC2       DescribeNetworkInterfaces " + interfaceID + ": attached\n", "DetachNetworkInterface eni-attach-0a1b2c3d4e5f69999: refused: InvalidAttachmentID.NotFound\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the calls are not shown, want %q:\n%s", want, text)
		}
	}
	if _, err := get(t, http.DefaultClient, s.url); err == nil {
		t.Error("it answers after it was stopped")
	}
}

func TestServeQuietly(t *testing.T) {
	s := startServing(t, "-q")
	s.holder(t)
	if text := s.end(t); strings.Contains(text, "EC2  ") {
		t.Errorf("calls are shown:\n%s", text)
	}
}

func TestServedAccountBeginsAnew(t *testing.T) {
	s := startServing(t)
	account := served{url: s.url}
	stopped := `{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","time":"2020-01-01T00:00:00Z",` +
		`"detail":{"instance-id":"` + holderID + `","state":"stopped"}}`
	now, err := account.ask(t.Context(), http.MethodPost, pathEvent, []byte(stopped))
	if err != nil || strings.Contains(string(now), "2020-01-01") || !strings.Contains(string(now), holderID) {
		t.Errorf("the event as of now is %s, %v", now, err)
	}
	state := func() string {
		if err := account.readWorld(t.Context()); err != nil {
			t.Fatal(err)
		}
		return session.FindInstance(&account.world, holderID).State
	}
	if got := state(); got != "stopped" {
		t.Errorf("after its event the instance is %s", got)
	}
	if _, err := account.ask(t.Context(), http.MethodPost, pathReset, nil); err != nil {
		t.Fatal(err)
	}
	if got := state(); got != "running" {
		t.Errorf("after the reset it is %s", got)
	}
	if _, err := account.ask(t.Context(), http.MethodGet, pathReset, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a reset by GET: %v", err)
	}
	s.holder(t) // AWS's paths go on
	if text := s.end(t); !strings.Contains(text, "as it was at the start") {
		t.Errorf("the reset is not shown:\n%s", text)
	}
}

func TestPageForAPerson(t *testing.T) {
	s := startServing(t)
	account := served{url: s.url}
	page, err := account.ask(t.Context(), http.MethodGet, "/", nil)
	if err != nil || !strings.HasPrefix(string(page), "This is the sandbox of eni-failover") || !strings.Contains(string(page), pathReset) {
		t.Errorf("%s, %v", page, err)
	}
	s.end(t)
}

func TestServeAddress(t *testing.T) {
	bridge := func(name string) (string, error) {
		if name == "docker0" {
			return "172.17.0.1", nil
		}
		return "", errors.New("no such network interface")
	}
	for address, want := range map[string]string{
		":4566": "127.0.0.1:4566", "localhost:1": "127.0.0.1:1", "127.1.2.3:0": "127.1.2.3:0", "[::1]:4566": "[::1]:4566", "docker0:4566": "172.17.0.1:4566",
		"0.0.0.0:1": "", "[::]:1": "", "10.0.0.1:1": "", "eth0:1": "", "br-lan:1": "", "podman0:1": "", "example.com:1": "", "127.0.0.1": "", "": "",
	} {
		got, err := serveAddress(address, bridge)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", address, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "accepted: a loopback address") {
			t.Errorf("%q: the message does not say what is accepted: %v", address, err)
		}
	}
	if got, err := bridgeAddress("lo"); got != "127.0.0.1" && (err == nil || !strings.Contains(err.Error(), "no such network interface")) {
		t.Errorf("lo: %q, %v", got, err)
	}
}

func noEnv(string) (string, bool) { return "", false }

func failoverSettings(t *testing.T) failover.Settings {
	t.Helper()
	settings, err := failover.ReadSettings(noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// get makes a plain HTTP request.
func get(t *testing.T, client interface {
	Do(*http.Request) (*http.Response, error)
}, url string,
) (status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
