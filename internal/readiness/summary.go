package readiness

import "time"

func (i *inspection) summary(r Result) Summary {
	s := Summary{
		Time: i.world.snapshot.At.UTC().Format(time.RFC3339), Interfaces: len(r.Interfaces), Groups: len(r.Groups),
	}
	for _, v := range r.Interfaces {
		s.Ready += count(v.Ready)
		s.Unserved += count(!v.Served)
	}
	s.Unready = s.Interfaces - s.Ready
	for _, in := range i.world.snapshot.Instances {
		s.Members += count(i.world.serves(in) && !in.State.Ending())
	}
	for _, f := range r.Findings {
		switch f.Severity {
		case Critical:
			s.Critical++
		case Warning:
			s.Warning++
		case Info:
			s.Info++
		}
	}
	return s
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
