package awssim

// The instance states of DescribeInstances.
const (
	pending      = "pending"
	running      = "running"
	shuttingDown = "shutting-down"
	terminated   = "terminated"
	stopping     = "stopping"
	stopped      = "stopped"
)

// stateCode returns the low byte of the numeric state code (EC2 API reference, InstanceState).
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

// The attachment states. EC2's fourth, `detached`, is never shown: an unattached interface has no attachment.
const (
	attaching = "attaching"
	attached  = "attached"
	detaching = "detaching"
)

// The interface states. According to the filter's documentation, an interface is `in-use` while it has an attachment,
// in any attachment state.
const (
	available = "available"
	inUse     = "in-use"
)

// The interface types that can be moved: the others belong to services.
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

// primary reports whether the interface is the primary one of its instance.
func (i *Interface) primary() bool {
	return i.Attachment != nil && i.Attachment.DeviceIndex == 0 && i.Attachment.NetworkCard == 0
}

func (i *Interface) sourceDestCheck() bool {
	return i.SourceDestCheck == nil || *i.SourceDestCheck
}

// primaryIP returns the primary private address; the zero value for an interface without IPv4.
func (i *Interface) primaryIP() PrivateIP {
	for _, ip := range i.PrivateIPs {
		if ip.Primary {
			return ip
		}
	}
	return PrivateIP{}
}
