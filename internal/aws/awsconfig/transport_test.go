package awsconfig_test

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// secure serves a simulated AWS over TLS and returns the URL and a file with the certificate to trust. The function see
// gets each request first.
func secure(t *testing.T, before func(*httptest.Server), see http.HandlerFunc) (url, bundle string) {
	t.Helper()
	sim, err := awssim.New(awssim.World{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		see(w, r)
		sim.ServeHTTP(w, r)
	}))
	before(server)
	server.StartTLS()
	t.Cleanup(server.Close)
	bundle = filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, bundle
}

func describe(t *testing.T, client *ec2.Client) error {
	t.Helper()
	_, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	return err
}

// TestBundle: clients trust the server's certificate with AWS_CA_BUNDLE only.
func TestBundle(t *testing.T) {
	url, bundle := secure(t, func(*httptest.Server) {}, func(http.ResponseWriter, *http.Request) {})
	if err := describe(t, ec2.NewFromConfig(load(t, environment(t, "AWS_ENDPOINT_URL", url, "AWS_CA_BUNDLE", bundle)))); err != nil {
		t.Error(err)
	}
	cfg := load(t, environment(t, "AWS_ENDPOINT_URL", url, "AWS_CA_BUNDLE", ""))
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if err := describe(t, ec2.NewFromConfig(cfg)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v; want a certificate that is not trusted", err)
	}
}

// TestSessionIsResumed: only the first handshake is a full one.
func TestSessionIsResumed(t *testing.T) {
	var resumed []bool
	url, bundle := secure(t, func(*httptest.Server) {}, func(w http.ResponseWriter, r *http.Request) {
		resumed = append(resumed, r.TLS.DidResume)
		w.Header().Set("Connection", "close")
	})
	client := ec2.NewFromConfig(load(t, environment(t, "AWS_ENDPOINT_URL", url, "AWS_CA_BUNDLE", bundle)))
	for range 3 {
		if err := describe(t, client); err != nil {
			t.Fatal(err)
		}
	}
	if len(resumed) != 3 || resumed[0] || !resumed[1] || !resumed[2] {
		t.Errorf("resumed: %v; want all but the first", resumed)
	}
}

// TestConnectionsAreBounded: a hundred calls at once share the connections, and leave them open for the next ones.
func TestConnectionsAreBounded(t *testing.T) {
	const calls, most = 100, 32
	var opened, asked atomic.Int32
	full := make(chan struct{})
	url, bundle := secure(t, func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				opened.Add(1)
			}
		}
	}, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == most {
			close(full) // the others wait for a connection
		}
		<-full
	})
	client := ec2.NewFromConfig(load(t, environment(t, "AWS_ENDPOINT_URL", url, "AWS_CA_BUNDLE", bundle)), func(o *ec2.Options) {
		// 32 handshakes at once can take longer than they may in a Region.
		o.HTTPClient = o.HTTPClient.(*awshttp.BuildableClient).WithTransportOptions(func(t *http.Transport) { t.TLSHandshakeTimeout = time.Minute }) //nolint:errcheck // what Load returns
	})
	for range 2 {
		var wg sync.WaitGroup
		for range calls {
			wg.Go(func() {
				if err := describe(t, client); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	// On a busy machine the client closes a few connections and opens others in their place.
	if got := opened.Load(); got < most || got > most+most/4 {
		t.Errorf("%d connections for %d calls at once, twice; want %d and a few at most", got, calls, most)
	}
}
