package night

import "slices"

// stepsOf returns the steps of a story, before any has happened.
func stepsOf(story string) []toldStep {
	var list []toldStep
	for _, s := range sentences()[story] {
		list = append(list, toldStep{step: s})
	}
	return list
}

// sentences returns the steps of each story that a person can watch, in the order in which they happen if the person does
// not interfere. {outage} is the time that the client has got no answer.
func sentences() map[string][]step {
	const (
		spot       = "All is well. db-1, a Spot instance, holds the interface with the address 10.0.1.10; db-2 stands by. Press Play."
		well       = "All is well. PostgreSQL on db-1 answers at 10.0.1.10, and the probe asks it every second. Press Play."
		takesOff   = "db-2 can take the interface. EC2 takes it off db-1: from now on nothing answers at 10.0.1.10."
		onNone     = "EC2 has let go of the interface: it is on no instance. The function, which has kept asking, sees it at once."
		gives      = "The function has EC2 attach the interface to db-2. Its address does not change, so no client and no name has to."
		proof      = "EC2 says attached. The function believes it only after having read it back."
		moved      = "The report says moved, and a mail is on its way. The guest of db-2 still has to bring the interface up."
		backAgain  = "The client is answered again, at the same address, by db-2. It got no answer for {outage}."
		leaves     = "The two minutes are over, and EC2 terminates db-1. Nothing that matters is on it any more."
		theEnd     = "The end. Go on, if you like: the account lives on, and the sweep comes each minute."
		noticed    = "A client notices it first: nothing answers at 10.0.1.10 any more."
		readsTruth = "The function gets the warning. An event is only a hint, so it reads what EC2 says now, and looks for a standby."
	)
	move := []step{{momentDetaching, "", takesOff}, {momentAvailable, "", onNone}, {momentAttaching, "", gives}, {momentAttached, "", proof}, {momentReturned, "", moved}, {momentAnswered, "", backAgain}}
	end := []step{{momentIncident, "", leaves}, {momentEnd, "", theEnd}}
	arms := []step{
		{momentReached, "", "A later run of the probe is answered on db-2 for the first time. Only what was reached once can be found unreachable."},
		{momentYielded, "", "The function notes that as a tag, so that the probe can act on db-2, too, should it ever fail."},
		{momentEnd, "", theEnd},
	}
	starts := func(standby string) []step {
		return []step{
			{momentStarting, standby, "EC2 starts the standby. That takes a while, and db-1 goes on serving: two minutes are long enough."},
			{momentRunning, standby, "The standby runs, but its guest still boots. The interface stays where it serves, for START_SETTLE."},
		}
	}
	return map[string][]step{
		"interruption": slices.Concat([]step{
			{momentCalm, "", spot},
			{momentIncident, "", "EC2 warns: in two minutes it takes db-1 back. The warning goes to EventBridge, and from there to the function."},
			{momentInvoked, "", readsTruth},
		}, move, end),
		"unreachable": slices.Concat([]step{
			{momentCalm, "", well},
			{momentIncident, "", "PostgreSQL on db-1 dies. The instance runs on, and EC2 says that all is well: it sees no application."},
			{momentUnanswered, "", noticed},
			{momentVerdict, "", "For five seconds the probe was refused. That is its verdict: unreachable. The event goes over the bus to the function."},
			{momentInvoked, "", "The function gets the verdict. It reads what EC2 says now, and that the probe asked on this very attachment."},
		}, move, arms),
		"silent": slices.Concat([]step{
			{momentCalm, "", well},
			{momentIncident, "", "The guest of db-1 hangs, and nothing comes back. EC2 needs minutes to see that, if it ever does."},
			{momentUnanswered, "", noticed},
			{momentVerdict, "", "Silence may be the probe's own trouble. But a witness, web-1, answers: so the verdict is confirmed."},
			{momentInvoked, "", "The function gets the verdict, and reads what EC2 says now."},
			{momentDetaching, "", "EC2 is asked to take the interface off db-1. A guest that hangs does not let go of it."},
			{momentAvailable, "", "After a third of its grace the function has used force, and the interface is on no instance."},
		}, move[2:], arms),
		"isolated": {
			{momentCalm, "", well},
			{momentIncident, "", "A network ACL cuts the probe off. The services are well: clients are answered, and only the probe is not."},
			{momentIncident, "", "The probe is connected again. All was silent at once, and no witness answered: so it gave no verdict, and nothing moved."},
			{momentEnd, "", theEnd},
		},
		"no-standby": slices.Concat([]step{
			{momentCalm, "", "PostgreSQL on db-1 answers at 10.0.1.10. Its standby, db-2, is stopped, and may not be started. Press Play."},
			{momentIncident, "", "PostgreSQL on db-1 dies, and there is no standby to take over."},
			{momentUnanswered, "", noticed},
			{momentVerdict, "", "For five seconds the probe was refused. That is its verdict: unreachable."},
			{momentInvoked, "", "The function gets the verdict, and finds no instance that could take the interface."},
			{momentReturned, "", "The report says stranded. The interface stays where it is, since nothing would be better; a mail calls for a person."},
			{momentIncident, "", "A person has read the mail and started db-2. Lambda's retries are over; the next verdict will do."},
			{momentVerdict, "", "The probe asks on, and finds db-1 unreachable once more."},
			{momentInvoked, "", "The function gets the new verdict. This time db-2 runs."},
		}, move, []step{{momentEnd, "", theEnd}}),
		"cold-standby": slices.Concat([]step{
			{momentCalm, "", "All is well. db-1, a Spot instance, holds the interface. Its standby, db-2, is stopped and costs only its disk. Press Play."},
			{momentIncident, "", "EC2 warns: in two minutes it takes db-1 back."},
			{momentInvoked, "", "The function gets the warning. No instance that runs can take the interface, but db-2 may be started."},
		}, starts(standbyID), move, end),
		"no-capacity": slices.Concat([]step{
			{momentCalm, "", "All is well. db-1 holds the interface. Two standbys of different types, db-2 and db-3, are stopped. Press Play."},
			{momentIncident, "", "EC2 warns: in two minutes it takes db-1 back. And it has no capacity for the type of db-2."},
			{momentInvoked, "", "The function gets the warning, and asks EC2 to start db-2. EC2 refuses: insufficient capacity."},
		}, starts(secondStandbyID), []step{
			{momentDetaching, "", "db-3 has booted. EC2 takes the interface off db-1: from now on nothing answers at 10.0.1.10."},
			{momentAvailable, "", onNone},
			{momentAttaching, "", "The function has EC2 attach the interface to db-3. Its address does not change, so no client and no name has to."},
			{momentAttached, "", proof},
			{momentReturned, "", "The report says moved, and which standby refused. A mail is on its way."},
			{momentAnswered, "", "The client is answered again, at the same address, by db-3. It got no answer for {outage}."},
		}, end),
		"race": slices.Concat([]step{
			{momentCalm, "", spot},
			{momentIncident, "", "EC2 warns: in two minutes it takes db-1 back. EventBridge delivers at least once, and this time it delivers twice."},
			{momentInvoked, "", readsTruth},
			{momentInvoked, "", "A second invocation gets the same warning, in an environment of its own. The two know nothing of each other."},
			{momentDetaching, "", "Both ask EC2 to detach. EC2 accepts the first and refuses the second, which goes on looking instead of failing."},
			{momentAvailable, "", onNone},
			{momentAttaching, "", "The first that sees it free attaches it to db-2."},
			{momentAttached, "", proof},
			{momentReturned, "", moved},
			{momentAnswered, "", backAgain},
			{momentYielded, "", "The other one sees that it has been attached, and says superseded. That is a success, and it changes nothing."},
		}, end),
		"lost-event": slices.Concat([]step{
			{momentCalm, "", spot},
			{momentIncident, "", "EC2 warns: in two minutes it takes db-1 back. But EventBridge loses the event, and the function hears nothing."},
			{momentDetaching, "", "The sweep, which comes each minute, has read that EC2 takes db-1 back. It moves the interface as the warning would have."},
		}, move[1:], end),
		freeName: {
			{momentCalm, "", "All is well, and nothing happens by itself. Open the actions of an instance, make something go wrong, and press Play."},
		},
	}
}
