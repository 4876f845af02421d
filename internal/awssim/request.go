package awssim

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody is more than any request of these protocols needs.
const maxBody = 1 << 20

// request is a decoded call: what is asked of which service, and the operation that answers it.
type request struct {
	service   string
	action    string
	params    url.Values // as [Call.Params]
	operation operation
	accessKey string
	// Route 53 only.
	zone   string      // from the path
	change string      // from the path
	batch  changeBatch // the body of ChangeResourceRecordSets
}

// operation answers one action. run writes what stands inside the reply's element, or refuses; it is
// called with the simulation's lock held.
type operation struct {
	run      func(e *exchange, out *xmlWriter) *refusal
	mutating bool
}

// refusing is the operation of a request that no operation fits.
func refusing(r *refusal) operation {
	return operation{run: func(*exchange, *xmlWriter) *refusal { return r }}
}

// decode reads a request. Route 53 is known by its path, the Query services by their API version, so
// that unsigned requests work, too. The error is one of reading.
func decode(r *http.Request) (*request, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
	}
	var req *request
	if rest, found := strings.CutPrefix(r.URL.Path, "/2013-04-01/"); found {
		req = decodeRoute53(r.Method, rest, r.URL.Query(), body)
	} else {
		req = decodeQuery(r.URL.RawQuery, body)
	}
	req.accessKey = accessKey(r.Header.Get("Authorization"))
	return req, nil
}

// decodeQuery reads a request of the Query protocol, whose parameters are a form in the body or the URL.
func decodeQuery(rawQuery string, body []byte) *request {
	params, err := url.ParseQuery(strings.Trim(rawQuery+"&"+string(body), "&"))
	req := &request{service: serviceEC2, action: params.Get("Action"), params: params}
	version := params.Get("Version")
	params.Del("Action")
	params.Del("Version")
	switch {
	case err != nil:
		req.operation = refusing(refuse("MalformedQueryString", "The query string is malformed: %v", err))
	case version == "2011-01-01":
		req.service = serviceAutoScaling
		req.operation = autoScalingOperation(req.action)
	case version == "2016-11-15":
		req.operation = ec2Operation(req.action)
	default:
		req.operation = refusing(refuse("NoSuchVersion", "The requested version (%s) of service is not valid", version))
	}
	return req
}

// accessKey is the key id in a Signature Version 4 Authorization header.
func accessKey(header string) string {
	_, credential, found := strings.Cut(header, "Credential=")
	if !found {
		return ""
	}
	key, _, _ := strings.Cut(credential, "/")
	return key
}
