package lambdatest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process that has used its share of a period stands still for the rest of it, in microseconds. Lambda is seen to do so
// with periods of 20 ms; no document says it. The kernel accepts no share of a period under a millisecond.
const (
	usualPeriod = 20_000
	leastQuota  = 1_000
)

// removeTime limits the time in which the kernel has to take an ended process out of its control group.
const removeTime = 10 * time.Second

// LimitProcessor gives the function's process a share of one processor, as Lambda does by its memory, until the end of the
// test. It needs Linux, root and a cgroup hierarchy that can be written; the error says what is missing.
func (f *Function) LimitProcessor(share float64) error {
	used := max(leastQuota, int(share*usualPeriod))
	quota, period := strconv.Itoa(used), strconv.Itoa(int(float64(used)/share))
	parent, settings := "/sys/fs/cgroup", map[string]string{"cpu.max": quota + " " + period}
	controllers, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers")) // only version 2 has it
	if err != nil {
		parent = "/sys/fs/cgroup/cpu"
		settings = map[string]string{"cpu.cfs_period_us": period, "cpu.cfs_quota_us": quota}
	} else if !strings.Contains(" "+string(controllers), " cpu ") {
		return errors.New("limit the processor: the control group has no cpu controller")
	}
	group := filepath.Join(parent, fmt.Sprintf("lambdatest-%d", f.PID()))
	if err := os.Mkdir(group, 0o750); err != nil {
		return fmt.Errorf("limit the processor: %w", err)
	}
	pid := strconv.Itoa(f.PID())
	f.tb.Cleanup(func() {
		_ = os.WriteFile(filepath.Join(parent, "cgroup.procs"), []byte(pid), 0o600) // so that it ends at full speed; fails if it has ended
		f.Kill()
		// A group with a process can't be removed, and a process may be in it for a moment after its end.
		err := os.Remove(group)
		for deadline := time.Now().Add(removeTime); errors.Is(err, syscall.EBUSY) && time.Now().Before(deadline); err = os.Remove(group) {
			time.Sleep(10 * time.Millisecond)
		}
		if err != nil {
			f.tb.Error(err)
		}
	})
	for name, value := range settings {
		if err := os.WriteFile(filepath.Join(group, name), []byte(value), 0o600); err != nil {
			return fmt.Errorf("limit the processor: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(pid), 0o600); err != nil {
		return fmt.Errorf("limit the processor: %w", err)
	}
	return nil
}
