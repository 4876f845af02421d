package awsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// maxConnections bounds the connections to one service. A hundred interfaces make a hundred calls at once, and the
// SDK would open a connection for each and keep ten: a handshake costs the processor more than a short wait costs time.
const maxConnections = 32

// newHTTPClient makes what clients send requests with. The SDK adds the time-outs of its defaults mode, and gives each
// service a pool of its own. The system's authorities are read with the first handshake, not at the start.
func newHTTPClient(authorities *x509.CertPool) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = maxConnections, maxConnections
		t.TLSClientConfig.RootCAs = authorities
		// The first calls open several connections; the later ones of them resume the session of the first.
		t.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	})
}
