// Where nothing secret is sent and no certificate is verified, what is out of date for other clients does no harm: a service
// with an old key exchange or a strange certificate is up (Go, "GODEBUG History"). Tests of package ask have the same lines.
//go:debug rsa1024min=0
//go:debug tls3des=1
//go:debug tlsmaxrsasize=16384
//go:debug tlsrsakex=1
//go:debug tlssha1=1
//go:debug x509negativeserial=1

// Command probe is the Lambda function that asks services inside a VPC whether they answer. It only connects the parts;
// the story is in package internal/probe. It has no settings, no SDK and no access to AWS.
package main

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/probe"
)

func main() {
	debug.SetGCPercent(400) // two hundred targets with TLS need 25 MiB this way, of 128, and a tenth less of the processor
	runtime.GOMAXPROCS(1)   // with 128 MB it has a fourteenth of a processor, which a second thread would have to share
	metrics := emf.New(os.Stdout, lambdacontext.FunctionName)
	lambda.Start(function{prober: probe.New(probe.RealNetwork(runtimeAPI()), metrics, lambdacontext.NewLogger())})
}

// runtimeAPI returns the address of the API that serves the function, from Lambda's own variable; the zero value if it has
// none. A tool on a developer's machine may write a name there, which is one of that machine.
func runtimeAPI() netip.AddrPort {
	value := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if at, err := netip.ParseAddrPort(value); err == nil {
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	_, port, _ := strings.Cut(value, ":")
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(number))
}

// function adapts the prober to Lambda's raw form. Package verdict checks the input's bytes, so that an error names the
// field.
type function struct{ prober *probe.Prober }

// Invoke carries out one run and returns the event, which Lambda's destination puts on the bus.
func (f function) Invoke(ctx context.Context, input []byte) ([]byte, error) {
	event, err := f.prober.Run(ctx, input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(event)
}
