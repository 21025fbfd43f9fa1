package bot_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"replydesk/app/store/botdb"
	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// lay lays changes over settings with the real library and tree.
func (r *robot) lay(t *testing.T, stored json.RawMessage, changes string) (json.RawMessage, []desk.Field) {
	t.Helper()
	laid, err := bot.Laid{Names: botdb.New(r.db)}.Lay(t.Context(), stored, json.RawMessage(changes))
	if err == nil {
		return laid, nil
	}
	var e *desk.Error
	if !errors.As(err, &e) || e.Code != desk.Invalid {
		t.Fatalf("%s: %v", changes, err)
	}
	return nil, e.Fields
}

func TestSettingsThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.entry(t, "JZZ-1", "公安局")
		r.sql(t, `INSERT INTO departments (code, name, short_name, parent_id, active) VALUES ('swj', '税务局', '税务', 0, 1)`)
		for _, tt := range []struct{ changes, fields, says string }{
			{`{"menu":{"K":"JZZ-1"},"departments":["公安局","税务局"]}`, "", ""},
			{`{"menu":{"K":"JZZ-2"}}`, "bot.menu", "没有编号为“JZZ-2”的条目"},
			{`{"menu":{"":"JZZ-1"}}`, "bot.menu", "不能为空"},
			{`{"departments":["公安局","无此局"]}`, "bot.departments", "没有承办单位“无此局”"},
			{`{"texts":{"hand_over":"编号 {number}，{hours}"}}`, "", ""},
			{`{"texts":{"hand_over":"请稍候"}}`, "bot.texts.hand_over", "{number}"},
			{`{"texts":{"hand_over":"{number} {name}"}}`, "bot.texts.hand_over", "“{name}”"},
			{`{"texts":{"hand_over":"{number} ｛hours｝"}}`, "bot.texts.hand_over", "“｛hours｝”"},
			{`{"texts":{"hand_over":"{number} {hours"}}`, "bot.texts.hand_over", "“{hours”"},
			{`{"texts":{"hand_over":"{number}}"}}`, "bot.texts.hand_over", "“}”"},
			{`{"texts":{"hand_over_off_hours":"{hours}"}}`, "bot.texts.hand_over_off_hours", "{number}"},
			{`{"texts":{"greeting":"{number}"}}`, "bot.texts.greeting", "没有占位符"},
			{`{"texts":{"crisis":"{number}"}}`, "bot.texts.crisis", "没有占位符"},
			{`{"texts":{"greeting":"","answer_footer":"","menu_intro":"","menu_footer":"","thanks":""}}`, "", ""},
			{`{"texts":{"crisis":" ","courtesy":"","menu_gone":"\n"}}`, "bot.texts.menu_gone bot.texts.courtesy bot.texts.crisis", "不能为空"},
			{`{"texts":{"courtesy":"` + strings.Repeat("好", 601) + `"}}`, "bot.texts.courtesy", "最多 600 个字"},
			{`{"texts":{"thanks":"{x}"},"menu":{"K":"?"},"departments":["?"],"vote_hours":-1,"menu_minutes":0,"thresholds":{"answer":2}}`,
				"bot.thresholds.answer bot.vote_hours bot.menu_minutes bot.texts.thanks bot.departments bot.menu", ""},
			{`{"thresholds":{"answer":0.5,"menu":0.5}}`, "", ""},
			{`{"thresholds":{"answer":0,"menu":0.86}}`, "", ""},
			{`{"thresholds":{"answer":0.49}}`, "bot.thresholds.answer", "0.5 到 1"},
			{`{"thresholds":{"answer":0.1,"menu":0.4}}`, "bot.thresholds.answer", "0.5 到 1"},
			{`{"thresholds":{"answer":0.5,"menu":0.6}}`, "bot.thresholds.menu", "不能高于"},
			{`{"hours":[{"weekday":1,"from":"12:00","to":"24:00"},{"weekday":1,"from":"09:00","to":"12:00"},{"weekday":2,"from":"10:00","to":"13:00"}]}`, "", ""},
			{`{"hours":[]}`, "", ""},
			{`{"hours":[{"weekday":2,"from":"11:59","to":"24:00"},{"weekday":2,"from":"09:00","to":"12:00"}]}`, "bot.hours", "周二的时段 09:00–12:00 与 11:59–24:00 重叠"},
			{`{"hours":[{"weekday":2,"from":"09:00","to":"12:00"},{"weekday":2,"from":"09:00","to":"12:00"}]}`, "bot.hours", "重叠"},
			{`{"texts":{"menu_intro":"   ","greeting":"　\n"}}`, "bot.texts.greeting bot.texts.menu_intro", "不能只有空格"},
			{`{"texts":{"crisis":"请拨打 12356"}}`, "bot.texts.crisis", "至少 10 个字"},
			{`{"texts":{"answer_footer":"有帮助回复１，没有回复２"}}`, "", ""},
			{`{"texts":{"answer_footer":"感谢您的咨询。"}}`, "bot.texts.answer_footer", "回复 1"},
			{`{"texts":{"answer_footer":"有帮助请回复 1。"}}`, "bot.texts.answer_footer", "回复 1"},
			{`{"texts":{"answer_footer":"感谢您的咨询。"},"vote_hours":0}`, "", ""},
			{`{"texts":{"nothing":""}}`, "bot", ""},
			{`[]`, "bot", ""},
		} {
			_, got := r.lay(t, nil, tt.changes)
			var names []string
			said := false
			for _, f := range got {
				names = append(names, f.Name)
				said = said || strings.Contains(f.Message, tt.says)
			}
			if strings.Join(names, " ") != tt.fields || len(got) > 0 && !said {
				t.Errorf("%s: %v, want %s saying %q", tt.changes, got, tt.fields, tt.says)
			}
		}
	})
}

// What settings named and is gone since stands in nobody's way; naming it anew
// does.
func TestSettingsOutliveNames(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.entry(t, "JZZ-1", "公安局")
		stored, fields := r.lay(t, nil, `{"menu":{"K":"JZZ-1"},"departments":["公安局"]}`)
		if fields != nil {
			t.Fatal(fields)
		}
		r.sql(t, `UPDATE entries SET code = 'JZZ-9', department = '户政局'`)
		for _, changes := range []string{`{}`, `{"texts":{"thanks":"谢谢"}}`, `{"menu":{"K":"JZZ-1","K2":"JZZ-9"},"departments":["公安局","户政局"]}`} {
			if _, fields := r.lay(t, stored, changes); fields != nil {
				t.Errorf("%s: %v", changes, fields)
			}
		}
		if _, fields := r.lay(t, stored, `{"menu":{"K":"JZZ-1","K2":"JZZ-1"}}`); len(fields) != 1 || !strings.Contains(fields[0].Message, "K2") {
			t.Errorf("a second item: %v", fields)
		}
	})
}

// clicks lets a citizen click an item, and tells what they get.
func (r *robot) clicks(t *testing.T, c *inboxtest.Citizen, key string) string {
	t.Helper()
	in := c.Event("click", channel.Effects{})
	in.Data = json.RawMessage(`{"event_key":` + strconv.Quote(key) + `}`)
	must(t, r.Desk.Service.IngestForBot(t.Context(), r.account, []channel.Inbound{in}))
	got, err := r.Respond(t.Context(), r.account, in, true)
	must(t, err)
	return got
}

// A click on an item is never met with silence, whatever became of its entry, and
// the settings page knows.
func TestItemsWhoseEntryMayNotBeGiven(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.entry(t, "JZZ-1", "公安局")
		r.entry(t, "禁词", "公安局")
		r.set(t, bot.Settings{Departments: []string{"公安局"}, Menu: map[string]string{"A": "JZZ-1", "B": "禁词"}})
		gone := bot.DefaultSettings().Texts.MenuGone
		if got := r.clicks(t, r.NewCitizen(r.account), "B"); got != gone {
			t.Errorf("an answer with a word that must not leave: %q", got)
		}
		for _, tt := range []struct {
			set      string
			standing bot.Standing
			reason   bot.Reason
		}{
			{`state = 'published'`, bot.Usable, bot.MenuItem},
			{`answer = '改了', revision = 2`, bot.Usable, bot.MenuItem},
			{`state = 'retired'`, bot.Unpublished, bot.EntryGone},
			{`state = 'draft'`, bot.Unpublished, bot.EntryGone},
			{`state = 'published', valid_from = '2099-01-01'`, bot.NotYet, bot.EntryGone},
			{`valid_from = '', valid_to = '2000-01-01'`, bot.Over, bot.EntryGone},
			{`valid_to = '', department = '教育局'`, bot.Foreign, bot.OtherOffice},
			{`department = '公安局', code = 'JZZ-2'`, bot.Absent, bot.EntryGone},
		} {
			r.sql(t, `UPDATE entries SET `+tt.set+` WHERE id = 1`)
			items, err := r.Items(t.Context(), faqStaff(r.account), r.account)
			must(t, err)
			if len(items) != 2 || items[0].Key != "A" || items[0].Standing != tt.standing || (items[0].EntryID == 0) != (tt.standing == bot.Absent) {
				t.Errorf("%s: %+v", tt.set, items)
			}
			got := r.clicks(t, r.NewCitizen(r.account), "A")
			if (got == gone) == (tt.standing == bot.Usable) || got == "" {
				t.Errorf("%s: a click gives %q", tt.set, got)
			}
			if n := r.count(t, `SELECT count(*) FROM bot_answers WHERE reason = $1 AND id = (SELECT max(id) FROM bot_answers)`, string(tt.reason)); n != 1 {
				t.Errorf("%s: the reason is not %s", tt.set, tt.reason)
			}
		}
		// In a ticket that waits it is shown, and the ticket waits on.
		c := r.NewCitizen(r.account)
		_, ticket := r.says(t, c, "天上的星星有几颗")
		if got := r.clicks(t, c, "A"); got != gone {
			t.Errorf("in a ticket a click gives %q", got)
		}
		replies := r.Timeline(t, ticket).Replies
		if len(replies) != 2 || replies[1].Text != gone || replies[1].State != inbox.ReplySent || r.Ticket(t, ticket).Answered {
			t.Errorf("replies %+v", replies)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// The words for small talk and for who may hurt themselves are the account's.
func TestTextsOfCourtesyAndCrisis(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		stored, fields := r.lay(t, nil, `{"texts":{"courtesy":"您好，请讲。","crisis":"请拨打 12356。"}}`)
		if fields != nil {
			t.Fatal(fields)
		}
		r.sql(t, `UPDATE accounts SET bot = $2 WHERE id = $1`, r.account, string(stored))
		for said, want := range map[string]string{"谢谢": "您好，请讲。", "我想自杀": "请拨打 12356。"} {
			if got, _ := r.says(t, r.NewCitizen(r.account), said); got != want {
				t.Errorf("%q is answered with %q", said, got)
			}
			trial, err := r.Try(t.Context(), faqStaff(r.account), r.account, said)
			must(t, err)
			if trial.Text != want {
				t.Errorf("%q would be answered with %q", said, trial.Text)
			}
		}
		d := bot.DefaultSettings().Texts
		if !strings.Contains(d.Crisis, "12356") || d.Courtesy == "" || slices.Contains([]string{d.HandOver, d.HandOverOffHours}, d.Crisis) {
			t.Errorf("defaults %+v", d)
		}
	})
}
