// Package delivery carries replies out and media in: it runs the tasks that
// need a platform. What a result means for a reply is inbox's; here is only
// the order of steps that keeps a reply from leaving twice.
package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Times of one attempt. A send must end well within the runner's lease.
const (
	sendTimeout   = 12 * time.Second
	finishTimeout = 10 * time.Second
	finishTries   = 6
	finishPause   = 100 * time.Millisecond // doubles from try to try
)

// Back-off between attempts of one reply.
const (
	firstDelay = time.Second
	maxDelay   = 2 * time.Minute
)

// Desk is what delivery needs of the inbox.
type Desk interface {
	BeginDelivery(ctx context.Context, reply inbox.ReplyID) (inbox.Attempt, bool, error)
	FinishDelivery(ctx context.Context, a inbox.Attempt, res channel.Result) (inbox.Verdict, error)
}

// Sender sends replies.
type Sender struct {
	desk     Desk
	channels inbox.Channels
}

// NewSender returns a Sender.
func NewSender(d Desk, channels inbox.Channels) *Sender { return &Sender{desk: d, channels: channels} }

// Retry asks the runner to run the task again After from now. It is not a
// failure of the task: the reply's own attempts are counted by the inbox.
type Retry struct{ After time.Duration }

// Error implements error.
func (r *Retry) Error() string { return "again in " + r.After.String() }

// RetryAfter is what the runner asks for.
func (r *Retry) RetryAfter() time.Duration { return r.After }

// Run makes one attempt of the reply the task names. Three steps, each on disk
// before the next: the attempt has begun; the platform is called; the result.
// Killed between the first and the last, the reply is found "sending" by the
// next Run and becomes unknown.
func (s *Sender) Run(ctx context.Context, t desk.Task) error {
	id, err := strconv.ParseInt(t.Key, 10, 64)
	if err != nil {
		return desk.Errorf(desk.Invalid, "task %s has key %q, want a reply id", t.Kind, t.Key)
	}
	attempt, ok, err := s.desk.BeginDelivery(ctx, inbox.ReplyID(id))
	if err != nil || !ok {
		return err
	}
	// Once begun, a stop of the desk lets the attempt end.
	ctx = context.WithoutCancel(ctx)
	verdict, err := s.finish(ctx, attempt, s.send(ctx, attempt))
	if err != nil {
		return err
	}
	if verdict.Again {
		return &Retry{After: Delay(verdict.Tries, verdict.After, rand.Float64())}
	}
	return nil
}

func (s *Sender) send(ctx context.Context, a inbox.Attempt) channel.Result {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	c, _, err := s.channels.Channel(ctx, a.AccountID)
	switch code := desk.CodeOf(err); {
	case code == desk.NotFound:
		return channel.Result{Outcome: channel.Never, Code: "account_disabled", Message: "账号已停用"}
	case code == desk.Invalid:
		return channel.Result{Outcome: channel.Credentials, Code: "account_settings", Message: "账号设置有误"}
	case err != nil:
		return channel.Result{Outcome: channel.Again, Code: "account_unavailable", Message: "暂时无法读取账号设置"}
	}
	return c.Send(ctx, a.Outbound)
}

// finish stores the result. It is worth some tries: the platform has the
// reply, and without the result nobody would know.
func (s *Sender) finish(ctx context.Context, a inbox.Attempt, res channel.Result) (verdict inbox.Verdict, err error) {
	ctx, cancel := context.WithTimeout(ctx, finishTimeout)
	defer cancel()
	for try := range finishTries {
		if try > 0 {
			select {
			case <-time.After(finishPause << (try - 1)):
			case <-ctx.Done():
			}
		}
		if verdict, err = s.desk.FinishDelivery(ctx, a, res); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("store the result %s of reply %d: %w", res.Outcome, a.ReplyID, err)
	}
	return verdict, err
}

// Delay is how long to wait after so many tries: the platform's own wish,
// or a back-off that doubles from one second to two minutes, each with up to a
// quarter of jitter on top. random is in 0..1.
func Delay(tries int, asked time.Duration, random float64) time.Duration {
	d := asked
	if d <= 0 {
		d = firstDelay << min(max(tries-1, 0), 10)
		d = min(d, maxDelay)
	}
	return d + time.Duration(float64(d)/4*random)
}
