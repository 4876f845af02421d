package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/logssim"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// The names of the functions of the served account, as CloudFormation names those of a stack called sandbox.
const (
	failoverName = "sandbox-FailoverFunction-000000000000"
	auditName    = "sandbox-AuditFunction-000000000000"
	failoverLogs = "sandbox-FailoverLogs-000000000000"
)

// deployed is the failover as the served account has it: the handler in this process, behind a simulated Lambda, with a log. The
// handler calls the account at its address, so it is there only once that is known.
type deployed struct {
	started chan struct{} // closed once handler is set
	handler *failover.Handler
	// logs has what it logs.
	logs *logssim.Logs
}

func newDeployed() *deployed {
	d := &deployed{started: make(chan struct{}), logs: logssim.New()}
	d.logs.Create(failoverLogs)
	return d
}

func (d *deployed) start(handler *failover.Handler) {
	d.handler = handler
	close(d.started)
}

// lambda simulates Lambda with the failover, and an audit that is never invoked: its settings are there to be read.
func (d *deployed) lambda(c command, s *session.Session) *lambdasim.Lambda {
	settings := map[string]string{}
	for _, pair := range c.settings() {
		name, value, _ := strings.Cut(pair, "=")
		settings[name] = value
	}
	return lambdasim.New(
		lambdasim.Function{Name: failoverName, LogGroup: failoverLogs, Environment: settings, Handle: func(ctx context.Context, event []byte) ([]byte, *lambdasim.Error) {
			s.Say("Lambda", "Invoke "+failoverName)
			<-d.started
			ctx, cancel := context.WithTimeout(ctx, session.Timeout)
			defer cancel()
			report, err := d.handler.Handle(ctx, event, s.Sim().World().Account)
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
