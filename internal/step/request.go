package step

// requestState is how far a request of this move is: the detach of an attachment, or the attach to a slot.
//
//	none ──── accepted by EC2 ─────────────────────────→ accepted
//	none ──── no reply ──→ unanswered ── a look shows it → accepted
//	                       unanswered ── looks do not ───→ lost ── sent again, as from none
//
// EC2 takes no client token for these calls, so a request without a reply can only be told by what looks show (EC2 API,
// DetachNetworkInterface and AttachNetworkInterface).
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
