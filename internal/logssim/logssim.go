// Package logssim simulates what is used of CloudWatch Logs' API, on the wire: FilterLogEvents. Like the simulated EC2, it uses
// no code of the SDK.
package logssim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Logs is a simulated CloudWatch Logs of one region. It is safe for concurrent use.
type Logs struct {
	mu     sync.Mutex
	groups map[string][]line
	denied bool
}

// line is a line of a log, as the API shows it.
type line struct {
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970
	Message   string `json:"message"`
}

// pageSize limits the lines that one call looks at. The API's limit is larger (1 MB), and has the same effect: a page can be
// empty though there are lines behind it (API reference, "FilterLogEvents").
const pageSize = 20

// New simulates an account without log groups.
func New() *Logs { return &Logs{groups: map[string][]line{}} }

// Create makes a log group, empty.
func (l *Logs) Create(group string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups[group] = []line{}
}

// Write adds a line to a log group.
func (l *Logs) Write(group string, at time.Time, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups[group] = append(l.groups[group], line{at.UnixMilli(), text})
}

// Deny has each call denied from now on.
func (l *Logs) Deny() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.denied = true
}

// Writer returns what a function writes its log to: each line is written to the group at the present time.
func (l *Logs) Writer(group string) io.Writer { return writer{l, group} }

type writer struct {
	logs  *Logs
	group string
}

func (w writer) Write(p []byte) (int, error) {
	for text := range bytes.Lines(p) {
		w.logs.Write(w.group, time.Now(), strings.TrimSuffix(string(text), "\n"))
	}
	return len(p), nil
}

// service begins the header of each call, which names the service and the operation.
const service = "Logs_20140328."

// Before answers the calls of this service, and leaves all others to next.
func (l *Logs) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), service) {
			l.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP answers a call.
func (l *Logs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if call := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), service); call != "FilterLogEvents" {
		refuse(w, "UnknownOperationException", call+" is not simulated")
		return
	}
	var in struct {
		LogGroupName, FilterPattern, NextToken string
		StartTime, EndTime                     int64
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "SerializationException", err.Error())
		return
	}
	matches, err := parsePattern(in.FilterPattern)
	if err != nil {
		refuse(w, "InvalidParameterException", err.Error())
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lines, ok := l.groups[in.LogGroupName]
	first, err := strconv.Atoi(in.NextToken)
	switch {
	case l.denied:
		refuse(w, "AccessDeniedException", "User is not authorized to perform: logs:FilterLogEvents")
		return
	case !ok:
		refuse(w, "ResourceNotFoundException", "The specified log group does not exist.")
		return
	case in.NextToken != "" && (err != nil || first < 0 || first >= len(lines)):
		refuse(w, "InvalidParameterException", "The specified nextToken is invalid.")
		return
	}
	page := struct {
		Events    []line `json:"events"`
		NextToken string `json:"nextToken,omitempty"`
	}{Events: []line{}}
	end := min(first+pageSize, len(lines))
	for _, e := range lines[first:end] {
		if e.Timestamp >= in.StartTime && e.Timestamp <= in.EndTime && matches(e.Message) {
			page.Events = append(page.Events, e)
		}
	}
	if end < len(lines) {
		page.NextToken = strconv.Itoa(end)
	}
	reply(w, http.StatusOK, page)
}

func reply(w http.ResponseWriter, status int, v any) {
	text, _ := json.Marshal(v) // nothing in it can fail to be written as JSON
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a caller that is gone does not get it
}

// refuse answers with an error of the service.
func refuse(w http.ResponseWriter, code, message string) {
	reply(w, http.StatusBadRequest, map[string]string{"__type": code, "message": message})
}
