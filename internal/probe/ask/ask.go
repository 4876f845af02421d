// Package ask asks a service whether it answers: over TCP, HTTP or HTTPS, each question on a new connection. It is the
// only part of the probe that knows the network, and it has nothing but the standard library for it. It decides nothing.
package ask

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// mostHeaderBytes is how long the header of a response may be: the function has 128 MB for hundreds of them.
const mostHeaderBytes = 64 << 10

// Question is one question to one address.
type Question struct {
	Check   probetag.Check
	Address netip.Addr
	// Host is the name to ask for in HTTP and TLS; empty: the address.
	Host    string
	Timeout time.Duration
}

// Ask asks, and returns what the question met. If ctx ends first it is as if nothing had been asked.
func Ask(ctx context.Context, q Question) verdict.Evidence {
	limited, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	var err error
	status := http.StatusOK
	if q.Check.Kind == probetag.TCP {
		err = connect(limited, q)
	} else {
		status, err = get(limited, q)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return verdict.Unasked
	case err != nil:
		return classify(err)
	case status >= http.StatusInternalServerError:
		return verdict.HTTP5xx
	}
	return verdict.Answered
}

// Witness reports whether anything at all comes from an address: a connection, or a refusal.
func Witness(ctx context.Context, at netip.AddrPort, timeout time.Duration) bool {
	e := Ask(ctx, Question{Check: probetag.Check{Kind: probetag.TCP, Port: at.Port()}, Address: at.Addr(), Timeout: timeout})
	return e != verdict.Unasked && !e.Silent()
}

func connect(ctx context.Context, q Question) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", q.endpoint())
	if err != nil {
		return err
	}
	return conn.Close()
}

func (q Question) endpoint() string { return netip.AddrPortFrom(q.Address, q.Check.Port).String() }

// get asks for the path and returns the status. It follows no redirect, sends no credentials and reads no body.
func get(ctx context.Context, q Question) (int, error) {
	transport := &http.Transport{
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: mostHeaderBytes,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", q.endpoint())
		},
		TLSClientConfig: &tls.Config{
			ServerName:         q.serverName(),
			InsecureSkipVerify: true,             //nolint:gosec // as load balancers do: a service with an expired certificate is up
			MinVersion:         tls.VersionTLS10, //nolint:gosec // nothing secret is sent; an old appliance is up too
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, string(q.Check.Kind)+"://"+q.endpoint()+q.Check.Path, http.NoBody)
	if err != nil {
		return 0, err
	}
	if q.named() {
		request.Host = q.Host
	}
	request.Header.Set("User-Agent", "eni-failover-probe")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// named reports whether Host can stand in a request. The name of a record may be a wildcard or have escapes.
func (q Question) named() bool { return q.Host != "" && !strings.ContainsAny(q.Host, `*\`) }

// serverName is the name for SNI; an address is never sent there (RFC 6066, section 3).
func (q Question) serverName() string {
	if q.named() {
		return strings.TrimSuffix(q.Host, ".")
	}
	return q.Address.String()
}
