// Package livebench measures how fast one event reaches many sockets, against
// the floor of a bare gorilla broadcast measured in the same run, and what idle
// sockets cost in memory. The clients run in a process of their own, so that
// neither their memory nor their garbage is counted as the server's; on one
// machine they still share its cores with it, for both servers alike.
//
// It does not know what it measures: a Target says where the sockets are and
// how to cause an event. `desk bench live` makes one of the whole desk.
package livebench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Target is a server of the desk's live protocol.
type Target struct {
	Addr   string      // host:port
	Path   string      // "/api/v1/live"
	Header http.Header // of the handshake: whatever signs the client in
	// Publish causes one event that every socket may see. No other event may
	// happen while it is measured.
	Publish func(ctx context.Context) error
}

// Options say how much to measure.
type Options struct {
	Target  Target
	Sockets int
	Rounds  int
	// Command starts a process that calls RunClient with its standard input and
	// output. Without one the clients run in this process, which is good enough
	// to see that everything works and for nothing else.
	Command []string
}

// Times are milliseconds from just before publishing until the last socket has
// the whole frame.
type Times struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Min float64 `json:"min"`
}

// Result is what Compare found.
type Result struct {
	Sockets int     `json:"sockets"`
	Rounds  int     `json:"rounds"`
	Bytes   int     `json:"frame_bytes"` // of one event, the same for both
	Floor   Times   `json:"floor_ms"`
	Ours    Times   `json:"ours_ms"`
	Ratio   float64 `json:"ratio"` // of the medians
}

// roundTimeout is how long one event may take to reach everybody.
const roundTimeout = 30 * time.Second

// warmUp is how many rounds of each server are not counted.
const warmUp = 3

// Compare measures the target and the floor with the same number of sockets and
// the same frame, in turns, so that whatever else the machine does meets both.
func Compare(ctx context.Context, o Options) (Result, error) {
	ours, err := startClients(ctx, o.Command, o.Target, o.Sockets)
	if err != nil {
		return Result{}, fmt.Errorf("connect to the desk: %w", err)
	}
	defer ours.stop()
	size, _, err := ours.round(ctx, o.Target.Publish)
	if err != nil {
		return Result{}, fmt.Errorf("the first event: %w", err)
	}

	floor, err := startFloor(ctx, size)
	if err != nil {
		return Result{}, err
	}
	defer floor.stop()
	bare, err := startClients(ctx, o.Command, floor.target(), o.Sockets)
	if err != nil {
		return Result{}, fmt.Errorf("connect to the floor: %w", err)
	}
	defer bare.stop()

	var floorTimes, ourTimes []time.Duration
	for i := range warmUp + o.Rounds {
		_, floorTime, err := bare.round(ctx, floor.publish)
		if err != nil {
			return Result{}, fmt.Errorf("round %d of the floor: %w", i, err)
		}
		_, ourTime, err := ours.round(ctx, o.Target.Publish)
		if err != nil {
			return Result{}, fmt.Errorf("round %d of the desk: %w", i, err)
		}
		if i >= warmUp {
			floorTimes, ourTimes = append(floorTimes, floorTime), append(ourTimes, ourTime)
		}
	}
	result := Result{Sockets: o.Sockets, Rounds: o.Rounds, Bytes: size, Floor: summary(floorTimes), Ours: summary(ourTimes)}
	if result.Floor.P50 > 0 {
		result.Ratio = result.Ours.P50 / result.Floor.P50
	}
	return result, nil
}

func summary(times []time.Duration) Times {
	if len(times) == 0 {
		return Times{}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		i := min(int(share*float64(len(times))), len(times)-1)
		return float64(times[i].Microseconds()) / 1000
	}
	return Times{P50: at(0.50), P99: at(0.99), Min: at(0)}
}
