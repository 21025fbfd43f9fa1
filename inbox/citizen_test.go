package inbox_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// asking is a rule set that knows how citizens ask for their ticket.
func asking(r *inbox.Rules) { r.Progress = map[string]bool{"查询进度": true} }

func TestCodes(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, staff := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		first, second := d.NewCitizen(account).Says(t, "路灯不亮"), d.NewCitizen(account).Says(t, "停水了")
		head := d.Head(t)
		code, err := s.ShowCode(t.Context(), staff, first)
		must(t, err)
		happened(t, d, head, inbox.CodeShown)
		if !regexp.MustCompile(`^[2-9A-HJKMNP-Z]{6}$`).MatchString(code.Code) || code.Number != d.Ticket(t, first).Number {
			t.Errorf("the code is %+v", code)
		}
		other, err := s.ShowCode(t.Context(), staff, second)
		must(t, err)
		if other.Code == code.Code {
			t.Error("two tickets have one code")
		}
		// As people type it.
		spaced := strings.ToLower(code.Code[:3] + " - " + code.Code[3:])
		wide := strings.Map(func(r rune) rune { return r + '！' - '!' }, code.Code)
		for _, typed := range [][2]string{
			{code.Number, code.Code}, {strings.ReplaceAll(code.Number, "-", ""), spaced}, {" " + strings.ReplaceAll(code.Number, "-", "—") + " ", wide},
		} {
			if p, err := s.Progress(t.Context(), typed[0], typed[1]); err != nil || p.Number != code.Number {
				t.Errorf("%q with %q: %v", typed[0], typed[1], err)
			}
		}
		// Whatever is wrong, it is one and the same answer, and leaves nothing behind.
		unchanged(t, d, func() {
			for _, wrong := range [][2]string{
				{code.Number, other.Code}, {code.Number, "AAAAAA"}, {code.Number, ""}, {"20990101-0001", code.Code}, {"", ""}, {"x", "y"}, {strings.Repeat("9", 1000), code.Code},
			} {
				_, err := s.Progress(t.Context(), wrong[0], wrong[1])
				refused(t, err, desk.NotFound, "no_ticket")
				if err == nil || err.Error() != "工单号或查询码不正确" {
					t.Errorf("%.20q: %v", wrong, err)
				}
			}
		})
		head = d.Head(t)
		renewed, err := s.RenewCode(t.Context(), staff, first)
		must(t, err)
		happened(t, d, head, inbox.CodeRenewed)
		_, err = s.Progress(t.Context(), code.Number, code.Code)
		refused(t, err, desk.NotFound, "no_ticket")
		_, err = s.Progress(t.Context(), code.Number, renewed.Code)
		must(t, err)
		if shown, err := s.ShowCode(t.Context(), staff, first); err != nil || shown != renewed {
			t.Errorf("shown %+v, %v after it was renewed as %+v", shown, err, renewed)
		}
		if again, err := d.Again(t).ShowCode(t.Context(), staff, second); err != nil || again != other {
			t.Errorf("another process tells %+v, %v; want %+v", again, err, other)
		}
		for _, line := range d.Dump(t) {
			for _, c := range []string{code.Code, other.Code, renewed.Code} {
				if strings.Contains(line, c) {
					t.Errorf("the code is stored: %s", line)
				}
			}
		}
		for _, who := range []desk.Actor{d.Staff(t, "外", d.AddAccount(t, "别处")), d.Liaison(t, "联络", 1)} {
			_, err := s.ShowCode(t.Context(), who, first)
			if code := desk.CodeOf(err); code != desk.NotFound && code != desk.Forbidden {
				t.Errorf("%s: %v", who.Name, err)
			}
		}
	}, func(r *inbox.Rules) { r.CodeKey = []byte("not a secret: the key of test codes") })
}

func TestProgress(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, staff, police := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Department(t, "公安局")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "路灯不亮")
		start := d.Now()
		code, err := s.ShowCode(t.Context(), staff, ticket)
		must(t, err)
		sees := func() inbox.Progress {
			t.Helper()
			p, err := s.Progress(t.Context(), code.Number, code.Code)
			must(t, err)
			return p
		}
		if p := sees(); p.State != inbox.New || !p.ReceivedAt.Equal(start) || !p.DueAt.Equal(start.Add(24*time.Hour)) || !p.TakenAt.IsZero() || len(p.Answers) != 0 {
			t.Errorf("new: %+v", p)
		}
		d.Pass(time.Hour)
		must(t, s.Assign(t.Context(), staff, ticket, staff.UserID))
		d.Pass(time.Hour)
		_, err = s.AddNote(t.Context(), staff, ticket, "内部")
		must(t, err)
		d.Dispatches(t, staff, ticket, police)
		if p := sees(); p.State != inbox.WithDepartment || !p.TakenAt.Equal(start.Add(time.Hour)) || !p.HandedAt.Equal(start.Add(2*time.Hour)) || p.Department != "" {
			t.Errorf("with a department: %+v", p)
		}
		d.SetCitizen(t, account, `{"show_department":true}`)
		if p := sees(); p.Department != "公安局" {
			t.Errorf("the department is %q", p.Department)
		}
		d.Delivers(t, d.Writes(t, staff, ticket, "没有送到"), channel.Never)
		d.Pass(time.Hour)
		d.Answers(t, staff, ticket, "已派人查看")
		d.Pass(time.Hour)
		d.Answers(t, staff, ticket, "已修好")
		must(t, s.Close(t.Context(), staff, ticket, "内部原因"))
		p := sees()
		var texts []string
		for _, a := range p.Answers {
			texts = append(texts, a.Text)
		}
		if p.State != inbox.Closed || !slices.Equal(texts, []string{"已派人查看", "已修好"}) || !p.FirstAnswer.Equal(start.Add(3*time.Hour)) ||
			!p.AnsweredAt.Equal(start.Add(4*time.Hour)) || !p.DueAt.IsZero() || p.ClosedAt.IsZero() {
			t.Errorf("closed: %+v", p)
		}
		d.Receives(t, account, citizen.Leave())
		_, err = s.Progress(t.Context(), code.Number, code.Code)
		refused(t, err, desk.NotFound, "no_ticket")
		_, err = s.RenewCode(t.Context(), staff, ticket)
		refused(t, err, desk.Conflict, "contact_erased")
	})
}

// Asking how far the ticket is asks nobody for an answer: nothing is opened,
// nothing starts.
func TestAskingForProgressStartsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		asks := func(text string) []string {
			t.Helper()
			before := d.Head(t)
			must(t, d.Service.IngestForBot(t.Context(), account, []channel.Inbound{citizen.Message(text)}))
			return d.Happened(t, before)
		}
		ticket := citizen.Says(t, "路灯不亮")
		d.Answers(t, staff, ticket, "已派人查看")
		d.Pass(time.Minute)
		if got := asks("查询进度？"); !slices.Equal(got, []string{inbox.MessageReceived}) {
			t.Errorf("after the answer: %v", got)
		}
		must(t, d.Service.Close(t.Context(), staff, ticket, ""))
		d.Pass(30 * 24 * time.Hour)
		if got := asks("查询进度"); !slices.Equal(got, []string{inbox.MessageReceived}) {
			t.Errorf("long after the end: %v", got)
		}
		if row := d.Ticket(t, ticket); row.State != inbox.Closed || row.MessageCount != 3 || !row.DueAt.IsZero() {
			t.Errorf("the ticket: %+v", row)
		}
		if got := asks("查询进度太慢了"); !slices.Contains(got, inbox.TicketCreated) {
			t.Errorf("who says more asks for an answer: %v", got)
		}
		inboxtest.CheckInvariants(t, d, account)

		// Where people answer, they do.
		other := d.NewCitizen(account)
		again := other.Says(t, "停水了")
		d.Answers(t, staff, again, "正在抢修")
		before := d.Head(t)
		other.Says(t, "查询进度")
		if got := d.Happened(t, before); !slices.Contains(got, inbox.TicketReopened) {
			t.Errorf("without the bot: %v", got)
		}
		// A ticket that waits for its citizen goes on waiting.
		third := d.NewCitizen(account)
		paused := third.Says(t, "噪音")
		must(t, d.Service.Pause(t.Context(), staff, paused, "等市民补充地址", time.Time{}))
		citizen = third
		asks("查询进度")
		if !d.Ticket(t, paused).Paused {
			t.Error("asking ended the pause")
		}
	}, asking)
}
