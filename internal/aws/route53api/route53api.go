// Package route53api is the edge to Route 53: the only package that imports its SDK. It lists the private hosted
// zones of a VPC, reads the names of interfaces in them, and makes the changes of a repair. Package record decides
// what a listing means and what to change. No pointer and no type of the SDK leaves this package.
//
// The checks run beside the move, whose interface keeps its addresses, so a record that was right stays right; what
// they find goes to the report and to the audit.
package route53api

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/record"
)

// Checker checks names in Route 53. It remembers the zone of each name across the invocations that a Lambda
// environment serves, and is safe for concurrent use.
type Checker struct {
	client *route53.Client
	region types.VPCRegion

	mu sync.Mutex
	// known holds the zones found so far. It never holds that a name has no zone: a person may be about to
	// create it.
	known map[knownKey]record.Choice
}

// New returns a Checker for the VPCs of a region.
func New(client *route53.Client, region string) *Checker {
	return &Checker{client: client, region: types.VPCRegion(region), known: map[knownKey]record.Choice{}}
}
