package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"replydesk/app/api"
	"replydesk/app/store"
	"replydesk/app/store/draftdb"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	phrases "replydesk/configs/bot"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// writer is a model that writes what it is told to, in two pieces.
type writer struct {
	text string
	err  error
}

func (w *writer) Name() string { return "m" }

func (w *writer) Complete(_ context.Context, _ bot.Prompt, delta func(string)) (bot.Completion, error) {
	if w.err != nil {
		return bot.Completion{}, w.err
	}
	if half := len(w.text) / 6 * 3; delta != nil {
		delta(w.text[:half])
		delta(w.text[half:])
	}
	return bot.Completion{Text: w.text, TokensIn: 10, TokensOut: 5}, nil
}

// shelf is a search that finds one entry.
type shelf struct{}

func (shelf) Search(context.Context, string, int) ([]faq.Hit, error) {
	return []faq.Hit{{Confidence: 1, Entry: faq.Entry{ID: 4, Revision: 2, Content: faq.Content{Question: "居住证怎么办理", Answer: "到派出所办理"}}}}, nil
}

// shelve puts the shelf's entry into the library, in that revision.
func (d *testDesk) shelve(t *testing.T, revision int64) {
	t.Helper()
	err := d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO entries (id, code, question, answer, state, revision, created_at, updated_at)
			VALUES (4, 'G-4', '居住证怎么办理', '到派出所办理', 'published', $1, 1, 1) ON CONFLICT (id) DO UPDATE SET revision = excluded.revision`, revision)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newDraftDesk(t *testing.T) (*testDesk, *writer) {
	t.Helper()
	return newDraftDeskOn(t, storetest.Open(t, "", t.TempDir()))
}

func newDraftDeskOn(t *testing.T, db *store.DB) (*testDesk, *writer) {
	t.Helper()
	w := &writer{text: "请到派出所办理[1]"}
	drafts := &struct{ *bot.Drafts }{}
	d := newDeskOn(t, db, func(deps *api.Deps, _ *api.Config) { deps.Drafts = drafts })
	d.shelve(t, 2)
	claims, err := bot.LoadClaims(phrases.Files)
	if err != nil {
		t.Fatal(err)
	}
	drafts.Drafts = bot.NewDrafts(bot.DraftDeps{
		Model: w, Desk: d.inbox, Search: shelf{}, Store: draftdb.New(d.db), Claims: claims, Now: d.clock.now, Log: slog.New(slog.DiscardHandler),
		Budget: bot.Budget{TokensPerDay: 1_000_000_000, CallsPerMinute: 10_000},
	})
	return d, w
}

func TestDrafts(t *testing.T) {
	d, w := newDraftDesk(t)
	at := "/tickets/" + d.says(t, 1, "o-1", "我的电话是13800138000，居住证怎么办理")
	d.run(t, []scenario{
		{name: "the page knows", as: "limin", call: "GET /session", status: 200, want: map[string]any{"features.drafts": true}},
		{name: "write", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}, want: map[string]any{
			"id": "1", "model": "m", "state": "in_review", "text": "请到派出所办理", "masked": 1.0,
			"citations.0.entry_id": "4", "citations.0.revision": 2.0, "citations.#": 1,
			"reply.id": "1", "reply.state": "in_review", "reply.origin": "llm", "reply.draft_id": "1", "reply.author": nil}},
		{name: "what was sent", as: "chief", call: "GET /drafts/1", status: 200, want: map[string]any{"text": "请到派出所办理", "reply": nil}},
		{name: "a liaison", as: "liaison", call: "POST " + at + "/drafts", status: 403},
		{name: "a liaison reads", as: "liaison", call: "GET /drafts/1", status: 403},
		{name: "no such ticket", as: "limin", call: "POST /tickets/99/drafts", status: 404},
		{name: "no such draft", as: "limin", call: "GET /drafts/99", status: 404},
		{name: "approve changed", as: "limin", call: "POST /replies/1/approve", in: body{"text": "请您到派出所办理"}, status: 200,
			want:   map[string]any{"id": "2", "text": "请您到派出所办理", "state": "approved", "origin": "llm", "reviewer.name": "李敏"},
			events: []string{"ticket.assigned", "reply.approved"}},
		{name: "approve the first as well", as: "limin", call: "POST /replies/1/approve", status: 409, want: map[string]any{"reason": "reply_state"}},
		{name: "figures are not for staff", as: "limin", call: "GET /reports/drafts", status: 403},
		{name: "figures", as: "chief", call: "GET /reports/drafts", status: 200, want: map[string]any{"items.0.model": "m", "items.0.edited": 1.0, "items.0.distance": 12.0}},
	})
	at = "/tickets/" + d.says(t, 1, "o-2", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "write again", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}},
		{name: "sent from the composer", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请到派出所办理", "draft_id": "2", "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"id": "3", "state": "approved", "origin": "llm", "reviewer.name": "李敏"}, events: []string{"ticket.assigned", "reply.approved"}},
		{name: "sent twice", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请到派出所办理", "draft_id": "2", "seen_event": 1}, status: 409,
			want: map[string]any{"reason": "draft_stale"}},
	})
	at = "/tickets/" + d.says(t, 1, "o-outdated", "居住证怎么办理")
	d.run(t, []scenario{{name: "write what goes out of date", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}}})
	d.says(t, 1, "o-outdated", "我是未成年人")
	d.run(t, []scenario{
		{name: "sent as it was", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请到派出所办理", "draft_id": "3", "seen_event": d.head(t)}, status: 409,
			want: map[string]any{"reason": "draft_stale"}},
		{name: "without words", as: "limin", call: "POST " + at + "/replies", in: body{"text": "", "draft_id": "3", "seen_event": d.head(t)}, status: 422},
		{name: "another's draft", as: "limin", call: "POST " + at + "/replies",
			in: body{"text": "请到派出所", "draft_id": "1", "outdated": true, "seen_event": d.head(t)}, status: 422},
		{name: "made one's own", as: "limin", call: "POST " + at + "/replies",
			in: body{"text": "请监护人到派出所办理", "draft_id": "3", "outdated": true, "seen_event": d.head(t)}, status: 201,
			want:   map[string]any{"state": "approved", "origin": "llm", "draft_id": "3", "author.name": "李敏", "reviewer.name": "李敏"},
			events: []string{"ticket.assigned", "reply.created"}},
	})
	at = "/tickets/" + d.says(t, 1, "o-revised", "居住证怎么办理")
	d.run(t, []scenario{{name: "write on what is revised", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}}})
	d.shelve(t, 3)
	d.run(t, []scenario{
		{name: "on an entry revised meanwhile", as: "limin", call: "POST " + at + "/replies",
			in: body{"text": "请到派出所办理", "draft_id": "4", "seen_event": d.head(t)}, status: 409, want: map[string]any{"reason": "draft_stale"}},
		{name: "made one's own as it is", as: "limin", call: "POST " + at + "/replies",
			in: body{"text": "请到派出所办理", "draft_id": "4", "outdated": true, "seen_event": d.head(t)}, status: 409, want: map[string]any{"reason": "draft_ground_changed"}},
		{name: "rewritten", as: "limin", call: "POST " + at + "/replies",
			in: body{"text": "请到户籍地派出所办理", "draft_id": "4", "outdated": true, "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"state": "approved", "draft_id": "4"}, events: []string{"ticket.assigned", "reply.created"}},
	})
	d.shelve(t, 2)
	at = "/tickets/" + d.says(t, 1, "o-stopped", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "write what is stopped", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}, want: map[string]any{"id": "5"}},
		{name: "stop another's", as: "chief", call: "POST /drafts/5/stop", status: 403, want: map[string]any{"reason": "not_asker"}},
		{name: "a liaison stops", as: "liaison", call: "POST /drafts/5/stop", status: 403},
		{name: "stop", as: "limin", call: "POST /drafts/5/stop", status: 204, events: []string{"reply.cancelled"}},
		{name: "stop again", as: "limin", call: "POST /drafts/5/stop", status: 204},
		{name: "stopped", as: "limin", call: "GET /drafts/5", status: 200, want: map[string]any{"state": "stopped"}},
		{name: "stop nothing", as: "limin", call: "POST /drafts/99/stop", status: 404},
	})
	w.text = "没有依据"
	at = "/tickets/" + d.says(t, 1, "o-3", "居住证怎么办理")
	d.run(t, []scenario{{name: "not grounded", as: "limin", call: "POST " + at + "/drafts", status: 409, want: map[string]any{"reason": "not_grounded"}}})
	w.err = &bot.ModelError{Fault: bot.ModelBusy, Cause: context.Canceled}
	d.run(t, []scenario{{name: "busy", as: "limin", call: "POST " + at + "/drafts", status: 503, want: map[string]any{"reason": "model_busy"}}})
}

func TestDraftsStream(t *testing.T) {
	d, w := newDraftDesk(t)
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	stream := func(as string) (string, response) {
		r := d.do(t, as, "POST", "/api/v1"+at+"/drafts", nil, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
		return string(r.body), r
	}
	got, r := stream("limin")
	if r.status != 200 || r.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("answer %d %v", r.status, r.header)
	}
	if !strings.HasPrefix(got, "event: begun\ndata: {\"id\":\"1\"}\n\nevent: delta\ndata: {\"text\":\"请到派出\"}\n\n") || strings.Count(got, "event: delta") != 2 ||
		!strings.Contains(got, "event: draft\ndata: {\"id\":\"1\"") || !strings.Contains(got, `"state":"in_review"`) {
		t.Errorf("stream:\n%s", got)
	}
	w.text = "没有依据"
	if got, _ = stream("limin"); !strings.Contains(got, "event: problem\ndata: {") || !strings.Contains(got, `"reason":"not_grounded"`) {
		t.Errorf("stream:\n%s", got)
	}
	if got, _ = stream("liaison"); !strings.Contains(got, "event: problem") || !strings.Contains(got, string(desk.Forbidden)) {
		t.Errorf("a liaison: %s", got)
	}
	if _, r := stream(""); r.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", r.status)
	}
	noToken := d.do(t, "limin", "POST", "/api/v1"+at+"/drafts", nil, func(r *http.Request) {
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Del("X-Desk-CSRF")
	})
	if noToken.status != http.StatusForbidden {
		t.Errorf("without the CSRF header: %d", noToken.status)
	}
}

func TestDraftsAreOff(t *testing.T) {
	d := newDesk(t)
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "the page knows", as: "limin", call: "GET /session", status: 200, want: map[string]any{"features.drafts": false}},
		{name: "write", as: "limin", call: "POST " + at + "/drafts", status: 404, want: map[string]any{"reason": "drafts_off"}},
		{name: "read", as: "limin", call: "GET /drafts/1", status: 404, want: map[string]any{"reason": "drafts_off"}},
		{name: "figures", as: "chief", call: "GET /reports/drafts", status: 404, want: map[string]any{"reason": "drafts_off"}},
	})
}
