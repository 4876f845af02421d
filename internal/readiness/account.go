package readiness

import "fmt"

// wholeAccount is the resource of a finding that is about no single one.
const wholeAccount = "account"

// inspectDeployment looks at what the deployment says of itself.
func (i *inspection) inspectDeployment(set Settings) {
	if set.AlertsUnsubscribed {
		i.add(Finding{
			ID: AlertsNotSubscribed, Severity: Warning, Resource: wholeAccount,
			Problem: "The alarms have no subscriber: the function was deployed without AlertEmail.",
			Action:  "Deploy again with AlertEmail; if people get the alarms in another way, with AlertEmail=elsewhere.",
		})
	}
}

// inspectGaps reports what could not be asked.
func (i *inspection) inspectGaps() {
	const longest = 300
	for _, gap := range i.world.snapshot.Gaps {
		if len(gap) > longest {
			gap = gap[:longest] + "…"
		}
		i.add(Finding{
			ID: NotObserved, Severity: Warning, Resource: wholeAccount,
			Problem: fmt.Sprintf("A question got no answer: %s.", gap),
			Action:  "Give the audit's role the permission that is named, or wait until AWS answers again.",
		})
	}
}
