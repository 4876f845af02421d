// Package events holds a sample of every event that the failover function accepts, for the sandbox and for tests.
package events

import "embed"

// Samples are the JSON files of this folder.
//
//go:embed *.json
var Samples embed.FS
