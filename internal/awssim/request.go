package awssim

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody exceeds the size of any request in these protocols.
const maxBody = 1 << 20

// request is a decoded call, with the operation that answers it.
type request struct {
	service   string
	protocol  protocol
	action    string
	params    url.Values // like [Call.Params]
	operation operation
	accessKey string
	region    string // from the signature; "" if unsigned
	// The fields of Route 53.
	zone   string      // from the path
	change string      // from the path
	batch  changeBatch // the body of ChangeResourceRecordSets
	// entries are those of PutEvents.
	entries []busEntry
}

// operation answers one action. run writes the contents of the reply's element, or refuses. The simulation's lock is
// held.
type operation struct {
	run      func(e *exchange, out *xmlWriter) *refusal
	mutating bool
}

// refusing returns an operation that always refuses.
func refusing(r *refusal) operation {
	return operation{run: func(*exchange, *xmlWriter) *refusal { return r }}
}

// decode reads a request. It recognizes Route 53 by the path, EventBridge by the target header and the Query services by
// their API version, so that unsigned requests work, too. Any other request belongs to a service that is not simulated. An error means that the
// request could not be read.
func decode(r *http.Request) (*request, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
	}
	scope := scopeOf(r.Header.Get("Authorization"))
	req := decodeAs(r, scope, body)
	req.accessKey, req.region = scope.accessKey, scope.region
	return req, nil
}

func decodeAs(r *http.Request, scope scope, body []byte) *request {
	if rest, found := strings.CutPrefix(r.URL.Path, "/2013-04-01/"); found {
		return decodeRoute53(r.Method, rest, r.URL.Query(), body)
	}
	if action, found := strings.CutPrefix(r.Header.Get("X-Amz-Target"), eventsTarget); found {
		return decodeEvents(action, body)
	}
	if p := foreignProtocol(r, scope); p != protocolQuery {
		return foreignRequest(r, scope, p)
	}
	return decodeQuery(scope, r.URL.RawQuery, body)
}

// decodeQuery reads a Query request, whose parameters are a form in the body or the URL.
func decodeQuery(scope scope, rawQuery string, body []byte) *request {
	params, err := url.ParseQuery(strings.Trim(rawQuery+"&"+string(body), "&"))
	req := &request{action: params.Get("Action"), params: params}
	version := params.Get("Version")
	params.Del("Action")
	params.Del("Version")
	var operations map[string]operation
	switch version {
	case versionEC2:
		req.service, req.protocol, operations = serviceEC2, protocolEC2, ec2Operations()
	case versionAutoScaling:
		req.service, req.protocol, operations = serviceAutoScaling, protocolQuery, autoScalingOperations()
	case versionSTS:
		req.service, req.protocol, operations = serviceSTS, protocolQuery, stsOperations()
	default:
		req.service, req.protocol = cmp.Or(scope.service, "unknown"), protocolQuery
	}
	operation, simulated := operations[req.action]
	switch {
	case err != nil:
		req.operation = refusing(refuse("MalformedQueryString", "The query string is malformed: %v", err))
	case !simulated:
		req.operation = refusing(notSimulated(req.service, cmp.Or(req.action, "call without an Action")))
	default:
		req.operation = operation
	}
	return req
}

// The versions of the Query APIs.
const (
	versionEC2         = "2016-11-15"
	versionAutoScaling = "2011-01-01"
	versionSTS         = "2011-06-15"
)

// scope is the credential scope of Signature Version 4 (IAM User Guide, Elements of an AWS API request signature:
// KEY/DATE/REGION/SERVICE/aws4_request). It is empty for an unsigned request.
type scope struct{ accessKey, region, service string }

// scopeOf reads the scope from an Authorization header.
func scopeOf(header string) scope {
	_, credential, found := strings.Cut(header, "Credential=")
	if !found {
		return scope{}
	}
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) < 5 {
		return scope{accessKey: parts[0]}
	}
	return scope{accessKey: parts[0], region: parts[2], service: parts[3]}
}

// wrongRegion refuses a call that is signed for another region than the account's, since the endpoint is regional
// (Signature Version 4: the region of the credential's scope has to be the endpoint's). Route 53 and STS are global
// here.
func (req *request) wrongRegion(region string) *refusal {
	if req.region == "" || req.region == region || req.service == serviceRoute53 || req.service == serviceSTS {
		return nil
	}
	return refuse("AuthFailure", "Credential should be scoped to a valid region. This is a simulator; its account is in %s, and the call is for %s: "+
		"set AWS_REGION=%[1]s, or --region %[1]s", region, req.region)
}
