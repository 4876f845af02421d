package night

import (
	"context"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
)

// pausePoint is where a night that has been told to go on stops by itself.
type pausePoint string

const (
	nowhere  pausePoint = ""
	nextCall pausePoint = "next-call" // when a call has been answered
	nextStep pausePoint = "next-step" // when something happens that has a sentence
	atStart  pausePoint = "start"     // shortly before the incident
)

const (
	// realTick is the real time between two ticks of a clock that is not in a hurry.
	realTick = 25 * time.Millisecond
	// hurry is the fake time between two chances for a command while the night hurries to a stop.
	hurry = 100 * time.Millisecond
)

// maxHurry limits the fake time of a hurry: perhaps nothing happens any more.
const maxHurry = 2 * time.Minute

// speeds returns the speeds that a person can choose: fake time by real time, in the order of a list.
func speeds() []string { return []string{"0.1", "1", "10"} }

// tickOf returns the fake time that passes in a tick at a speed.
func tickOf(speed string) time.Duration {
	return map[string]time.Duration{"0.1": realTick / 10, "1": realTick, "10": 10 * realTick}[speed]
}

// command is what a person asks of a night. It is carried out in the night's fake time, while the clock stands still.
type command struct {
	do   func(context.Context) error
	done chan error // made outside of fake time, with room for the answer
}

// clock lets fake time pass as a person wants. All goroutines of a night that have something to show pass by it. While one of
// them waits for a person, fake time stands still: it moves only when all goroutines wait for something within fake time, and
// the clock's channels are made outside of it.
type clock struct {
	commands chan command
	ticks    chan struct{}      // one each realTick, if the clock waits for it
	shown    func()             // shows the present state
	cancel   context.CancelFunc // ends the night

	mu      sync.Mutex // held while fake time stands still for a person
	running bool
	until   pausePoint
	limit   time.Time // it stops here at the latest; zero: never
	speed   string
	endStep context.CancelFunc // ends the present step of drive
}

// pass is called where a stop can be. It returns at once, unless the clock stops or is stopped here.
func (c *clock) pass(ctx context.Context, here pausePoint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == here && here != nowhere {
		c.halt()
	}
	c.obey(ctx)
}

// run lets the clock run, or hurry to a stop. The caller holds the lock.
func (c *clock) run(to pausePoint) {
	c.running, c.until, c.limit = true, to, time.Time{}
	if to != nowhere {
		c.limit = time.Now().Add(maxHurry)
	}
}

// halt stops the clock, and ends the step that it is in: what is left of that was meant for another speed, perhaps. The caller
// holds the lock.
func (c *clock) halt() {
	c.running, c.until, c.limit = false, nowhere, time.Time{}
	c.endStep()
	c.shown()
}

// obey carries out commands until the clock runs. The caller holds the lock.
func (c *clock) obey(ctx context.Context) {
	for !c.running && ctx.Err() == nil {
		c.carryOut(ctx, <-c.commands)
	}
}

func (c *clock) carryOut(ctx context.Context, cmd command) {
	err := cmd.do(ctx)
	c.shown()
	cmd.done <- err
}

// drive lets fake time pass until ctx ends, step by step.
func (c *clock) drive(ctx context.Context) {
	for ctx.Err() == nil {
		pace.Wait(c.await(ctx))
	}
}

// await waits until the next step may begin. It returns a context that ends with the step, and the step's fake time.
func (c *clock) await(ctx context.Context) (context.Context, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endStep() // else it is kept as long as the night
	c.shown()
	for ctx.Err() == nil {
		if !c.limit.IsZero() && !time.Now().Before(c.limit) {
			c.halt()
		}
		c.obey(ctx)
		if c.until != nowhere { // in a hurry
			select {
			case cmd := <-c.commands:
				c.carryOut(ctx, cmd)
				continue
			default:
				return c.step(ctx, hurry)
			}
		}
		select {
		case cmd := <-c.commands:
			c.carryOut(ctx, cmd)
		case <-c.ticks:
			return c.step(ctx, tickOf(c.speed))
		}
	}
	return ctx, 0
}

// step begins a step. The caller holds the lock.
func (c *clock) step(ctx context.Context, of time.Duration) (context.Context, time.Duration) {
	ctx, c.endStep = context.WithCancel(ctx)
	return ctx, of
}

// tick sends ticks until over is closed. A tick for which the clock does not wait is lost, so that time never hastens after a
// stop. It is called outside of fake time.
func tick(ticks chan<- struct{}, over <-chan struct{}) {
	ticker := time.NewTicker(realTick)
	defer ticker.Stop()
	for {
		select {
		case <-over:
			return
		case <-ticker.C:
		}
		select {
		case ticks <- struct{}{}:
		default:
		}
	}
}
