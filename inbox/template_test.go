package inbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// keeps adds a template.
func keeps(t *testing.T, d *inboxtest.Desk, name, text string, change ...func(*inbox.TemplateInput)) inbox.Template {
	t.Helper()
	in := inbox.TemplateInput{Name: &name, Text: &text}
	for _, f := range change {
		f(&in)
	}
	made, err := d.Service.SaveTemplate(t.Context(), desk.System(), 0, in)
	must(t, err)
	return made
}

// offered are the names of what is offered on a ticket.
func offered(t *testing.T, d *inboxtest.Desk, by desk.Actor, ticket inbox.TicketID, query string) (names []string) {
	t.Helper()
	offers, err := d.Service.TemplateOffers(t.Context(), by, ticket, query, 0)
	must(t, err)
	for _, o := range offers {
		names = append(names, o.Name)
	}
	return names
}

func TestTemplates(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, boss := d.Service, d.Supervisor(t, "boss")
		others := []desk.Actor{d.Staff(t, "staff"), d.Liaison(t, "liaison", 1)}
		closed := d.Department(t, "旧局")
		must(t, d.Store().Atomic(t.Context(), func(tx inbox.Tx) error {
			return tx.SaveDepartment(t.Context(), inbox.Department{ID: closed, Code: "old", Name: "旧局"})
		}))
		save := func(id int64, in inbox.TemplateInput) error {
			_, err := s.SaveTemplate(t.Context(), boss, id, in)
			return err
		}
		before := d.Head(t)
		must(t, save(0, inbox.TemplateInput{Name: ptr(" 受理 "), Text: ptr("{citizen_name}您好")}))
		happened(t, d, before, inbox.TemplateChanged)
		unchanged(t, d, func() {
			refused(t, save(0, inbox.TemplateInput{Name: ptr("受理"), Text: ptr("您好")}), desk.Conflict, "template_taken")
			for _, text := range []string{"", "{citizen}您好", "{citizen_name您好", "您好}", "{}", "｛citizen_name｝", "{{date}}", strings.Repeat("字", 2001)} {
				err := save(0, inbox.TemplateInput{Name: ptr("另一条"), Text: &text})
				if e, ok := err.(*desk.Error); !ok || e.Code != desk.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "text" { //nolint:errorlint // as it comes
					t.Errorf("%q: %v", text, err)
				}
			}
			refused(t, save(0, inbox.TemplateInput{Name: ptr("另一条"), Text: ptr("您好"), DepartmentID: ptr(int64(99))}), desk.Invalid, "")
			refused(t, save(0, inbox.TemplateInput{Name: ptr("另一条"), Text: ptr("您好"), DepartmentID: &closed}), desk.Invalid, "")
			refused(t, save(0, inbox.TemplateInput{Text: ptr("您好")}), desk.Invalid, "")
			refused(t, save(9, inbox.TemplateInput{}), desk.NotFound, "")
			refused(t, s.DeleteTemplate(t.Context(), boss, 9), desk.NotFound, "")
			for _, who := range others {
				_, err := s.Templates(t.Context(), who)
				refused(t, err, desk.Forbidden, "")
				_, err = s.SaveTemplate(t.Context(), who, 0, inbox.TemplateInput{Name: ptr("x"), Text: ptr("x")})
				refused(t, err, desk.Forbidden, "")
				refused(t, s.DeleteTemplate(t.Context(), who, 1), desk.Forbidden, "")
			}
		})
		err := save(0, inbox.TemplateInput{Name: ptr("另一条"), Text: ptr("{citizen}您好")})
		if err == nil || !strings.Contains(err.Error(), "没有变量 {citizen}") || !strings.Contains(err.Error(), "{citizen_name}") {
			t.Errorf("the refusal says %v", err)
		}
		must(t, save(1, inbox.TemplateInput{Text: ptr("您好"), Category: ptr("通用"), Enabled: ptr(false)}))
		all, err := s.Templates(t.Context(), boss)
		must(t, err)
		if len(all) != 1 || all[0].Name != "受理" || all[0].Text != "您好" || all[0].Category != "通用" || all[0].Enabled || all[0].UpdatedBy != boss.UserID {
			t.Errorf("listed %+v", all)
		}
		must(t, s.DeleteTemplate(t.Context(), boss, 1))
		if all, err = s.Templates(t.Context(), boss); err != nil || len(all) != 0 {
			t.Errorf("left %+v, %v", all, err)
		}
	})
}

func TestTemplatesAreFilledInForTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, staff := d.Service, d.Staff(t, "李敏")
		account, police := d.AddAccount(t, "云州发布"), d.Department(t, "公安局")
		named := d.NewCitizen(account).Message("居住证怎么办")
		named.Name = "小\u202e周 {agent_name}"
		known := d.Receives(t, account, named)
		unknown := d.NewCitizen(account).Says(t, "停水了")
		d.Dispatches(t, staff, known, police)
		whole := keeps(t, d, "全部变量", "{citizen_name}您好，{account_name}已受理（{ticket_number}），由{department}办理。{agent_name}，{date}。{citizen_name}")

		row := d.Ticket(t, known)
		got, err := s.UseTemplate(t.Context(), staff, known, whole.ID)
		must(t, err)
		// What a citizen calls themselves is text and nothing more.
		want := "小周 {agent_name}您好，云州发布已受理（" + row.Number + "），由公安局办理。李敏，2026年11月22日。小周 {agent_name}"
		if got.Text != want || len(got.Blanks) != 0 {
			t.Errorf("filled in: %q, blanks %v\nwant %q", got.Text, got.Blanks, want)
		}

		got, err = s.UseTemplate(t.Context(), staff, unknown, whole.ID)
		must(t, err)
		if !slices.Equal(got.Blanks, []inbox.Variable{inbox.VarCitizen, inbox.VarDepartment}) ||
			strings.Count(got.Text, "【请填写：市民称呼】") != 2 || strings.Count(got.Text, "【请填写：承办单位】") != 1 {
			t.Errorf("with nothing known: %q, blanks %v", got.Text, got.Blanks)
		}
		// Taking one sends nothing, and a blank does not leave.
		if tl := d.Timeline(t, unknown); len(tl.Replies) != 0 {
			t.Errorf("replies %+v", tl.Replies)
		}
		_, err = s.Reply(t.Context(), staff, unknown, inbox.ReplyInput{Text: got.Text, SeenEvent: d.Head(t), ConfirmFindings: true})
		refused(t, err, desk.Invalid, "text_blocked")
		filled := strings.NewReplacer(check.Blank("市民称呼"), "市民", check.Blank("承办单位"), "水务局").Replace(got.Text)
		_, err = s.Reply(t.Context(), staff, unknown, inbox.ReplyInput{Text: filled, SeenEvent: d.Head(t), ConfirmFindings: true})
		must(t, err)

		all, err := s.Templates(t.Context(), desk.System())
		must(t, err)
		if all[0].Uses != 2 || !all[0].UsedAt.Equal(d.Now().Truncate(time.Millisecond)) {
			t.Errorf("counted %+v", all[0])
		}
	})
}

func TestTemplatesAreOfferedByUse(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, staff := d.Service, d.Staff(t, "李敏")
		account, other, police := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务"), d.Department(t, "公安局")
		ticket := d.NewCitizen(account).Says(t, "居住证怎么办")
		keeps(t, d, "受理告知", "您好，已收到。")
		often := keeps(t, d, "转办告知", "已转有关单位，编号{ticket_number}。")
		keeps(t, d, "户籍窗口", "请到户籍窗口办理。", func(in *inbox.TemplateInput) { in.DepartmentID = &police })
		keeps(t, d, "办证指引", "请带身份证。", func(in *inbox.TemplateInput) { in.Category = ptr("办证") })
		off := keeps(t, d, "旧的", "您好。", func(in *inbox.TemplateInput) { in.Enabled = ptr(false) })
		_, err := s.UseTemplate(t.Context(), staff, ticket, often.ID)
		must(t, err)
		wants := func(query string, want ...string) {
			t.Helper()
			if got := offered(t, d, staff, ticket, query); !slices.Equal(got, want) {
				t.Errorf("%q offers %v, want %v", query, got, want)
			}
		}
		wants("", "转办告知", "受理告知", "户籍窗口", "办证指引")
		wants("告知", "转办告知", "受理告知")
		wants("户 籍", "户籍窗口")      // by the name, however it is typed
		wants("办证", "办证指引")       // by the category
		wants("身份证", "办证指引")      // by the text
		wants("ticket", "转办告知")   // by a variable
		wants("。", []string{}...) // signs alone find nothing
		must(t, s.Categorize(t.Context(), staff, ticket, "办证"))
		wants("", "办证指引", "转办告知", "受理告知", "户籍窗口")
		d.Dispatches(t, staff, ticket, police)
		wants("", "户籍窗口", "办证指引", "转办告知", "受理告知")
		if offers, err := s.TemplateOffers(t.Context(), staff, ticket, "", 1); err != nil || len(offers) != 1 {
			t.Errorf("one: %v, %v", offers, err)
		}

		narrow, liaison := d.Staff(t, "narrow", other), d.Liaison(t, "liaison", police)
		unchanged(t, d, func() {
			_, err := s.UseTemplate(t.Context(), staff, ticket, off.ID)
			refused(t, err, desk.Conflict, "template_disabled")
			_, err = s.UseTemplate(t.Context(), staff, ticket, 99)
			refused(t, err, desk.NotFound, "")
			for _, who := range []struct {
				actor desk.Actor
				code  desk.Code
			}{{narrow, desk.NotFound}, {liaison, desk.Forbidden}} {
				_, err = s.UseTemplate(t.Context(), who.actor, ticket, often.ID)
				refused(t, err, who.code, "")
				_, err = s.TemplateOffers(t.Context(), who.actor, ticket, "", 0)
				refused(t, err, who.code, "")
			}
		})
	})
}
