package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// dummyKey is both halves of the credentials that calls are signed with. The simulator takes any.
const dummyKey = "sandbox"

// endpoint is a simulated AWS on a port of this machine.
type endpoint struct {
	address string // host:port
	server  *http.Server
	served  chan error
}

// listen serves the simulated AWS at an address of this machine.
func listen(ctx context.Context, handler http.Handler, address string) (*endpoint, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		address: listener.Addr().String(),
		server:  &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		served:  make(chan error, 1),
	}
	go func() { e.served <- e.server.Serve(listener) }()
	return e, nil
}

// simulate serves the simulation of an account at a free port of this machine.
func simulate(ctx context.Context, world awssim.World) (*awssim.Sim, *endpoint, error) {
	sim, err := awssim.New(world)
	if err != nil {
		return nil, nil, usage("the simulated account can't be used:\n%w", err)
	}
	at, err := listen(ctx, sim, "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("serve the simulated AWS: %w", err)
	}
	return sim, at, nil
}

func (e *endpoint) url() string { return "http://" + e.address }

// close ends the server and all its connections.
func (e *endpoint) close() error {
	err := e.server.Close()
	if served := <-e.served; !errors.Is(served, http.ErrServerClosed) {
		return served
	}
	return err
}

// config is the configuration of SDK clients that talk to this endpoint, and can talk to nothing else.
func (e *endpoint) config(region string) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.Proxy = nil
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != e.address {
				return nil, fmt.Errorf("the sandbox connects to its own %s only, not to %s", e.address, address)
			}
			return dial(ctx, network, address)
		}
	})
	return awsconfig.Tune(aws.Config{
		Region: region, BaseEndpoint: aws.String(e.url()), HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(dummyKey, dummyKey, ""),
	})
}

// newHandler wires the handler as functions/failover does. Its log and its metrics are lines of JSON.
func newHandler(settings failover.Settings, cfg aws.Config, log io.Writer) *failover.Handler {
	return failover.New(settings, cfg.Region, newClients(cfg), emf.New(log, "sandbox"), slog.New(slog.NewJSONHandler(log, nil)))
}

func newClients(cfg aws.Config) failover.Clients {
	return failover.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(cfg)),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
}

// newAuditor wires the auditor as functions/audit does, without its rate limits: the simulator serves this sandbox only.
func newAuditor(policy plan.Policy, cfg aws.Config, log io.Writer) *audit.Auditor {
	return audit.New(readiness.Settings{Policy: policy}, cfg.Region, audit.Clients(newClients(cfg)),
		emf.New(log, "sandbox"), slog.New(slog.NewJSONHandler(log, nil)))
}
