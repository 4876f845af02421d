package awsconfig_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/eni-failover/eni-failover/internal/apicalls"
	"github.com/eni-failover/eni-failover/internal/awsconfig"
	"github.com/eni-failover/eni-failover/internal/awssim"
)

// TestLoad goes by the environment as Lambda sets it, and by AWS_ENDPOINT_URL.
func TestLoad(t *testing.T) {
	sim, err := awssim.New(awssim.World{})
	if err != nil {
		t.Fatal(err)
	}
	var agent atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent.Store(r.UserAgent())
		sim.ServeHTTP(w, r)
	}))
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
		"AWS_ENDPOINT_URL": server.URL, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
	} {
		t.Setenv(name, value)
	}
	cfg, err := awsconfig.Load(t.Context())
	if err != nil || cfg.Region != "eu-west-1" {
		t.Fatalf("region %q, %v", cfg.Region, err)
	}
	ctx, counter := apicalls.Count(t.Context())
	if _, err := ec2.NewFromConfig(cfg).DescribeInstances(ctx, &ec2.DescribeInstancesInput{}); err != nil {
		t.Fatal(err)
	}
	calls := sim.Calls()
	if len(calls) != 1 || calls[0].AccessKey != "AKIDEXAMPLE" || counter.Calls()["DescribeInstances"] != 1 {
		t.Errorf("%v, counted %v", calls, counter.Calls())
	}
	if ua, _ := agent.Load().(string); !strings.Contains(ua, "app/eni-failover") {
		t.Errorf("user agent %q", ua)
	}
}

func TestRetryer(t *testing.T) {
	r := awsconfig.Retryer()
	if r.MaxAttempts() != 6 {
		t.Errorf("%d attempts", r.MaxAttempts())
	}
	if !r.IsErrorRetryable(&smithyhttp.RequestSendError{Err: io.EOF}) || r.IsErrorRetryable(errors.New("anything")) {
		t.Error("what is retried")
	}
	var all time.Duration
	for attempt := 1; attempt < 6; attempt++ {
		least, most := time.Hour, time.Duration(0)
		for range 200 {
			d, err := r.RetryDelay(attempt, io.ErrUnexpectedEOF)
			if err != nil {
				t.Fatal(err)
			}
			least, most = min(least, d), max(most, d)
		}
		if least < 25*time.Millisecond || most > 3*time.Second || most-least < least/4 {
			t.Errorf("pause %d is %s to %s", attempt, least, most)
		}
		all += most
	}
	// A Spot interruption leaves two minutes.
	if all > 10*time.Second {
		t.Errorf("%s in all", all)
	}
	// The quota of retries is off: one bad invocation leaves nothing behind.
	for range 1000 {
		if _, err := r.GetRetryToken(t.Context(), io.ErrUnexpectedEOF); err != nil {
			t.Fatal(err)
		}
	}
}
