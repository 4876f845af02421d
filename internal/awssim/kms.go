package awssim

import "github.com/eni-failover/eni-failover/internal/awssim/iam"

// managedKey returns the ARN of the AWS managed key of EBS, which needs no permission of the caller.
func managedKey(region, account string) string {
	return "arn:aws:kms:" + region + ":" + account + ":key/" + derivedUUID("alias/aws/ebs")
}

// mayGrantKeys reports whether the caller's policies allow a grant on each customer-managed key of an instance's volumes.
// EC2 makes the grants when it starts the instance, with the caller's permissions (EBS guide, "Requirements for Amazon EBS
// encryption"). A key's own policy is not simulated: it leaves the decision to the caller's policies.
func (e *exchange) mayGrantKeys(i *Instance) bool {
	region := e.acc.Region
	keys := map[string][]string{
		iam.Key("kms:GrantIsForAWSResource"): {"true"}, iam.Key("kms:ViaService"): {"ec2." + region + ".amazonaws.com"},
		iam.Key("aws:RequestedRegion"): {region}, iam.Key("aws:ViaAWSService"): {"true"},
	}
	for _, v := range e.acc.Volumes {
		if v.Instance != i.ID || v.KMSKeyID == "" || v.KMSKeyID == managedKey(region, e.acc.Account) {
			continue
		}
		if e.denied("kms:CreateGrant", []resource{{arn: v.KMSKeyID}}, keys) != "" {
			return false
		}
	}
	return true
}
