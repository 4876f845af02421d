package ask

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// errnos returns the evidence of each error of the operating system. If the prober itself lacks something (file
// descriptors, ports, memory), the question counts as unasked.
func errnos() map[syscall.Errno]verdict.Evidence {
	return map[syscall.Errno]verdict.Evidence{
		syscall.ECONNREFUSED: verdict.Refused,
		syscall.ECONNRESET:   verdict.Reset,
		syscall.ECONNABORTED: verdict.Reset,
		syscall.EPIPE:        verdict.Reset,

		syscall.ETIMEDOUT:    verdict.Timeout,
		syscall.EHOSTUNREACH: verdict.NoRoute,
		syscall.ENETUNREACH:  verdict.NoRoute,
		syscall.EHOSTDOWN:    verdict.NoRoute,
		syscall.ENETDOWN:     verdict.NoRoute,
		syscall.EACCES:       verdict.NoRoute,
		syscall.EPERM:        verdict.NoRoute,

		syscall.EMFILE:        verdict.Unasked,
		syscall.ENFILE:        verdict.Unasked,
		syscall.ENOBUFS:       verdict.Unasked,
		syscall.ENOMEM:        verdict.Unasked,
		syscall.EADDRNOTAVAIL: verdict.Unasked,
		syscall.EADDRINUSE:    verdict.Unasked,
	}
}

// classify returns the evidence of an error. A peer that speaks neither TLS nor HTTP where it should shows that the
// host is up and the service is not; load balancers answer 502 then. An unknown error counts as silence, which alone
// moves nothing.
func classify(err error) verdict.Evidence {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return verdict.Timeout
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		if e, known := errnos()[errno]; known {
			return e
		}
		return verdict.NoRoute
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return verdict.Timeout
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return verdict.Reset // closed without an answer
	}
	if _, ok := errors.AsType[*handshakeError](err); ok {
		return verdict.TLS
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		if isAlert(operation) {
			return verdict.TLS // after the handshake: with TLS 1.3, the lack of a client certificate
		}
		return verdict.NoRoute
	}
	return verdict.HTTP5xx
}

// isAlert reports whether an error is the peer's alert (crypto/tls, alert.go).
func isAlert(e *net.OpError) bool { return e.Op == "remote error" }

// handshakeError is an error in a TLS handshake. The network may have caused it.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + e.err.Error() }

func (e *handshakeError) Unwrap() error { return e.err }
