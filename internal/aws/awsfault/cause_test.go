package awsfault_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/testing/loopback"
)

// TestCause has endpoints on this machine, over real sockets, that never answer a call. The error says why, on one line,
// and does not show the credentials.
func TestCause(t *testing.T) {
	tests := map[string]struct {
		endpoint string
		limit    time.Duration
		wants    []string
	}{
		"refused":                  {"http://" + loopback.ClosedPort(t).String(), 20 * time.Second, []string{"dial tcp 127.0.0.1:", "connection refused"}},
		"no such name":             {"http://ec2.eu-west-1.invalid", 20 * time.Second, []string{"lookup ec2.eu-west-1.invalid"}},
		"TLS to a plain port":      {"https://" + address(plain(t)), 20 * time.Second, []string{"HTTP response to HTTPS client"}},
		"an untrusted certificate": {"https://" + address(encrypted(t)), 20 * time.Second, []string{"certificate"}},
		"silence":                  {"http://" + address(listen(t)), time.Second, []string{"deadline exceeded"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), test.limit)
			defer cancel()
			cfg := awsconfig.Tune(aws.Config{
				Region: "eu-west-1", BaseEndpoint: aws.String(test.endpoint), HTTPClient: alone(),
				Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "token"),
			})
			_, err := ec2.NewFromConfig(cfg).DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
			err = awsfault.Translate(awsfault.EC2, "DescribeInstances", "i-1", err)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || !fault.Unanswered(err) || !strings.HasPrefix(err.Error(), "DescribeInstances of i-1: unavailable (") {
				t.Fatalf("%v", err)
			}
			for _, want := range test.wants {
				if !strings.Contains(f.Cause, want) {
					t.Errorf("%q does not say %q", f.Cause, want)
				}
			}
			if len(f.Cause) > 200 || strings.ContainsAny(f.Cause, "\r\n") || strings.Contains(f.Cause, "AKID") || strings.Contains(f.Cause, "secret") {
				t.Errorf("%q", f.Cause)
			}
		})
	}
}

// TestReplyCutOff: a reply whose body does not come tells nothing, whatever its status. A read is asked again.
func TestReplyCutOff(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Length", "500")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`<Response><Errors><Error><Code>Incorr`))
			}))
			t.Cleanup(server.Close)
			client := ec2.NewFromConfig(awsconfig.Tune(aws.Config{
				Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), HTTPClient: alone(),
				Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "token"),
			}))
			_, err := client.DetachNetworkInterface(t.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: aws.String("eni-attach-1")}, func(o *ec2.Options) { o.RetryMaxAttempts = 1 })
			if err = awsfault.Translate(awsfault.EC2, "DetachNetworkInterface", "eni-1", err); fault.ClassOf(err) != fault.Unavailable || !fault.Unanswered(err) {
				t.Errorf("%v", err)
			}
			asked.Store(0)
			_, err = client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			if n := asked.Load(); err == nil || n < 2 {
				t.Errorf("%d requests: %v", n, err)
			}
		})
	}
}

// alone returns a client that asks neither a proxy nor a name server.
func alone() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.Proxy = nil }).WithDialerOptions(func(d *net.Dialer) {
		d.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("there is no name server")
		}}
	})
}

// TestLongCause: a long cause of several lines becomes one short line.
func TestLongCause(t *testing.T) {
	err := awsfault.Translate(awsfault.EC2, "Describe", "i-1", errors.New("first\n"+strings.Repeat("ä", 200)))
	f, _ := errors.AsType[*fault.Error](err)
	if len(f.Cause) > 170 || !strings.HasPrefix(f.Cause, "first ä") || !strings.HasSuffix(f.Cause, "ä…") {
		t.Errorf("%d bytes: %q", len(f.Cause), f.Cause)
	}
}

// listen opens a port of this machine on which nothing answers.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func address(l net.Listener) string { return l.Addr().String() }

func plain(t *testing.T) net.Listener {
	t.Helper()
	l := listen(t)
	server := &http.Server{ReadHeaderTimeout: time.Second}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	return l
}

// encrypted opens a TLS port whose certificate no client trusts.
func encrypted(t *testing.T) net.Listener {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener
}
