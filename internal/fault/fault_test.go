package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/fault"
)

func TestClassAndCode(t *testing.T) {
	denied := &fault.Error{Call: "AttachNetworkInterface", On: "eni-1 to i-2", Class: fault.Denied, Code: "UnauthorizedOperation", RequestID: "r", Err: io.EOF}
	silent := &fault.Error{Call: "DescribeInstances", On: "i-2", Class: fault.Unavailable, Err: io.EOF}
	tests := []struct {
		err   error
		class fault.Class
		code  string
	}{
		{nil, fault.None, ""},
		{denied, fault.Denied, "UnauthorizedOperation"},
		{fmt.Errorf("move: %w", denied), fault.Denied, "UnauthorizedOperation"},
		{errors.Join(io.EOF, denied), fault.Denied, "UnauthorizedOperation"},
		{silent, fault.Unavailable, ""},
		{io.EOF, fault.Unavailable, ""}, // not translated: the call may have arrived or not
	}
	for _, test := range tests {
		if class, code := fault.ClassOf(test.err), fault.CodeOf(test.err); class != test.class || code != test.code {
			t.Errorf("%v: %s %q, want %s %q", test.err, class, code, test.class, test.code)
		}
	}
	if got := denied.Error(); got != "AttachNetworkInterface of eni-1 to i-2: denied (UnauthorizedOperation, request r)" {
		t.Error(got)
	}
	if got := silent.Error(); got != "DescribeInstances of i-2: unavailable (no answer)" {
		t.Error(got)
	}
	refused := &fault.Error{Call: "DescribeInstances", On: "i-2", Class: fault.Unavailable, Cause: "connection refused", Err: io.EOF}
	if got := refused.Error(); got != "DescribeInstances of i-2: unavailable (connection refused)" {
		t.Error(got)
	}
	if !fault.Unanswered(fmt.Errorf("look: %w", silent)) || fault.Unanswered(denied) || fault.Unanswered(io.EOF) || fault.Unanswered(nil) {
		t.Error("a call without an answer is not recognized")
	}
	if !errors.Is(denied, io.EOF) {
		t.Error("the SDK's error is lost")
	}
}

// TestErrorAboutMany: the error of a call about a thousand things names the first few, since reports and e-mails show it.
func TestErrorAboutMany(t *testing.T) {
	many := &fault.Error{Call: "DescribeInstanceStatus", On: strings.Repeat("i-0a1b2c3d4e5f60001 ", 1000), Class: fault.Throttled, Code: "RequestLimitExceeded"}
	if got := many.Error(); len(got) > 250 || !strings.Contains(got, "and 995 more: throttled (RequestLimitExceeded)") {
		t.Errorf("%d bytes: %s", len(got), got[:min(len(got), 400)])
	}
}
