package api_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"replydesk/inbox/channel"
)

func TestTicketWork(t *testing.T) {
	d := newDesk(t)
	id := d.says(t, 1, "o-citizen-a91c", "居住证怎么办理？")
	at := "/tickets/" + id
	d.run(t, []scenario{
		{name: "list", as: "limin", call: "GET /tickets", status: 200, want: map[string]any{
			"items.#": 1, "items.0.id": id, "items.0.number": "20261122-0001", "items.0.state": "new", "items.0.kind": "private",
			"items.0.priority": "normal", "items.0.account.name": "城市发布", "items.0.account.platform": "fake",
			"items.0.contact.label": "粉丝 a91c", "items.0.post": nil, "items.0.subject": "居住证怎么办理？", "items.0.assignee": nil,
			"items.0.department": nil, "items.0.tags": []any{}, "items.0.clocks.#": 1, "items.0.clocks.0.name": "first_reply",
			"items.0.clocks.0.state": "running", "items.0.clocks.0.due_at": "2026-11-23T01:00:00Z", "items.0.clocks.0.met_at": absent,
			"items.0.due_at": "2026-11-23T01:00:00Z", "items.0.last_message_at": "2026-11-22T01:00:00Z", "items.0.unread": true,
			"items.0.message_count": 1, "items.0.window": absent, "items.0.limits": absent, "next_cursor": "",
		}},
		{name: "one", as: "limin", call: "GET " + at, status: 200, want: map[string]any{
			"id": id, "window.open": true, "window.left": 5, "window.until": "2026-11-24T01:00:00Z", "limits.max_bytes": 120, "limits.max_runes": 0,
		}},
		{name: "counts", as: "limin", call: "GET /tickets/counts", status: 200, want: map[string]any{
			"open": 1, "mine": 0, "unassigned": 1, "due_soon": 0, "overdue": 0, "in_review": 0, "failed": 0,
		}},
		{name: "take it", as: "limin", call: "POST " + at + "/assign", in: body{"assignee_id": "3"}, status: 200,
			want: map[string]any{"state": "open", "assignee.id": "3", "assignee.name": "李敏", "limits.max_bytes": 120}, events: []string{"ticket.assigned"}},
		{name: "take it again", as: "limin", call: "POST " + at + "/assign", in: body{"assignee_id": "3"}, status: 200},
		{name: "to a liaison", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": "5"}, status: 422,
			want: map[string]any{"code": "invalid", "fields.0.name": "assignee_id"}},
		{name: "to who does not see it", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": "4"}, status: 422},
		{name: "to nothing", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": "x"}, status: 422,
			want: map[string]any{"fields.0.name": "assignee_id"}},
		{name: "without saying to whom", as: "chief", call: "POST " + at + "/assign", in: body{}, status: 422,
			want: map[string]any{"fields.0.name": "assignee_id"}},
		{name: "to nobody", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": nil}, status: 200,
			want: map[string]any{"state": "new", "assignee": nil}, events: []string{"ticket.assigned"}},
		{name: "back", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": "3"}, status: 200, events: []string{"ticket.assigned"}},
		{name: "to nobody by empty text", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": ""}, status: 200,
			events: []string{"ticket.assigned"}},
		{name: "urgent", as: "chief", call: "POST " + at + "/priority", in: body{"priority": "urgent"}, status: 200,
			want: map[string]any{"priority": "urgent"}, events: []string{"ticket.prioritized"}},
		{name: "no such priority", as: "chief", call: "POST " + at + "/priority", in: body{"priority": "extreme"}, status: 422,
			want: map[string]any{"fields.0.name": "priority"}},
		{name: "tags", as: "limin", call: "POST " + at + "/tags", in: body{"tags": []string{"户籍", " 居住证 ", "户籍"}}, status: 200,
			want: map[string]any{"tags": []any{"户籍", "居住证"}}, events: []string{"ticket.tagged"}},
		{name: "blank tag", as: "limin", call: "POST " + at + "/tags", in: body{"tags": []string{" "}}, status: 422,
			want: map[string]any{"fields.0.name": "tags"}},
		{name: "note", as: "limin", call: "POST " + at + "/notes", in: body{"text": "已问公安局"}, status: 201,
			want: map[string]any{"type": "note", "text": "已问公安局", "author.name": "李敏", "at": "2026-11-22T01:00:00Z"}, events: []string{"note.added"}},
		{name: "blank note", as: "limin", call: "POST " + at + "/notes", in: body{"text": " \n"}, status: 422,
			want: map[string]any{"fields.0.name": "text"}},
		{name: "unknown field", as: "limin", call: "POST " + at + "/notes", in: body{"text": "x", "color": "red"}, status: 422,
			want: map[string]any{"fields.0.name": "color", "fields.0.message": "没有这个字段"}},
		{name: "not JSON", as: "limin", call: "POST " + at + "/notes", in: raw("{"), status: 400, want: map[string]any{"reason": "malformed"}},
		{name: "nothing", as: "limin", call: "POST " + at + "/notes", status: 400},
		{name: "a number for a text", as: "limin", call: "POST " + at + "/notes", in: body{"text": 7}, status: 422,
			want: map[string]any{"fields.0.name": "text"}},
		{name: "to a department", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "1", "remark": "请公安局答复"}, status: 200,
			want: map[string]any{"state": "with_department", "department.name": "市公安局"}, events: []string{"escalation.dispatched"}},
		{name: "to none", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "9", "instead": true}, status: 422,
			want: map[string]any{"fields.0.name": "department_id"}},
		{name: "the liaison sees it", as: "liaison", call: "GET " + at, status: 200, want: map[string]any{"department.id": "1"}},
		{name: "and remarks", as: "liaison", call: "POST " + at + "/notes", in: body{"text": "收到"}, status: 201, events: []string{"note.added"}},
		{name: "close without an answer", as: "limin", call: "POST " + at + "/close", status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "close for a reason", as: "limin", call: "POST " + at + "/close", in: body{"reason": "电话已答复"}, status: 200,
			want: map[string]any{"state": "closed", "closing_reason": "电话已答复", "due_at": absent, "clocks.0.state": "cancelled"}, events: []string{"escalation.withdrawn", "ticket.closed"}},
		{name: "reopen", as: "limin", call: "POST " + at + "/reopen", in: body{}, status: 200, want: map[string]any{"state": "new"}, events: []string{"ticket.reopened"}},
		{name: "reopen what is open", as: "limin", call: "POST " + at + "/reopen", status: 409, want: map[string]any{"code": "conflict", "reason": "ticket_state"}},
		{name: "ignore without a reason", as: "limin", call: "POST " + at + "/ignore", in: body{}, status: 422},
		{name: "ignore", as: "limin", call: "POST " + at + "/ignore", in: body{"reason": "广告"}, status: 200, want: map[string]any{"state": "ignored"},
			events: []string{"ticket.ignored"}},
	})
	head, err := d.db.Head(t.Context())
	must(t, err)
	d.run(t, []scenario{
		{name: "read", as: "limin", call: "POST " + at + "/read", in: body{"event": head}, status: 204},
		{name: "is read", as: "limin", call: "GET " + at, status: 200, want: map[string]any{"unread": false, "last_event": int(head)}},
		{name: "but not by others", as: "chief", call: "GET " + at, status: 200, want: map[string]any{"unread": true}},
		{name: "a negative event", as: "limin", call: "POST " + at + "/read", in: body{"event": -1}, status: 422},
	})
}

func TestTicketFilters(t *testing.T) {
	d := newDesk(t)
	first := d.says(t, 1, "o-1", "居住证怎么办理")
	d.clock.pass(time.Minute)
	second := d.says(t, 2, "o-2", "公积金怎么提取")
	d.clock.pass(time.Minute)
	comment := d.says(t, 2, "o-3", "写得好", func(in *channel.Inbound) {
		in.Kind, in.Post = channel.Comment, &channel.Post{ExternalID: "p1", Title: "办事指南", URL: "https://example.test/p1"}
	})
	must(t, d.inbox.Assign(t.Context(), people[0].Actor(), 1, 3))
	d.indexTickets(t)
	list := func(name, query string, want ...string) scenario {
		parts := map[string]any{"items.#": len(want)}
		for i, id := range want {
			parts[fmt.Sprintf("items.%d.id", i)] = id
		}
		return scenario{name: name, as: "limin", call: "GET /tickets?" + query, status: 200, want: parts}
	}
	d.run(t, []scenario{
		list("open, most urgent first", "", first, second, comment),
		list("newest", "view=all", comment, second, first),
		list("newest of the open", "view=open&sort=newest", comment, second, first),
		list("mine", "view=mine", first),
		list("unassigned", "view=unassigned", second, comment),
		list("closed", "view=closed"),
		list("due soon", "view=due_soon"),
		list("assigned to me", "assignee_id=me", first),
		list("assigned to nobody", "assignee_id=none", second, comment),
		list("assigned to 3", "assignee_id=3", first),
		list("of an account", "account_id=2", second, comment),
		list("of a state", "state=open", first),
		list("comments", "kind=comment", comment),
		list("words", "q="+url.QueryEscape("公积金"), second),
		list("a number", "q=20261122-0001", first),
		list("a hostile pattern", "q="+url.QueryEscape("%' OR 1=1 --")),
		list("department", "department_id=1"),
		{name: "no such view", as: "limin", call: "GET /tickets?view=secret", status: 422, want: map[string]any{"fields.0.name": "view"}},
		{name: "no such state", as: "limin", call: "GET /tickets?state=lost", status: 422, want: map[string]any{"fields.0.name": "state"}},
		{name: "not an id", as: "limin", call: "GET /tickets?account_id=-1", status: 422, want: map[string]any{"fields.0.name": "account_id"}},
		{name: "not an assignee", as: "limin", call: "GET /tickets?assignee_id=you", status: 422},
		{name: "a limit too high", as: "limin", call: "GET /tickets?limit=201", status: 422, want: map[string]any{"fields.0.name": "limit"}},
		{name: "a broken cursor", as: "limin", call: "GET /tickets?cursor=nonsense", status: 422, want: map[string]any{"fields.0.name": "cursor"}},
		{name: "a comment's article", as: "limin", call: "GET /tickets/" + comment, status: 200,
			want: map[string]any{"post.title": "办事指南", "window": nil, "kind": "comment"}},
	})
	// The pages of a list hold everything once.
	var got []string
	cursor := ""
	for range 5 {
		r := d.get(t, "limin", "/api/v1/tickets?view=all&limit=1&cursor="+cursor)
		got = append(got, r.text(t, "items.0.id"))
		if cursor = r.text(t, "next_cursor"); cursor == "" {
			break
		}
	}
	if want := fmt.Sprint([]string{comment, second, first}); fmt.Sprint(got) != want {
		t.Errorf("the pages hold %v, want %s", got, want)
	}
}

func TestTicketHistory(t *testing.T) {
	d := newDesk(t)
	first := d.says(t, 1, "o-1", "居住证怎么办理")
	must(t, d.inbox.Close(t.Context(), people[0].Actor(), 1, "电话已答复"))
	d.clock.pass(100 * time.Hour)
	second := d.says(t, 1, "o-1", "还要多久")
	if first == second {
		t.Fatal("the message joined the old ticket")
	}
	r := d.do(t, "", "GET", "/api/v1/tickets/"+second+"/history", nil)
	if r.status != 401 {
		t.Fatalf("a session of four days ago: %d", r.status)
	}
	d.revive(t)
	d.run(t, []scenario{
		{name: "history", as: "limin", call: "GET /tickets/" + second + "/history", status: 200,
			want: map[string]any{"items.#": 1, "items.0.id": first, "items.0.state": "closed", "next_cursor": ""}},
	})
}

// Of the open windows the one that matters is shown, not their sum.
func TestWindowThatMatters(t *testing.T) {
	d := newDesk(t)
	minute := channel.Window{Name: "menu", Limit: 3, Until: d.clock.now().Add(time.Minute)}
	tapped := d.says(t, 1, "o-1", "公积金", func(in *channel.Inbound) { in.Effects.Windows = append(in.Effects.Windows, minute) })
	onlyTap := d.says(t, 1, "o-2", "公积金", func(in *channel.Inbound) { in.Effects.Windows = []channel.Window{minute} })
	usedUp := d.says(t, 1, "o-3", "公积金", func(in *channel.Inbound) {
		in.Effects.Windows[0].Limit = 0
		in.Effects.Windows = append(in.Effects.Windows, minute)
	})
	none := d.says(t, 1, "o-4", "公积金", func(in *channel.Inbound) { in.Effects.Windows[0].Limit = 0 })
	shown := func(name, id string, left int, until string, open bool) scenario {
		return scenario{name: name, as: "limin", call: "GET /tickets/" + id, status: 200,
			want: map[string]any{"window.left": left, "window.until": until, "window.open": open}}
	}
	d.run(t, []scenario{
		shown("two days beside a minute", tapped, 5, "2026-11-24T01:00:00Z", true),
		shown("a minute alone", onlyTap, 3, "2026-11-22T01:01:00Z", true),
		shown("a minute after two used up days", usedUp, 3, "2026-11-22T01:01:00Z", true),
		shown("all used up", none, 0, "2026-11-24T01:00:00Z", false),
	})
}
