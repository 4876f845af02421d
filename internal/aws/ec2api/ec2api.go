// Package ec2api is the edge to EC2: the only package that imports its SDK. It reads the account into the
// plain data of package inventory, makes the changes that a move consists of, starts standbys, and translates EC2's
// errors into classes. No pointer and no type of the SDK leaves this package.
package ec2api

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Client talks to EC2 in one region. It is safe for concurrent use.
//
// It caches the limits of instance types, which do not change, across the invocations that a Lambda
// environment serves. It caches nothing else, and never that a type was not found.
type Client struct {
	ec2 *ec2.Client

	mu     sync.Mutex
	limits map[string]inventory.Limits
}

// New wraps an SDK client.
func New(client *ec2.Client) *Client {
	return &Client{ec2: client, limits: map[string]inventory.Limits{}}
}
