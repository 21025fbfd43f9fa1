package gapdb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/gapdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	phrases "replydesk/configs/bot"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/faq/gap"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// shelf is a library whose search is sure of one question and whose entries are
// rows in the real tables.
type shelf struct {
	db   *store.DB
	sure string
}

func (s *shelf) Search(_ context.Context, message string, _ int) ([]faq.Hit, error) {
	if s.sure == "" || !strings.Contains(message, s.sure) {
		return []faq.Hit{{Entry: faq.Entry{ID: 900}, Confidence: 0.1}}, nil
	}
	return []faq.Hit{{Entry: faq.Entry{ID: 901}, Confidence: 0.95}}, nil
}

func (s *shelf) Create(ctx context.Context, _ desk.Actor, c faq.Content) (faq.Entry, error) {
	e := faq.Entry{Content: c, State: faq.Draft, Revision: 1}
	return e, s.db.Atomic(ctx, func(tx *store.Tx) error {
		id, err := tx.Insert(ctx, `INSERT INTO entries (code, question, answer, state, revision, created_at, updated_at)
			VALUES ($1, $2, $3, 'draft', 1, 1, 1)`, c.Question, c.Question, c.Answer)
		e.ID = faq.EntryID(id)
		return err
	})
}

func (s *shelf) Entry(ctx context.Context, _ desk.Actor, id faq.EntryID) (faq.Entry, error) {
	var e faq.Entry
	err := s.db.QueryRow(ctx, `SELECT id FROM entries WHERE id = $1`, int64(id)).Scan(&e.ID)
	return e, store.Translate(err)
}

// office is a desk whose gaps are collected.
type office struct {
	*inboxtest.Desk
	db      *store.DB
	shelf   *shelf
	gaps    *gap.Service
	account int64
	staff   desk.Actor
	count   int
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := inboxtest.New(t, inboxdbtest.New(db))
		o := &office{Desk: d, db: db, shelf: &shelf{db: db}, account: d.AddAccount(t, "市政务"), staff: d.Staff(t, "小王")}
		words, err := bot.LoadWords(phrases.Files, faqtest.Lexicon(t).Key)
		if err != nil {
			t.Fatal(err)
		}
		o.gaps = gap.NewService(gap.Deps{
			Store: gapdb.New(db), Library: o.shelf, Search: o.shelf, Lexicon: faqtest.Lexicon(t), Sure: 0.86, Bare: words.Bare, Now: d.Now,
			Mask: func(s string) string { return strings.ReplaceAll(s, "13800138000", "〔电话1〕") },
		})
		fn(t, o)
	})
}

func (o *office) run(t *testing.T, query string, args ...any) {
	t.Helper()
	err := o.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bot records what the bot did about a question.
func (o *office) bot(t *testing.T, question, action, reason, details string) int64 {
	t.Helper()
	o.count++
	var id int64
	err := o.db.Atomic(t.Context(), func(tx *store.Tx) (err error) {
		id, err = tx.Insert(t.Context(), `INSERT INTO bot_answers (account_id, external_id, contact_id, ticket_id, message_id, question, action, reason, details, created_at)
			VALUES ($1, $2, 1, 1, $3, $4, $5, $6, $7, $8)`, o.account, fmt.Sprint("x", o.count), 100_000+o.count, question, action, reason, details, o.Now().UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (o *office) collect(t *testing.T) {
	t.Helper()
	if err := o.gaps.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// list is "question ×count source=n" of the gaps in a state.
func (o *office) list(t *testing.T, state gap.State) (lines []string) {
	t.Helper()
	page, err := o.gaps.Gaps(t.Context(), o.staff, gap.Filter{State: state})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range page.Items {
		line := fmt.Sprintf("%s ×%d", g.Question, g.Count)
		for _, s := range []gap.Source{gap.Unanswered, gap.Offered, gap.PassedOver, gap.Edited, gap.Rejected, gap.Unhelpful} {
			if g.Sources[s] > 0 {
				line += fmt.Sprintf(" %s=%d", s, g.Sources[s])
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (o *office) want(t *testing.T, state gap.State, want ...string) {
	t.Helper()
	if got := o.list(t, state); !slices.Equal(got, want) {
		t.Errorf("%s gaps:\n got %q\nwant %q", state, got, want)
	}
}

func TestQuestionsOfTheBot(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.bot(t, "外地车牌可以进城吗", "hand_over", "below_threshold", "{}")
		o.bot(t, "请问外地车牌能进城吗", "hand_over", "two_misses", "{}")
		o.bot(t, "外地的车牌可以进城吗？我的电话13800138000", "silent", "already_handed_over", "{}")
		o.bot(t, "养老金什么时候发", "hand_over", "below_threshold", "{}")
		answered := o.bot(t, "居住证怎么办理", "answer", "confident", "{}")
		o.bot(t, "2", "vote", "unhelpful", fmt.Sprintf(`{"voted_on":"%d"}`, answered))
		for _, reason := range []string{"complaint", "sensitive", "asked_for_person", "person_works", "helpful", "confident", "other_department", "entry_gone", "small_talk"} {
			o.bot(t, "这句话不算知识缺口", "hand_over", reason, "{}")
		}
		for _, bare := range []string{"？？", "人工", "转人工，谢谢", "你是机器人吗", "有帮助", "没用", "都不是", "最后一个", "第二个", "10", "你好"} {
			o.bot(t, bare, "hand_over", "below_threshold", "{}")
		}
		menu := o.bot(t, "低保怎么取消", "menu", "ambiguous", "{}")
		of := fmt.Sprintf(`{"menu_for":"%d"}`, menu)
		o.bot(t, "都不是", "hand_over", "none_fits", of)
		o.bot(t, "都不是", "hand_over", "none_fits", "{}") // of a menu that is not known
		o.bot(t, "不要低保", "hand_over", "two_misses", of) // the same question once
		o.bot(t, "养猫要办证吗", "menu", "ambiguous", "{}")
		o.bot(t, "居住证", "menu", "ambiguous", `{"topic":true}`) // a matter, and no question
		chosen := o.bot(t, "2", "choice", "chosen", fmt.Sprintf(`{"menu_for":"%d"}`, o.bot(t, "医保断缴了怎么补", "menu", "ambiguous", "{}")))
		o.bot(t, "没用", "vote", "unhelpful", fmt.Sprintf(`{"voted_on":"%d"}`, chosen))
		want := []string{"外地车牌可以进城吗 ×3 unanswered=3", "养老金什么时候发 ×1 unanswered=1", "居住证怎么办理 ×1 unhelpful=1",
			"低保怎么取消 ×1 unanswered=1", "医保断缴了怎么补 ×1 unhelpful=1", "养猫要办证吗 ×1 offered=1"}
		o.collect(t)
		got := o.list(t, gap.Open)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		o.collect(t) // nothing counts twice
		o.run(t, `DELETE FROM counters WHERE name LIKE 'gap.%'`)
		o.collect(t) // not even when it begins again
		again := o.list(t, gap.Open)
		slices.Sort(again)
		if !slices.Equal(again, want) {
			t.Errorf("collected again: %q", again)
		}
	})
}

// A menu is a gap as soon as it was given, until a line of it is chosen, staff
// answer, or the citizen says more of it: the question counts once.
func TestMenusAreGapsUntilChosenFrom(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		first := o.bot(t, "养猫要办证吗", "menu", "ambiguous", "{}")
		second := o.bot(t, "家里的猫办什么证", "menu", "ambiguous", fmt.Sprintf(`{"menu_for":"%d"}`, first))
		other := o.bot(t, "无人机在哪里登记", "menu", "ambiguous", "{}")
		o.collect(t)
		o.want(t, gap.Open, "养猫要办证吗 ×1 offered=1", "无人机在哪里登记 ×1 offered=1")
		page, err := o.gaps.Gaps(t.Context(), o.staff, gap.Filter{Source: gap.Offered})
		if err != nil || len(page.Items) != 2 {
			t.Errorf("by source: %+v, %v", page.Items, err)
		}
		o.bot(t, "1", "choice", "chosen", fmt.Sprintf(`{"menu_for":"%d"}`, first))
		o.bot(t, "都不是", "hand_over", "none_fits", fmt.Sprintf(`{"menu_for":"%d"}`, other))
		for range 3 { // the last 30 seconds are read again, and nothing comes back
			o.collect(t)
			o.want(t, gap.Open, "无人机在哪里登记 ×1 unanswered=1")
			o.Pass(20 * time.Second)
		}
		o.run(t, `DELETE FROM counters WHERE name LIKE 'gap.%'`)
		o.collect(t)
		o.want(t, gap.Open, "无人机在哪里登记 ×1 unanswered=1")
		if second == first {
			t.Error("two menus have one number")
		}
		// What an editor decided of stays, though the question is taken back.
		late := o.bot(t, "养老金什么时候发", "menu", "ambiguous", "{}")
		o.collect(t)
		if page, err = o.gaps.Gaps(t.Context(), o.staff, gap.Filter{Source: gap.Offered}); err != nil || len(page.Items) != 1 {
			t.Fatalf("by source: %+v, %v", page.Items, err)
		}
		if err := o.gaps.Ignore(t.Context(), o.staff, page.Items[0].ID, "不归本市管"); err != nil {
			t.Fatal(err)
		}
		o.bot(t, "1", "choice", "chosen", fmt.Sprintf(`{"menu_for":"%d"}`, late))
		o.collect(t)
		o.want(t, gap.Ignored, "养老金什么时候发 ×0")
	})
}

// Who clicks on an item of the account's menu writes nothing: the question is the
// entry's.
func TestUnhelpfulClicks(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.run(t, `INSERT INTO entries (id, code, question, answer, state, revision, created_at, updated_at) VALUES (12, 'A', '退休年龄是多少', 'a', 'published', 3, 1, 1)`)
		click := o.bot(t, "KEY_RETIRE", "click", "menu_item", "{}")
		o.run(t, `UPDATE bot_answers SET entry_id = 12, message_id = 0, ticket_id = 0 WHERE id = $1`, click)
		for range 2 {
			o.bot(t, "没用", "vote", "unhelpful", fmt.Sprintf(`{"voted_on":"%d"}`, click))
		}
		o.collect(t)
		o.collect(t)
		o.want(t, gap.Open, "退休年龄是多少 ×2 unhelpful=2")
	})
}

// A record that is committed after a later one counts too.
func TestLateQuestions(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		late := o.bot(t, "外地车牌可以进城吗", "hand_over", "below_threshold", "{}")
		o.run(t, `UPDATE bot_answers SET id = id + 100 WHERE id = $1`, late)
		o.collect(t)
		o.run(t, `INSERT INTO bot_answers (id, account_id, external_id, contact_id, ticket_id, message_id, question, action, reason, created_at)
			VALUES ($1, $2, 'late', 1, 1, 99, '养老金什么时候发', 'hand_over', 'below_threshold', $3)`, late, o.account, o.Now().UnixMilli())
		o.Pass(10 * time.Second)
		o.collect(t)
		o.want(t, gap.Open, "外地车牌可以进城吗 ×1 unanswered=1", "养老金什么时候发 ×1 unanswered=1")
		o.Pass(time.Minute)
		o.collect(t)
		o.collect(t)
		o.want(t, gap.Open, "外地车牌可以进城吗 ×1 unanswered=1", "养老金什么时候发 ×1 unanswered=1")
		if at, err := gapdb.New(o.db).Cursor(t.Context()); err != nil || at.Response != late+100 {
			t.Errorf("read as far as %+v, %v; want %d", at, err, late+100)
		}
	})
}

func TestAnswersOfStaff(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.run(t, `INSERT INTO entries (id, code, question, answer, state, revision, created_at, updated_at) VALUES (12, 'A', 'q', 'a', 'published', 3, 1, 1)`)
		o.run(t, `INSERT INTO entry_revisions (entry_id, revision, content, author_id, created_at) VALUES (12, 3, '{"answer":"标准答复。"}', 1, 1)`)
		o.shelf.sure = "公积金"
		says := func(question string) inbox.TicketID { return o.NewCitizen(o.account).Says(t, question) }
		answers := func(question string, in inbox.ReplyInput, outcome channel.Outcome) {
			ticket := says(question)
			in.SeenEvent = o.Head(t)
			r, err := o.Service.Reply(t.Context(), o.staff, ticket, in)
			if err != nil {
				t.Fatal(err)
			}
			o.Delivers(t, r, outcome)
		}
		entry := func(text string) inbox.ReplyInput { return inbox.ReplyInput{Text: text, EntryID: 12, EntryRevision: 3} }
		answers("无人机在哪里登记", inbox.ReplyInput{Text: "请到公安分局登记"}, channel.Sent)
		answers("公积金怎么提取", inbox.ReplyInput{Text: "自己写的"}, channel.Sent)
		answers("居住证怎么办理", entry("标准答复。"), channel.Sent)
		answers("居住证怎么换领", entry("您好！标准答复。祝好"), channel.Sent)
		answers("失业金领多久", entry("标准答复。补充：另需填写申请表并加盖公章"), channel.Sent)
		answers("退休年龄是多少", entry("改过的答复"), channel.Sent)
		answers("人工", inbox.ReplyInput{Text: "您好，请讲"}, channel.Sent)
		answers("没有送达的问题", inbox.ReplyInput{Text: "自己写的"}, channel.Never)
		o.collect(t)
		got := o.list(t, gap.Open)
		slices.Sort(got)
		want := []string{"公积金怎么提取 ×1 passed_over=1", "无人机在哪里登记 ×1 unanswered=1", "退休年龄是多少 ×1 edited=1", "失业金领多久 ×1 edited=1"}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	})
}

// A model's draft that a person rejects or changes tells of a gap; the question
// counts once, whatever is done about it after.
func TestDraftsOfModels(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.run(t, `INSERT INTO drafts (id, ticket_id, user_id, model, state, prompt, text, created_at) VALUES (7, $1, 1, 'm', 'written', '', '请携带身份证', 1)`,
			int64(o.NewCitizen(o.account).Says(t, "第一句话")))
		decide := func(question, text string) inbox.TicketID {
			ticket := o.NewCitizen(o.account).Says(t, question)
			r := o.Proposes(t, o.staff, ticket, "请携带身份证")
			var err error
			if text == "" {
				_, err = o.Service.Reject(t.Context(), o.staff, r.ID, "不对")
			} else if r, err = o.Service.Approve(t.Context(), o.staff, r.ID, inbox.ApproveInput{Text: text}); err == nil {
				o.Delivers(t, r, channel.Sent)
			}
			if err != nil {
				t.Fatal(err)
			}
			return ticket
		}
		decide("居住证怎么办理", "请携带身份证")
		decide("养老金什么时候发", "您好，请携带身份证。谢谢")
		decide("无人机在哪里登记", "请携带身份证和无人机")
		rejected := decide("外地车牌可以进城吗", "")
		o.collect(t)
		o.collect(t)
		o.want(t, gap.Open, "无人机在哪里登记 ×1 edited=1", "外地车牌可以进城吗 ×1 rejected=1")
		o.Delivers(t, o.Writes(t, o.staff, rejected, "限行时段不可以"), channel.Sent)
		o.collect(t)
		o.want(t, gap.Open, "无人机在哪里登记 ×1 edited=1", "外地车牌可以进城吗 ×1 unanswered=1 rejected=1")
	})
}

// A gap's way: an entry is drafted from it, published, and what is asked since
// is shown; or it is ignored, and opened again.
func TestWayOfAGap(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		o.bot(t, "外地车牌可以进城吗", "hand_over", "below_threshold", "{}")
		o.bot(t, "外地车牌能进城吗", "hand_over", "below_threshold", "{}")
		o.bot(t, "外地车牌能进城吗 13800138000", "hand_over", "below_threshold", "{}")
		o.collect(t)
		page, err := o.gaps.Gaps(ctx, o.staff, gap.Filter{})
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("gaps %+v, %v", page, err)
		}
		id := page.Items[0].ID
		entry, err := o.gaps.Draft(ctx, o.staff, id, "可以，限行时段除外。")
		if err != nil || entry.Question != "外地车牌可以进城吗" || entry.Answer != "可以，限行时段除外。" || !slices.Equal(entry.Similar, []string{"外地车牌能进城吗"}) {
			t.Fatalf("drafted %+v, %v", entry, err)
		}
		o.want(t, gap.Open)
		o.want(t, gap.Drafted, "外地车牌可以进城吗 ×3 unanswered=3")
		if _, err := o.gaps.Draft(ctx, o.staff, id, "再来"); desk.ReasonOf(err) != "gap_drafted" {
			t.Errorf("drafting twice: %v", err)
		}
		o.run(t, `UPDATE entries SET state = 'published' WHERE id = $1`, int64(entry.ID))
		o.Pass(time.Hour)
		o.bot(t, "外地车牌能不能进城", "hand_over", "below_threshold", "{}")
		o.collect(t)
		o.want(t, gap.Closed, "外地车牌可以进城吗 ×4 unanswered=4")
		g, examples, err := o.gaps.Gap(ctx, o.staff, id)
		if err != nil || g.Since != 1 || g.State != gap.Closed || g.EntryID != entry.ID || g.Entry != entry.Question || len(examples) != 4 || examples[0].Question != "外地车牌能不能进城" {
			t.Errorf("gap %+v, %+v, %v", g, examples, err)
		}
		for _, e := range examples {
			if strings.Contains(e.Question, "13800138000") {
				t.Errorf("personal data were kept: %s", e.Question)
			}
		}
		if err := o.gaps.Ignore(ctx, o.staff, id, " "); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("ignoring without a reason: %v", err)
		}
		if err := o.gaps.Ignore(ctx, o.staff, id, "不归本市管"); err != nil {
			t.Fatal(err)
		}
		o.want(t, gap.Ignored, "外地车牌可以进城吗 ×4 unanswered=4")
		o.bot(t, "外地车牌可不可以进城", "hand_over", "below_threshold", "{}")
		o.collect(t)
		o.want(t, gap.Open, "外地车牌可不可以进城 ×1 unanswered=1")
		if err := o.gaps.Reopen(ctx, o.staff, id); err != nil {
			t.Fatal(err)
		}
		o.want(t, gap.Open, "外地车牌可以进城吗 ×4 unanswered=4", "外地车牌可不可以进城 ×1 unanswered=1")
		if err := o.gaps.Link(ctx, o.staff, id, 999); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("linking nothing: %v", err)
		}
		if err := o.gaps.Link(ctx, o.staff, id, entry.ID); err != nil {
			t.Fatal(err)
		}
		o.want(t, gap.Closed, "外地车牌可以进城吗 ×4 unanswered=4")
	})
}

func TestGapsAreForEditors(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, liaison := t.Context(), o.Liaison(t, "联络员", o.Department(t, "公安局"))
		_, listing := o.gaps.Gaps(ctx, liaison, gap.Filter{})
		_, _, reading := o.gaps.Gap(ctx, liaison, 1)
		_, drafting := o.gaps.Draft(ctx, liaison, 1, "")
		for name, err := range map[string]error{
			"list": listing, "read": reading, "draft": drafting, "ignore": o.gaps.Ignore(ctx, liaison, 1, "理由"),
			"reopen": o.gaps.Reopen(ctx, liaison, 1), "link": o.gaps.Link(ctx, liaison, 1, 1),
		} {
			if desk.CodeOf(err) != desk.Forbidden {
				t.Errorf("%s: got %v, want forbidden", name, err)
			}
		}
		if err := o.gaps.Reopen(ctx, o.staff, 99); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("a gap that is not there: %v", err)
		}
		if _, err := o.gaps.Gaps(ctx, o.staff, gap.Filter{State: "x"}); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("no such state: %v", err)
		}
	})
}

// Pages of a list of many go through all of them once.
func TestManyGaps(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const many = 450
		for i := range many {
			// Three characters of a row of their own each: nothing alike.
			c := rune(0x4E00 + i*9)
			o.bot(t, string([]rune{c, c + 1, c + 2, c + 3, c + 4}), "hand_over", "below_threshold", "{}")
		}
		o.collect(t)
		seen := map[gap.ID]bool{}
		f := gap.Filter{Limit: 100}
		for range many {
			page, err := o.gaps.Gaps(t.Context(), o.staff, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range page.Items {
				seen[g.ID] = true
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != many {
			t.Errorf("%d gaps, want %d", len(seen), many)
		}
	})
}
