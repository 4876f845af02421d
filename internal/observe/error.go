package observe

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// ObserveError says that AWS could not be asked for what has to be known. Lambda reports the name of this type
// as errorType, and alarms match on it.
type ObserveError struct {
	// Err is why.
	Err error
	// So is what follows from it, and Next what a person does after the cause is mended.
	So, Next string
}

// maxWhy is how many bytes of the cause the message has.
const maxWhy = 1000

func (e *ObserveError) Error() string {
	why := textfmt.Shorten(strings.ReplaceAll(e.Err.Error(), "\n", "; "), maxWhy) // of joined errors; a message is one line
	next := "check the function's role and EC2's health"
	if fault.Unanswered(e.Err) {
		next = "check the network path from the function to EC2's endpoint (VPC without NAT or endpoint, DNS, security group)"
	}
	return fmt.Sprintf("failed: observe the account: %s; %s; next: %s%s", why, e.So, next, e.Next)
}

func (e *ObserveError) Unwrap() error { return e.Err }
