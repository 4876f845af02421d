package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
)

// The names of the functions of the served account, as CloudFormation names those of a stack called sandbox.
const (
	failoverName = "sandbox-FailoverFunction-000000000000"
	auditName    = "sandbox-AuditFunction-000000000000"
)

// deployed is the failover as the served account has it: the handler in this process, behind a simulated Lambda. The handler
// calls the account at its address, so it is there only once that is known.
type deployed struct {
	started chan struct{} // closed once handler is set
	handler *failover.Handler
}

func newDeployed() *deployed { return &deployed{started: make(chan struct{})} }

func (d *deployed) start(handler *failover.Handler) {
	d.handler = handler
	close(d.started)
}

// lambda simulates Lambda with the failover, and an audit that nobody invokes: its settings are there to be read.
func (d *deployed) lambda(c command, s *session) *lambdasim.Lambda {
	settings := map[string]string{}
	for _, pair := range c.settings() {
		name, value, _ := strings.Cut(pair, "=")
		settings[name] = value
	}
	return lambdasim.New(
		lambdasim.Function{Name: failoverName, Environment: settings, Handle: func(ctx context.Context, event []byte) ([]byte, *lambdasim.Error) {
			s.onCall(callLine{at: time.Now(), service: "Lambda", text: "Invoke " + failoverName})
			<-d.started
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			report, err := d.handler.Handle(ctx, event, s.now().World().Account)
			return answer(report.Limited(), err)
		}},
		lambdasim.Function{Name: auditName, Environment: settings, Handle: func(context.Context, []byte) ([]byte, *lambdasim.Error) {
			return nil, &lambdasim.Error{Type: "NotServed", Message: "the sandbox serves no audit; next: go run ./cmd/eni-failover audit"}
		}},
	)
}

// answer returns what a function answers with a report and an error.
func answer(report failover.Report, err error) ([]byte, *lambdasim.Error) {
	if failed := display.ErrorOf(err); failed != nil {
		return nil, &lambdasim.Error{Type: failed.Type, Message: failed.Message}
	}
	text, err := json.Marshal(report)
	if err != nil {
		return nil, &lambdasim.Error{Type: "MarshalError", Message: err.Error()}
	}
	return text, nil
}
