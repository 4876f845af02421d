package observe

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/pace"
)

const (
	// firstPause and lastPause bound the pauses between two attempts at a question that must be answered.
	firstPause = 200 * time.Millisecond
	lastPause  = 5 * time.Second
)

// insist asks a question that must be answered until EC2 answers or the time is up; a limit of 0 leaves all the time
// of ctx. Lambda's own retries come after one and three minutes, too late for a Spot interruption.
func insist(ctx context.Context, limit time.Duration, ask func(context.Context) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	var answer error // the last one that EC2 gave, which says more than that the time was up
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := ask(ctx)
		if class := fault.ClassOf(err); class != fault.Throttled && class != fault.Unavailable {
			return err
		}
		if ctx.Err() == nil || answer == nil {
			answer = err
		}
		if !pace.Wait(ctx, pace.EqualJitter(pause)) {
			return answer
		}
	}
}
