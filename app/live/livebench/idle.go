package livebench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Memory is what the server's process holds, in bytes.
type Memory struct {
	Sockets   int   `json:"sockets"`
	Before    int64 `json:"rss_before"`
	After     int64 `json:"rss_after"`
	PerSocket int64 `json:"bytes_per_socket"`
}

// Idle opens sockets that then do nothing, and measures this process before and
// while they are open. It needs Options.Command: clients in this process would
// be counted as well.
func Idle(ctx context.Context, o Options) (Memory, error) {
	if len(o.Command) == 0 {
		return Memory{}, errors.New("the clients must run in a process of their own")
	}
	before, err := RSS()
	if err != nil {
		return Memory{}, err
	}
	c, err := startClients(ctx, o.Command, o.Target, o.Sockets)
	if err != nil {
		return Memory{}, err
	}
	defer c.stop()
	after, err := RSS()
	if err != nil {
		return Memory{}, err
	}
	return Memory{Sockets: o.Sockets, Before: before, After: after, PerSocket: (after - before) / int64(o.Sockets)}, nil
}

// RSS returns the resident memory of this process in bytes, after everything
// that is garbage was given back. Linux only.
func RSS() (int64, error) {
	runtime.GC()
	debug.FreeOSMemory()
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read the resident memory: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "VmRSS:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("read the resident memory: there is no VmRSS in /proc/self/status")
}
