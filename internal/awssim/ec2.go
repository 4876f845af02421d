package awssim

import (
	"strconv"
	"strings"
)

// ec2Operation is the operation of an EC2 action.
func ec2Operation(action string) operation {
	switch action {
	case "DescribeNetworkInterfaces":
		return operation{run: describeNetworkInterfaces}
	case "DescribeInstances":
		return operation{run: describeInstances}
	case "DescribeInstanceStatus":
		return operation{run: describeInstanceStatus}
	case "DescribeInstanceTypes":
		return operation{run: describeInstanceTypes}
	case "DescribeSpotInstanceRequests":
		return operation{run: describeSpotInstanceRequests}
	case "DescribeTags":
		return operation{run: describeTags}
	case "DescribeVpcs":
		return operation{run: describeVpcs}
	case "DescribeSubnets":
		return operation{run: describeSubnets}
	case "AttachNetworkInterface":
		return operation{run: attachNetworkInterface, mutating: true}
	case "DetachNetworkInterface":
		return operation{run: detachNetworkInterface, mutating: true}
	case "CreateTags":
		return operation{run: createTags, mutating: true}
	case "DeleteTags":
		return operation{run: deleteTags, mutating: true}
	case "StartInstances":
		return operation{run: startInstances, mutating: true}
	case "StopInstances":
		return operation{run: stopInstances, mutating: true}
	case "TerminateInstances":
		return operation{run: terminateInstances, mutating: true}
	default:
		return refusing(refuse("InvalidAction", "The action %s is not valid for this web service.", action))
	}
}

// list is a numbered list of parameters: Name.1, Name.2 …
func (e *exchange) list(name string) []string {
	var values []string
	for n := 1; e.req.params.Has(name + "." + strconv.Itoa(n)); n++ {
		values = append(values, e.req.params.Get(name+"."+strconv.Itoa(n)))
	}
	return values
}

// required is a parameter that must be there.
func (e *exchange) required(name string) (string, *refusal) {
	if value := e.req.params.Get(name); value != "" {
		return value, nil
	}
	return "", refuse("MissingParameter", "The request must contain the parameter %s", lowerFirst(name))
}

// index is a numeric parameter that may be left out.
func (e *exchange) index(name string) (int, *refusal) {
	value := e.req.params.Get(name)
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid.", value, lowerFirst(name))
	}
	return n, nil
}

// instances finds the instances of a list of ids; one that is unknown fails the call as a whole.
func (e *exchange) instances(ids []string) ([]*Instance, *refusal) {
	found := make([]*Instance, 0, len(ids))
	for _, id := range ids {
		i, refused := e.instance(id)
		if refused != nil {
			return nil, refused
		}
		found = append(found, i)
	}
	return found, nil
}

func (e *exchange) instance(id string) (*Instance, *refusal) {
	i := e.acc.findInstance(id)
	switch {
	case i != nil:
		return i, nil
	case !wellFormed(id, "i-"):
		return nil, refuse("InvalidInstanceID.Malformed", "Invalid id: %q", id)
	default:
		return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
	}
}

func (e *exchange) networkInterface(id string) (*Interface, *refusal) {
	i := e.acc.findInterface(id)
	switch {
	case i != nil:
		return i, nil
	case !wellFormed(id, "eni-"):
		return nil, refuse("InvalidNetworkInterfaceId.Malformed", "Invalid id: %q (expecting \"eni-...\")", id)
	default:
		return nil, refuse("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
	}
}

// wellFormed says whether an id has EC2's form: a prefix and 8 or 17 hexadecimal digits. It is asked
// of unknown ids only, so that a world may use short ones.
func wellFormed(id, prefix string) bool {
	digits, found := strings.CutPrefix(id, prefix)
	return found && (len(digits) == 8 || len(digits) == 17) && strings.Trim(digits, "0123456789abcdef") == ""
}

func lowerFirst(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
