package readiness

import "github.com/eni-failover/eni-failover/internal/plan"

// Settings are what an audit judges by.
type Settings struct {
	// Policy is the one that the failover decides by.
	Policy plan.Policy
	// AlertsUnsubscribed says that nobody gets the deployment's alarms. False where that is not known.
	AlertsUnsubscribed bool
}

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
