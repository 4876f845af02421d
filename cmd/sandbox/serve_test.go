package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/failover"
)

func TestServeAnswersUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-serve", "127.0.0.1:0", "-world", worldFile(t, hasty())},
			streams{in: strings.NewReader(""), out: write, err: t.Output()}, noEnv)
	}()
	url := ""
	for lines := bufio.NewScanner(read); url == "" && lines.Scan(); {
		_, url, _ = strings.Cut(lines.Text(), "export AWS_ENDPOINT_URL=")
	}
	go func() { _, _ = io.Copy(io.Discard, read) }() // the rest of the page
	client := ec2.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
	out, err := client.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{interfaceID}})
	if err != nil || len(out.NetworkInterfaces) != 1 || aws.ToString(out.NetworkInterfaces[0].Attachment.InstanceId) != holderID {
		t.Errorf("a call to %s: %+v, %v", url, out, err)
	}
	stop()
	if status := <-ended; status != exitOK {
		t.Errorf("status %d", status)
	}
	if _, err := get(t, http.DefaultClient, url); err == nil {
		t.Error("it answers after it was stopped")
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]string{
		":4566": "127.0.0.1:4566", "localhost:1": "127.0.0.1:1", "127.1.2.3:0": "127.1.2.3:0", "[::1]:4566": "[::1]:4566",
		"0.0.0.0:1": "", "[::]:1": "", "10.0.0.1:1": "", "example.com:1": "", "127.0.0.1": "", "": "",
	} {
		got, err := loopback(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", address, got, err, want)
		}
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
