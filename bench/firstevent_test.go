package bench_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// maxFirst limits the time from the event to its first change in a new environment, compared with the next event.
const maxFirst = 1.35

// wholeProcessor is the memory with which Lambda gives one processor, in MB (Lambda Developer Guide, "Configure Lambda
// function memory").
const wholeProcessor = 1769

// authorities is the number of certificate authorities that the function trusts, about that of Amazon Linux.
const authorities = 140

// service is a simulated AWS behind TLS, which notes when an interface is detached.
type service struct {
	url, bundle string
	sim         atomic.Pointer[awssim.Sim]
	detached    chan time.Time
}

// newService serves over TLS with an RSA certificate that an intermediate authority has signed, as AWS's are.
func newService(b *testing.B) *service {
	b.Helper()
	s := &service{detached: make(chan time.Time, 1)}
	root := newIssuer(b, "root", nil)
	intermediate := newIssuer(b, "intermediate", root)
	leaf := newIssuer(b, "leaf", intermediate)
	server := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{leaf.certificate.Raw, intermediate.certificate.Raw}, PrivateKey: leaf.key,
	}}}
	server.StartTLS()
	b.Cleanup(server.Close)
	s.url, s.bundle = server.URL, filepath.Join(b.TempDir(), "ca.pem")
	if err := os.WriteFile(s.bundle, append(strangers(b), encoded(root.certificate.Raw)...), 0o600); err != nil {
		b.Fatal(err)
	}
	return s
}

// issuer is a certificate with its key.
type issuer struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

// template returns what all certificates here have in common.
func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
}

// newIssuer makes a certificate that parent has signed, or that has signed itself.
func newIssuer(b *testing.B, name string, parent *issuer) *issuer {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	t := template(name)
	t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	made := &issuer{t, key}
	if parent == nil {
		parent = made
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent.certificate, &key.PublicKey, parent.key)
	if err == nil {
		made.certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		b.Fatal(err)
	}
	return made
}

// strangers returns the authorities that sign nothing here. A function reads them all the same.
func strangers(b *testing.B) []byte {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	var bundle []byte
	for n := range authorities {
		t := template(fmt.Sprintf("authority %d", n))
		der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
		if err != nil {
			b.Fatal(err)
		}
		bundle = append(bundle, encoded(der)...)
	}
	return bundle
}

func encoded(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	if bytes.Contains(body, []byte("Action=DetachNetworkInterface&")) && !bytes.Contains(body, []byte("DryRun=true")) {
		select {
		case s.detached <- time.Now():
		default: // an attempt to detach it once more
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.sim.Load().ServeHTTP(w, r)
}

// reset gives the service a new account.
func (s *service) reset(b *testing.B) {
	b.Helper()
	s.sim.Store(simulate(b, account(1, 300*time.Millisecond)))
	select {
	case <-s.detached: // a late attempt of the event before
	default:
	}
}

// untilDetach sends the function an event in a new account, and returns the milliseconds until the interface is detached.
func (s *service) untilDetach(b *testing.B, f *lambdatest.Function) float64 {
	b.Helper()
	s.reset(b)
	start := time.Now()
	result := f.Invoke(maxMove, spotWarning(b, holder))
	if result.Error != nil || !strings.Contains(string(result.Payload), `"outcome":"moved"`) {
		b.Fatalf("%v %s\n%s", result.Error, result.Payload, f.Logs())
	}
	return float64((<-s.detached).Sub(start).Microseconds()) / 1000
}

// BenchmarkFirstEvent compares the time from an event to DetachNetworkInterface in a new environment with that of the next
// event. Three calls in a row lead there, over TLS. The environment starts with a whole processor, as Lambda's do,
// and has the share of its memory from then on. One iteration is a round.
func BenchmarkFirstEvent(b *testing.B) {
	b.Setenv(lambdatest.AsDeployedVariable, "1")
	binary, s := lambdatest.Build(b, "../functions/failover"), newService(b)
	for _, memory := range []int{128, 512, wholeProcessor} {
		b.Run(fmt.Sprintf("%dMB", memory), func(b *testing.B) {
			var first, next sample
			for b.Loop() {
				f := lambdatest.Start(b, binary, map[string]string{"AWS_ENDPOINT_URL": s.url, "SSL_CERT_FILE": s.bundle, "SSL_CERT_DIR": "/none"})
				if err := f.LimitProcessor(float64(memory) / wholeProcessor); err != nil {
					b.Skip(err)
				}
				first, next = append(first, s.untilDetach(b, f)), append(next, s.untilDetach(b, f))
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
			ratios := first.over(next)
			limit := ""
			if memory == 512 { // the template's
				limit = fmt.Sprint(maxFirst)
			}
			table(b, [][]string{
				{"MB", "first ms [quartiles]", "next ms [quartiles]", "first x next [quartiles]", "at most"},
				{fmt.Sprint(memory), first.quartiles("%.1f"), next.quartiles("%.1f"), ratios.quartiles("%.2f"), limit},
			})
			b.ReportMetric(ratios.median(), "first/next")
			b.ReportMetric(ratios.quantile(0.25), "first/next-p25")
			b.ReportMetric(ratios.quantile(0.75), "first/next-p75")
			b.ReportMetric(0, "ns/op")
		})
	}
}
