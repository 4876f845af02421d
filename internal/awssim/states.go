package awssim

// Instance states, as DescribeInstances names them.
const (
	pending      = "pending"
	running      = "running"
	shuttingDown = "shutting-down"
	terminated   = "terminated"
	stopping     = "stopping"
	stopped      = "stopped"
)

// stateCode is the low byte of the numeric state code (EC2 API reference, InstanceState).
func stateCode(state string) int {
	switch state {
	case running:
		return 16
	case shuttingDown:
		return 32
	case terminated:
		return 48
	case stopping:
		return 64
	case stopped:
		return 80
	default:
		return 0 // pending
	}
}

// Attachment states. EC2's fourth, `detached`, is never shown: a free interface has no attachment.
const (
	attaching = "attaching"
	attached  = "attached"
	detaching = "detaching"
)

// Interface states: as the filter's documentation has it, an interface is `in-use` as long as it has
// an attachment, whatever that attachment's own state.
const (
	available = "available"
	inUse     = "in-use"
)

// Interface types that can be moved at all: the others belong to services.
const (
	typeInterface = "interface"
	typeEFA       = "efa"
	typeEFAOnly   = "efa-only"
)

func (i *Interface) status() string {
	if i.Attachment == nil {
		return available
	}
	return inUse
}

// primary says whether this is the primary interface of the instance it is attached to.
func (i *Interface) primary() bool {
	return i.Attachment != nil && i.Attachment.DeviceIndex == 0 && i.Attachment.NetworkCard == 0
}

func (i *Interface) sourceDestCheck() bool {
	return i.SourceDestCheck == nil || *i.SourceDestCheck
}

// primaryIP is the primary private address; the zero value of an interface without IPv4.
func (i *Interface) primaryIP() PrivateIP {
	for _, ip := range i.PrivateIPs {
		if ip.Primary {
			return ip
		}
	}
	return PrivateIP{}
}
