package inbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// lists puts a word on the lists.
func lists(t *testing.T, d *inboxtest.Desk, text string, level check.Level, direction check.Direction, exceptions ...string) inbox.Word {
	t.Helper()
	w, err := d.Service.AddWord(t.Context(), desk.System(), inbox.WordInput{Text: &text, Level: &level, Direction: &direction, Exceptions: &exceptions})
	must(t, err)
	return w
}

// hitsOf are the ticket's hits, oldest first, as "word level decision".
func hitsOf(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) (out []string) {
	t.Helper()
	page, err := d.Service.CheckHits(t.Context(), inbox.HitFilter{Actor: desk.System(), TicketID: ticket})
	must(t, err)
	for _, h := range slices.Backward(page.Items) {
		out = append(out, fmt.Sprintf("%s%s %s %s", h.Word, h.Kind, h.Level, h.Decision))
	}
	return out
}

func TestUrgentWordRaisesTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		lists(t, d, "自杀", check.Urgent, check.In)
		lists(t, d, "曝光", check.Warn, check.In)
		lists(t, d, "闭嘴", check.Block, check.Out)
		account := d.AddAccount(t, "市政务")
		zhang := d.NewCitizen(account)
		ticket := d.Receives(t, account, zhang.Message("居住证怎么办，闭嘴"))
		if row := d.Ticket(t, ticket); row.Priority != inbox.Normal || len(hitsOf(t, d, ticket)) != 0 {
			t.Fatalf("an ordinary message: priority %d, hits %v", row.Priority, hitsOf(t, d, ticket))
		}
		before := d.Head(t)
		in := zhang.Message("我想自·杀，还要曝光。自杀")
		d.Receives(t, account, in)
		happened(t, d, before, inbox.MessageReceived, inbox.TicketPrioritized, inbox.WordFound)
		events := d.Events(t, before)
		var data struct {
			Words []string `json:"words"`
			Roles []string `json:"roles"`
		}
		must(t, json.Unmarshal(events[2].Data, &data))
		if !slices.Equal(data.Words, []string{"自杀"}) || !slices.Equal(data.Roles, []string{"duty"}) {
			t.Errorf("the event tells %+v", data)
		}
		row := d.Ticket(t, ticket)
		if row.Priority != inbox.Urgent || row.MessageCount != 2 {
			t.Errorf("priority %d, %d messages", row.Priority, row.MessageCount)
		}
		if got, want := hitsOf(t, d, ticket), []string{"自杀 urgent raised", "曝光 warn noted"}; !slices.Equal(got, want) {
			t.Errorf("hits %v, want %v", got, want)
		}
		now := d.Now()
		for _, tt := range []struct {
			f    inbox.HitFilter
			want int
		}{
			{inbox.HitFilter{Word: " 杀 "}, 1}, {inbox.HitFilter{Word: "%"}, 0}, {inbox.HitFilter{From: now, To: now.Add(time.Second)}, 2},
			{inbox.HitFilter{From: now.Add(time.Second)}, 0}, {inbox.HitFilter{To: now}, 0}, {inbox.HitFilter{Word: "曝光", Level: check.Warn, From: now}, 1},
		} {
			tt.f.Actor = desk.System()
			if page, err := d.Service.CheckHits(t.Context(), tt.f); err != nil || len(page.Items) != tt.want {
				t.Errorf("%+v: %d hits, %v, want %d", tt.f, len(page.Items), err, tt.want)
			}
		}
		// The same message again changes nothing; a second urgent one is told again.
		unchanged(t, d, func() { d.Receives(t, account, in) })
		before = d.Head(t)
		d.Receives(t, account, zhang.Message("自杀"))
		happened(t, d, before, inbox.MessageReceived, inbox.WordFound)
		// A comment too.
		comment := d.Receives(t, account, d.NewCitizen(account).Comment("post", "", "不让办就自殺"))
		if row := d.Ticket(t, comment); row.Priority != inbox.Urgent {
			t.Errorf("the comment's priority is %d", row.Priority)
		}
		inboxtest.CheckInvariants(t, d, account)

		// Who is erased leaves no words behind.
		d.Receives(t, account, zhang.Leave())
		if got := hitsOf(t, d, ticket); len(got) != 0 {
			t.Errorf("hits after the erasure: %v", got)
		}
		for _, e := range d.Events(t, 0) {
			if e.Name == inbox.WordFound && e.TicketID == int64(ticket) && json.Unmarshal(e.Data, &data) == nil && json.Valid(e.Data) {
				var left map[string]any
				must(t, json.Unmarshal(e.Data, &left))
				if left["words"] != nil {
					t.Errorf("the event still tells %v", left["words"])
				}
			}
		}
	}, withFolder)
}

// withFolder lets a desk know two traditional characters.
func withFolder(r *inbox.Rules) {
	r.Folder = check.NewFolder(func(c rune) rune {
		if c == '殺' {
			return '杀'
		}
		return c
	})
}

func TestWordLists(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, boss := d.Service, d.Supervisor(t, "boss")
		add := func(text string, level check.Level, direction check.Direction, exceptions ...string) error {
			_, err := s.AddWord(t.Context(), boss, inbox.WordInput{Text: &text, Level: &level, Direction: &direction, Exceptions: &exceptions})
			return err
		}
		before := d.Head(t)
		must(t, add("自殺", check.Urgent, check.In, "自杀式"))
		happened(t, d, before, inbox.WordsChanged)
		unchanged(t, d, func() {
			refused(t, add("自 杀", check.Warn, check.Both), desk.Conflict, "word_taken")
			refused(t, add("。", check.Warn, check.Both), desk.Invalid, "")
			refused(t, add("词", check.Level("loud"), check.Both), desk.Invalid, "")
			refused(t, add("词", check.Urgent, check.Out), desk.Invalid, "")
			refused(t, add("词", check.Warn, check.Both, "别的"), desk.Invalid, "")
			_, err := s.UpdateWord(t.Context(), boss, 99, inbox.WordInput{})
			refused(t, err, desk.NotFound, "")
			refused(t, s.DeleteWord(t.Context(), boss, 99), desk.NotFound, "")
		})
		for name, call := range map[string]func(a desk.Actor) error{
			"list": func(a desk.Actor) error { _, err := s.Words(t.Context(), a, inbox.WordFilter{}); return err },
			"add": func(a desk.Actor) error {
				_, err := s.AddWord(t.Context(), a, inbox.WordInput{Text: ptr("词")})
				return err
			},
			"change": func(a desk.Actor) error { _, err := s.UpdateWord(t.Context(), a, 1, inbox.WordInput{}); return err },
			"delete": func(a desk.Actor) error { return s.DeleteWord(t.Context(), a, 1) },
			"import": func(a desk.Actor) error { _, err := s.ImportWords(t.Context(), a, nil, true); return err },
			"export": func(a desk.Actor) error { _, err := s.AllWords(t.Context(), a); return err },
			"try":    func(a desk.Actor) error { _, err := s.TryWords(t.Context(), a, "词", check.In); return err },
			"hits":   func(a desk.Actor) error { _, err := s.CheckHits(t.Context(), inbox.HitFilter{Actor: a}); return err },
		} {
			for _, who := range []desk.Actor{d.Staff(t, "staff"), d.Liaison(t, "liaison", 1)} {
				if err := call(who); desk.CodeOf(err) != desk.Forbidden {
					t.Errorf("%s by %s: %v", name, who.Role, err)
				}
			}
		}
		found, err := s.TryWords(t.Context(), boss, "我要自杀", check.In)
		must(t, err)
		if len(found) != 1 || found[0].From != 2 || found[0].To != 4 || found[0].Level != check.Urgent {
			t.Errorf("found %+v", found)
		}
		page, err := s.Words(t.Context(), boss, inbox.WordFilter{Query: "自", Level: check.Urgent, Direction: check.In})
		must(t, err)
		w := page.Items[0]
		if len(page.Items) != 1 || w.Text != "自殺" || !slices.Equal(w.Exceptions, []string{"自杀式"}) || w.UpdatedBy != boss.UserID {
			t.Errorf("listed %+v", page.Items)
		}
		_, err = s.UpdateWord(t.Context(), boss, w.ID, inbox.WordInput{Enabled: ptr(false)})
		must(t, err)
		if found, _ = s.TryWords(t.Context(), boss, "我要自杀", check.In); len(found) != 0 {
			t.Errorf("a word that is off was found: %+v", found)
		}
		must(t, s.DeleteWord(t.Context(), boss, w.ID))
		if all, err := s.AllWords(t.Context(), boss); err != nil || len(all) != 0 {
			t.Errorf("words %v, %v", all, err)
		}
	}, withFolder)
}

func TestImportingWords(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		boss := d.Supervisor(t, "boss")
		rows := []inbox.WordRow{
			{Number: 2, Text: "自杀", Level: "紧急", Direction: "来信", Category: "生命安全", Exceptions: "自杀式|自杀未遂"},
			{Number: 3, Text: "闭嘴", Level: "block", Direction: "out"},
			{Number: 4, Text: "", Level: "block", Direction: "out"},
			{Number: 5, Text: "词", Level: "很严重", Direction: ""},
			{Number: 6, Text: "闭 嘴", Level: "warn", Direction: "out"},
		}
		unchanged(t, d, func() {
			out, err := d.Service.ImportWords(t.Context(), boss, rows, true)
			must(t, err)
			if out.Created != 2 || out.Updated != 1 || len(out.Errors) != 2 || out.Errors[0].Row != 4 || out.Errors[1].Row != 5 {
				t.Errorf("the trial: %+v", out)
			}
		})
		_, err := d.Service.ImportWords(t.Context(), boss, rows[:3], false)
		must(t, err)
		unchanged(t, d, func() {
			out, err := d.Service.ImportWords(t.Context(), boss, rows[:2], false)
			must(t, err)
			if out.Unchanged != 2 {
				t.Errorf("the same again: %+v", out)
			}
			must(t, d.Service.SeedWords(t.Context(), []inbox.WordRow{{Text: "词", Level: "warn"}}))
		})
	})
}

// What one process changes the others find.
func TestWordsReachOtherProcesses(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		other := d.Again(t)
		if urgent, err := other.Urgent(t.Context(), "自杀"); err != nil || urgent {
			t.Fatalf("before: %v, %v", urgent, err)
		}
		lists(t, d, "自杀", check.Urgent, check.In)
		_, err := other.FollowWords(t.Context(), d.Now())
		must(t, err)
		if urgent, err := other.Urgent(t.Context(), "自杀"); err != nil || !urgent {
			t.Errorf("after: %v, %v", urgent, err)
		}
	})
}

func TestSpikeOpensOneAlert(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, other := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		say := func(account int64, c *inboxtest.Citizen, words string) inbox.TicketID {
			return d.Receives(t, account, c.Message(words))
		}
		find := func() []string {
			before := d.Head(t)
			_, err := d.Service.FindSpikes(t.Context(), d.Now())
			must(t, err)
			return d.Happened(t, before)
		}
		alone := d.NewCitizen(account)
		for range 5 { // one person who repeats is no spike
			say(account, alone, "学府街停水了什么时候恢复")
		}
		say(account, d.NewCitizen(account), "居住证怎么办理，需要什么材料")
		say(other, d.NewCitizen(other), "学府街又停水了，什么时候恢复？")
		if got := find(); len(got) != 0 {
			t.Fatalf("two people: %v", got)
		}
		say(account, d.NewCitizen(account), "请问学府街停水了什么时候恢复")
		if got := find(); !slices.Equal(got, []string{inbox.AlertOpened}) {
			t.Fatalf("three people: %v", got)
		}
		unchanged(t, d, func() {
			if got := find(); len(got) != 0 {
				t.Errorf("nothing new: %v", got)
			}
		})
		say(account, d.NewCitizen(account), "学府街停水了，什么时候恢复")
		if got := find(); !slices.Equal(got, []string{inbox.AlertGrown}) {
			t.Fatalf("one more: %v", got)
		}
		staff, narrow := d.Staff(t, "staff"), d.Staff(t, "narrow", other)
		page, err := d.Service.Alerts(t.Context(), inbox.AlertFilter{Actor: staff})
		must(t, err)
		if len(page.Items) != 1 || page.Items[0].Count != 8 || page.Items[0].Tickets != 4 || page.Items[0].Sample != "学府街停水了什么时候恢复" {
			t.Fatalf("alerts %+v", page.Items)
		}
		alert := page.Items[0].ID
		seen, tickets, err := d.Service.Alert(t.Context(), narrow, alert)
		must(t, err)
		if seen.Count != 1 || len(tickets) != 1 || tickets[0].AccountID != other || seen.Sample != "学府街又停水了，什么时候恢复？" {
			t.Errorf("who sees one account is told %+v, %d tickets", seen, len(tickets))
		}
		_, _, err = d.Service.Alert(t.Context(), d.Staff(t, "none", d.AddAccount(t, "别的")), alert)
		refused(t, err, desk.NotFound, "")
		_, err = d.Service.Alerts(t.Context(), inbox.AlertFilter{Actor: d.Liaison(t, "liaison", 1)})
		refused(t, err, desk.Forbidden, "")

		refused(t, d.Service.CloseAlert(t.Context(), staff, alert, " "), desk.Invalid, "")
		before := d.Head(t)
		must(t, d.Service.CloseAlert(t.Context(), staff, alert, "已发公告"))
		happened(t, d, before, inbox.AlertClosed)
		refused(t, d.Service.CloseAlert(t.Context(), staff, alert, "再关"), desk.Conflict, "alert_closed")
		say(account, d.NewCitizen(account), "学府街停水了，什么时候恢复呀")
		if got := find(); len(got) != 0 {
			t.Errorf("one person after the end: %v", got)
		}
		d.Pass(time.Hour)
		for range 3 {
			say(account, d.NewCitizen(account), "学府街停水了，什么时候恢复呀")
		}
		if got := find(); !slices.Equal(got, []string{inbox.AlertOpened}) {
			t.Errorf("many again: %v", got)
		}
		page, err = d.Service.Alerts(t.Context(), inbox.AlertFilter{Actor: staff, Closed: true})
		if err != nil || len(page.Items) != 1 || page.Items[0].Reason != "已发公告" || page.Items[0].Closer != "staff" {
			t.Errorf("closed alerts %+v, %v", page.Items, err)
		}
	}, func(r *inbox.Rules) { r.SpikeMessages, r.SpikeWithin = 3, 10*time.Minute })
}

// Of two searches at once each message is counted once.
func TestSpikesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		other := d.Again(t)
		for range 6 {
			d.Receives(t, account, d.NewCitizen(account).Message("学府街停水了什么时候恢复"))
		}
		done := make(chan error)
		for _, s := range []*inbox.Service{d.Service, other} {
			go func() {
				_, err := s.FindSpikes(t.Context(), d.Now())
				done <- err
			}()
		}
		must(t, <-done)
		must(t, <-done)
		page, err := d.Service.Alerts(t.Context(), inbox.AlertFilter{Actor: desk.System()})
		if err != nil || len(page.Items) != 1 || page.Items[0].Count != 6 {
			t.Errorf("alerts %+v, %v", page.Items, err)
		}
	}, func(r *inbox.Rules) { r.SpikeMessages, r.SpikeWithin = 3, 10*time.Minute })
}

// A reply that somebody wrote to an urgent ticket is sent like any other.
func TestUrgentTicketIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		lists(t, d, "自杀", check.Urgent, check.In)
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "staff")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("自杀"))
		d.Delivers(t, d.Writes(t, staff, ticket, "请您先告诉我您在哪里"), channel.Sent)
		if row := d.Ticket(t, ticket); row.State != inbox.Replied {
			t.Errorf("the ticket is %s", row.State)
		}
	})
}
