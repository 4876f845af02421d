// Package docs has the pages of the documentation that a program shows, too.
package docs

import _ "embed"

// Reasons is reasons.md: the codes of outcomes and reasons, with their meanings.
//
//go:embed reasons.md
var Reasons string
