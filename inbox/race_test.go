package inbox_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// together runs fn in n goroutines that start at the same moment.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func TestManyIngestAtOnce(t *testing.T) {
	const callers, messages = 16, 12
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		same := d.NewCitizen(account)
		var work [callers][]channel.Inbound
		for i := range work {
			own := d.NewCitizen(account)
			for range messages {
				work[i] = append(work[i], same.Message("同一人"), own.Message("各人"))
			}
		}
		// Every message is delivered by two callers at about the same time.
		together(callers, func(i int) {
			for n := range work[i] {
				for _, in := range []channel.Inbound{work[i][n], work[(i+1)%callers][n]} {
					if err := d.Service.Ingest(t.Context(), account, []channel.Inbound{in}); err != nil {
						t.Errorf("ingest: %v", err)
					}
				}
			}
		})
		page, err := d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: desk.System(), View: inbox.ViewAll, Limit: desk.MaxPage})
		must(t, err)
		numbers, total := map[string]bool{}, 0
		for _, row := range page.Items {
			numbers[row.Number] = true
			total += row.MessageCount
			if want := map[bool]int{true: callers * messages, false: messages}[row.Contact.ExternalID == same.ID]; row.MessageCount != want {
				t.Errorf("ticket of %s has %d messages, want %d", row.Contact.ExternalID, row.MessageCount, want)
			}
		}
		if len(page.Items) != callers+1 || len(numbers) != callers+1 || total != 2*callers*messages {
			t.Errorf("%d tickets with %d numbers and %d messages, want %d and %d", len(page.Items), len(numbers), total, callers+1, 2*callers*messages)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Citizens answer a comment the desk has not been told of yet: all find the
// ticket of whoever comes first.
func TestManyAnswerAnUnknownComment(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		for round := range 5 {
			top := d.NewCitizen(account).Comment("article", "", "原评论")
			var children []channel.Inbound
			for range 8 {
				children = append(children, d.NewCitizen(account).Comment("article", top.ExternalID, "顶"))
			}
			together(8, func(i int) {
				if err := d.Service.Ingest(t.Context(), account, children[i:i+1]); err != nil {
					t.Errorf("ingest: %v", err)
				}
			})
			if n := d.Ticket(t, d.Receives(t, account, top)).MessageCount; n != 9 {
				t.Errorf("round %d: %d messages in the comment's ticket, want 9", round, n)
			}
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestTwoReplyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), []desk.Actor{d.Staff(t, "小王"), d.Staff(t, "小李")}
		for round := range 15 {
			ticket := d.NewCitizen(account).Says(t, "问题")
			seen := d.Ticket(t, ticket).LastEvent
			var won, moved atomic.Int32
			together(2, func(i int) {
				_, err := d.Service.Reply(t.Context(), staff[i], ticket, inbox.ReplyInput{Text: "答复", SeenEvent: seen})
				switch {
				case err == nil:
					won.Add(1)
				case desk.ReasonOf(err) == "thread_moved":
					moved.Add(1)
				default:
					t.Errorf("reply: %v", err)
				}
			})
			if won.Load() != 1 || moved.Load() != 1 {
				t.Errorf("round %d: %d won, %d were told that the thread moved; want one each", round, won.Load(), moved.Load())
			}
		}
	})
}

// A reply and a message meet: either the author is told, or the message is the
// one the ticket waits with.
func TestReplyMeetsMessage(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for range 15 {
			citizen := d.NewCitizen(account)
			ticket := citizen.Says(t, "问题")
			in, seen := citizen.Message("补充"), d.Ticket(t, ticket).LastEvent
			in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(time.Hour))}
			together(2, func(i int) {
				if i == 0 {
					if err := d.Service.Ingest(t.Context(), account, []channel.Inbound{in}); err != nil {
						t.Errorf("ingest: %v", err)
					}
					return
				}
				r, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "答复", SeenEvent: seen})
				if err != nil {
					if desk.ReasonOf(err) != "thread_moved" {
						t.Errorf("reply: %v", err)
					}
					return
				}
				d.Delivers(t, r, channel.Sent)
			})
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Two nodes run the same delivery task: one attempt at most is made.
func TestTwoBeginTheSameDelivery(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for range 15 {
			r := d.Writes(t, staff, d.NewCitizen(account).Says(t, "问题"), "答复")
			var begun atomic.Int32
			together(3, func(int) {
				if _, ok, err := d.Service.BeginDelivery(t.Context(), r.ID); err != nil {
					t.Errorf("begin: %v", err)
				} else if ok {
					begun.Add(1)
				}
			})
			if begun.Load() != 1 || d.ReplyOf(t, r).Attempts != 1 {
				t.Errorf("%d attempts began, want one", begun.Load())
			}
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestTwoReplayTheSamePayload(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, boss := d.AddAccount(t, "市政务"), d.Supervisor(t, "主任")
		must(t, d.Service.IngestDead(t.Context(), account, channel.DeadLetter{ExternalID: "x", Raw: []byte("<"), Reason: "EOF"}))
		trouble, err := d.Service.Trouble(t.Context(), boss)
		must(t, err)
		in := d.NewCitizen(account).Message("读出来了")
		var done atomic.Int32
		together(4, func(int) {
			err := d.Service.Replay(t.Context(), boss, trouble.Payloads[0].ID, func(inbox.Payload) (channel.Inbound, error) { return in, nil })
			if err == nil {
				done.Add(1)
			} else if desk.ReasonOf(err) != "payload_taken" {
				t.Errorf("replay: %v", err)
			}
		})
		if done.Load() != 1 {
			t.Errorf("%d replays succeeded, want one", done.Load())
		}
	})
}

// A row says up to which event it was seen. It must not be older than that: a
// reply written before the row's newest message would pass as an answer to it.
func TestRowIsNotOlderThanItsLastEvent(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		citizen := d.NewCitizen(d.AddAccount(t, "市政务"))
		ticket := citizen.Says(t, "问题")
		type sample struct {
			last     int64
			messages int
		}
		var samples []sample
		var wg sync.WaitGroup
		done := make(chan struct{})
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				row, err := d.Service.Ticket(t.Context(), desk.System(), ticket)
				if err != nil {
					t.Errorf("ticket: %v", err)
					return
				}
				samples = append(samples, sample{row.LastEvent, row.MessageCount})
			}
		})
		for range 150 {
			if err := d.Service.Ingest(t.Context(), citizen.Account, []channel.Inbound{citizen.Message("又一句")}); err != nil {
				t.Errorf("ingest: %v", err)
			}
		}
		close(done)
		wg.Wait()
		var received []int64
		for _, e := range d.Events(t, 0) {
			if e.Name == inbox.MessageReceived {
				received = append(received, e.ID)
			}
		}
		for _, s := range samples {
			n := 0
			for n < len(received) && received[n] <= s.last {
				n++
			}
			if n > s.messages {
				t.Fatalf("a row with %d messages says that it has seen event %d, the %dth message", s.messages, s.last, n)
			}
		}
	})
}

// Everything at once on few tickets: nothing fails but by decision, and the
// rules hold afterwards.
func TestEverythingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		department := d.Department(t, "户籍")
		var citizens []*inboxtest.Citizen
		for range 3 {
			citizens = append(citizens, d.NewCitizen(account))
			citizens[len(citizens)-1].Says(t, "问题")
		}
		together(10, func(worker int) {
			random := rand.New(rand.NewPCG(7, uint64(worker)))
			for range 40 {
				if err := oneStep(t, d, random, citizens[random.IntN(len(citizens))], staff, boss, department); err != nil {
					switch desk.CodeOf(err) {
					case desk.Conflict, desk.Invalid:
					default:
						t.Errorf("worker %d: %v", worker, err)
					}
				}
			}
		})
		d.Sweep(t)
		inboxtest.CheckInvariants(t, d, account)
	})
}

func oneStep(t *testing.T, d *inboxtest.Desk, random *rand.Rand, c *inboxtest.Citizen, staff, boss desk.Actor, department int64) error {
	ctx, s := t.Context(), d.Service
	step := random.IntN(12)
	if step < 3 {
		in := c.Message("又一句")
		in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(time.Hour))}
		return s.Ingest(ctx, c.Account, []channel.Inbound{in})
	}
	page, err := s.Tickets(ctx, inbox.TicketFilter{Actor: boss, View: inbox.ViewAll, Limit: 10})
	if err != nil {
		return err
	}
	ticket := page.Items[random.IntN(len(page.Items))].ID
	row, err := s.Ticket(ctx, boss, ticket)
	if err != nil {
		return err
	}
	switch step {
	case 3, 4, 5, 6:
		r, err := s.Reply(ctx, staff, ticket, inbox.ReplyInput{Text: "答复", SeenEvent: row.LastEvent, Review: step == 6})
		if err == nil && step == 6 {
			_, err = s.Approve(ctx, boss, r.ID, inbox.ApproveInput{})
		}
		if err != nil {
			return err
		}
		a, ok, err := s.BeginDelivery(ctx, r.ID)
		if err != nil || !ok {
			return err
		}
		_, err = s.FinishDelivery(ctx, a, channel.Result{Outcome: []channel.Outcome{channel.Sent, channel.Sent, channel.Again, channel.NotKnown}[random.IntN(4)]})
		return err
	case 7:
		return s.Close(ctx, staff, ticket, "电话已答复")
	case 8:
		return s.Reopen(ctx, staff, ticket)
	case 9:
		_, err := s.Dispatch(ctx, staff, ticket, inbox.Dispatch{Lead: department})
		return err
	case 10:
		d.Pass(3 * time.Hour)
		_, err := s.SweepClocks(ctx, d.Now())
		return err
	default:
		return s.Ingest(ctx, c.Account, []channel.Inbound{c.Leave()})
	}
}
