package noticedb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/app/store"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// mortal is the store of a process that may die: before a transaction commits,
// or after it did and before the process knows.
type mortal struct {
	notice.Store
	dies func() string // "before", "after" or ""
}

func (m *mortal) Atomic(ctx context.Context, fn func(tx notice.Tx) error) error {
	how := m.dies()
	err := m.Store.Atomic(ctx, func(tx notice.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if how == "before" {
			return errDied
		}
		return nil
	})
	if err == nil && how == "after" {
		err = errDied
	}
	return err
}

// Whatever happens in which order, in how many processes, and wherever they
// die: each event is told to each person once, each notice has each of its
// sends once, and every send leaves in the end.
func TestToldExactlyOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		rapid.Check(t, func(r *rapid.T) { exactlyOnce(t, r, o) })
	})
}

func exactlyOnce(t *testing.T, r *rapid.T, o *office) {
	deadly := true
	dies := func() string {
		if !deadly {
			return ""
		}
		return rapid.SampledFrom([]string{"", "", "", "before", "after"}).Draw(r, "dies")
	}
	processes := make([]*notice.Service, 2)
	start := func(i int) {
		processes[i] = o.service(t, func(s notice.Store) notice.Store { return &mortal{s, dies} })
	}
	start(0)
	start(1)
	ticket := o.NewCitizen(o.account).Says(t, "你好")
	o.write(t, `DELETE FROM notices`)
	o.robot.take()
	people := []desk.Actor{o.staff, o.chief, o.admin}
	told := 0
	for range rapid.IntRange(5, 25).Draw(r, "steps") {
		i := rapid.IntRange(0, 1).Draw(r, "process")
		switch rapid.SampledFrom([]string{"event", "event", "follow", "deliver", "restart", "wait"}).Draw(r, "step") {
		case "event":
			n := rapid.IntRange(1, 3).Draw(r, "people")
			for _, p := range people[:n] {
				o.record(t, mention(o, ticket, p))
				told++
			}
		case "follow":
			if _, err := processes[i].Follow(t.Context(), o.Now()); err != nil && !errors.Is(err, errDied) {
				t.Fatal(err)
			}
		case "deliver":
			o.work(t, processes[i])
		case "restart":
			start(i)
		case "wait":
			o.Pass(4 * time.Minute) // what a dead process had claimed is free again
		}
	}
	deadly = false
	o.follow(t)
	for range 5 {
		o.Pass(4 * time.Minute)
		o.work(t, o.notices)
	}
	if n := o.count(t, `SELECT count(*) FROM notices`); n != told {
		r.Fatalf("%d notices of %d", n, told)
	}
	if n := o.count(t, `SELECT count(*) FROM (SELECT notice_id, medium FROM notice_sends GROUP BY notice_id, medium) s`); n != o.count(t, `SELECT count(*) FROM notice_sends`) || n != told {
		r.Fatalf("%d sends of %d", n, told)
	}
	if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE state <> 'sent'`); n != 0 {
		r.Fatalf("%d sends are left", n)
	}
	// At least once each, and as one message where they went together.
	for _, p := range people {
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE user_id = $1`, p.UserID); n > 0 && !reached(o, p) {
			r.Fatalf("%s was never reached", p.Name)
		}
	}
}

func reached(o *office, p desk.Actor) bool {
	o.robot.mu.Lock()
	defer o.robot.mu.Unlock()
	for _, m := range o.robot.sent {
		for _, to := range m.To {
			if to.Name == p.Name {
				return true
			}
		}
	}
	return false
}

// Processes that follow at the same time share the work.
func TestManyFollowAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		const events = 120
		var wg sync.WaitGroup
		for range 4 {
			s := o.service(t, nil)
			wg.Go(func() {
				for o.count(t, `SELECT count(*) FROM notices`) < events && t.Context().Err() == nil {
					if _, err := s.Follow(t.Context(), o.Now()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range events {
			o.record(t, mention(o, ticket, o.chief))
		}
		wg.Wait()
		var sends int
		if err := o.db.Atomic(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT count(*) FROM notice_sends`).Scan(&sends)
		}); err != nil || sends != events {
			t.Errorf("%d sends of %d, %v", sends, events, err)
		}
	})
}
