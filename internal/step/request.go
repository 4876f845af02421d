package step

// requestState is how far a request of this move is: the detach of an attachment, or the attach to a slot.
type requestState string

const (
	// requestNone: no request can have taken effect. Each was refused or throttled, or there was none.
	requestNone requestState = ""
	// requestUnanswered: a request got no reply, and looks do not show yet whether it took effect.
	requestUnanswered requestState = "unanswered"
	// requestLost: a request got no reply, and looks go on not to show what it asked for. It seems not to have arrived,
	// but it may still take effect.
	requestLost requestState = "lost"
	// requestAccepted: EC2 has accepted a request, or a look has shown what an unanswered one did.
	requestAccepted requestState = "accepted"
)
