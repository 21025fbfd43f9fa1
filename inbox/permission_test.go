package inbox_test

import (
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// subject is what use cases are called for: a ticket with an attachment, replies
// in three states, a dead letter, and a user to give tickets to.
type subject struct {
	ticket                     inbox.TicketID
	escalation                 inbox.EscalationID
	review, failed, unknown    inbox.ReplyID
	attachment, payload, other int64
}

// uses are all use cases that name such a thing.
func uses(d *inboxtest.Desk, t *testing.T) map[string]func(a desk.Actor, x subject) error {
	ctx, s := t.Context(), d.Service
	reply := func(_ inbox.Reply, err error) error { return err }
	return map[string]func(a desk.Actor, x subject) error{
		"Ticket":     func(a desk.Actor, x subject) error { _, err := s.Ticket(ctx, a, x.ticket); return err },
		"Timeline":   func(a desk.Actor, x subject) error { _, err := s.Timeline(ctx, a, x.ticket); return err },
		"History":    func(a desk.Actor, x subject) error { _, err := s.History(ctx, a, x.ticket); return err },
		"Attachment": func(a desk.Actor, x subject) error { _, err := s.Attachment(ctx, a, x.attachment); return err },
		"MarkRead":   func(a desk.Actor, x subject) error { return s.MarkRead(ctx, a, x.ticket, 1) },
		"AddNote":    func(a desk.Actor, x subject) error { _, err := s.AddNote(ctx, a, x.ticket, "备注"); return err },
		"Reply": func(a desk.Actor, x subject) error {
			return reply(s.Reply(ctx, a, x.ticket, inbox.ReplyInput{Text: "答复", SeenEvent: 1 << 40}))
		},
		"Assign": func(a desk.Actor, x subject) error { return s.Assign(ctx, a, x.ticket, x.other) },
		"Dispatch": func(a desk.Actor, x subject) error {
			_, err := s.Dispatch(ctx, a, x.ticket, inbox.Dispatch{Lead: 1, Instead: true})
			return err
		},
		"Escalations":      func(a desk.Actor, x subject) error { _, err := s.TicketEscalations(ctx, a, x.ticket); return err },
		"Escalation":       func(a desk.Actor, x subject) error { _, err := s.Escalation(ctx, a, x.escalation); return err },
		"SignEscalation":   func(a desk.Actor, x subject) error { return s.SignEscalation(ctx, a, x.escalation) },
		"AnswerEscalation": func(a desk.Actor, x subject) error { return s.AnswerEscalation(ctx, a, x.escalation, "答复") },
		"ReturnEscalation": func(a desk.Actor, x subject) error {
			return s.ReturnEscalation(ctx, a, x.escalation, "不属于我局")
		},
		"AskExtension": func(a desk.Actor, x subject) error {
			return s.AskExtension(ctx, a, x.escalation, d.Now().Add(99*time.Hour), "核实")
		},
		"WithdrawEscalation": func(a desk.Actor, x subject) error { return s.WithdrawEscalation(ctx, a, x.escalation, "有误") },
		"ReworkEscalation": func(a desk.Actor, x subject) error {
			return s.ReworkEscalation(ctx, a, x.escalation, "不完整", time.Time{})
		},
		"UrgeEscalation": func(a desk.Actor, x subject) error { return s.UrgeEscalation(ctx, a, x.escalation, "") },
		"SuperviseEscalation": func(a desk.Actor, x subject) error {
			return s.SuperviseEscalation(ctx, a, x.escalation, "今日办结")
		},
		"DecideReturn": func(a desk.Actor, x subject) error { return s.DecideReturn(ctx, a, x.escalation, true, "") },
		"DecideExtension": func(a desk.Actor, x subject) error {
			return s.DecideExtension(ctx, a, x.escalation, true, time.Time{}, "")
		},
		"Close":      func(a desk.Actor, x subject) error { return s.Close(ctx, a, x.ticket, "理由") },
		"Ignore":     func(a desk.Actor, x subject) error { return s.Ignore(ctx, a, x.ticket, "理由") },
		"Reopen":     func(a desk.Actor, x subject) error { return s.Reopen(ctx, a, x.ticket) },
		"Prioritize": func(a desk.Actor, x subject) error { return s.Prioritize(ctx, a, x.ticket, inbox.High) },
		"Tag":        func(a desk.Actor, x subject) error { return s.Tag(ctx, a, x.ticket, []string{"签"}) },
		"Approve":    func(a desk.Actor, x subject) error { return reply(s.Approve(ctx, a, x.review, inbox.ApproveInput{})) },
		"Bulk": func(a desk.Actor, x subject) error {
			out, err := s.Bulk(ctx, a, inbox.Bulk{Action: inbox.BulkTag, AddTags: []string{"批"}, Tickets: []inbox.BulkTicket{{ID: x.ticket}}})
			if err != nil {
				return err
			}
			return out[0].Err
		},
		"Reject":      func(a desk.Actor, x subject) error { return reply(s.Reject(ctx, a, x.review, "理由")) },
		"Resend":      func(a desk.Actor, x subject) error { return reply(s.Resend(ctx, a, x.failed, true)) },
		"ConfirmSent": func(a desk.Actor, x subject) error { return reply(s.ConfirmSent(ctx, a, x.unknown)) },
		"CancelReply": func(a desk.Actor, x subject) error { return reply(s.CancelReply(ctx, a, x.failed)) },
		"Replay": func(a desk.Actor, x subject) error {
			return s.Replay(ctx, a, x.payload, func(p inbox.Payload) (channel.Inbound, error) {
				return d.NewCitizen(p.AccountID).Message("读出来了"), nil
			})
		},
	}
}

// asked is who would ask for a use case: what departments do only a liaison, of
// the first.
func asked(use string, actor desk.Actor) desk.Actor {
	if slices.Contains([]string{"SignEscalation", "AnswerEscalation", "ReturnEscalation", "AskExtension"}, use) {
		actor.Role, actor.DepartmentID = desk.Liaison, 1
	}
	return actor
}

// subjectOf makes everything a use case can be called for, on one account.
func subjectOf(t *testing.T, d *inboxtest.Desk, account int64, staff, boss desk.Actor) subject {
	t.Helper()
	x := subject{other: staff.UserID}
	x.ticket = d.Receives(t, account, d.NewCitizen(account).Picture("media"))
	x.attachment = d.Timeline(t, x.ticket).Messages[0].Attachments[0].ID
	x.escalation = d.Dispatches(t, staff, x.ticket, 1).ID
	x.review = replyIn(t, d, account, inbox.ReplyInReview, staff, boss).ID
	x.failed = replyIn(t, d, account, inbox.ReplyFailed, staff, boss).ID
	x.unknown = replyIn(t, d, account, inbox.ReplyUnknown, staff, boss).ID
	must(t, d.Service.IngestDead(t.Context(), account, channel.DeadLetter{ExternalID: d.NewCitizen(account).ID, Raw: []byte("<"), Reason: "EOF"}))
	trouble, err := d.Service.Trouble(t.Context(), desk.System())
	must(t, err)
	x.payload = trouble.Payloads[0].ID // the newest first
	return x
}

// Who is limited to one account sees, finds, counts and changes nothing of
// another, by whatever method.
func TestOtherAccountsDoNotExist(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		a, b := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		staff, boss := d.Staff(t, "小王"), d.Supervisor(t, "主任")
		d.Department(t, "户籍")
		mine, theirs := subjectOf(t, d, a, staff, boss), subjectOf(t, d, b, staff, boss)
		stranger := d.User(t, desk.Admin, "只管市政务", a)
		nobody := d.User(t, desk.Admin, "没有账号", a)
		nobody.AccountIDs = nil
		for name, use := range uses(d, t) {
			for _, actor := range []desk.Actor{asked(name, stranger), asked(name, nobody)} {
				unchanged(t, d, func() {
					if err := use(actor, theirs); desk.CodeOf(err) != desk.NotFound {
						t.Errorf("%s by %s: %v, want not found", name, actor.Name, err)
					}
				})
			}
			// The same call on the own account gets past the door; what a
			// department has may have been taken back by another one meanwhile.
			if asked(name, stranger).Role == desk.Liaison {
				continue
			}
			if err := use(stranger, mine); desk.CodeOf(err) == desk.NotFound || desk.CodeOf(err) == desk.Forbidden {
				t.Errorf("%s on the own account: %v", name, err)
			}
		}
		page, err := d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: stranger, View: inbox.ViewAll})
		must(t, err)
		for _, row := range page.Items {
			if row.AccountID != a {
				t.Errorf("the list shows ticket %s of another account", row.Number)
			}
		}
		number := d.Ticket(t, theirs.ticket).Number
		for name, f := range map[string]inbox.TicketFilter{
			"by account": {AccountID: b}, "by number": {Query: number}, "by the day": {Query: number[:8]}, "of nobody": {Actor: nobody},
		} {
			if f.Actor.UserID == 0 {
				f.Actor = stranger
			}
			f.View = inbox.ViewAll
			page, err := d.Service.Tickets(t.Context(), f)
			must(t, err)
			for _, row := range page.Items {
				if row.AccountID == b || f.Actor.UserID == nobody.UserID {
					t.Errorf("%s: found %s", name, row.Number)
				}
			}
		}
		d.Pass(100 * time.Hour)
		counts, err := d.Service.Counts(t.Context(), nobody)
		if must(t, err); counts != (inbox.Counts{}) {
			t.Errorf("counts of nobody: %+v", counts)
		}
		trouble, err := d.Service.Trouble(t.Context(), nobody)
		if must(t, err); len(trouble.Replies)+len(trouble.Payloads) != 0 {
			t.Errorf("trouble of nobody: %+v", trouble)
		}
		inboxtest.CheckInvariants(t, d, a)
		inboxtest.CheckInvariants(t, d, b)
	})
}

// What each role may do: the table of desk, held by every use case.
func TestRolesOfTheUseCases(t *testing.T) {
	needs := map[string]desk.Permission{
		"Ticket": desk.ReadTickets, "Timeline": desk.ReadTickets, "History": desk.ReadTickets, "Attachment": desk.ReadTickets, "MarkRead": desk.ReadTickets,
		"Escalations": desk.ReadTickets, "Escalation": desk.ReadTickets, "SuperviseEscalation": desk.SuperviseEscalated,
		"SignEscalation": desk.AnswerEscalated, "AnswerEscalation": desk.AnswerEscalated, "ReturnEscalation": desk.AnswerEscalated, "AskExtension": desk.AnswerEscalated,
		"Approve": desk.ApproveReplies, "Reject": desk.ApproveReplies, "Replay": desk.ManageDeadWork,
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		department := d.Department(t, "户籍")
		for _, role := range []desk.Role{desk.Admin, desk.Supervisor, desk.Staff, desk.Liaison, ""} {
			actor := d.User(t, role, "演员"+string(role))
			actor.DepartmentID = department
			// Each use may leave things in another state for the next: what a
			// role may not is refused before that matters.
			x := subjectOf(t, d, account, staff, boss)
			for _, ticket := range []inbox.TicketID{x.ticket, ticketOf(t, d, x.failed), ticketOf(t, d, x.unknown)} {
				_, err := d.Service.Dispatch(t.Context(), staff, ticket, inbox.Dispatch{Lead: department, Instead: true})
				must(t, err)
			}
			x.escalation = d.Escalations(t, x.ticket)[1].ID
			for name, use := range uses(d, t) {
				permission, ok := needs[name]
				if !ok {
					permission = desk.WorkTickets
				}
				may := actor.Can(permission) || name == "AddNote" && actor.Can(desk.AnswerEscalated)
				err := use(actor, x)
				if code := desk.CodeOf(err); may == (code == desk.Forbidden) {
					t.Errorf("%s by %q: %v, may %v", name, role, err, may)
				}
			}
			_, listErr := d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: actor, View: inbox.ViewAll})
			_, countErr := d.Service.Counts(t.Context(), actor)
			for what, err := range map[string]error{"list": listErr, "counts": countErr} {
				if actor.Can(desk.ReadTickets) != (err == nil) {
					t.Errorf("%s of %q: %v", what, role, err)
				}
			}
			_, err := d.Service.Trouble(t.Context(), actor)
			if actor.Can(desk.WorkTickets) != (err == nil) {
				t.Errorf("trouble of %q: %v", role, err)
			}
		}
	})
}

func ticketOf(t *testing.T, d *inboxtest.Desk, r inbox.ReplyID) inbox.TicketID {
	t.Helper()
	id, err := d.Store().ReplyTicket(t.Context(), r)
	must(t, err)
	return id
}
