package awssim

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// protocol is the form of a service's errors on the wire (Smithy, AWS protocols). EventBridge uses JSON, the other
// simulated services XML. The remaining protocols serve only to tell a client, in its own form, that a service is not simulated.
type protocol string

const (
	protocolQuery protocol = "query" // also Route 53's REST-XML: <ErrorResponse><Error>
	protocolEC2   protocol = "ec2"   // <Response><Errors><Error>
	protocolS3    protocol = "s3"    // <Error>
	protocolJSON  protocol = "json"  // also REST-JSON: {"__type": …, "message": …}
	protocolCBOR  protocol = "cbor"  // Smithy RPC v2
)

// foreignProtocol returns the protocol of a request; protocolQuery if a simulated service could be meant.
func foreignProtocol(r *http.Request, scope scope) protocol {
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return protocolCBOR
	case r.Header.Get("X-Amz-Target") != "":
		return protocolJSON
	case scope.service == "s3":
		return protocolS3
	case r.URL.Path != "/" && r.URL.Path != "":
		return protocolJSON // REST-JSON; few other REST services use XML
	}
	return protocolQuery
}

// foreignRequest decodes a request to a service that is not simulated.
func foreignRequest(r *http.Request, scope scope, p protocol) *request {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if p == protocolCBOR {
		_, action, _ = strings.Cut(r.URL.Path, "/operation/")
	}
	req := &request{
		service: cmp.Or(scope.service, "unknown"), protocol: p, params: url.Values{},
		action: cmp.Or(action, r.Method+" "+r.URL.Path),
	}
	req.operation = refusing(notSimulated(req.service, req.action))
	return req
}

// notSimulated refuses a call that the simulator does not have. The text says so, and lists the actions of the service,
// or of all services if the service is unknown.
func notSimulated(service, action string) *refusal {
	code := "InvalidAction"
	if service == serviceRoute53 {
		code = "UnknownOperationException"
	}
	has := simulated()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if _, known := has[service]; !known || name == service {
			list = append(list, name+" "+strings.Join(has[name], ", "))
		}
	}
	refused := refuse(code, "This is a simulator, and %s %s is not simulated; it has %s", service, action, strings.Join(list, "; "))
	if service == serviceRoute53 {
		refused.status = http.StatusNotFound
	}
	return refused
}

// simulated returns the names of the simulated actions, by service.
func simulated() map[string][]string {
	return map[string][]string{
		serviceEC2:         slices.Sorted(maps.Keys(ec2Operations())),
		serviceAutoScaling: slices.Sorted(maps.Keys(autoScalingOperations())),
		serviceSTS:         slices.Sorted(maps.Keys(stsOperations())),
		serviceEvents:      slices.Sorted(maps.Keys(eventsOperations())),
		serviceRoute53:     route53Operations(),
	}
}

// headers returns the headers of a reply.
func headers(p protocol, requestID string, refused *refusal) http.Header {
	h := http.Header{"X-Amzn-Requestid": {requestID}}
	switch p {
	case protocolJSON:
		h.Set("Content-Type", "application/x-amz-json-1.1")
		if refused != nil {
			h.Set("X-Amzn-Errortype", refused.code)
		}
	case protocolCBOR:
		h.Set("Content-Type", "application/cbor")
		h.Set("Smithy-Protocol", "rpc-v2-cbor")
	case protocolQuery, protocolEC2, protocolS3:
		h.Set("Content-Type", "text/xml;charset=UTF-8")
	}
	return h
}

func jsonError(r *refusal) []byte {
	text, err := json.Marshal(map[string]string{"__type": r.code, "message": r.message})
	if err != nil {
		return fmt.Append(nil, err) // it has two strings, which cannot fail
	}
	return text
}

// cborError returns a map of two text strings (RFC 8949).
func cborError(r *refusal) []byte {
	out := []byte{0xa2}
	for _, text := range []string{"__type", r.code, "message", r.message} {
		out = append(out, 0x79) // a text string with a two-byte length
		out = binary.BigEndian.AppendUint16(out, uint16(min(len(text), math.MaxUint16)))
		out = append(out, text[:min(len(text), math.MaxUint16)]...)
	}
	return out
}
