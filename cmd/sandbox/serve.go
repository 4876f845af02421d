package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Paths that a served session has beside AWS's own. No path of an AWS API begins with /-/.
const (
	pathReset = "/-/reset" // POST: the account is as it was at the start
	pathEvent = "/-/event" // POST: the account gets into the state that the event speaks of; answers the event as of now
	pathWorld = "/-/world" // GET: the account as it is now
)

// serveAccount serves the simulated account until ctx ends, and prints each call.
func (c command) serveAccount(ctx context.Context) error {
	address, err := serveAddress(c.serve, bridgeAddress)
	if err != nil {
		return err
	}
	page := display.NewPage(c.std.out, c.env)
	var printing sync.Mutex
	printing.Lock() // until the page is there
	s, err := session.New(c.world, func(line session.CallLine) {
		printing.Lock()
		defer printing.Unlock()
		if !c.quiet {
			page.Copied(display.Plain, fmt.Sprintf("%s  %-8s  %s", line.At.Format("15:04:05.000"), line.Service, line.Text))
			_ = page.Flush() // the calls are answered even if they can't be printed
		}
	})
	if err != nil {
		return err
	}
	settings, err := failover.ReadSettings(c.env)
	if err != nil {
		return &usageError{err: err}
	}
	w := s.Sim().World()
	deployed := newDeployed()
	at, err := listen(ctx, deployed.logs.Before(answering(s, deployed.lambda(c, s))), address)
	if err != nil {
		return usage("-serve %q: %w; accepted: %s", c.serve, err, acceptedAddresses)
	}
	deployed.start(session.NewHandler(settings, at.config(w.Region), deployed.logs.Writer(failoverLogs)))
	showServed(page, at, w, c.quiet)
	err = page.Flush()
	printing.Unlock()
	if err != nil {
		return errors.Join(err, at.close())
	}
	<-ctx.Done()
	return at.close()
}

// showServed says how to use the account, and what is in it.
func showServed(p *display.Page, at *endpoint, w awssim.World, quiet bool) {
	p.Line(display.Bold, 0, "eni-failover sandbox: simulated EC2, Auto Scaling, Route 53, Lambda and its log at "+at.url())
	p.Line(display.Plain, 2, fmt.Sprintf("Account %s in %s. It takes any credentials, and forgets everything when it ends, with Ctrl-C.", w.Account, w.Region))
	for _, line := range []string{
		"", "To use it, in another terminal",
		"  export AWS_ENDPOINT_URL=" + at.url(),
		"  export AWS_REGION=" + w.Region + " AWS_DEFAULT_REGION=" + w.Region,
		"  export AWS_ACCESS_KEY_ID=" + session.Key + " AWS_SECRET_ACCESS_KEY=" + session.Key,
		"  unset AWS_PROFILE AWS_SESSION_TOKEN",
		"", "For example",
		"  aws ec2 describe-network-interfaces --filters Name=tag-key,Values=" + inventory.TagGroup,
		"  go run ./cmd/eni-failover status -endpoint " + at.url(),
		"  go run ./cmd/sandbox -invoke failover -endpoint " + at.url() + " " + sample,
		"  curl -X POST " + at.url() + pathReset + "   # begin anew",
		"  sam local invoke FailoverFunction --event events/manual-bare.json   # after: make sam-build ARCH=$(go env GOARCH)",
	} {
		p.Copied(display.Plain, line)
	}
	showObjects(p, w)
	if !quiet {
		p.Title("Calls")
	}
}

// answering answers for AWS, and on the paths of the session's own. A client that is gone does not get its answer. The
// simulated Lambda is nil if there is none.
func answering(s *session.Session, functions *lambdasim.Lambda) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathReset, func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Reset(); err != nil { // never, since the same world was accepted at the start
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		const done = "the account is as it was at the start"
		s.Say("sandbox", done)
		_, _ = io.WriteString(w, done+"\n")
	})
	mux.HandleFunc("POST "+pathEvent, func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(io.LimitReader(r.Body, trigger.MaxBytes+1))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.Happen(session.Event{Data: data}).Data)
	})
	mux.HandleFunc("GET "+pathWorld, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = writeJSON(w, s.Sim().World())
	})
	mux.HandleFunc("/-/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, greeting, http.StatusNotFound) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" { // a call has parameters
			_, _ = io.WriteString(w, greeting)
			return
		}
		s.ServeHTTP(w, r)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if functions != nil && lambdasim.Serves(r.URL.Path) {
			functions.ServeHTTP(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
	return mux
}

const greeting = `This is the sandbox of eni-failover, a simulated AWS account.
AWS clients use this address as their endpoint URL, with any credentials.

  GET  ` + pathWorld + `   the account as it is now, as JSON
  POST ` + pathReset + `   the account is as it was at the start
  POST ` + pathEvent + `   an event: the account gets into the state that it speaks of;
                  the answer is the event as of now
`

// acceptedAddresses says what serveAddress accepts.
const acceptedAddresses = "a loopback address and a port from 0 to 65535, like :4566 or 127.0.0.1:0, or the bridge of the containers on this machine, like docker0:4566"

// serveAddress checks an address to serve the account at, and completes it.
func serveAddress(address string, bridgeAddress func(name string) (string, error)) (string, error) {
	complete, err := localAddress(address, bridgeAddress)
	if err != nil {
		return "", usage("-serve %q: %w; accepted: %s", address, err, acceptedAddresses)
	}
	return complete, nil
}

// localAddress checks an address of this machine, and completes it. The simulator checks no credentials, so only this
// machine and its containers may reach it. Docker, Podman and nerdctl give their default bridges these names, and
// attach containers only.
func localAddress(address string, bridgeAddress func(name string) (string, error)) (string, error) {
	host, port, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	switch {
	case err != nil:
	case host == "", host == "localhost":
		return net.JoinHostPort("127.0.0.1", port), nil
	case slices.Contains([]string{"docker0", "podman0", "cni-podman0", "nerdctl0"}, host):
		if host, err = bridgeAddress(host); err == nil {
			return net.JoinHostPort(host, port), nil
		}
	case ip == nil:
		err = fmt.Errorf("%q is not an IP address", host)
	case ip.IsLoopback():
		return net.JoinHostPort(host, port), nil
	default:
		err = errors.New("other machines could reach it")
	}
	return "", err
}

// bridgeAddress returns this machine's IPv4 address on one of its bridges.
func bridgeAddress(name string) (string, error) {
	bridge, err := net.InterfaceByName(name)
	if err != nil {
		return "", err
	}
	addresses, err := bridge.Addrs()
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() {
			return prefix.Addr().String(), nil
		}
	}
	return "", cmp.Or(err, fmt.Errorf("%s has no IPv4 address", name))
}
