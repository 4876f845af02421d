package ask

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// maxServers limits the servers that are remembered. A request to the probe has at most 200 targets.
const maxServers = 256

// taken is which offer a server is believed to take.
type taken int

const (
	// cheapOffer is believed of a server that is not known.
	cheapOffer taken = iota
	// wholeOffer is known of a server that ended the cheap handshake and answered to everything.
	wholeOffer
	// noOffer is known of a server that ended the cheap handshake, and gave no answer to the whole offer either. It gets the
	// whole offer until that is answered, so that a question to a broken server is one connection.
	noOffer
)

// offers are what the prober offers in TLS handshakes. There are two: a cheap one at first, and everything for a server that
// ends the cheap handshake.
//
// The cheap one offers TLS 1.2, since a session that is resumed needs no key exchange there, while one of TLS 1.3 does in
// package tls (RFC 5246, section 7.3; RFC 8446, section 2.2). The key exchange protects no secret here, on neither side.
// A server that knows only TLS 1.3 is connected to twice, once.
type offers struct {
	sessions tls.ClientSessionCache

	mu sync.Mutex
	// servers has those that do not take the cheap offer.
	servers map[netip.AddrPort]taken
}

func newOffers() *offers {
	return &offers{sessions: tls.NewLRUClientSessionCache(maxServers), servers: map[netip.AddrPort]taken{}}
}

// taken returns what is believed of a server.
func (o *offers) taken(at netip.AddrPort) taken {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.servers[at]
}

// learn remembers what came of a whole offer to a server. It is given what was believed of the server before.
func (o *offers) learn(at netip.AddrPort, before taken, took bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.servers) >= maxServers {
		clear(o.servers) // of earlier requests, which had other targets
	}
	switch {
	case before == noOffer && took:
		delete(o.servers, at) // it works again, perhaps with the cheap offer
	case before == cheapOffer && took:
		o.servers[at] = wholeOffer
	case before == cheapOffer:
		o.servers[at] = noOffer
	}
}

// cheap returns the cheap offer. Of the groups, P-256 costs the least; where X25519 is offered, too, package tls prefers it.
func (o *offers) cheap(serverName string) *tls.Config {
	offer := o.whole(serverName)
	offer.MaxVersion = tls.VersionTLS12
	offer.CurvePreferences = []tls.CurveID{tls.CurveP256, tls.CurveP384}
	return offer
}

// whole returns the offer of everything that package tls has (see the settings in functions/probe) but the post-quantum groups. Those are on by default and cost more than the rest of a
// handshake.
func (o *offers) whole(serverName string) *tls.Config {
	return &tls.Config{
		ServerName:         serverName,
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		InsecureSkipVerify: true, //nolint:gosec // as load balancers do: a service with an expired certificate is up
		ClientSessionCache: o.sessions,
		MinVersion:         tls.VersionTLS10, // nothing secret is sent; an old appliance is up too
	}
}

// endedByPeer reports whether the server has ended the handshake. Servers that lack a version or a group send different
// alerts, or only close the connection.
func endedByPeer(err error) bool {
	if _, ok := errors.AsType[*handshakeError](err); !ok {
		return false
	}
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && isAlert(operation) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}
