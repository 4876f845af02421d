package awssim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// Policy makes these documents (IAM's JSON) all that the caller with this access key may do; none of
// them is nothing at all. A caller that was never given any, here or in the world, may do everything. The documents replace
// those given before. What a document says that the simulator does not understand is an error, and then
// nothing is changed.
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

// policiesOf are all that a caller may do; limited is false if it may do everything.
func (s *Sim) policiesOf(accessKey string) (policies []iam.Policy, limited bool) {
	if policies, limited = s.policies[accessKey]; !limited {
		policies, limited = s.policies[anyCaller]
	}
	return policies, limited
}

// anyCaller is in place of the access key of callers that have no policies of their own.
const anyCaller = ""

// Policy is an IAM policy in a world: all that a caller may do, together with its other ones. Callers without any
// may do everything.
type Policy struct {
	// AccessKey is the caller's; left out, it is every caller that has no policy of its own.
	AccessKey string `json:"accessKey,omitempty"`
	// Document is an identity-based policy as IAM has it: {"Version": "2012-10-17", "Statement": […]}.
	Document json.RawMessage `json:"document"`
}

// readPolicies reads a world's policies by access key; f gets what is wrong with them.
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

// deniedByWorld is the refusal of a world in which calls about an instance get this code, if it is the one of a
// missing permission: DryRun gets that, too.
func deniedByWorld(code, what, instance string) *refusal {
	if code != "UnauthorizedOperation" {
		return nil
	}
	return refuse(code, "You are not authorized to perform this operation. The %s '%s' is refused", what, instance)
}

// resource is what a call acts on, as a policy sees it.
type resource struct {
	arn  string
	keys func() map[string][]string // its condition keys, by [iam.Key]; nil: none
}

// anyResource is the resource of an action that knows none.
func anyResource() []resource { return []resource{{arn: "*"}} }

// permit is where EC2 decides whether the caller may do this: after the parameters were read and the
// named resources found (a policy's conditions are about them), and before any state is judged. Every
// resource is judged by itself, and all must be allowed (Service Authorization Reference, EC2: both are
// required of AttachNetworkInterface and DetachNetworkInterface). DryRun ends here: it proves
// permission, and promises nothing of limits, states or zones.
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

// unauthorized is EC2's refusal of a caller that may not do this to these resources.
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

// tagKeys are the condition keys of the tags in a request. The call that tags is CreateTags itself, so
// that ec2:CreateAction, which names the action that creates a resource with tags, is absent.
func (e *exchange) tagKeys() map[string][]string {
	keys := map[string][]string{}
	for _, t := range e.givenTags() {
		keys[iam.Key("aws:TagKeys")] = append(keys[iam.Key("aws:TagKeys")], t.key)
		keys[iam.Key("aws:RequestTag/"+t.key)] = []string{t.value}
	}
	return keys
}

// accessDenied is the refusal of Route 53 and Auto Scaling, nil if the caller may do this. region is
// where the call is made: Route 53 is a global service, and its calls are us-east-1's.
func (e *exchange) accessDenied(action, region string, on []resource, keys map[string][]string) *refusal {
	given := map[string][]string{iam.Key("aws:RequestedRegion"): {region}}
	if why := e.denied(action, on, given, keys); why != "" {
		return refuse("AccessDenied", "%s", why)
	}
	return nil
}

// denied says why the caller may not do this, "" if it may, in the words of IAM's own messages (IAM User
// Guide, "Troubleshoot access denied error messages").
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

// instanceResource is an instance as a policy sees it.
func (e *exchange) instanceResource(i *Instance) resource {
	return resource{e.arn("instance", i.ID, e.acc.Account), func() map[string][]string {
		keys := taggedKeys("ec2", i.Tags)
		keys[iam.Key("ec2:AvailabilityZone")] = []string{i.AZ}
		keys[iam.Key("ec2:InstanceID")] = []string{i.ID}
		keys[iam.Key("ec2:InstanceType")] = []string{i.Type}
		return keys
	}}
}

// interfaceResource is an interface as a policy sees it.
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

// holderResource is the instance that an interface is attached to. Another account's is known by its
// id only.
func (e *exchange) holderResource(a *Attachment) resource {
	if a.InstanceOwner == e.acc.Account {
		return e.instanceResource(e.acc.findInstance(a.Instance))
	}
	return resource{arn: e.arn("instance", a.Instance, a.InstanceOwner)}
}

func (e *exchange) arn(kind, id, account string) string {
	return "arn:aws:ec2:" + e.acc.Region + ":" + account + ":" + kind + "/" + id
}

// taggedKeys are the condition keys of a resource's tags: the service's own, and the global one.
func taggedKeys(service string, tags map[string]string) map[string][]string {
	keys := map[string][]string{}
	for key, value := range tags {
		keys[iam.Key("aws:ResourceTag/"+key)] = []string{value}
		keys[iam.Key(service+":ResourceTag/"+key)] = []string{value}
	}
	return keys
}
