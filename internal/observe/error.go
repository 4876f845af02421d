package observe

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// ObserveError says that AWS did not answer what has to be known. Lambda reports the name of this type as errorType, and
// alarms match on it.
type ObserveError struct {
	// Err is the cause, or several joined.
	Err error
	// So says what follows from it. Next says what a person does after the cause is removed.
	So, Next string
}

// maxWhy limits the bytes of the cause in the message.
const maxWhy = 1000

func (e *ObserveError) Error() string {
	why := textfmt.Shorten(strings.ReplaceAll(e.Err.Error(), "\n", "; "), maxWhy) // joined errors have a line each; a message is one line
	next := "check the function's role and EC2's health"
	if fault.Unanswered(e.Err) {
		next = "check the network path from the function to EC2's endpoint (VPC without NAT or endpoint, DNS, security group)"
	}
	return fmt.Sprintf("failed: observe the account: %s; %s; next: %s%s", why, e.So, next, e.Next)
}

func (e *ObserveError) Unwrap() error { return e.Err }
