package delivery_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// fakeDesk answers as the test says and notes what it was told.
type fakeDesk struct {
	attempt  inbox.Attempt
	ok       bool
	beginErr error
	finish   func(ctx context.Context, call int) (inbox.Verdict, error)

	begun    []inbox.ReplyID
	finished []channel.Result
}

func (d *fakeDesk) BeginDelivery(_ context.Context, r inbox.ReplyID) (inbox.Attempt, bool, error) {
	d.begun = append(d.begun, r)
	return d.attempt, d.ok, d.beginErr
}

func (d *fakeDesk) FinishDelivery(ctx context.Context, a inbox.Attempt, res channel.Result) (inbox.Verdict, error) {
	d.finished = append(d.finished, res)
	if a != d.attempt {
		panic("finished another attempt than was begun")
	}
	return d.finish(ctx, len(d.finished))
}

// fakeChannels opens the same channel for every account, or fails.
type fakeChannels struct {
	channel inboxtest.Channel
	err     error
}

func (c *fakeChannels) Channel(_ context.Context, id int64) (channel.Channel, channel.Account, error) {
	return &c.channel, channel.Account{ID: id}, c.err
}

func stored(v inbox.Verdict) func(context.Context, int) (inbox.Verdict, error) {
	return func(context.Context, int) (inbox.Verdict, error) { return v, nil }
}

func sending(f func(ctx context.Context, out channel.Outbound) channel.Result) *fakeChannels {
	return &fakeChannels{channel: inboxtest.Channel{OnSend: f}}
}

func sent(context.Context, channel.Outbound) channel.Result {
	return channel.Result{Outcome: channel.Sent}
}

var (
	task    = desk.Task{Kind: inbox.TaskSendReply, Key: "7"}
	attempt = inbox.Attempt{ReplyID: 7, Number: 2, AccountID: 3, Outbound: channel.Outbound{ReplyID: 7, Text: "答复"}}
)

func TestSenderMakesOneAttempt(t *testing.T) {
	var got []channel.Outbound
	d := &fakeDesk{attempt: attempt, ok: true, finish: stored(inbox.Verdict{Outcome: channel.Sent})}
	s := delivery.NewSender(d, sending(func(ctx context.Context, out channel.Outbound) channel.Result {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > 12*time.Second {
			t.Errorf("a send may take %v, want a limit of 12 s at most", left)
		}
		got = append(got, out)
		return channel.Result{Outcome: channel.Sent, ExternalID: "x"}
	}))
	if err := s.Run(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if len(d.begun) != 1 || d.begun[0] != 7 || len(got) != 1 || got[0] != attempt.Outbound || len(d.finished) != 1 || d.finished[0].ExternalID != "x" {
		t.Errorf("begun %v, sent %+v, finished %+v; want each once", d.begun, got, d.finished)
	}
}

func TestSenderWithNothingToSend(t *testing.T) {
	down := errors.New("database is down")
	for name, tt := range map[string]struct {
		desk fakeDesk
		key  string
		want func(err error) bool
	}{
		"sent already":      {fakeDesk{}, "7", func(err error) bool { return err == nil }},
		"the store is down": {fakeDesk{beginErr: down}, "7", func(err error) bool { return errors.Is(err, down) }},
		"a key that is none": {fakeDesk{ok: true}, "seven", func(err error) bool {
			return desk.CodeOf(err) == desk.Invalid
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := delivery.NewSender(&tt.desk, sending(nil)) // a send would panic
			if err := s.Run(t.Context(), desk.Task{Kind: "k", Key: tt.key}); !tt.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSenderClassifiesAccountsThatDoNotOpen(t *testing.T) {
	for code, want := range map[desk.Code]channel.Outcome{
		desk.NotFound: channel.Never, desk.Invalid: channel.Credentials, desk.Internal: channel.Again, desk.Unavailable: channel.Again,
	} {
		d := &fakeDesk{attempt: attempt, ok: true, finish: stored(inbox.Verdict{})}
		s := delivery.NewSender(d, &fakeChannels{err: &desk.Error{Code: code, Message: "no"}})
		if err := s.Run(t.Context(), task); err != nil || d.finished[0].Outcome != want || d.finished[0].Message == "" {
			t.Errorf("%s: finished %+v, %v; want %s", code, d.finished, err, want)
		}
	}
}

func TestSenderAsksToWait(t *testing.T) {
	for _, tt := range []struct {
		verdict     inbox.Verdict
		least, most time.Duration
	}{
		{inbox.Verdict{Again: true, Tries: 1}, time.Second, 1250 * time.Millisecond},
		{inbox.Verdict{Again: true, Tries: 3}, 4 * time.Second, 5 * time.Second},
		{inbox.Verdict{Again: true, Tries: 1, After: time.Minute}, time.Minute, 75 * time.Second},
	} {
		d := &fakeDesk{attempt: attempt, ok: true, finish: stored(tt.verdict)}
		err := delivery.NewSender(d, sending(sent)).Run(t.Context(), task)
		var wait interface{ RetryAfter() time.Duration }
		if !errors.As(err, &wait) || wait.RetryAfter() < tt.least || wait.RetryAfter() > tt.most {
			t.Errorf("%+v: got %v, want a wait between %v and %v", tt.verdict, err, tt.least, tt.most)
		}
	}
}

// The platform has the reply: a store that fails for a moment must not make
// that forgotten.
func TestSenderKeepsTryingToStoreTheResult(t *testing.T) {
	down := errors.New("database is down")
	for name, tt := range map[string]struct {
		failures int
		calls    int
		ok       bool
		took     time.Duration
	}{
		"at once": {0, 1, true, 0}, "the second time": {1, 2, true, 100 * time.Millisecond}, "the last time": {5, 6, true, 3100 * time.Millisecond},
		"never": {99, 6, false, 3100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &fakeDesk{attempt: attempt, ok: true, finish: func(_ context.Context, call int) (inbox.Verdict, error) {
					if call <= tt.failures {
						return inbox.Verdict{}, down
					}
					return inbox.Verdict{Outcome: channel.Sent}, nil
				}}
				began := time.Now()
				err := delivery.NewSender(d, sending(sent)).Run(t.Context(), task)
				if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, down) || len(d.finished) != tt.calls || time.Since(began) != tt.took {
					t.Errorf("%d tries in %v, %v; want %d in %v", len(d.finished), time.Since(began), err, tt.calls, tt.took)
				}
			})
		})
	}
}

func TestSenderGivesUpOnAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDesk{attempt: attempt, ok: true, finish: func(ctx context.Context, _ int) (inbox.Verdict, error) {
			<-ctx.Done()
			return inbox.Verdict{}, ctx.Err()
		}}
		began := time.Now()
		err := delivery.NewSender(d, sending(sent)).Run(t.Context(), task)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// The desk stops in the middle of a send: the attempt ends, and its result is
// stored.
func TestSenderFinishesWhenTheDeskStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	d := &fakeDesk{attempt: attempt, ok: true, finish: func(ctx context.Context, _ int) (inbox.Verdict, error) {
		return inbox.Verdict{Outcome: channel.Sent}, ctx.Err()
	}}
	s := delivery.NewSender(d, sending(func(ctx context.Context, _ channel.Outbound) channel.Result {
		stop()
		if ctx.Err() != nil {
			t.Error("the send was cut off")
		}
		return channel.Result{Outcome: channel.Sent}
	}))
	if err := s.Run(ctx, task); err != nil || len(d.finished) != 1 || d.finished[0].Outcome != channel.Sent {
		t.Errorf("finished %+v, %v", d.finished, err)
	}
}

func TestDelay(t *testing.T) {
	for _, tt := range []struct {
		tries  int
		asked  time.Duration
		random float64
		want   time.Duration
	}{
		{0, 0, 0, time.Second}, {1, 0, 0, time.Second}, {2, 0, 0, 2 * time.Second}, {3, 0, 0, 4 * time.Second}, {7, 0, 0, 64 * time.Second},
		{8, 0, 0, 2 * time.Minute}, {9, 0, 0, 2 * time.Minute}, {1000, 0, 0, 2 * time.Minute}, {-5, 0, 0, time.Second},
		{1, 0, 1, 1250 * time.Millisecond}, {8, 0, 1, 150 * time.Second},
		{5, 30 * time.Second, 0, 30 * time.Second}, {5, time.Hour, 1, 75 * time.Minute}, {1, -time.Second, 0, time.Second},
	} {
		if got := delivery.Delay(tt.tries, tt.asked, tt.random); got != tt.want {
			t.Errorf("Delay(%d, %v, %v) = %v, want %v", tt.tries, tt.asked, tt.random, got, tt.want)
		}
	}
}
