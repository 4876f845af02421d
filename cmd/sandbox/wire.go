package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// endpoint is a simulated AWS on a port of this machine.
type endpoint struct {
	address string // host:port
	server  *http.Server
}

// listen serves the simulated AWS at an address of this machine.
func listen(ctx context.Context, handler http.Handler, address string) (*endpoint, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until close
	return &endpoint{address: listener.Addr().String(), server: server}, nil
}

// simulate starts a session of the account, and serves it at a free port of this machine.
func (c command) simulate(ctx context.Context) (*session.Session, *endpoint, error) {
	s, err := session.New(c.world, func(session.CallLine) {})
	if err != nil {
		return nil, nil, err
	}
	at, err := listen(ctx, answering(s, nil), "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("serve the simulated AWS: %w", err)
	}
	return s, at, nil
}

func (e *endpoint) url() string { return "http://" + e.address }

// close ends the server and all its connections.
func (e *endpoint) close() error { return e.server.Close() }

// config returns the configuration of SDK clients whose connections all go to this endpoint.
func (e *endpoint) config(region string) aws.Config {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { // for any address
			return new(net.Dialer).DialContext(ctx, network, e.address)
		},
	}}
	return awsconfig.Tune(aws.Config{
		Region: region, BaseEndpoint: aws.String(e.url()), HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(session.Key, session.Key, ""),
	})
}

// newAuditor wires the auditor as functions/audit does, but without its pacing: nothing else calls this AWS.
func newAuditor(settings readiness.Settings, cfg aws.Config, log io.Writer) *audit.Auditor {
	return audit.New(settings, cfg.Region, session.NewClients(cfg),
		emf.New(log, "sandbox"), slog.New(slog.NewJSONHandler(log, nil)))
}
