package awssim

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"time"
)

// maxPhase bounds the part of a delay that is derived from the request.
const maxPhase = 100 * time.Microsecond

// splitLatency splits a call's latency into the part before it takes effect and the part after. Each is half
// of it, give or take a phase: nanoseconds derived from what is asked. Concurrent calls made at one
// instant so take effect, and return, at different instants, in an order that is the same in every
// run; a fake clock alone leaves that to the scheduler. The phase averages to nothing. Where two phases are
// equal, [turns] decides.
func splitLatency(latency time.Duration, request string) (before, after time.Duration) {
	if latency == 0 {
		return 0, 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(request))
	sum := h.Sum(nil)
	half := (latency / 2).Truncate(time.Microsecond)
	return half + phase(half, sum[:4]), half + phase(half, sum[4:])
}

// phase is between minus and plus half of what it is bounded by.
func phase(half time.Duration, hash []byte) time.Duration {
	width := min(maxPhase, half/4)
	if width == 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint32(hash))%width - width/2
}

// givingUpDelay is a duration of up to maxPhase, drawn from a request.
func givingUpDelay(request string) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(request))
	return time.Duration(h.Sum64() % uint64(maxPhase))
}

// wait returns after d, or with the context's error when that comes first.
func wait(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
