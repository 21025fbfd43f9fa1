package inbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/search"
)

// words are how the tests' desks read texts.
var words = search.Words{}

// searched are the numbers of the tickets an actor finds.
func searched(t inboxtest.T, d *inboxtest.Desk, actor desk.Actor, q string) (ids []inbox.TicketID) {
	t.Helper()
	page, err := d.Service.Search(t.Context(), inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: actor, Query: q, Limit: inbox.MaxFound}})
	if err != nil {
		t.Fatalf("search %q: %v", q, err)
	}
	for _, hit := range page.Items {
		ids = append(ids, hit.ID)
	}
	return ids
}

// finds fails unless the actor finds exactly these tickets.
func finds(t *testing.T, d *inboxtest.Desk, actor desk.Actor, q string, want ...inbox.TicketID) {
	t.Helper()
	if got := searched(t, d, actor, q); !slices.Equal(got, want) {
		t.Errorf("%s finds %v by %q, want %v", actor.Name, got, q, want)
	}
}

// Whatever is written in whatever order by whomever, a search finds what a
// person finds who may read everything they may read, and reads all of it.
func TestSearchFindsWhatAReaderFinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		checks(t, "20")
		d := inboxtest.New(t, inboxdbtest.New(db), func(r *inbox.Rules) { r.Words = words })
		rapid.Check(t, func(t *rapid.T) { readAndSearch(t, d) })
	})
}

func readAndSearch(t *rapid.T, d *inboxtest.Desk) {
	accounts := []int64{d.AddAccount(t, "甲"), d.AddAccount(t, "乙")}
	department := d.Department(t, "户籍")
	boss := d.Supervisor(t, "boss", accounts...)
	actors := []desk.Actor{boss, d.Staff(t, "staff", accounts[0]), d.Liaison(t, "liaison", department)}
	text := rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom([]rune("居住证办理水电abc1234 ，")), 1, 12).Draw(t, "text"))
	})
	written := rapid.Custom(func(t *rapid.T) string {
		return text.Filter(func(s string) bool { return strings.TrimSpace(s) != "" }).Draw(t, "written")
	})
	var tickets []inbox.TicketID
	for i := range rapid.IntRange(1, 6).Draw(t, "citizens") {
		c := d.NewCitizen(accounts[i%2])
		in := c.Message(text.Draw(t, "message"))
		in.Name = text.Draw(t, "name")
		tickets = append(tickets, d.Receives(t, c.Account, in))
	}
	for range rapid.IntRange(0, 8).Draw(t, "steps") {
		if rapid.IntRange(0, 3).Draw(t, "index") == 0 {
			d.Index(t, words)
		}
		id := rapid.SampledFrom(tickets).Draw(t, "ticket")
		var err error
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			_, err = d.Service.AddNote(t.Context(), boss, id, written.Draw(t, "note"))
		case 1:
			d.Writes(t, boss, id, written.Draw(t, "reply"))
		case 2:
			_, err = d.Service.Dispatch(t.Context(), boss, id, inbox.Dispatch{Lead: department, Instead: true, Remark: "请答复"})
		}
		if err != nil && desk.CodeOf(err) != desk.Conflict {
			t.Fatalf("work: %v", err)
		}
	}
	d.Index(t, words)
	for range 4 {
		q := text.Draw(t, "query")
		for _, actor := range actors {
			var want []inbox.TicketID
			for _, id := range slices.Backward(tickets) {
				if reads(t, d, actor, id, q) {
					want = append(want, id)
				}
			}
			if actor.Role == desk.Liaison { // of this round's department only
				if got := searched(t, d, actor, q); !slices.Equal(got, want) {
					t.Fatalf("%s finds %v by %q, want %v", actor.Name, got, q, want)
				}
				continue
			}
			if got := searched(t, d, actor, q); !slices.Equal(got, want) {
				t.Fatalf("%s finds %v by %q, want %v", actor.Name, got, q, want)
			}
		}
	}
}

// reads says whether an actor who reads a ticket finds every word of q.
func reads(t *rapid.T, d *inboxtest.Desk, actor desk.Actor, id inbox.TicketID, q string) bool {
	if !d.Service.MaySee(t.Context(), actor, id) {
		return false
	}
	row, tl := d.Ticket(t, id), d.Timeline(t, id)
	texts := []string{row.Number, row.Subject, row.Contact.Name}
	for _, m := range tl.Messages {
		texts = append(texts, m.Text)
	}
	if actor.Role != desk.Liaison { // they read what was sent, and no drafts: found by neither
		for _, r := range tl.Replies {
			texts = append(texts, r.Text)
		}
		for _, n := range tl.Notes {
			texts = append(texts, n.Text)
		}
	}
	said := false
	for word := range strings.FieldsSeq(q) {
		if strings.Trim(word, "，") == "" {
			continue
		}
		said = true
		if !slices.ContainsFunc(texts, func(s string) bool { return stands(s, word) }) {
			return false
		}
	}
	return said
}

// stands says whether a word stands in a text, one of letters where a word
// begins.
func stands(s, word string) bool {
	letter := func(r rune) bool { return r < 0x80 && unicode.IsLetter(r) }
	for i := range s {
		if strings.HasPrefix(s[i:], word) && (!letter([]rune(word)[0]) || i == 0 || !letter(rune(s[i-1]))) {
			return true
		}
	}
	return false
}

func TestSearchFollowsWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		department := d.Department(t, "户籍")
		liaison := d.Liaison(t, "联络员", department)
		zhang := d.NewCitizen(account)
		ticket := zhang.Says(t, "居住证怎么办理")
		finds(t, d, staff, "居住证") // not indexed yet
		d.Index(t, words)
		finds(t, d, staff, "居住证", ticket)
		finds(t, d, liaison, "居住证")
		d.Dispatches(t, staff, ticket, department)
		_, err := d.Service.AddNote(t.Context(), staff, ticket, "已问派出所")
		must(t, err)
		d.Index(t, words)
		finds(t, d, liaison, "居住证", ticket)
		finds(t, d, liaison, "派出所")
		finds(t, d, staff, "派出所", ticket)
		finds(t, d, staff, "派出所 居住证", ticket)

		// Rights count at once, whatever the index says.
		_, err = d.Service.Dispatch(t.Context(), staff, ticket, inbox.Dispatch{Lead: d.Department(t, "社保"), Instead: true})
		must(t, err)
		finds(t, d, liaison, "居住证")

		// A new name is found in the old tickets too, the old one no longer.
		older := zhang
		d.Answers(t, staff, ticket, "网上办理")
		must(t, d.Service.Close(t.Context(), staff, ticket, "不必再等承办单位"))
		d.Pass(200 * time.Hour)
		in := older.Message("公积金提取")
		in.Name = "张三"
		next := d.Receives(t, account, in)
		if next == ticket {
			t.Fatal("the second question is in the first ticket")
		}
		d.Index(t, words)
		finds(t, d, staff, "张三", next, ticket)
		finds(t, d, staff, "张三 居住证", ticket)
		in = older.Message("还有一个问题")
		in.Name = "李四"
		d.Receives(t, account, in)
		d.Index(t, words)
		finds(t, d, staff, "李四", next, ticket)
		finds(t, d, staff, "张三")
	}, func(r *inbox.Rules) { r.Words = words })
}

// Erasing takes everything out of the index in its own transaction, and an
// indexing step that had read before does not bring it back.
func TestErasedPeopleLeaveTheIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := inboxtest.New(t, inboxdbtest.New(db), func(r *inbox.Rules) { r.Words = words })
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		zhang, li := d.NewCitizen(account), d.NewCitizen(account)
		in := zhang.Message("秘密在此")
		in.Name = "张三"
		gone := d.Receives(t, account, in)
		kept := li.Says(t, "秘密之外")
		top := li.Comment("p1", "", "楼主的话")
		thread := d.Receives(t, account, top)
		d.Receives(t, account, zhang.Comment("p1", top.ExternalID, "路过的秘密"))
		d.Index(t, words)
		finds(t, d, staff, "秘密", thread, kept, gone)
		number := d.Ticket(t, gone).Number

		d.Receives(t, account, zhang.Leave())
		for _, term := range []string{"秘密", "在此", "张三", "路过"} {
			for _, line := range d.Dump(t) {
				if strings.HasPrefix(line, "search_tickets") && strings.Contains(line, fmt.Sprintf("ticket_id=%d ", gone)) && strings.Contains(line, term) {
					t.Errorf("the index still knows %q of the erased ticket: %s", term, line)
				}
				if strings.HasPrefix(line, "search_postings") && strings.Contains(line, "term="+term+" ") && term != "秘密" {
					t.Errorf("the index still has %s", line)
				}
			}
		}
		finds(t, d, staff, "秘密", kept)
		finds(t, d, staff, number) // for a moment: what is left is indexed by the next step
		d.Index(t, words)
		finds(t, d, staff, "秘密", kept)
		finds(t, d, staff, number, gone)
		finds(t, d, staff, "楼主", thread)
		finds(t, d, staff, "资料已按要求删除")
	})
}

// Steps of several processes, erasing and new messages at once: at the end the
// index holds what the tickets say, no more and no less.
func TestIndexersOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := inboxtest.New(t, inboxdbtest.New(db), func(r *inbox.Rules) { r.Words = words })
		account := d.AddAccount(t, "市政务")
		done := make(chan struct{})
		failed := make(chan error, 3)
		for range 3 {
			x := inboxdb.NewIndexer(inboxdb.New(db), words)
			go func() {
				for {
					if _, err := x.Step(t.Context()); err != nil {
						failed <- err
						return
					}
					select {
					case <-done:
						failed <- nil
						return
					default:
					}
				}
			}()
		}
		for i := range 40 {
			c := d.NewCitizen(account)
			c.Says(t, fmt.Sprintf("问题%d居住证", i))
			c.Says(t, "再问一句")
			if i%5 == 0 {
				d.Receives(t, account, c.Leave())
			}
		}
		close(done)
		for range 3 {
			must(t, <-failed)
		}
		d.Index(t, words)
		grown := index(t, d)
		rebuild(t, db, d)
		if fresh := index(t, d); !slices.Equal(grown, fresh) {
			t.Errorf("the index that grew differs from one made at once:\n%d rows and %d", len(grown), len(fresh))
			for _, line := range grown {
				if !slices.Contains(fresh, line) {
					t.Errorf("too much: %.120q", line)
				}
			}
			for _, line := range fresh {
				if !slices.Contains(grown, line) {
					t.Errorf("missing: %.120q", line)
				}
			}
		}
	})
}

// index is everything the index holds.
func index(t *testing.T, d *inboxtest.Desk) (lines []string) {
	t.Helper()
	for _, line := range d.Dump(t) {
		if strings.HasPrefix(line, "search_postings") || strings.HasPrefix(line, "search_tickets") {
			lines = append(lines, line)
		}
	}
	return lines
}

// rebuild makes the index again from nothing, as after an update of an old desk.
func rebuild(t *testing.T, db *store.DB, d *inboxtest.Desk) {
	t.Helper()
	must(t, db.Atomic(t.Context(), func(tx *store.Tx) error {
		for _, query := range []string{`DELETE FROM search_postings`, `DELETE FROM search_tickets`,
			`UPDATE search_progress SET version = 0, revision = revision + 1`} {
			if _, err := tx.Exec(t.Context(), query); err != nil {
				return err
			}
		}
		return nil
	}))
	d.Index(t, words)
}
