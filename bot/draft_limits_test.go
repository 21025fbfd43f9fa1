package bot_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/bot/llm/llmtest"
	"replydesk/inbox/desk"
)

// A model that is not there is left alone for a while, then tried by one call.
func TestBreaker(t *testing.T) {
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		o.model.Play(llmtest.Fails(500))
		for range 5 {
			_, _, err := o.write(t)
			refusedFor(t, err, desk.Unavailable, "model_down")
		}
		_, _, err := o.write(t)
		refusedFor(t, err, desk.Unavailable, "model_paused")
		if n := len(o.model.Asked()); n != 5 {
			t.Errorf("%d calls, want 5", n)
		}
		o.Pass(31 * time.Second)
		o.model.Play(llmtest.Says("请到派出所办理 [1]。"))
		for range 2 {
			if _, _, err := o.write(t); err != nil {
				t.Errorf("after the pause: %v", err)
			}
		}
	})
}

func TestBudget(t *testing.T) {
	// A call uses 120 tokens, and at most 1,200 and those of its prompt.
	eachOffice(t, library, bot.Budget{TokensPerDay: 5_000, CallsPerMinute: 2}, func(t *testing.T, o *office) {
		for range 2 {
			if _, _, err := o.write(t); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := o.write(t)
		refusedFor(t, err, desk.RateLimited, "draft_budget")
		o.Pass(2 * time.Minute)
		if _, _, err := o.write(t); err != nil {
			t.Errorf("a minute later: %v", err)
		}
		o.Pass(2 * time.Minute)
		o.drafts.Budget.TokensPerDay = 1_200 // the 360 used leave too little for another
		_, _, err = o.write(t)
		refusedFor(t, err, desk.RateLimited, "draft_budget")
		if n := len(o.model.Asked()); n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
		o.Pass(25 * time.Hour)
		o.drafts.Budget.TokensPerDay = 5_000
		if _, _, err := o.write(t); err != nil {
			t.Errorf("a day later: %v", err)
		}
	})
}

// Drafts asked for at once never pass the day's bound together: what each may
// use is counted before its call.
func TestBudgetIsReserved(t *testing.T) {
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		const at = 5
		account := o.Ticket(t, o.ticket).AccountID
		spent := func() int64 {
			t.Helper()
			v, err := o.drafts.Store.Spent(t.Context(), o.Now().Add(-time.Minute))
			if err != nil {
				t.Error(err)
			}
			return v.Tokens
		}
		var reserved int64
		if _, _, err := o.drafts.Write(t.Context(), o.staff, o.ticket, bot.Watch{Begun: func(int64) { reserved = spent() }}); err != nil {
			t.Fatal(err)
		}
		if used := spent(); used != 120 || reserved < 1200 {
			t.Fatalf("%d tokens reserved, %d used: want the prompt and the longest answer reserved, then what was used", reserved, used)
		}
		o.Pass(25 * time.Hour)
		o.drafts.Budget.TokensPerDay = 2*reserved + reserved/2 // two fit, not three
		begun, decided := make(chan struct{}), make(chan bool, 2*at)
		o.model.Play(func(w http.ResponseWriter, r *http.Request, asked llmtest.Asked) {
			<-begun
			llmtest.Says("请到派出所办理 [1]。")(w, r, asked)
		})
		var wg sync.WaitGroup
		for range at {
			ticket := o.NewCitizen(account).Says(t, "我叫王小明，电话13800138000，居住证怎么办理")
			wg.Go(func() {
				_, _, err := o.drafts.Write(t.Context(), o.staff, ticket, bot.Watch{Begun: func(int64) { decided <- true }})
				if err != nil {
					decided <- false
					refusedFor(t, err, desk.RateLimited, "draft_budget")
				}
			})
		}
		through := 0
		for range at {
			if <-decided {
				through++
			}
		}
		close(begun)
		wg.Wait()
		if used := spent(); through > 2 || used != int64(through)*120 {
			t.Errorf("%d of %d came through, %d tokens used", through, at, used)
		}
		if _, _, err := o.write(t); desk.ReasonOf(err) != "draft_stale" && err != nil {
			t.Errorf("once the others have ended: %v", err)
		}
	})
}
