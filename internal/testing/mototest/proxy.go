package mototest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Call is one request that reached the proxy.
type Call struct {
	// Service is the name under which the request was signed: ec2, route53, autoscaling, events.
	Service string
	// Action is the API action, e.g. AttachNetworkInterface.
	Action string
	// Params are the action's parameters: the form's fields except Action and Version, or for Route 53
	// the query's, and the Id in the path.
	Params url.Values
	// Body is the request's body, unchanged. Route 53 has its changes there, as XML.
	Body string
}

// Answer is a response.
type Answer struct {
	Status int
	Body   string
}

// Hook answers a call in place of moto, or calls moto and returns its answer, altered or not. Parallel calls
// call it in parallel.
type Hook func(call Call, moto func() Answer) Answer

// EC2Error is EC2's answer to a call that it refuses.
func EC2Error(code, message string) Answer {
	status := http.StatusBadRequest
	if code == "RequestLimitExceeded" || code == "Unavailable" {
		status = http.StatusServiceUnavailable
	}
	return Answer{status, fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>req-hook</RequestID></Response>`, code, message)}
}

// Intercept puts a hook between the proxy and moto; nil removes it.
func (s *Server) Intercept(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
}

// Calls returns the calls that reached the proxy, in the order of their arrival.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Actions returns the names of the calls' actions, in the order of their arrival.
func (s *Server) Actions() []string {
	var names []string
	for _, c := range s.Calls() {
		names = append(names, c.Action)
	}
	return names
}

// ForgetCalls empties the record of calls.
func (s *Server) ForgetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *Server) proxy(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	call := parse(r, body)
	s.mu.Lock()
	s.calls = append(s.calls, call)
	hook := s.hook
	s.mu.Unlock()

	if hook == nil {
		hook = func(_ Call, moto func() Answer) Answer { return moto() }
	}
	answer := hook(call, func() Answer { return s.pass(r, body) })
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body)
}

// pass forwards a request to moto, and returns the answer.
func (s *Server) pass(r *http.Request, body []byte) Answer {
	answer, err := s.forward(r.Context(), request{
		method: r.Method, uri: r.URL.RequestURI(), host: r.Host, header: r.Header, body: body,
	})
	if err != nil {
		return Answer{http.StatusBadGateway, err.Error()}
	}
	return answer
}

func parse(r *http.Request, body []byte) Call {
	call := Call{Service: service(r), Params: r.URL.Query(), Body: string(body)}
	if form, err := url.ParseQuery(call.Body); err == nil && form.Has("Action") {
		call.Action = form.Get("Action")
		maps.Copy(call.Params, form)
		call.Params.Del("Action")
		call.Params.Del("Version")
		return call
	}
	if _, action, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found { // AWS's JSON protocol
		call.Action = action
		return call
	}
	call.Action = route53Action(r)
	if parts := strings.Split(r.URL.Path, "/"); len(parts) > 3 { // "", version, kind, id, …
		call.Params.Set("Id", parts[3])
	}
	return call
}

// service is the service in the signature: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
func service(r *http.Request) string {
	if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 4 {
		return parts[3]
	}
	return ""
}

// route53Action is the action of a REST request; if it is not in the table, its method and path.
func route53Action(r *http.Request) string {
	for _, known := range [...]struct{ method, path, action string }{
		{http.MethodGet, "/2013-04-01/hostedzonesbyvpc", "ListHostedZonesByVPC"},
		{http.MethodGet, "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName"},
		{http.MethodGet, "/2013-04-01/hostedzone", "ListHostedZones"},
		{http.MethodPost, "/2013-04-01/hostedzone", "CreateHostedZone"},
		{http.MethodGet, "/2013-04-01/hostedzone/*", "GetHostedZone"},
		{http.MethodGet, "/2013-04-01/hostedzone/*/rrset", "ListResourceRecordSets"},
		{http.MethodPost, "/2013-04-01/hostedzone/*/rrset", "ChangeResourceRecordSets"},
		{http.MethodGet, "/2013-04-01/change/*", "GetChange"},
	} {
		if ok, err := path.Match(known.path, strings.TrimSuffix(r.URL.Path, "/")); err == nil && ok && r.Method == known.method {
			return known.action
		}
	}
	return r.Method + " " + r.URL.Path
}
