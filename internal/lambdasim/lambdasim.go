// Package lambdasim simulates what is used of Lambda's API, on the wire: a list of functions, invocations, and reserved
// concurrency. The functions run in the caller's process. Like the simulated EC2, it uses no code of the SDK.
package lambdasim

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Error is what a function returns when it fails, as Lambda's runtime tells it.
type Error struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Function is a simulated function.
type Function struct {
	Name string
	// Environment holds its variables.
	Environment map[string]string
	// LogGroup and LogLevel are those of its logging configuration; it has none without a log group.
	LogGroup, LogLevel string
	// Handle answers an event: with an answer, or with an error.
	Handle func(ctx context.Context, event []byte) (answer []byte, failed *Error)
}

// Lambda is a simulated Lambda of one region. It is safe for concurrent use.
type Lambda struct {
	mux       *http.ServeMux
	functions map[string]Function

	mu       sync.Mutex
	reserved map[string]int // by function; a function without a reservation has no entry
}

// pageSize limits the functions of a page, as Lambda's API does (ListFunctions).
const pageSize = 50

// maxEvent limits the bytes of an event of an invocation that is waited for ("Lambda quotas").
const maxEvent = 6 << 20

// New simulates these functions.
func New(functions ...Function) *Lambda {
	l := &Lambda{mux: http.NewServeMux(), functions: map[string]Function{}, reserved: map[string]int{}}
	for _, f := range functions {
		l.functions[f.Name] = f
	}
	l.mux.HandleFunc("GET /2015-03-31/functions/{$}", l.list)
	l.mux.HandleFunc("GET /2015-03-31/functions", l.list)
	l.mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", l.known(l.invoke))
	l.mux.HandleFunc("GET /2019-09-30/functions/{name}/concurrency", l.known(l.concurrency))
	l.mux.HandleFunc("PUT /2017-10-31/functions/{name}/concurrency", l.known(l.reserve))
	l.mux.HandleFunc("DELETE /2017-10-31/functions/{name}/concurrency", l.known(l.unreserve))
	return l
}

// ServeHTTP answers a call.
func (l *Lambda) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.mux.ServeHTTP(w, r) }

// Reserved returns the reserved concurrency of a function; false if it has none.
func (l *Lambda) Reserved(name string) (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.reserved[name]
	return n, ok
}

// known refuses a call about a function that does not exist.
func (l *Lambda) known(answer func(http.ResponseWriter, *http.Request, Function)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, ok := l.functions[r.PathValue("name")]
		if !ok {
			refuse(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+r.PathValue("name"))
			return
		}
		answer(w, r, f)
	}
}

// list answers ListFunctions. The marker of a page is the name of its first function.
func (l *Lambda) list(w http.ResponseWriter, r *http.Request) {
	names := slices.Sorted(maps.Keys(l.functions))
	marker := r.URL.Query().Get("Marker")
	names = slices.DeleteFunc(names, func(name string) bool { return name < marker })
	next := ""
	if len(names) > pageSize {
		next, names = names[pageSize], names[:pageSize]
	}
	type variables struct{ Variables map[string]string }
	type logging struct {
		LogGroup            string
		ApplicationLogLevel string `json:",omitempty"`
	}
	type configuration struct {
		FunctionName  string
		Environment   *variables `json:",omitempty"`
		LoggingConfig *logging   `json:",omitempty"`
	}
	page := struct {
		Functions  []configuration
		NextMarker string `json:",omitempty"`
	}{Functions: []configuration{}, NextMarker: next}
	for _, name := range names {
		c := configuration{FunctionName: name}
		if vars := l.functions[name].Environment; len(vars) > 0 {
			c.Environment = &variables{vars}
		}
		if f := l.functions[name]; f.LogGroup != "" {
			c.LoggingConfig = &logging{f.LogGroup, f.LogLevel}
		}
		page.Functions = append(page.Functions, c)
	}
	reply(w, http.StatusOK, page)
}

// invoke answers Invoke. A function for which no invocation is reserved is never invoked.
func (l *Lambda) invoke(w http.ResponseWriter, r *http.Request, f Function) {
	if n, limited := l.Reserved(f.Name); limited && n == 0 {
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
		return
	}
	event, err := io.ReadAll(io.LimitReader(r.Body, maxEvent+1))
	if err != nil || len(event) > maxEvent {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
		return
	}
	answer, failed := f.Handle(r.Context(), event)
	if failed != nil {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		reply(w, http.StatusOK, failed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // a caller that is gone does not get it
}

type concurrency struct {
	ReservedConcurrentExecutions *int `json:",omitempty"`
}

// concurrency answers GetFunctionConcurrency.
func (l *Lambda) concurrency(w http.ResponseWriter, _ *http.Request, f Function) {
	c := concurrency{}
	if n, ok := l.Reserved(f.Name); ok {
		c.ReservedConcurrentExecutions = &n
	}
	reply(w, http.StatusOK, c)
}

// reserve answers PutFunctionConcurrency.
func (l *Lambda) reserve(w http.ResponseWriter, r *http.Request, f Function) {
	c := concurrency{}
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil || c.ReservedConcurrentExecutions == nil || *c.ReservedConcurrentExecutions < 0 {
		refuse(w, http.StatusBadRequest, "InvalidParameterValueException", "ReservedConcurrentExecutions must be 0 or more")
		return
	}
	l.mu.Lock()
	l.reserved[f.Name] = *c.ReservedConcurrentExecutions
	l.mu.Unlock()
	reply(w, http.StatusOK, c)
}

// unreserve answers DeleteFunctionConcurrency.
func (l *Lambda) unreserve(w http.ResponseWriter, _ *http.Request, f Function) {
	l.mu.Lock()
	delete(l.reserved, f.Name)
	l.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func reply(w http.ResponseWriter, status int, v any) {
	text, _ := json.Marshal(v) // nothing in it can fail to be written as JSON
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a caller that is gone does not get it
}

// refuse answers with an error of Lambda's.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	reply(w, status, map[string]string{"Type": "User", "Message": message})
}

// Serves reports whether a path is one of those of Lambda's API that are simulated. No other simulated service has them.
func Serves(path string) bool {
	beginnings := []string{"/2015-03-31/functions", "/2017-10-31/functions/", "/2019-09-30/functions/"}
	return slices.ContainsFunc(beginnings, func(beginning string) bool { return strings.HasPrefix(path, beginning) })
}
