package readiness

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/handover"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// maxFirstAnswer limits the time from an attach to the first answer to the probe. A service may need minutes to start.
const maxFirstAnswer = 10 * time.Minute

// inspectProbe audits the probe of an attached interface. The probe acts only on a service that has answered it on this
// very attachment. So an interface that is not asked, or never answers, is not protected against a dead service.
func (i *inspection) inspectProbe(x subject) {
	switch at := x.e.Attachment; {
	case !handover.NeedsProbe(i.world.snapshot, i.world.policy, x.e):
	case x.e.VPC != i.probeVPC:
		i.reportNoProber(x)
	case !x.e.Reached() && i.world.now.Sub(at.AttachTime) > maxFirstAnswer:
		const maxBytes = 100 // a tag may be longer
		i.add(Finding{
			ID: ProbeNeverReached, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: []string{at.Instance},
			Problem: fmt.Sprintf("No answer to the probe (%s at %s) is known since the interface was attached to %s at %s, so the probe starts no failover.",
				textfmt.Shorten(x.e.ProbeTag, maxBytes), x.e.ProbeAddress(), at.Instance, second(at.AttachTime)),
			Action: "Check the security groups (the interface's must admit the probe's, and the probe's must let it out), " +
				"the port in the tag, and whether the service listens at the address.",
		})
	}
}

// reportNoProber reports an interface in whose VPC no probe runs.
func (i *inspection) reportNoProber(x subject) {
	problem := fmt.Sprintf("The tag %s asks for a probe, but none is deployed, so the service is never asked.", inventory.TagProbe)
	remedy := fmt.Sprintf("Deploy again with ProbeVpc=%s and ProbeSubnets", x.e.VPC)
	if i.probeVPC != "" {
		problem = fmt.Sprintf("The tag %s asks for a probe, but the interface is in %s and the probe in %s, so the service is never asked.",
			inventory.TagProbe, x.e.VPC, i.probeVPC)
		remedy = fmt.Sprintf("Give group %s a deployment of its own with ProbeVpc=%s and ProbeSubnets", x.e.Group, x.e.VPC)
	}
	i.add(Finding{
		ID: ProbeNotDeployed, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Problem: problem,
		Action: fmt.Sprintf("%s, or take the tag off the interface: aws ec2 delete-tags --resources %s --tags Key=%s", remedy, x.e.ID, inventory.TagProbe),
	})
}
