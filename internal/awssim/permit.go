package awssim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// Policy limits the caller with an access key to what these documents (IAM's JSON) allow; without documents, to
// nothing. They replace earlier ones. A caller that never got a policy, here or in the world, may do everything. A
// document that the simulator does not fully understand is an error, which changes nothing.
func (s *Sim) Policy(accessKey string, documents ...[]byte) error {
	policies := make([]iam.Policy, len(documents))
	errs := make([]error, len(documents))
	for n, document := range documents {
		policies[n], errs[n] = iam.Parse(document)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[accessKey] = policies
	return nil
}

// policiesOf returns a caller's policies. limited is false if the caller may do everything.
func (s *Sim) policiesOf(accessKey string) (policies []iam.Policy, limited bool) {
	if policies, limited = s.policies[accessKey]; !limited {
		policies, limited = s.policies[anyCaller]
	}
	return policies, limited
}

// anyCaller is the access key in the policies of callers that have none of their own.
const anyCaller = ""

// Policy is an IAM policy of a caller, which can have several. Callers without any may do everything.
type Policy struct {
	// AccessKey is the caller's; without it, the policy is for every caller that has none of its own.
	AccessKey string `json:"accessKey,omitempty"`
	// Document is an identity-based IAM policy: {"Version": "2012-10-17", "Statement": […]}.
	Document json.RawMessage `json:"document"`
}

// readPolicies returns a world's policies by access key, and adds what is wrong with them to f.
func (w *World) readPolicies(f *problems) map[string][]iam.Policy {
	all := map[string][]iam.Policy{}
	for n, p := range w.Policies {
		policy, err := iam.Parse(p.Document)
		if err != nil {
			f.add(fmt.Sprintf("policies[%d].document", n), p.Document, "%v", err)
		}
		all[p.AccessKey] = append(all[p.AccessKey], policy)
	}
	return all
}

// deniedByWorld refuses calls about an instance if the world refuses them with the code of a missing permission, which
// a DryRun gets, too.
func deniedByWorld(code, what, instance string) *refusal {
	if code != "UnauthorizedOperation" {
		return nil
	}
	return refuse(code, "You are not authorized to perform this operation. The %s '%s' is refused", what, instance)
}

// resource is what a call acts on, as a policy sees it.
type resource struct {
	arn  string
	keys func() map[string][]string // its condition keys, by [iam.Key]; nil if it has none
}

// anyResource is the resource of an action without resources.
func anyResource() []resource { return []resource{{arn: "*"}} }

// permit decides whether the caller may make an EC2 call: after its parameters are read and its resources found, since
// a policy's conditions are about them, and before any state is checked. Each resource is checked separately, and all
// must be allowed (Service Authorization Reference, EC2: AttachNetworkInterface and DetachNetworkInterface require
// both). A DryRun ends here: it proves permission, and says nothing about limits, states or zones.
func (e *exchange) permit(on ...resource) *refusal {
	if len(on) == 0 {
		on = anyResource()
	}
	if refused := e.unauthorized(on); refused != nil {
		return refused
	}
	if e.req.params.Get("DryRun") == "true" {
		return refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return nil
}

// unauthorized refuses a caller that may not act on these resources.
func (e *exchange) unauthorized(on []resource) *refusal {
	if _, limited := e.sim.policiesOf(e.req.accessKey); !limited {
		return nil
	}
	keys := map[string][]string{
		iam.Key("ec2:Region"): {e.acc.Region}, iam.Key("aws:RequestedRegion"): {e.acc.Region},
	}
	if why := e.denied("ec2:"+e.req.action, on, keys, e.tagKeys()); why != "" {
		return refuse("UnauthorizedOperation", "You are not authorized to perform this operation. %s", why)
	}
	return nil
}

// tagKeys returns the condition keys of the tags in a request. ec2:CreateAction is absent, because it names the action
// that creates a resource with tags, and the call is CreateTags itself.
func (e *exchange) tagKeys() map[string][]string {
	keys := map[string][]string{}
	for _, t := range e.givenTags() {
		keys[iam.Key("aws:TagKeys")] = append(keys[iam.Key("aws:TagKeys")], t.key)
		keys[iam.Key("aws:RequestTag/"+t.key)] = []string{t.value}
	}
	return keys
}

// accessDenied is the refusal of Route 53 and Auto Scaling, nil if the caller is allowed. region is the region of the
// call: Route 53 is global, and its calls belong to us-east-1.
func (e *exchange) accessDenied(action, region string, on []resource, keys map[string][]string) *refusal {
	given := map[string][]string{iam.Key("aws:RequestedRegion"): {region}}
	if why := e.denied(action, on, given, keys); why != "" {
		return refuse("AccessDenied", "%s", why)
	}
	return nil
}

// denied says why the caller is not allowed, "" if it is, in the words of IAM (IAM User Guide, "Troubleshoot access
// denied error messages").
func (e *exchange) denied(action string, on []resource, keys ...map[string][]string) string {
	policies, limited := e.sim.policiesOf(e.req.accessKey)
	if !limited {
		return ""
	}
	for _, r := range on {
		request := iam.Request{Action: action, Resource: r.arn, Keys: map[string][]string{
			iam.Key("aws:SecureTransport"): {"true"}, iam.Key("aws:ViaAWSService"): {"false"},
		}}
		for _, some := range keys {
			maps.Copy(request.Keys, some)
		}
		if r.keys != nil {
			maps.Copy(request.Keys, r.keys())
		}
		var reason string
		switch iam.Decide(policies, request) {
		case iam.Allowed:
			continue
		case iam.ExplicitDeny:
			reason = "of an explicit deny in an identity-based policy"
		case iam.ImplicitDeny:
			reason = "no identity-based policy allows the " + action + " action"
		}
		return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because %s", e.callerARN(), action, r.arn, reason)
	}
	return ""
}

// instanceResource returns an instance as a policy sees it.
func (e *exchange) instanceResource(i *Instance) resource {
	return resource{e.arn("instance", i.ID, e.acc.Account), func() map[string][]string {
		keys := taggedKeys("ec2", i.Tags)
		keys[iam.Key("ec2:AvailabilityZone")] = []string{i.AZ}
		keys[iam.Key("ec2:InstanceID")] = []string{i.ID}
		keys[iam.Key("ec2:InstanceType")] = []string{i.Type}
		return keys
	}}
}

// interfaceResource returns an interface as a policy sees it.
func (e *exchange) interfaceResource(i *Interface) resource {
	return resource{e.arn("network-interface", i.ID, i.Owner), func() map[string][]string {
		keys := taggedKeys("ec2", i.Tags)
		keys[iam.Key("ec2:AvailabilityZone")] = []string{i.AZ}
		keys[iam.Key("ec2:NetworkInterfaceID")] = []string{i.ID}
		keys[iam.Key("ec2:Subnet")] = []string{e.arn("subnet", i.Subnet, e.acc.Account)}
		keys[iam.Key("ec2:Vpc")] = []string{e.arn("vpc", i.VPC, e.acc.Account)}
		return keys
	}}
}

// holderResource returns the instance that an interface is attached to. Only the id of another account's instance is
// known.
func (e *exchange) holderResource(a *Attachment) resource {
	if a.InstanceOwner == e.acc.Account {
		return e.instanceResource(e.acc.findInstance(a.Instance))
	}
	return resource{arn: e.arn("instance", a.Instance, a.InstanceOwner)}
}

func (e *exchange) arn(kind, id, account string) string {
	return "arn:aws:ec2:" + e.acc.Region + ":" + account + ":" + kind + "/" + id
}

// taggedKeys returns the condition keys of a resource's tags: the service's own, and the global ones.
func taggedKeys(service string, tags map[string]string) map[string][]string {
	keys := map[string][]string{}
	for key, value := range tags {
		keys[iam.Key("aws:ResourceTag/"+key)] = []string{value}
		keys[iam.Key(service+":ResourceTag/"+key)] = []string{value}
	}
	return keys
}
