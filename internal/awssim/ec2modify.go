package awssim

import (
	"strconv"
)

// modifyNetworkInterfaceAttribute answers ModifyNetworkInterfaceAttribute for the attributes that the simulator has. A
// call changes one attribute (API reference: "You can specify only one attribute at a time").
func modifyNetworkInterfaceAttribute(e *exchange, out *xmlWriter) *refusal {
	id, refused := e.required("NetworkInterfaceId")
	if refused != nil {
		return refused
	}
	i, refused := e.networkInterface(id)
	if refused != nil {
		return refused
	}
	change, refused := e.interfaceChange(i)
	if refused != nil {
		return refused
	}
	on := []resource{e.interfaceResource(i)}
	if e.req.params.Has("Attachment.AttachmentId") && i.Attachment != nil {
		on = append(on, e.holderResource(i.Attachment)) // Service Authorization Reference: instance
	}
	if refused := e.permit(on...); refused != nil {
		return refused
	}
	if refused := change(); refused != nil {
		return refused
	}
	out.flag("return", true)
	return nil
}

// interfaceChange returns the one change that a call requests.
func (e *exchange) interfaceChange(i *Interface) (change func() *refusal, refused *refusal) {
	params := e.req.params
	changes := map[string]func() *refusal{}
	if params.Has("Attachment.AttachmentId") || params.Has("Attachment.DeleteOnTermination") {
		changes["attachment"] = func() *refusal { return e.modifyAttachment(i) }
	}
	if params.Has("SourceDestCheck.Value") {
		check, refused := e.boolean("SourceDestCheck.Value")
		if refused != nil {
			return nil, refused
		}
		changes["sourceDestCheck"] = func() *refusal { i.SourceDestCheck = &check; return nil }
	}
	if params.Has("Description.Value") {
		changes["description"] = func() *refusal { i.Description = params.Get("Description.Value"); return nil }
	}
	if groups := e.list("SecurityGroupId"); len(groups) > 0 {
		changes["groupSet"] = func() *refusal { i.SecurityGroups = groups; return nil }
	}
	switch len(changes) {
	case 0:
		return nil, refuse("MissingParameter", "The request must contain an attribute to be modified: attachment, description, groupSet or sourceDestCheck")
	case 1:
		for _, change = range changes {
			return change, nil
		}
	}
	return nil, refuse("InvalidParameterCombination", "Fields for multiple attribute types specified")
}

// modifyAttachment sets DeleteOnTermination.
func (e *exchange) modifyAttachment(i *Interface) *refusal {
	id, refused := e.required("Attachment.AttachmentId")
	if refused != nil {
		return refused
	}
	gone, refused := e.boolean("Attachment.DeleteOnTermination")
	if refused != nil {
		return refused
	}
	if i.Attachment == nil || i.Attachment.ID != id {
		return refuse("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", id)
	}
	a := *i.Attachment // a snapshot still has the old one
	a.DeleteOnTermination = gone
	i.Attachment = &a
	return nil
}

// modifyInstanceAttribute answers ModifyInstanceAttribute for the source/destination check, which belongs to the
// primary interface. With several interfaces EC2 requires the interface's id (EC2 User Guide, NAT instances: disable it
// on the network interface; the text of the error is known from many reports).
func modifyInstanceAttribute(e *exchange, out *xmlWriter) *refusal {
	id, refused := e.required("InstanceId")
	if refused != nil {
		return refused
	}
	if !e.req.params.Has("SourceDestCheck.Value") {
		return refuse("InvalidParameterCombination", "This is a simulator, and it can modify sourceDestCheck of an instance only")
	}
	check, refused := e.boolean("SourceDestCheck.Value")
	if refused != nil {
		return refused
	}
	i, refused := e.instance(id)
	if refused != nil {
		return refused
	}
	if refused := e.permit(e.instanceResource(i)); refused != nil {
		return refused
	}
	held := e.acc.attachedTo(id)
	if len(held) != 1 {
		return refuse("InvalidInstanceID", "There are multiple interfaces attached to instance '%s'. "+
			"Please specify an interface ID for the operation instead.", id)
	}
	held[0].SourceDestCheck = &check
	out.flag("return", true)
	return nil
}

// boolean returns a parameter that is true or false.
func (e *exchange) boolean(name string) (bool, *refusal) {
	value, err := strconv.ParseBool(e.req.params.Get(name))
	if err != nil {
		return false, refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid.", e.req.params.Get(name), lowerFirst(name))
	}
	return value, nil
}
