package readiness

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// wholeAccount is the resource of a finding that is about no single resource.
const wholeAccount = "account"

// inspectDeployment audits what the deployment says about itself.
func (i *inspection) inspectDeployment(set Settings) {
	if set.AlertsUnsubscribed {
		i.add(Finding{
			ID: AlertsNotSubscribed, Severity: Warning, Resource: wholeAccount,
			Problem: "The alarms have no subscriber: the function was deployed without AlertEmail.",
			Action:  "Deploy again with AlertEmail; if people get the alarms in another way, with AlertEmail=elsewhere.",
		})
	}
}

// inspectGaps reports the questions that AWS did not answer.
func (i *inspection) inspectGaps() {
	const maxBytes = 300
	for _, gap := range i.world.snapshot.Gaps {
		i.add(Finding{
			ID: NotObserved, Severity: Warning, Resource: wholeAccount,
			Problem: fmt.Sprintf("A question got no answer: %s.", textfmt.Shorten(gap, maxBytes)),
			Action:  "Give the audit's role the permission that is named, or wait until AWS answers again.",
		})
	}
}
