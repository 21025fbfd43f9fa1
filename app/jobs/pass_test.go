package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/app/jobs"
)

// repeat runs a pass for so long and returns when it was called.
func repeat(t *testing.T, least, most, long time.Duration, pass func(call int, now time.Time) (time.Time, error)) (calls []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- jobs.Repeat(ctx, "test", least, most, time.Now, slog.New(slog.DiscardHandler), func(_ context.Context, now time.Time) (time.Time, error) {
				if !now.Equal(time.Now()) {
					t.Errorf("called with %v at %v", now, time.Now())
				}
				calls = append(calls, time.Since(began))
				return pass(len(calls), now)
			})
		}()
		time.Sleep(long)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("repeat: %v", err)
		}
	})
	return calls
}

func TestRepeat(t *testing.T) {
	const s = time.Second
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		least, most, long time.Duration
		pass              func(call int, now time.Time) (time.Time, error)
		want              []time.Duration
	}{
		"whenever": {s, 10 * s, 25 * s, func(int, time.Time) (time.Time, error) { return time.Time{}, nil }, []time.Duration{0, 10 * s, 20 * s}},
		"at the times it asks for": {s, 10 * s, 8 * s, func(call int, now time.Time) (time.Time, error) {
			return now.Add(time.Duration(call) * s), nil
		}, []time.Duration{0, s, 3 * s, 6 * s}},
		"exact to the millisecond": {s, 10 * s, 2 * s, func(call int, now time.Time) (time.Time, error) {
			if call == 1 {
				return now.Add(1234 * time.Millisecond), nil
			}
			return time.Time{}, nil
		}, []time.Duration{0, 1234 * time.Millisecond}},
		"later than the most": {s, 10 * s, 25 * s, func(_ int, now time.Time) (time.Time, error) { return now.Add(time.Hour), nil }, []time.Duration{0, 10 * s, 20 * s}},
		"after an error":      {2 * s, 10 * s, 5 * s, func(int, time.Time) (time.Time, error) { return time.Time{}, boom }, []time.Duration{0, 2 * s, 4 * s}},
		"after a panic": {s, 10 * s, 3500 * time.Millisecond, func(call int, _ time.Time) (time.Time, error) {
			if call == 2 {
				panic("mistake")
			}
			return time.Now().Add(2 * s), nil
		}, []time.Duration{0, 2 * s, 3 * s}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := repeat(t, tt.least, tt.most, tt.long, tt.pass); !slices.Equal(got, tt.want) {
				t.Errorf("called at %v, want %v", got, tt.want)
			}
		})
	}
}
