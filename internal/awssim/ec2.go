package awssim

import (
	"strconv"
	"strings"
)

func ec2Operations() map[string]operation {
	return map[string]operation{
		"DescribeNetworkInterfaces":       {run: describeNetworkInterfaces},
		"DescribeInstances":               {run: describeInstances},
		"DescribeInstanceStatus":          {run: describeInstanceStatus},
		"DescribeInstanceTypes":           {run: describeInstanceTypes},
		"DescribeSpotInstanceRequests":    {run: describeSpotInstanceRequests},
		"DescribeTags":                    {run: describeTags},
		"DescribeVolumes":                 {run: describeVolumes},
		"DescribeVpcs":                    {run: describeVpcs},
		"DescribeSubnets":                 {run: describeSubnets},
		"AttachNetworkInterface":          {run: attachNetworkInterface, mutating: true},
		"DetachNetworkInterface":          {run: detachNetworkInterface, mutating: true},
		"ModifyNetworkInterfaceAttribute": {run: modifyNetworkInterfaceAttribute, mutating: true},
		"ModifyInstanceAttribute":         {run: modifyInstanceAttribute, mutating: true},
		"CreateTags":                      {run: createTags, mutating: true},
		"DeleteTags":                      {run: deleteTags, mutating: true},
		"StartInstances":                  {run: startInstances, mutating: true},
		"StopInstances":                   {run: stopInstances, mutating: true},
		"TerminateInstances":              {run: terminateInstances, mutating: true},
	}
}

// list returns a numbered list of parameters: Name.1, Name.2 …
func (e *exchange) list(name string) []string {
	var values []string
	for n := 1; e.req.params.Has(name + "." + strconv.Itoa(n)); n++ {
		values = append(values, e.req.params.Get(name+"."+strconv.Itoa(n)))
	}
	return values
}

// required returns a parameter, and refuses a call without it.
func (e *exchange) required(name string) (string, *refusal) {
	if value := e.req.params.Get(name); value != "" {
		return value, nil
	}
	return "", refuse("MissingParameter", "The request must contain the parameter %s", lowerFirst(name))
}

// index returns an optional numeric parameter.
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

// instances returns the instances with these ids. One unknown id fails the whole call.
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

// wellFormed reports whether an id has EC2's form: a prefix and 8 or 17 hexadecimal digits. Only unknown ids are
// checked, so that a world can use short ones.
func wellFormed(id, prefix string) bool {
	digits, found := strings.CutPrefix(id, prefix)
	return found && (len(digits) == 8 || len(digits) == 17) && strings.Trim(digits, "0123456789abcdef") == ""
}

func lowerFirst(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
