package trace

import "fmt"

var eventNames = [...]string{
	Called: "called", Expired: "expired", Departed: "departed", Arrived: "arrived", Lost: "lost",
	Signaled: "signaled", Started: "started", Stopped: "stopped", Crashed: "crashed", Noted: "noted",
}

// String gives the kind in lower case: called, departed, ...
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}
