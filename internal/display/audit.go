package display

import (
	"strings"

	"github.com/eni-failover/eni-failover/internal/readiness"
)

// ShowAudit shows the text of an audit's result. The severity of a finding is its colour.
func (p *Page) ShowAudit(result readiness.Result) {
	styles := map[string]Style{"CRITICAL": Bad, "WARNING": Warn, "INFO": Bold}
	for line := range strings.Lines(result.Text(p.width)) {
		severity, _, _ := strings.Cut(line, " ")
		p.Copied(styles[severity], strings.TrimSuffix(line, "\n"))
	}
}
