package awsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// maxConnections limits the connections to one service. A hundred interfaces make a hundred calls at once; the SDK would
// open a connection for each and keep ten. A handshake costs more than a short wait for a connection.
const maxConnections = 32

// newHTTPClient makes the HTTP client of SDK clients. The SDK adds the timeouts of its defaults mode, and gives each
// service a pool of its own. The first handshake, not the start, reads the system's authorities.
func newHTTPClient(authorities *x509.CertPool) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = maxConnections, maxConnections
		t.TLSClientConfig.RootCAs = authorities
		// The first calls open several connections at once; all but the first resume its session.
		t.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	})
}
