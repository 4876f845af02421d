package awssim

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"time"
)

// maxPhase limits the part of a delay that depends on the request.
const maxPhase = 100 * time.Microsecond

// splitLatency splits a call's latency into the parts before and after its effect. Each is half of it plus or minus a
// phase, some nanoseconds that depend on the request. So concurrent calls of one instant take effect and return at
// different instants, and in every run in the same order, which a fake clock alone would leave to the scheduler. The
// average phase is zero. [turns] separates calls with equal phases.
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

// phase returns a duration between minus and plus half of its limit.
func phase(half time.Duration, hash []byte) time.Duration {
	width := min(maxPhase, half/4)
	if width == 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint32(hash))%width - width/2
}

// givingUpDelay returns a duration of up to maxPhase that depends on the request.
func givingUpDelay(request string) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(request))
	return time.Duration(h.Sum64() % uint64(maxPhase))
}

// wait returns after d, or earlier with the context's error.
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
