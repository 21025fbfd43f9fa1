package inboxtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// CheckSwept reports every clock of an account with a mark that is due and has
// not fired. It is for right after a Sweep.
func CheckSwept(t T, d *Desk, account int64) {
	t.Helper()
	for _, row := range tickets(t, d, account) {
		for _, clock := range row.Clocks {
			if clock.State == sla.Running && !clock.NextAt.After(d.Now()) {
				t.Errorf("ticket %s: clock %d had a mark at %v that has not fired at %v", row.Number, clock.ID, clock.NextAt, d.Now())
			}
		}
	}
}

// tickets lists all of an account, each with its open clock.
func tickets(t T, d *Desk, account int64) []inbox.TicketRow {
	t.Helper()
	var rows []inbox.TicketRow
	for cursor := ""; ; {
		page, err := d.Service.Tickets(t.Context(), inbox.TicketFilter{
			Actor: desk.System(), View: inbox.ViewAll, AccountID: account, Limit: desk.MaxPage, Cursor: cursor,
		})
		if err != nil {
			t.Fatalf("list tickets: %v", err)
		}
		rows = append(rows, page.Items...)
		if cursor = page.Next; cursor == "" {
			return rows
		}
	}
}

// CheckInvariants reports every rule that does not hold for the tickets of an
// account, whether or not its clocks were swept.
func CheckInvariants(t T, d *Desk, account int64) {
	t.Helper()
	open := map[inbox.ContactID]string{}
	all := tickets(t, d, account)
	for _, listed := range all {
		c := check{T: t, d: d, row: d.Ticket(t, listed.ID), tl: d.Timeline(t, listed.ID), events: map[string]int{}}
		c.readEvents(c.tl.Events)
		for _, other := range all { // whose clocks are this one's now
			if other.MergedInto == listed.ID {
				c.joined = true
				c.readEvents(d.Timeline(t, other.ID).Events)
			}
		}
		c.merged(all)
		c.clocks()
		c.answers()
		c.replies()
		c.escalations()
		if c.row.Kind != channel.Private || c.row.State.Ended() || c.row.Apart {
			continue
		}
		if other := open[c.row.ContactID]; other != "" {
			t.Errorf("contact %d has two open tickets: %s and %s", c.row.ContactID, other, c.row.Number)
		}
		open[c.row.ContactID] = c.row.Number
	}
}

// check is one ticket under examination.
type check struct {
	T
	d      *Desk
	row    inbox.TicketRow
	tl     inbox.Timeline
	events map[string]int // "clock.warned 7 1" → how often
	joined bool           // others were merged into it
}

func (c *check) wrong(format string, args ...any) {
	c.Helper()
	c.Errorf("ticket %s (%s): %s", c.row.Number, c.row.State, fmt.Sprintf(format, args...))
}

// readEvents counts what was said of each clock.
func (c *check) readEvents(events []desk.Event) {
	counted := []string{inbox.ClockWarned, inbox.ClockMissed, inbox.ClockMet, inbox.ClockPostponed, inbox.ClockDropped}
	for _, e := range events {
		if !slices.Contains(counted, e.Name) {
			continue
		}
		var data struct {
			ClockID string `json:"clock_id"`
			Step    int    `json:"step"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			c.wrong("data of %s: %v", e.Name, err)
		}
		c.events[fmt.Sprintf("%s %s %d", e.Name, data.ClockID, data.Step)]++
	}
}

func (c *check) told(name string, clock inbox.Clock, step int) int {
	return c.events[fmt.Sprintf("%s %d %d", name, clock.ID, step)]
}

// merged: what was merged has nothing left, and leads to a ticket of the same
// citizen that goes on.
func (c *check) merged(all []inbox.TicketRow) {
	if (c.row.State == inbox.Merged) != (c.row.MergedInto != 0) {
		c.wrong("merged into %d", c.row.MergedInto)
	}
	if c.row.MergedInto == 0 {
		return
	}
	if n := len(c.tl.Messages) + len(c.tl.Replies) + len(c.tl.Notes); n > 0 {
		c.wrong("has %d messages, replies and notes left", n)
	}
	into := slices.IndexFunc(all, func(o inbox.TicketRow) bool { return o.ID == c.row.MergedInto })
	if into < 0 || all[into].State == inbox.Merged || all[into].ContactID != c.row.ContactID || all[into].Kind != c.row.Kind || all[into].Number != c.row.MergedNumber {
		c.wrong("merged into %d %s", c.row.MergedInto, c.row.MergedNumber)
	}
}

// clocks: one open clock at most, the ticket's deadline is its; every mark that
// has passed was told once, no other.
func (c *check) clocks() {
	var open []inbox.Clock
	for _, clock := range c.row.Clocks {
		if clock.Open() && clock.EscalationID == 0 {
			open = append(open, clock)
		}
		c.marks(clock)
	}
	switch {
	case len(open) > 1:
		c.wrong("%d open clocks", len(open))
	case len(open) == 0 && (!c.row.DueAt.IsZero() || c.row.Paused):
		c.wrong("due at %v without an open clock", c.row.DueAt)
	case len(open) == 1 && (open[0].State == sla.Paused) != c.row.Paused:
		c.wrong("paused: %v, its clock is %s", c.row.Paused, open[0].State)
	case len(open) == 1 && !c.row.Paused && !c.row.DueAt.Equal(open[0].DueAt):
		c.wrong("due at %v, its clock at %v", c.row.DueAt, open[0].DueAt)
	case len(open) == 1 && !c.row.State.Waits():
		c.wrong("clock %d runs although nobody waits", open[0].ID)
	}
	if c.row.InFront && len(open) == 0 {
		c.wrong("in front although no clock is open")
	}
}

func (c *check) marks(clock inbox.Clock) {
	for i, step := range clock.Plan.Steps {
		name, want := inbox.ClockWarned, 0
		if step.Deadline() {
			name = inbox.ClockMissed
		}
		if i < clock.Fired {
			want = 1
		}
		// A warning that lies ahead again, because the clock has more time now, is
		// told again.
		most := want
		if postponed := c.told(inbox.ClockPostponed, clock, 0); !step.Deadline() && postponed > 0 {
			want, most = 0, 1+postponed
		}
		if n := c.told(name, clock, i+1); n < want || n > most && clock.EscalationID == 0 {
			c.wrong("clock %d (%s, %d fired): told %d times of mark %d", clock.ID, clock.State, clock.Fired, n, i+1)
		}
		if step.Deadline() && (clock.State == sla.Missed) != (i < clock.Fired) {
			c.wrong("clock %d is %s, %d of its marks have fired", clock.ID, clock.State, clock.Fired)
		}
	}
	if n := c.told(inbox.ClockMet, clock, 0); n > 1 || clock.State == sla.Met && n != 1 || clock.Open() && n != 0 {
		c.wrong("clock %d (%s): told %d times that it was met", clock.ID, clock.State, n)
	}
}

// answers: who waits has a clock, and "replied" means that everything was
// answered.
func (c *check) answers() {
	var answered, newest inbox.MessageID
	for _, r := range c.tl.Replies {
		if r.State == inbox.ReplySent && r.Answers {
			answered = max(answered, r.AnswersUntil)
		}
	}
	inbound := 0
	for _, m := range c.tl.Messages {
		if m.Type == channel.Notice {
			continue
		}
		inbound++
		if !c.d.Service.OnlyThanks(m.Text) {
			newest = m.ID
		}
	}
	if inbound != c.row.MessageCount {
		c.wrong("counts %d messages, has %d", c.row.MessageCount, inbound)
	}
	if c.joined || c.row.Apart { // an older message may wait, a newer one have ended otherwise, and an answer be elsewhere
		return
	}
	if c.row.State.Waits() && newest > answered && c.row.DueAt.IsZero() && !c.row.Paused {
		c.wrong("message %d waits for an answer (up to %d is answered) and no clock runs", newest, answered)
	}
	if c.row.State == inbox.Replied && newest > answered && !c.dropped() {
		c.wrong("message %d is newer than what the last reply answers (%d)", newest, answered)
	}
}

// escalations: a department leads exactly while the ticket is with it, who owes
// an answer has a clock, and the ticket is seen by those who have it.
func (c *check) escalations() {
	clocks, due := map[int64]int{}, map[int64]time.Time{}
	for _, clock := range c.row.Clocks {
		if clock.Open() && clock.EscalationID != 0 {
			clocks[clock.EscalationID]++
			due[clock.EscalationID] = clock.DueAt
		}
	}
	leads := 0
	var shown []int64
	for _, e := range c.d.Escalations(c, c.row.ID) {
		if e.Lead && e.State.Pending() {
			leads++
		}
		if e.State.Shows() {
			shown = append(shown, e.DepartmentID)
		}
		if want := map[bool]int{true: 1}[e.State.Pending()]; clocks[int64(e.ID)] != want {
			c.wrong("escalation %d is %s and has %d open clocks", e.ID, e.State, clocks[int64(e.ID)])
		}
		place := due[int64(e.ID)]
		if e.State == inbox.Answered {
			place = e.AnsweredAt
		}
		if !e.State.Ended() && !e.QueueAt.Equal(place) {
			c.wrong("escalation %d is %s and stands at %v, want %v", e.ID, e.State, e.QueueAt, place)
		}
		if e.State.Ended() == e.EndedAt.IsZero() {
			c.wrong("escalation %d is %s and ended at %v", e.ID, e.State, e.EndedAt)
		}
		if e.State.Pending() && c.row.State.Ended() {
			c.wrong("escalation %d is %s", e.ID, e.State)
		}
	}
	slices.Sort(shown)
	if shown = slices.Compact(shown); !slices.Equal(shown, c.row.Departments) {
		c.wrong("seen by the departments %v, given to %v", c.row.Departments, shown)
	}
	if leads > 1 || leads == 0 && c.row.State == inbox.WithDepartment ||
		leads == 1 && c.row.State != inbox.WithDepartment && c.row.State != inbox.InReview {
		c.wrong("%d departments lead", leads)
	}
}

// approved: what leaves has as many approvals of different people as it needs,
// none of its author, all of exactly its text; or a bypass.
func (c *check) approved(r inbox.Reply) {
	var given []inbox.Approval
	err := c.d.Store().Atomic(c.Context(), func(tx inbox.Tx) (err error) {
		given, err = tx.Approvals(c.Context(), r.ID)
		return err
	})
	if err != nil {
		c.Fatalf("approvals of reply %d: %v", r.ID, err)
	}
	sum := sha256.Sum256([]byte(r.Text))
	people := map[int64]bool{}
	bypassed := false
	for _, a := range given {
		if r.Text != inbox.ErasedText && a.TextSHA != hex.EncodeToString(sum[:]) {
			c.wrong("reply %d: the approval of step %d is of another text", r.ID, a.Step)
		}
		switch a.Decision {
		case inbox.Approved:
			if a.PersonID == r.AuthorID {
				c.wrong("reply %d: its author approved it", r.ID)
			}
			people[a.PersonID] = true
		case inbox.Bypassed:
			bypassed = true
		}
	}
	waits := r.State == inbox.ReplyInReview || r.State == inbox.ReplyRejected || r.State == inbox.ReplyCancelled
	if !waits && !bypassed && len(people) < r.Steps {
		c.wrong("reply %d is %s with %d of %d approvals", r.ID, r.State, len(people), r.Steps)
	}
}

// dropped reports whether a person ended the ticket's last clock: what was said
// asks for nothing.
func (c *check) dropped() bool {
	all := c.row.Clocks
	return len(all) > 0 && c.told(inbox.ClockDropped, all[len(all)-1], 0) == 1
}

// replies: attempts are numbered without gaps; one under way belongs to a
// reply that is being sent; a reply is sent by one delivery, or by a person's
// word after one whose end nobody knows.
func (c *check) replies() {
	for _, r := range c.tl.Replies {
		c.approved(r)
		var sent, unknown, running int
		attempts := 0
		for _, dl := range c.tl.Deliveries {
			if dl.ReplyID != r.ID {
				continue
			}
			attempts++
			if dl.Attempt != attempts {
				c.wrong("reply %d: attempt %d is numbered %d", r.ID, attempts, dl.Attempt)
			}
			switch dl.Outcome {
			case channel.Sent:
				sent++
			case channel.NotKnown:
				unknown++
			case "":
				running++
			}
		}
		if attempts != r.Attempts {
			c.wrong("reply %d: %d attempts, %d deliveries", r.ID, r.Attempts, attempts)
		}
		if want := map[bool]int{true: 1}[r.State == inbox.ReplySending]; running != want {
			c.wrong("reply %d (%s): %d deliveries under way", r.ID, r.State, running)
		}
		confirmed := r.State == inbox.ReplySent && sent == 0 && unknown > 0
		if want := map[bool]int{true: 1}[r.State == inbox.ReplySent]; sent != want && !confirmed {
			c.wrong("reply %d (%s): %d deliveries ended sent", r.ID, r.State, sent)
		}
		if c.row.State.Ended() && slices.Contains([]inbox.ReplyState{inbox.ReplyApproved, inbox.ReplyInReview}, r.State) {
			c.wrong("reply %d is %s on an ended ticket", r.ID, r.State)
		}
	}
}
