// Package ask asks a service whether it answers, over TCP, HTTP or HTTPS, with a new connection for each question. It
// is the only part of the probe that uses the network, and it uses only the standard library. It decides nothing.
package ask

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// maxHeaderBytes limits the header of a response: the function has 128 MB for hundreds of them.
const maxHeaderBytes = 64 << 10

// Question is one question to one address.
type Question struct {
	Check   probetag.Check
	Address netip.Addr
	// Host is the name for HTTP and TLS; the address if it is empty.
	Host    string
	Timeout time.Duration
}

// Asker asks questions. What it has learned about servers makes the next questions to them cheaper, and changes no answer.
// It is safe for concurrent use.
type Asker struct{ offers *offers }

// New returns an asker.
func New() *Asker { return &Asker{offers: newOffers()} }

// Ask asks a question and returns its evidence, which is [verdict.Unasked] if ctx ends first.
func (a *Asker) Ask(ctx context.Context, q Question) verdict.Evidence {
	limited, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	var err error
	status := http.StatusOK
	if q.Check.Kind == probetag.TCP {
		err = connect(limited, q)
	} else {
		status, err = a.get(limited, q)
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

// Witness reports whether an address reacts at all, with a connection or a refusal.
func (a *Asker) Witness(ctx context.Context, at netip.AddrPort, timeout time.Duration) bool {
	e := a.Ask(ctx, Question{Check: probetag.Check{Kind: probetag.TCP, Port: at.Port()}, Address: at.Addr(), Timeout: timeout})
	return e != verdict.Unasked && !e.Silent()
}

// dial connects to the endpoint.
func dial(ctx context.Context, q Question) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1} // the connection is short
	return dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(q.Address, q.Check.Port).String())
}

func connect(ctx context.Context, q Question) error {
	conn, err := dial(ctx, q)
	if errors.Is(err, syscall.ECONNRESET) {
		return nil // it was accepted first: before that, a reset is a refusal (connect(2))
	}
	if err != nil {
		return err
	}
	return conn.Close()
}

// get sends a request and returns the status. A server that ends a cheap handshake is offered everything in the same question.
func (a *Asker) get(ctx context.Context, q Question) (int, error) {
	if q.Check.Kind == probetag.HTTP {
		return request(ctx, q, nil)
	}
	at := netip.AddrPortFrom(q.Address, q.Check.Port)
	before := a.offers.taken(at)
	if before == cheapOffer {
		status, err := request(ctx, q, a.offers.cheap(q.serverName()))
		if !endedByPeer(err) {
			return status, err
		}
	}
	status, err := request(ctx, q, a.offers.whole(q.serverName()))
	a.offers.learn(at, before, err == nil)
	return status, err
}

// request sends a request, over TLS unless offer is nil, and returns the status. It follows no redirect, sends no
// credentials and reads no body. It does without an [http.Transport], whose pool and goroutines cost more than the question.
func request(ctx context.Context, q Question, offer *tls.Config) (int, error) {
	conn, err := dial(ctx, q)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return 0, err
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // the run is over: unblock reads and writes
	defer stop()
	if offer != nil {
		secure := tls.Client(conn, offer)
		if err := secure.HandshakeContext(ctx); err != nil {
			return 0, &handshakeError{err}
		}
		conn = secure
	}
	return exchange(ctx, conn, q)
}

// exchange sends the request and reads the head of the response.
func exchange(ctx context.Context, conn net.Conn, q Question) (int, error) {
	url := string(q.Check.Kind) + "://" + netip.AddrPortFrom(q.Address, q.Check.Port).String() + q.Check.Path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Host = q.hostHeader()
	request.Close = true
	request.Header.Set("User-Agent", "eni-failover-probe")
	if err := request.Write(conn); err != nil {
		return 0, err
	}
	head := bufio.NewReader(io.LimitReader(conn, maxHeaderBytes))
	for {
		// The body says nothing about the service, and to close it would be to read it, however slowly it comes.
		response, err := http.ReadResponse(head, request) //nolint:bodyclose // see above; the connection is closed
		if deadline, ok := ctx.Deadline(); err != nil && ok && !time.Now().Before(deadline) {
			return 0, os.ErrDeadlineExceeded // what has come may look like another protocol
		}
		if err != nil {
			return 0, err
		}
		if response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			return response.StatusCode, nil
		}
	}
}

// named reports whether a request can contain Host. The name of a record may be a wildcard or contain escapes.
func (q Question) named() bool { return q.Host != "" && !strings.ContainsAny(q.Host, `*\`) }

// hostHeader returns the value of Host: the name, or else the address, both without the port.
func (q Question) hostHeader() string {
	switch {
	case q.named():
		return q.Host
	case q.Address.Is6():
		return "[" + q.Address.String() + "]"
	}
	return q.Address.String()
}

// serverName returns the name for SNI, or the address, which is never sent (RFC 6066, section 3).
func (q Question) serverName() string {
	if q.named() {
		return strings.TrimSuffix(q.Host, ".")
	}
	return q.Address.String()
}
