package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// The tests of this file pin single promises, quoted above each, that are easily lost in the machine.

// "What a Describe shows may be older than what was just done: one read never proves a loss."
func TestOneLookProvesNoLoss(t *testing.T) {
	for name, script := range map[string]string{
		"the interface is not shown once, and looks fail from then on": `
			0s     look old  -> detach old
			0.1s   ok        -> wait
			1s     look none -> wait
			6s     tick      -> wait
			60s    tick      -> wait`,
		"an attach is accepted, the next look is older, and looks fail from then on": `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   ok new                     -> wait
			1.2s   look unattached            -> wait
			6.1s   tick                       -> wait
			7s     look new on i-b/1 attached -> finish moved`,
	} {
		t.Run(name, func(t *testing.T) { run(t, spotScene(), script) })
	}
}

// "an ambiguous one (timeout, lost reply …) looks before it repeats", and EC2 refuses the repetition where the
// first request took effect. What then shows on the target is this move's own attachment: it is neither
// somebody else's nor proven before it is attached.
func TestAttachRepeatedAfterLostReply(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		2s     unavailable                 -> wait
		4.1s   look unattached             -> attach i-b/1
		4.2s   conflict                    -> wait
		4.6s   look unattached             -> wait 6.2s
		5s     look new on i-b/1 attaching -> wait
		6s     look new on i-b/1 attached  -> finish moved`)
}

// "graceful; force after `DETACH_GRACE`": a second request that EC2 refuses because the first, whose reply was
// lost, is being carried out, is no reason to force it at once.
func TestNoForceForRefusedRepetition(t *testing.T) {
	run(t, spotScene(), `
		0s     look old -> detach old
		0.1s   unavailable -> wait
		3s     look old -> detach old
		3.1s   conflict -> wait
		3.5s   look old detaching -> wait
		10s    look old detaching -> wait
		19s    look old detaching -> detach old force`)
}

// "`eni-failover:paused`: any value but `false`: the interface is left alone and said so"; "after the detach
// this invocation finishes the move; a later one leaves a paused orphan alone and names it". What this
// invocation did not detach it must leave alone if the look before the attach shows it paused or regrouped.
func TestPausedOrphanIsLeftAlone(t *testing.T) {
	for _, reason := range []struct{ tag, want string }{{"paused", "paused"}, {"group=web", "regrouped"}} {
		for name, tt := range map[string]struct {
			scene  scene
			script string
		}{
			"an orphan": {orphanScene(), `
				1s     look unattached     -> wait 5s
				5s     look unattached TAG -> finish ignored WANT`},
			"an orphan of a request": {manualScene(shown("unattached"), outsider("i-a")), `
				1s     look unattached TAG -> finish ignored WANT`},
			"detached by a person": {spotScene(), `
				0s     look old detaching  -> wait
				2s     look unattached     -> wait 7.01s
				7s     look unattached TAG -> finish ignored WANT`},
			"found detaching": {foundScene(), `
				0s     look old detaching -> wait
				15s    look old detaching TAG -> finish ignored WANT`},
		} {
			t.Run(name+" "+reason.tag, func(t *testing.T) {
				run(t, tt.scene, strings.NewReplacer("TAG", reason.tag, "WANT", reason.want).Replace(tt.script))
			})
		}
	}
}

// "Tags are read again in the look before the detach (paused or regrouped meanwhile: stop)". A detach whose
// reply was lost, and which a look 2 s later shows not to have happened, is no detach.
func TestPausedAfterLostReplyOfDetach(t *testing.T) {
	run(t, spotScene(), `
		0s     look old -> detach old
		0.1s   unavailable -> wait
		3s     look old paused -> finish ignored paused`)
}

// "after the detach this invocation finishes the move": also where its own attach hangs and is given up.
func TestPausedWhileAttaching(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                           -> detach old
		0.1s   ok                                 -> wait
		1s     look unattached                    -> attach i-b/1
		2s     ok new                             -> wait
		3s     look new on i-b/1 attaching paused -> wait
		4s     target i-b stopped                 -> wait
		8s     look new on i-b/1 attaching paused -> wait
		13s    look new on i-b/1 attaching paused -> detach new`)
}

// "Never … detach anything but the observed attachment of the doomed instance, the one that this very move
// made, or one stuck `attaching`" and "relieve a healthy holder": an attach that a look shows to have
// finished is not stuck any more, and the interface is where it was to go.
func TestStuckAttachThatFinished(t *testing.T) {
	for name, script := range map[string]string{
		"before the first detach":  "0s look old -> -",
		"after the detach refused": "0s look old attaching -> detach old\n0.1s conflict -> wait\n1s look old -> -",
	} {
		t.Run(name, func(t *testing.T) {
			p := run(t, stuckScene(), strings.ReplaceAll(script, "-> -", ""))
			if got := p.showAction(); strings.HasPrefix(got, "detach") {
				t.Errorf("%s, though it is attached", got)
			}
		})
	}
}

// The same for this move's own attach: given up for good reason, but the plain detach was refused, and then it
// is attached on a member. A forced detach would cut off what serves.
func TestHungAttachThatFinished(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s conflict                    -> wait
		110.4s look new on i-b/1 attached  -> finish moved`)
}

// "a fresh reason to act (bounded number of rounds)": also where somebody takes off what this move attaches,
// again and again.
func TestRoundsAreBounded(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1")
	attaches := 1
	at := time.Second
	after := func(d time.Duration, line string) string {
		at += d
		p.input(at, line)
		return p.next()
	}
	for k := range 30 {
		after(time.Second, fmt.Sprintf("ok new%d", k))
		after(time.Second, fmt.Sprintf("look new%d on i-b/1 detaching", k))
		after(time.Second, "look unattached")
		got := after(6*time.Second, "look unattached")
		if strings.HasPrefix(got, "attach") {
			attaches++
		}
		if strings.HasPrefix(got, "finish") {
			break
		}
	}
	if attaches > 10 {
		t.Errorf("attached %d times to where somebody always takes it off again", attaches)
	}
}

// The `left` tag "is a hint, never a lock: without it … everything still works": throttles of CreateTags, which
// has a bucket of its own, must not keep a service on a host that can't be reached.
func TestHintDoesNotHoldUpTheMove(t *testing.T) {
	p := run(t, alarmScene(), "0s look old -> write-left-tag")
	for p.last.Do == step.WriteLeftTag || p.last.Do == step.Wait {
		at := p.now.Sub(start)
		if at > 10*time.Second {
			t.Fatalf("after %s of throttles of the hint the move has not begun", at)
		}
		if p.last.Do == step.WriteLeftTag {
			p.input(at+20*time.Millisecond, "throttled")
		} else {
			p.input(p.last.At.Sub(start), "tick")
		}
		p.next()
	}
}

// A detach that was refused for good is not asked for again at every look: Attach and Detach share a bucket of
// 50 with 5 a second in the whole account.
func TestRefusedForceIsNotRepeatedAtEveryLook(t *testing.T) {
	for _, class := range []string{"denied", "forbidden", "invalid"} {
		p := run(t, foundScene(), "0s look old detaching -> wait\n15.1s look old detaching -> detach old force")
		asked := 1
		at := 15 * time.Second
		for range 60 {
			p.input(at+100*time.Millisecond, class)
			p.next()
			at += time.Second
			p.input(at, "look old detaching")
			if strings.HasPrefix(p.next(), "detach") {
				asked++
			} else if p.last.Do == step.Finish {
				break
			}
		}
		if asked > 15 {
			t.Errorf("%s: asked %d times in a minute", class, asked)
		}
	}
}

// "It is given up for the next candidate only …": not for one that has no slot, which is no next candidate.
func TestHungAttachIsNotGivenUpForNobody(t *testing.T) {
	s := orphanScene(instance("i-c", full(0)))
	run(t, s, `
		5s     look unattached             -> attach i-b/1
		6s     ok new                      -> wait
		7s     look new on i-b/1 attaching -> wait
		120s   look new on i-b/1 attaching -> wait`)
}

// "Never … leave an interface unattached while an eligible standby exists and time remains": whatever classes
// of errors come, a move whose interface is unattached goes on until there is no time left.
func TestEveryRefusalIsFollowedUp(t *testing.T) {
	for _, class := range []string{"denied", "full", "candidate", "forbidden", "invalid"} {
		p := run(t, stoppedScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1")
		at, seen := time.Second, []string{}
		for p.last.Do != step.Finish {
			if at += time.Second; at > budget {
				p.input(at, "timeout")
				p.next()
				continue
			}
			switch p.last.Do {
			case step.Attach:
				seen = append(seen, p.last.Slot.Instance)
				p.input(at, class)
			case step.AskOrigin:
				seen = append(seen, "ask")
				p.input(at, "origin stopped")
			case step.Replan:
				p.input(at, "replanned i-d/1,i-e")
			case step.Wait:
				p.input(at, "look unattached")
			case step.Detach, step.WriteLeftTag, step.Finish:
				t.Fatalf("%s: %s", class, p.showAction())
			}
			p.next()
		}
		got := strings.Join(seen, " ")
		if want := "i-b i-c" + strings.Repeat(" i-d i-e ask", 10); !strings.HasPrefix(got, want) {
			t.Errorf("%s: tried %s, want %s and so on", class, got, want)
		}
		if len(seen) > 100 {
			t.Errorf("%s: %d calls to find out that nobody wants it", class, len(seen))
		}
		if r := p.move.Result(); r.Outcome != plan.OutcomeFailed {
			t.Errorf("%s: %+v", class, r)
		}
	}
}

// "An error about the candidate moves on to the next one": a lost reply must not tie the move to the candidate
// that it came from. EC2 says "in use" or "incorrect state" of an instance that is not fit, too.
func TestLostReplyDoesNotPinTheCandidate(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1\n1.1s unavailable -> wait")
	for at := 4 * time.Second; p.last.Slot.Instance != "i-c"; at += time.Second {
		if at > time.Minute {
			t.Fatalf("a minute after the lost reply, which took no effect, it still tries i-b only")
		}
		p.input(at, "look unattached")
		if p.next(); p.last.Do == step.Attach && p.last.Slot.Instance == "i-b" {
			p.input(at+20*time.Millisecond, "conflict")
			p.next()
		}
	}
}

// "the report says exactly where the interface is", and never "what was not seen": where a look shows it
// elsewhere after an accepted attach of ours, it is there.
func TestResultSaysWhereTheLookShowsIt(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old                 -> detach old
		0.1s   ok                       -> wait
		1s     look unattached          -> attach i-b/1
		1.1s   ok new                   -> wait
		7s     look x on i-c/3 attached -> finish superseded moved-by-other`)
	if r := p.move.Result(); r.To != "i-c" || r.Attachment != "x" || r.Index != 3 {
		t.Errorf("it is on i-c by x, at index 3, and the report says %+v", r)
	}
}

// "Never … relieve a healthy holder except as section 2 dooms it": a sweep joins a detach that it found, and
// nobody is doomed. If a look shows the interface attached there again, or still, nothing has to be done.
func TestHealthyHolderIsNotRelieved(t *testing.T) {
	for _, script := range []string{
		"0s look old -> -",
		"0s look old attaching -> -",
		"0s look old detaching -> wait\n1s look old -> -\n60s look old -> -",
		"0s look old detaching -> wait\n15s look old detaching -> detach old force\n16s conflict -> wait\n17s look old -> -\n60s look old -> -",
	} {
		p := play(t, foundScene())
		for line := range strings.Lines(strings.ReplaceAll(script, "-> -", "")) {
			at, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			rest, _, joined := strings.Cut(rest, " ->")
			d, err := time.ParseDuration(at)
			if err != nil {
				t.Fatal(err)
			}
			p.input(d, strings.TrimSpace(rest))
			if got := p.next(); !joined && strings.HasPrefix(got, "detach") {
				t.Errorf("%s: %s from its healthy holder", strings.Join(p.lines, ", "), got)
			}
		}
	}
}

// "`detaching` is past the point of return: any later trigger or sweep joins it, and after `DETACH_GRACE` in
// that invocation forces it": also where the reply to the forced detach is lost, whatever force the trigger
// allows for a detach of its own.
func TestForceOfFoundDetachingIsRepeated(t *testing.T) {
	for _, reply := range []string{"unavailable", "ok"} {
		for name, s := range map[string]scene{
			"sweep":   foundScene(),
			"request": manualScene(shown("old on i-a/1 detaching"), outsider("i-a")),
		} {
			t.Run(name+" "+reply, func(t *testing.T) {
				run(t, s, `
					0s     look old detaching -> wait 15.01s
					15s    look old detaching -> detach old force
					15.1s  `+reply+` -> wait
					16s    look old detaching -> wait
					25s    look old detaching -> detach old force`)
			})
		}
	}
}

// "After an accepted call, a look that contradicts it is disbelieved for a few seconds", since "one read
// never proves a loss": the attachment that a look shows may be an older one that this move never saw, as where
// it began when the interface was unattached. Ours is not lost for that, and not proven either.
func TestOlderAttachmentAfterAcceptedAttach(t *testing.T) {
	for _, older := range []string{"old on i-a/1 detaching", "old on i-a/1 attached", "x on i-d/1 detaching"} {
		for name, s := range map[string]scene{
			"an orphan":         orphanScene(),
			"after a retry":     stoppedScene(shown("unattached")),
			"after termination": terminatedScene(shown("unattached")),
		} {
			t.Run(name+", "+older, func(t *testing.T) {
				run(t, s, `
					5s     look unattached             -> attach i-b/1
					5.1s   ok new                      -> wait
					5.2s   look `+older+`              -> wait
					6s     look new on i-b/1 attaching -> wait
					7s     look new on i-b/1 attached  -> finish attached`)
			})
		}
	}
}

// A given-up attach that finishes is the goal reached only if nothing was done against it: an accepted detach
// will take it off whatever an older look shows ("After an accepted call, a look that contradicts it is
// disbelieved"), and on a target that is "no longer running" nobody is served.
func TestGivenUpAttachThatShowsAttached(t *testing.T) {
	for name, script := range map[string]string{
		"the detach was accepted": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			110s   look new on i-b/1 attaching -> detach new
			110.1s ok                          -> wait
			110.2s look new on i-b/1 attached  -> wait
			111s   look new on i-b/1 detaching -> wait
			112s   look unattached             -> attach i-c/1`,
		"the reply to the detach was lost": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			110s   look new on i-b/1 attaching -> detach new
			110.1s unavailable                 -> wait
			110.2s look new on i-b/1 attached  -> wait
			111s   look new on i-b/1 detaching -> wait
			112s   look unattached             -> attach i-c/1`,
		"its target died": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			2s     ok new                      -> wait
			3s     look new on i-b/1 attaching -> wait
			4s     target i-b stopping         -> wait
			8s     look new on i-b/1 attaching -> wait
			13s    look new on i-b/1 attaching -> detach new
			4.1s   conflict                    -> wait
			5s     look new on i-b/1 attached  -> detach new force
			5.1s   ok                          -> wait
			7s     look unattached             -> attach i-c/1`,
	} {
		t.Run(name, func(t *testing.T) { run(t, spotScene(), script) })
	}
}

// A request without a reply may have been what EC2 refuses the next one for: then it is on its way off.
func TestGivenUpAttachAfterLostReply(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s unavailable                 -> wait
		112.2s look new on i-b/1 attaching -> detach new
		112.3s conflict                    -> wait
		112.6s look new on i-b/1 attached`)
	if p.last.Do == step.Finish {
		t.Errorf("%s, though a detach of ours may be under way", p.showAction())
	}
	p = run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s unavailable                 -> wait
		112.2s look new on i-b/1 attaching -> detach new
		112.3s conflict                    -> wait
		112.6s look new on i-b/1 attaching -> detach new force
		112.7s throttled                   -> wait
		113.5s look new on i-b/1 attached`)
	if p.last.Do == step.Finish {
		t.Errorf("%s, though a detach of ours may be under way", p.showAction())
	}
}

// "an interface found `detaching` | after `DETACH_GRACE`": what somebody takes off an instance that is not the
// doomed one is none of the trigger's hurry.
func TestNoForceAtOnceOnAnotherInstance(t *testing.T) {
	for name, s := range map[string]scene{"terminated": terminatedScene(), "alarm": alarmScene(), "spot": spotScene()} {
		for _, look := range []string{"x on i-c/1 detaching", "x on i-b/1 detaching"} {
			t.Run(name+" "+look, func(t *testing.T) {
				run(t, s, "1s look "+look+" -> wait 16.01s")
			})
		}
	}
	run(t, terminatedScene(), "1s look x on i-a/1 detaching -> detach x force") // but from the doomed one
}

// "Never … relieve a healthy holder": what somebody takes off another instance than the doomed one is waited for. A
// look that shows it attached there is older than the one that showed it on its way off, or it has a holder again.
func TestWhatOthersTakeOffIsNotTaken(t *testing.T) {
	for name, s := range map[string]scene{"terminated": terminatedScene(), "alarm": alarmScene(), "spot": spotScene()} {
		t.Run(name, func(t *testing.T) {
			run(t, s, `
				1s  look x on i-c/1 detaching -> wait 16.01s
				2s  look x on i-c/1 attached -> wait 6.01s
				3s  look x on i-c/1 detaching -> wait 16.01s
				7s  look x on i-c/1 attached -> finish superseded moved-by-other`)
		})
	}
}

// "Never … detach anything but the observed attachment of the doomed instance, the one that this very move
// made, or one stuck `attaching`": another attachment, made a moment ago, is not stuck.
func TestAnotherAttachmentIsNotStuck(t *testing.T) {
	for _, look := range []string{"x on i-a/1 attaching fresh", "x on i-a/1 attached fresh"} {
		p := run(t, stuckScene(), "1s look "+look)
		if got := p.showAction(); strings.HasPrefix(got, "detach") {
			t.Errorf("a look shows %s: %s", look, got)
		}
	}
}

// "What a Describe shows may be older than what was just done: one read never proves a loss": a look can be
// older than the one that the plan was made on, and show where the interface was before. Then it is not with
// somebody else, and what the plan saw must be believed when it is shown again.
func TestOlderThanThePlan(t *testing.T) {
	for name, s := range map[string]scene{"spot": spotScene(), "terminated": terminatedScene(), "stopped": stoppedScene()} {
		for _, older := range []string{"before on i-c/1 attached older", "before on i-c/1 detaching older", "before on i-a/1 detaching older", "before on i-b/1 attached older"} {
			t.Run(name+" "+older, func(t *testing.T) {
				p := run(t, s, "0s look "+older)
				if strings.HasPrefix(p.showAction(), "finish") {
					t.Fatalf("%s, by what was before", p.showAction())
				}
				if p.last.Do == step.Detach {
					p.input(50*time.Millisecond, "stale")
					p.next()
				}
				for at := time.Second; at < 30*time.Second; at += time.Second {
					p.input(at, "look old")
					if got := p.next(); strings.HasPrefix(got, "detach old") {
						return
					}
				}
				t.Errorf("after half a minute of looks that show it on the doomed instance: %s", p.showAction())
			})
		}
	}
}

// "If time runs out, the report says exactly where the interface is": an attachment that was taken off before
// ours was accepted is not where it is.
func TestTimeOutAfterAcceptedAttach(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old           -> detach old
		0.1s   ok                 -> wait
		1s     look unattached    -> attach i-b/1
		288s   ok new             -> wait
		289s   look old detaching -> wait
		290s   timeout            -> finish failed out-of-time`)
	if r := p.move.Result(); r.To != "i-b" || r.Attachment != "new" {
		t.Errorf("EC2 has accepted the attach new to i-b, and the report says %+v", r)
	}
}

// "An error about the candidate moves on to the next one, … about a lost race looks again": a refusal of the
// detach before is nothing against the next candidate, whose first conflict it is.
func TestConflictsAreCountedInARow(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s conflict                    -> wait
		110.4s look new on i-b/1 attaching -> detach new force
		110.5s ok                          -> wait
		112s   look unattached             -> attach i-c/1
		117s   conflict                    -> wait
		118.5s look unattached             -> attach i-c/1`)
	run(t, spotScene(), `
		0s     look old           -> detach old
		0.1s   ok                 -> wait
		1s     look unattached    -> attach i-b/1
		1.1s   conflict           -> wait
		2s     look old detaching -> wait # that is why
		9s     look unattached    -> attach i-b/1
		9.1s   conflict           -> wait
		10.5s  look unattached    -> attach i-b/1`)
}
