package api_test

import (
	"net/url"
	"testing"

	"replydesk/app/store/inboxdb"
	"replydesk/inbox/search"
)

// index brings the index of ticket search up to date.
func (d *testDesk) indexTickets(t testing.TB) {
	t.Helper()
	x := inboxdb.NewIndexer(inboxdb.New(d.db), search.Words{})
	for more := true; more; {
		var err error
		more, err = x.Step(t.Context())
		must(t, err)
	}
}

func TestSearch(t *testing.T) {
	d := newDesk(t)
	first := d.says(t, 1, "o-citizen-a91c", "居住证怎么办理？")
	second := d.says(t, 1, "o-citizen-b2", "我之前的留言没人回，电话 13800001111")
	d.post(t, "limin", "/api/v1/tickets/"+first+"/notes", body{"text": "已问公安局"})
	d.post(t, "limin", "/api/v1/tickets/"+first+"/tags", body{"tags": []string{"户籍"}})
	d.post(t, "limin", "/api/v1/tickets/"+first+"/escalations", body{"department_id": "1"})
	d.indexTickets(t)
	q := func(words, more string) string { return "GET /search?q=" + url.QueryEscape(words) + more }
	one := func(id, source string) map[string]any {
		return map[string]any{"items.#": 1, "items.0.ticket.id": id, "items.0.excerpt.source": source, "next_cursor": ""}
	}
	none := map[string]any{"items": []any{}, "next_cursor": ""}
	d.run(t, []scenario{
		{name: "two characters", as: "limin", call: q("留言", ""), status: 200, want: map[string]any{
			"items.#": 1, "items.0.ticket.id": second, "items.0.ticket.account.name": "城市发布", "items.0.excerpt.source": "message",
			"items.0.excerpt.at": "2026-11-22T01:00:00Z", "items.0.excerpt.text": "我之前的留言没人回，电话 〔电话〕",
			"items.0.excerpt.matches": []any{map[string]any{"start": 4.0, "end": 6.0}},
		}},
		{name: "part of a phone number", as: "limin", call: q("38000", ""), status: 200, want: one(second, "message")},
		{name: "a number", as: "limin", call: q("20261122-0001", ""), status: 200, want: one(first, "number")},
		{name: "newest first, a page", as: "limin", call: q("20261122", "&limit=1"), status: 200, want: map[string]any{"items.#": 1, "items.0.ticket.id": second}},
		{name: "a note", as: "limin", call: q("公安局", ""), status: 200, want: one(first, "note")},
		{name: "a note is not for the liaison", as: "liaison", call: q("公安局", ""), status: 200, want: none},
		{name: "the liaison's ticket", as: "liaison", call: q("居住证", ""), status: 200, want: one(first, "message")},
		{name: "not the liaison's ticket", as: "liaison", call: q("留言", ""), status: 200, want: none},
		{name: "of no account of theirs", as: "narrow", call: q("留言", ""), status: 200, want: none},
		{name: "by everything", as: "limin", status: 200, want: one(first, "message"),
			call: q("居住证", "&state=with_department&account_id=1&department_id=1&kind=private&assignee_id=none&from=2026-11-22&to=2026-11-22&tag="+url.QueryEscape("户籍"))},
		{name: "the day before", as: "limin", call: q("居住证", "&to=2026-11-21"), status: 200, want: none},
		{name: "another tag", as: "limin", call: q("居住证", "&tag="+url.QueryEscape("户")), status: 200, want: none},
		{name: "signs only", as: "limin", call: q("，", ""), status: 200, want: none},
		{name: "nothing", as: "limin", call: "GET /search", status: 422, want: map[string]any{"fields.0.name": "q"}},
		{name: "no day", as: "limin", call: q("居住证", "&from=2026-13-01"), status: 422},
		{name: "no cursor of ours", as: "limin", call: q("居住证", "&cursor=abc"), status: 422, want: map[string]any{"fields.0.name": "cursor"}},
		{name: "signed out", call: q("居住证", ""), status: 401},
		{name: "the list by the same truth", as: "limin", call: "GET /tickets?q=" + url.QueryEscape("留言"), status: 200, want: map[string]any{"items.#": 1, "items.0.id": second}},
		{name: "the list, of a view", as: "limin", call: "GET /tickets?view=closed&q=" + url.QueryEscape("留言"), status: 200, want: map[string]any{"items.#": 0}},
		{name: "the list, not the liaison's", as: "liaison", call: "GET /tickets?view=all&q=" + url.QueryEscape("留言"), status: 200, want: map[string]any{"items.#": 0}},
	})
}
