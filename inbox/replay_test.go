package inbox_test

import (
	"errors"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestDeadLetterAndReplay(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, other := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		boss, staff, stranger := d.Supervisor(t, "主任"), d.Staff(t, "小王"), d.Supervisor(t, "区主任", other)
		dead := channel.DeadLetter{ExternalID: "hash", Raw: []byte("<xml"), Reason: "unexpected EOF"}
		must(t, d.Service.IngestDead(t.Context(), account, dead))
		events := d.Events(t, 0)
		if len(events) != 1 || events[0].Name != inbox.PayloadDied || events[0].Audience != desk.ManageDeadWork || events[0].TicketID != 0 {
			t.Fatalf("events = %+v, want one for those who look after dead work", events)
		}
		unchanged(t, d, func() { must(t, d.Service.IngestDead(t.Context(), account, dead)) })
		list := func(a desk.Actor) []inbox.Payload {
			t.Helper()
			trouble, err := d.Service.Trouble(t.Context(), a)
			must(t, err)
			return trouble.Payloads
		}
		if got := list(boss); len(got) != 1 || got[0].Error != "unexpected EOF" || got[0].ExternalID != "hash" || len(got[0].Body) != 0 {
			t.Fatalf("dead letters = %+v", got)
		}
		if got := list(stranger); len(got) != 0 {
			t.Errorf("a supervisor of another account sees %+v", got)
		}
		id := list(boss)[0].ID
		parse := func(p inbox.Payload) (channel.Inbound, error) {
			if string(p.Body) != "<xml" || p.AccountID != account || !p.ReceivedAt.Equal(inboxtest.Morning) {
				t.Errorf("parse got %+v", p)
			}
			return d.Citizen(account, "o-1").Message("读出来了"), nil
		}
		d.Pass(time.Hour)
		unreadable := errors.New("still unreadable")
		unchanged(t, d, func() {
			refused(t, d.Service.Replay(t.Context(), staff, id, parse), desk.Forbidden, "")
			refused(t, d.Service.Replay(t.Context(), stranger, id, parse), desk.NotFound, "")
			refused(t, d.Service.Replay(t.Context(), boss, id+1, parse), desk.NotFound, "")
			err := d.Service.Replay(t.Context(), boss, id, func(inbox.Payload) (channel.Inbound, error) { return channel.Inbound{}, unreadable })
			if !errors.Is(err, unreadable) {
				t.Errorf("got %v, want the parser's error", err)
			}
		})
		head := d.Head(t)
		must(t, d.Service.Replay(t.Context(), boss, id, parse))
		happened(t, d, head, inbox.TicketCreated, inbox.MessageReceived)
		if got := list(boss); len(got) != 0 {
			t.Errorf("still dead: %+v", got)
		}
		unchanged(t, d, func() { refused(t, d.Service.Replay(t.Context(), boss, id, parse), desk.Conflict, "payload_taken") })
	})
}
