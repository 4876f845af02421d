// As in functions/probe.
//go:debug rsa1024min=0
//go:debug tls3des=1
//go:debug tlsmaxrsasize=16384
//go:debug tlsrsakex=1
//go:debug tlssha1=1
//go:debug x509negativeserial=1

package ask_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/testing/loopback"
)

// listen accepts connections and passes each to serve, which may keep it.
func listen(t *testing.T, host string, serve func(conn *net.TCPConn)) netip.AddrPort {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tcp, ok := conn.(*net.TCPConn)
			if !ok {
				panic("no TCP")
			}
			t.Cleanup(func() { _ = tcp.Close() })
			serve(tcp)
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

func keep(*net.TCPConn) {}

func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

func closed(conn *net.TCPConn) {
	_, _ = conn.Read(make([]byte, 1)) // else unread bytes make the end a reset
	_ = conn.CloseWrite()
}

func write(text string) func(conn *net.TCPConn) {
	return func(conn *net.TCPConn) { _, _ = io.WriteString(conn, text) }
}

// web serves HTTP, or HTTPS with a self-signed certificate for another name.
func web(t *testing.T, secure bool, h http.HandlerFunc) netip.AddrPort {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

// server returns the address of an HTTPS server with a configuration of its own.
func server(t *testing.T, configure func(*tls.Config)) netip.AddrPort {
	t.Helper()
	s := httptest.NewUnstartedServer(status(http.StatusOK))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10}
	configure(s.TLS)
	s.StartTLS()
	t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

// only returns the address of an HTTPS server that knows one group for the key exchange and one version of TLS.
func only(t *testing.T, group tls.CurveID, version uint16) netip.AddrPort {
	t.Helper()
	return server(t, func(c *tls.Config) {
		c.CurvePreferences, c.MinVersion, c.MaxVersion = []tls.CurveID{group}, version, version
	})
}

// strange returns a certificate that package x509 refuses by default.
func strange(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(0x41)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	serial := []byte{0x02, 0x01, 0x41} // an INTEGER; the signature is not checked
	bad := bytes.Replace(good, serial, []byte{0x02, 0x01, 0x81}, 1)
	return tls.Certificate{Certificate: [][]byte{bad}, PrivateKey: key}
}

// demanding serves TLS 1.3 with a certificate of the client, and says that it lacks one after the handshake.
func demanding(t *testing.T) func(*net.TCPConn) {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{strange(t)}, MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAnyClientCert}
	return func(conn *net.TCPConn) {
		go func() {
			_ = tls.Server(conn, config).HandshakeContext(t.Context())
			_, _ = io.Copy(io.Discard, conn) // else unread bytes end the connection before the alert is read
		}()
	}
}

// resetting returns the address of a proxy before an HTTPS server that resets connections with an offer that the server does
// not take, where most servers send an alert.
func resetting(t *testing.T, server netip.AddrPort) netip.AddrPort {
	t.Helper()
	const alert = 21 // RFC 8446, section 5.1
	return listen(t, "127.0.0.1", func(conn *net.TCPConn) {
		there, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(server))
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(there, conn) }()
		first := make([]byte, 1)
		if _, err := io.ReadFull(there, first); err != nil || first[0] == alert {
			reset(conn)
			return
		}
		_, _ = conn.Write(first)
		go func() { _, _ = io.Copy(conn, there) }()
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// question is one that has all the time that it needs on a busy machine.
func question(kind probetag.Kind, at netip.AddrPort, path string) ask.Question {
	return ask.Question{
		Check: probetag.Check{Kind: kind, Port: at.Port(), Path: path}, Address: at.Addr(), Timeout: 10 * time.Second,
	}
}

func TestAsk(t *testing.T) {
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name string
		kind probetag.Kind
		at   netip.AddrPort
		want verdict.Evidence
	}{
		{"accepted", probetag.TCP, listen(t, "127.0.0.1", keep), verdict.Answered},
		{"accepted over IPv6", probetag.TCP, listen(t, "::1", keep), verdict.Answered},
		{"accepted and closed at once", probetag.TCP, listen(t, "127.0.0.1", closed), verdict.Answered},
		{"accepted and reset at once", probetag.TCP, listen(t, "127.0.0.1", reset), verdict.Answered},
		{"closed port", probetag.TCP, loopback.ClosedPort(t), verdict.Refused},
		{"no route", probetag.TCP, netip.MustParseAddrPort("[ff0e::1]:80"), verdict.NoRoute},

		{"200", probetag.HTTP, web(t, false, status(200)), verdict.Answered},
		{"404", probetag.HTTP, web(t, false, status(404)), verdict.Answered},
		{"499", probetag.HTTP, web(t, false, status(499)), verdict.Answered},
		{"500", probetag.HTTP, web(t, false, status(500)), verdict.HTTP5xx},
		{"503", probetag.HTTP, web(t, false, status(503)), verdict.HTTP5xx},
		{"a redirect is an answer, wherever it goes", probetag.HTTP, web(t, false, http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound).ServeHTTP), verdict.Answered},
		{"slow", probetag.HTTP, web(t, false, slow), verdict.Timeout},
		{"accepted, then a part of a line", probetag.HTTP, listen(t, "127.0.0.1", write("HTTP/1")), verdict.Timeout},
		{"accepted, then silent", probetag.HTTP, listen(t, "127.0.0.1", keep), verdict.Timeout},
		{"closed port, HTTP", probetag.HTTP, loopback.ClosedPort(t), verdict.Refused},
		{"reset", probetag.HTTP, listen(t, "127.0.0.1", reset), verdict.Reset},
		{"closed without an answer", probetag.HTTP, listen(t, "127.0.0.1", closed), verdict.Reset},
		{"another protocol", probetag.HTTP, listen(t, "127.0.0.1", write("SSH-2.0-x\r\n\r\n")), verdict.HTTP5xx},
		{"an endless header", probetag.HTTP, listen(t, "127.0.0.1", write("HTTP/1.1 200 OK\r\nA: "+strings.Repeat("a", 100_000)+"\r\n\r\n")), verdict.Reset},
		{"early hints, then 503", probetag.HTTP, listen(t, "127.0.0.1", write("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 No\r\n\r\n")), verdict.HTTP5xx},
		{"an endless body is not read", probetag.HTTP, listen(t, "127.0.0.1", write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nabc")), verdict.Answered},

		{"self-signed", probetag.HTTPS, web(t, true, status(200)), verdict.Answered},
		{"self-signed, 500", probetag.HTTPS, web(t, true, status(500)), verdict.HTTP5xx},
		{"only TLS 1.3", probetag.HTTPS, only(t, tls.CurveP256, tls.VersionTLS13), verdict.Answered},
		{"only TLS 1.0", probetag.HTTPS, only(t, tls.CurveP256, tls.VersionTLS10), verdict.Answered},
		{"only TLS 1.3, and others are reset", probetag.HTTPS, resetting(t, only(t, tls.CurveP256, tls.VersionTLS13)), verdict.Answered},
		{"only X25519", probetag.HTTPS, only(t, tls.X25519, tls.VersionTLS13), verdict.Answered},
		{"only X25519, TLS 1.2", probetag.HTTPS, only(t, tls.X25519, tls.VersionTLS12), verdict.Answered},
		{"only P-521", probetag.HTTPS, only(t, tls.CurveP521, tls.VersionTLS13), verdict.Answered},
		{"only a group that the probe lacks", probetag.HTTPS, only(t, tls.X25519MLKEM768, tls.VersionTLS13), verdict.TLS},
		{"only RSA key exchange", probetag.HTTPS, server(t, func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		}), verdict.Answered},
		{"only 3DES", probetag.HTTPS, server(t, func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA}
		}), verdict.Answered},
		{"a negative serial number", probetag.HTTPS, server(t, func(c *tls.Config) { c.Certificates = []tls.Certificate{strange(t)} }), verdict.Answered},
		{"a client certificate is needed", probetag.HTTPS, listen(t, "127.0.0.1", demanding(t)), verdict.TLS},
		{"no TLS", probetag.HTTPS, web(t, false, status(200)), verdict.TLS},
		{"another protocol where TLS should be", probetag.HTTPS, listen(t, "127.0.0.1", write("SSH-2.0-x\r\n\r\n")), verdict.TLS},
		{"silent handshake", probetag.HTTPS, listen(t, "127.0.0.1", keep), verdict.Timeout},
		{"reset in the handshake", probetag.HTTPS, listen(t, "127.0.0.1", reset), verdict.Reset},
		{"closed port, HTTPS", probetag.HTTPS, loopback.ClosedPort(t), verdict.Refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := question(test.kind, test.at, "/")
			if test.want == verdict.Timeout {
				q.Timeout = 300 * time.Millisecond
			}
			start := time.Now()
			if got := ask.New().Ask(t.Context(), q); got != test.want {
				t.Errorf("met %q, want %q", got, test.want)
			}
			if took := time.Since(start); (took >= q.Timeout) != (test.want == verdict.Timeout) || took > 5*time.Second {
				t.Errorf("took %v for a time-out of %v", took, q.Timeout)
			}
		})
	}
}

// A server that ends the cheap handshake is remembered: it is asked twice once. A session is resumed with each offer.
func TestSecondOffer(t *testing.T) {
	for name, test := range map[string]struct {
		version     uint16
		connections int32
	}{
		"TLS 1.2": {tls.VersionTLS12, 4},
		"TLS 1.3": {tls.VersionTLS13, 5},
	} {
		var connections, resumed atomic.Int32
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS.DidResume {
				resumed.Add(1)
			}
		}))
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		s.TLS = &tls.Config{MinVersion: test.version}
		s.StartTLS()
		t.Cleanup(s.Close)
		asker, q := ask.New(), question(probetag.HTTPS, netip.MustParseAddrPort(s.Listener.Addr().String()), "/")
		for range 4 {
			if got := asker.Ask(t.Context(), q); got != verdict.Answered {
				t.Errorf("at least %s: %q", name, got)
			}
		}
		if connections.Load() != test.connections || resumed.Load() != 3 {
			t.Errorf("at least %s: %d connections, %d resumed", name, connections.Load(), resumed.Load())
		}
	}
}

// A question to a server that ends each handshake is one connection, but for the first. When the server works again, it gets
// the cheap offer first.
func TestBrokenServer(t *testing.T) {
	var broken atomic.Bool
	var connections atomic.Int32
	var version atomic.Uint32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { version.Store(uint32(r.TLS.Version)) }))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		connections.Add(1)
		if broken.Load() {
			return nil, errors.New("broken")
		}
		return nil, nil //nolint:nilnil // means the server's own configuration
	}}
	s.StartTLS()
	t.Cleanup(s.Close)
	asker, q := ask.New(), question(probetag.HTTPS, netip.MustParseAddrPort(s.Listener.Addr().String()), "/")
	for n, step := range []struct {
		broken      bool
		want        verdict.Evidence
		connections int32
		version     uint32
	}{
		{false, verdict.Answered, 1, tls.VersionTLS12},
		{true, verdict.TLS, 2, 0},
		{true, verdict.TLS, 1, 0},
		{true, verdict.TLS, 1, 0},
		{false, verdict.Answered, 1, tls.VersionTLS13},
		{false, verdict.Answered, 1, tls.VersionTLS12},
	} {
		broken.Store(step.broken)
		connections.Store(0)
		version.Store(0)
		if got := asker.Ask(t.Context(), q); got != step.want || connections.Load() != step.connections || version.Load() != step.version {
			t.Errorf("step %d: %q, %d connections, version %x; want %+v", n, got, connections.Load(), version.Load(), step)
		}
	}
}

// Host and SNI are the name, or else the address, which is never in SNI. The path is sent as it is, on a new connection
// each time.
func TestHostAndPath(t *testing.T) {
	var host, sni, uri, peer atomic.Value
	at := web(t, true, func(_ http.ResponseWriter, r *http.Request) {
		host.Store(r.Host)
		sni.Store(r.TLS.ServerName)
		uri.Store(r.RequestURI)
		peer.Store(r.RemoteAddr)
	})
	for _, test := range []struct{ host, wantHost, wantSNI string }{
		{"db.corp.internal", "db.corp.internal", "db.corp.internal"},
		{"", "127.0.0.1", ""},
		{"*.corp.internal", "127.0.0.1", ""},
	} {
		q := question(probetag.HTTPS, at, "/health/%20?full=1&b=%2F")
		q.Host = test.host
		before := peer.Load()
		if got := ask.New().Ask(t.Context(), q); got != verdict.Answered {
			t.Fatalf("host %q: %q", test.host, got)
		}
		if host.Load() != test.wantHost || sni.Load() != test.wantSNI || uri.Load() != q.Check.Path || peer.Load() == before {
			t.Errorf("host %q: Host %v, SNI %v, URI %v, from %v after %v", test.host, host.Load(), sni.Load(), uri.Load(), peer.Load(), before)
		}
	}
}

// Without a name Host is the address alone, over HTTP too, and an IPv6 address is in brackets.
func TestHostIsAddress(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		requests := make(chan string, 1)
		at := listen(t, address, func(conn *net.TCPConn) {
			head := make([]byte, 1000)
			n, _ := conn.Read(head)
			requests <- string(head[:n])
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		})
		if got := ask.New().Ask(t.Context(), question(probetag.HTTP, at, "/")); got != verdict.Answered {
			t.Fatalf("%s: %q", address, got)
		}
		want := "\r\nHost: " + strings.TrimSuffix(at.String(), fmt.Sprintf(":%d", at.Port())) + "\r\n"
		if head := <-requests; !strings.Contains(head, want) {
			t.Errorf("no %q in %q", want, head)
		}
	}
}

// Neither the end of the run nor a lack of file descriptors in the prober is evidence.
func TestUnasked(t *testing.T) {
	at := listen(t, "127.0.0.1", keep)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range []probetag.Kind{probetag.TCP, probetag.HTTP, probetag.HTTPS} {
		if got := ask.New().Ask(ctx, question(kind, at, "/")); got != verdict.Unasked {
			t.Errorf("%s after the end: %q", kind, got)
		}
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := syscall.Rlimit{Cur: 0, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	got := ask.New().Ask(t.Context(), question(probetag.TCP, at, ""))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got != verdict.Unasked {
		t.Errorf("without a file descriptor: %q", got)
	}
}

func TestWitness(t *testing.T) {
	for name, test := range map[string]struct {
		at   netip.AddrPort
		want bool
	}{
		"accepts":  {listen(t, "127.0.0.1", keep), true},
		"refuses":  {loopback.ClosedPort(t), true},
		"no route": {netip.MustParseAddrPort("[ff0e::1]:80"), false},
	} {
		if got := ask.New().Witness(t.Context(), test.at, time.Second); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("over"))
	if ask.New().Witness(ctx, loopback.ClosedPort(t), time.Second) {
		t.Error("an unasked witness was heard")
	}
}
