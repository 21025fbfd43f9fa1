package inbox_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

var states = []inbox.State{inbox.New, inbox.Open, inbox.WithDepartment, inbox.InReview, inbox.Replied, inbox.Closed, inbox.Ignored}

// ticketIn makes a private ticket that is in the state.
func ticketIn(t *testing.T, d *inboxtest.Desk, account int64, state inbox.State, staff desk.Actor, department int64) inbox.TicketID {
	t.Helper()
	id := d.NewCitizen(account).Says(t, "问题")
	switch state {
	case inbox.Open:
		must(t, d.Service.Assign(t.Context(), staff, id, staff.UserID))
	case inbox.WithDepartment:
		d.Dispatches(t, staff, id, department)
	case inbox.InReview:
		d.Submits(t, staff, id, "答复")
	case inbox.Replied:
		d.Answers(t, staff, id, "答复")
	case inbox.Closed:
		must(t, d.Service.Close(t.Context(), staff, id, "电话已答复"))
	case inbox.Ignored:
		must(t, d.Service.Ignore(t.Context(), staff, id, "广告"))
	}
	if got := d.Ticket(t, id).State; got != state {
		t.Fatalf("made a %s ticket, want %s", got, state)
	}
	return id
}

// Where each use case leads from each state. "" means that it is refused.
func TestMovesOfATicket(t *testing.T) {
	type move struct {
		name   string
		do     func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID, department int64) error
		to     map[inbox.State]inbox.State
		reason map[inbox.State]string
		event  string
	}
	refuse := func(states ...inbox.State) map[inbox.State]string {
		m := map[inbox.State]string{}
		for _, s := range states {
			m[s] = "ticket_state"
		}
		return m
	}
	moves := []move{
		{"dispatch", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID, department int64) error {
			_, err := d.Service.Dispatch(t.Context(), by, id, inbox.Dispatch{Lead: department, Remark: "请核实"})
			return err
		}, map[inbox.State]inbox.State{inbox.New: inbox.WithDepartment, inbox.Open: inbox.WithDepartment, inbox.InReview: inbox.WithDepartment,
			inbox.Replied: inbox.WithDepartment}, map[inbox.State]string{inbox.WithDepartment: "already_dispatched", inbox.Closed: "ticket_state",
			inbox.Ignored: "ticket_state"}, inbox.EscalationDispatched},
		{"close with a reason", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID, _ int64) error {
			return d.Service.Close(t.Context(), by, id, "电话已答复")
		}, map[inbox.State]inbox.State{inbox.New: inbox.Closed, inbox.Open: inbox.Closed, inbox.WithDepartment: inbox.Closed, inbox.Replied: inbox.Closed,
			inbox.Closed: inbox.Closed}, map[inbox.State]string{inbox.InReview: "reply_under_way", inbox.Ignored: "ticket_state"}, inbox.TicketClosed},
		{"ignore", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID, _ int64) error {
			return d.Service.Ignore(t.Context(), by, id, "广告")
		}, map[inbox.State]inbox.State{inbox.New: inbox.Ignored, inbox.Open: inbox.Ignored, inbox.WithDepartment: inbox.Ignored, inbox.Ignored: inbox.Ignored},
			map[inbox.State]string{inbox.InReview: "reply_under_way", inbox.Replied: "ticket_state", inbox.Closed: "ticket_state"}, inbox.TicketIgnored},
		{"reopen", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID, _ int64) error {
			return d.Service.Reopen(t.Context(), by, id)
		}, map[inbox.State]inbox.State{inbox.Replied: inbox.Open, inbox.Closed: inbox.New, inbox.Ignored: inbox.New},
			refuse(inbox.New, inbox.Open, inbox.WithDepartment, inbox.InReview), inbox.TicketReopened},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, department := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Department(t, "户籍")
		for _, m := range moves {
			for _, from := range states {
				t.Run(m.name+" from "+string(from), func(t *testing.T) {
					id := ticketIn(t, d, account, from, staff, department)
					d.Pass(time.Second)
					head := d.Head(t)
					to := m.to[from]
					if to == "" || to == from {
						unchanged(t, d, func() {
							err := m.do(d, t, staff, id, department)
							if to == "" {
								refused(t, err, desk.Conflict, m.reason[from])
							} else if err != nil {
								t.Errorf("what is so already: %v", err)
							}
						})
						return
					}
					must(t, m.do(d, t, staff, id, department))
					row := d.Ticket(t, id)
					if row.State != to || to.Ended() != row.ClosedAt.Equal(d.Now()) || to.Ended() != row.DueAt.IsZero() && from != inbox.Replied {
						t.Errorf("ticket %+v, want it %s", row.Ticket, to)
					}
					want := []string{m.event}
					if from == inbox.WithDepartment && to.Ended() {
						want = []string{inbox.EscalationWithdrawn, m.event}
					}
					happened(t, d, head, want...)
					events := d.Events(t, head)
					if e := events[len(events)-1]; e.ActorID != staff.UserID || e.TicketID != int64(id) || e.AccountID != account {
						t.Errorf("event %+v", e)
					}
				})
			}
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestClosingNeedsAReasonBeforeTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, department := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Department(t, "户籍")
		for _, from := range states {
			id := ticketIn(t, d, account, from, staff, department)
			err := d.Service.Close(t.Context(), staff, id, "  ")
			if want := map[bool]desk.Code{false: desk.Invalid}[from == inbox.Replied || from == inbox.Closed]; desk.CodeOf(err) != want {
				t.Errorf("close without a reason from %s: %v, want code %q", from, err, want)
			}
		}
		id := ticketIn(t, d, account, inbox.New, staff, department)
		must(t, d.Service.Close(t.Context(), staff, id, " 电话已答复 "))
		if got := d.Ticket(t, id).ClosingReason; got != "电话已答复" {
			t.Errorf("reason %q", got)
		}
		for name, err := range map[string]error{
			"ignore without a reason": d.Service.Ignore(t.Context(), staff, id, ""),
			"a reason too long":       d.Service.Close(t.Context(), staff, id, strings.Repeat("长", 501)),
		} {
			if desk.CodeOf(err) != desk.Invalid {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

// While a reply is on its way a person may not end the ticket under it.
func TestNoEndUnderAReply(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		for _, state := range []inbox.ReplyState{inbox.ReplyInReview, inbox.ReplyApproved, inbox.ReplySending, inbox.ReplySent, inbox.ReplyFailed,
			inbox.ReplyUnknown, inbox.ReplyRejected, inbox.ReplyCancelled} {
			r := replyIn(t, d, account, state, staff, boss)
			err := d.Service.Close(t.Context(), staff, r.TicketID, "电话已答复")
			want := ""
			if slices.Contains([]inbox.ReplyState{inbox.ReplyInReview, inbox.ReplyApproved, inbox.ReplySending}, state) {
				want = "reply_under_way"
			}
			if desk.ReasonOf(err) != want || (err == nil) != (want == "") {
				t.Errorf("close under a reply that is %s: %v, want reason %q", state, err, want)
			}
		}
	})
}

func TestAssign(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, other, department := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务"), d.Department(t, "户籍")
		staff, colleague := d.Staff(t, "小王"), d.Staff(t, "小李")
		elsewhere, liaison, gone := d.Staff(t, "区里的", other), d.Liaison(t, "联络员", department), d.Staff(t, "离职的")
		d.DisableUser(t, gone.UserID)
		id := d.NewCitizen(account).Says(t, "问题")
		for _, step := range []struct {
			to    int64
			state inbox.State
			event bool
		}{{0, inbox.New, false}, {staff.UserID, inbox.Open, true}, {staff.UserID, inbox.Open, false}, {colleague.UserID, inbox.Open, true}, {0, inbox.New, true}} {
			head := d.Head(t)
			must(t, d.Service.Assign(t.Context(), staff, id, step.to))
			if row := d.Ticket(t, id); row.AssigneeID != step.to || row.State != step.state {
				t.Errorf("assigned to %d: ticket of %d is %s, want %s", step.to, row.AssigneeID, row.State, step.state)
			}
			if got := d.Happened(t, head); len(got) != map[bool]int{true: 1}[step.event] {
				t.Errorf("assigned to %d: events %v", step.to, got)
			}
		}
		unchanged(t, d, func() {
			for name, user := range map[string]int64{"of another account": elsewhere.UserID, "a liaison": liaison.UserID, "who left": gone.UserID, "nobody": 999} {
				err := d.Service.Assign(t.Context(), staff, id, user)
				if refused(t, err, desk.Invalid, ""); err == nil {
					t.Errorf("a ticket was given to somebody %s", name)
				}
			}
		})
		// Assigning says who works on it; where it stands otherwise stays.
		for _, state := range []inbox.State{inbox.WithDepartment, inbox.InReview, inbox.Replied, inbox.Closed} {
			id := ticketIn(t, d, account, state, staff, department)
			must(t, d.Service.Assign(t.Context(), staff, id, colleague.UserID))
			if got := d.Ticket(t, id).State; got != state {
				t.Errorf("assigning moved a ticket from %s to %s", state, got)
			}
		}
	})
}

func TestSmallChanges(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, s, staff := t.Context(), d.Service, d.Staff(t, "小王")
		id := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "问题")
		head := d.Head(t)
		for range 2 { // the second time nothing changes
			must(t, s.Prioritize(ctx, staff, id, inbox.Urgent))
			must(t, s.Tag(ctx, staff, id, []string{" 户籍 ", "投诉", "户籍"}))
		}
		note, err := s.AddNote(ctx, staff, id, " 已电话联系 ")
		must(t, err)
		happened(t, d, head, inbox.TicketPrioritized, inbox.TicketTagged, inbox.NoteAdded)
		row, tl := d.Ticket(t, id), d.Timeline(t, id)
		if row.Priority != inbox.Urgent || !slices.Equal(row.Tags, []string{"户籍", "投诉"}) || len(tl.Notes) != 1 || !reflect.DeepEqual(tl.Notes[0], note) || note.Text != "已电话联系" ||
			note.AuthorID != staff.UserID || tl.Names[staff.UserID] != "小王" {
			t.Errorf("ticket %+v, notes %+v, names %v", row.Ticket, tl.Notes, tl.Names)
		}
		must(t, s.Tag(ctx, staff, id, nil))
		if got := d.Ticket(t, id).Tags; len(got) != 0 {
			t.Errorf("tags %v, want none", got)
		}
		many := make([]string, 21)
		for i := range many {
			many[i] = strings.Repeat("签", i+1)
		}
		unchanged(t, d, func() {
			for name, err := range map[string]error{
				"a priority there is not": s.Prioritize(ctx, staff, id, 3), "a lower one": s.Prioritize(ctx, staff, id, -2),
				"an empty tag": s.Tag(ctx, staff, id, []string{"a", " "}), "a long tag": s.Tag(ctx, staff, id, []string{strings.Repeat("签", 31)}),
				"too many tags": s.Tag(ctx, staff, id, many), "an empty note": func() error { _, err := s.AddNote(ctx, staff, id, " "); return err }(),
				"a long note": func() error { _, err := s.AddNote(ctx, staff, id, strings.Repeat("长", 4001)); return err }(),
			} {
				if desk.CodeOf(err) != desk.Invalid {
					t.Errorf("%s: %v, want invalid", name, err)
				}
			}
		})
	})
}

func TestReopenMeetsANewerTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		old := citizen.Says(t, "旧的")
		must(t, d.Service.Close(t.Context(), staff, old, "电话已答复"))
		d.Pass(73 * time.Hour)
		newer := citizen.Says(t, "新的")
		comment := d.Receives(t, account, citizen.Comment("p", "", "评论"))
		must(t, d.Service.Close(t.Context(), staff, comment, "不需答复"))
		unchanged(t, d, func() {
			err := d.Service.Reopen(t.Context(), staff, old)
			if refused(t, err, desk.Conflict, "newer_ticket"); err != nil && !strings.Contains(err.Error(), d.Ticket(t, newer).Number) {
				t.Errorf("%v does not name the newer ticket", err)
			}
		})
		must(t, d.Service.Reopen(t.Context(), staff, comment)) // private and comment stand side by side
		must(t, d.Service.Close(t.Context(), staff, newer, "电话已答复"))
		must(t, d.Service.Reopen(t.Context(), staff, old))
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestReadingMarks(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, colleague := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Staff(t, "小李")
		citizen := d.NewCitizen(account)
		id := citizen.Says(t, "问题")
		unread := func(a desk.Actor) bool {
			t.Helper()
			row, err := d.Service.Ticket(t.Context(), a, id)
			must(t, err)
			return row.Unread
		}
		must(t, d.Service.MarkRead(t.Context(), staff, id, d.Ticket(t, id).LastEvent))
		if unread(staff) || !unread(colleague) {
			t.Error("read by one: it is unread for the other only")
		}
		d.Receives(t, account, citizen.Event("click", channel.Effects{}))
		if unread(staff) {
			t.Error("a notice makes nothing unread")
		}
		citizen.Says(t, "补充")
		if !unread(staff) {
			t.Error("a new message is unread")
		}
	})
}
