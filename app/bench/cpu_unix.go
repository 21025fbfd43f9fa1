//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpuTime is the processor time this process has used. Beside the wall clock
// it is the figure that a busy machine changes least.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
