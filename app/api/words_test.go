package api_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"replydesk/app/api"
	lists "replydesk/configs/words"
	"replydesk/inbox/desk"
)

func TestWords(t *testing.T) {
	d := newDesk(t)
	word := body{"text": "自杀", "level": "urgent", "direction": "in", "category": "生命安全", "exceptions": []string{"自杀式"}}
	d.run(t, []scenario{
		{name: "staff", as: "limin", call: "GET /words", status: 403},
		{name: "staff adds", as: "limin", call: "POST /words", in: word, status: 403},
		{name: "no such level", as: "chief", call: "POST /words", in: body{"text": "词", "level": "loud"}, status: 422, want: map[string]any{"fields.0.name": "level"}},
		{name: "add", as: "chief", call: "POST /words", in: word, status: 201, want: map[string]any{
			"id": "1", "text": "自杀", "level": "urgent", "direction": "in", "category": "生命安全", "exceptions": []any{"自杀式"}, "enabled": true,
		}, events: []string{"words.changed"}},
		{name: "the same in another writing", as: "chief", call: "POST /words", in: body{"text": "自 杀", "level": "warn"}, status: 409, want: map[string]any{"reason": "word_taken"}},
		{name: "list", as: "chief", call: "GET /words?level=urgent&direction=in&q=%E8%87%AA", status: 200, want: map[string]any{"items.#": 1}},
		{name: "list of others", as: "chief", call: "GET /words?level=block", status: 200, want: map[string]any{"items.#": 0}},
		{name: "try, in", as: "chief", call: "POST /words/try", in: body{"text": "我想自.杀", "direction": "in"}, status: 200, want: map[string]any{
			"items.#": 1, "items.0.rule": "word", "items.0.level": "urgent", "items.0.kind": "生命安全", "items.0.from": 2, "items.0.to": 5}},
		{name: "try, out", as: "chief", call: "POST /words/try", in: body{"text": "电话13800138000", "direction": "out"}, status: 200, want: map[string]any{
			"items.#": 1, "items.0.rule": "personal", "items.0.level": "warn", "items.0.message": "含有手机号，请确认可以告知对方"}},
		{name: "staff tries", as: "limin", call: "POST /words/try", in: body{"text": "词", "direction": "in"}, status: 403},
		{name: "change", as: "chief", call: "PATCH /words/1", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false, "text": "自杀"}, events: []string{"words.changed"}},
		{name: "change what is not there", as: "chief", call: "PATCH /words/9", in: body{"enabled": false}, status: 404},
		{name: "staff changes", as: "limin", call: "PATCH /words/1", in: body{"enabled": true}, status: 403},
		{name: "staff deletes", as: "limin", call: "DELETE /words/1", status: 403},
		{name: "delete", as: "chief", call: "DELETE /words/1", status: 204, events: []string{"words.changed"}},
		{name: "staff exports", as: "limin", call: "GET /words/export", status: 403},
	})
	file := []byte("词语,级别,方向,例外\n自杀,紧急,来信,自杀式|自杀未遂\n闭嘴,禁止,答复,\n词,很严重,,\n")
	if r := d.send(t, "limin", "/api/v1/words/import", "file", "words.csv", file); r.status != 403 {
		t.Errorf("staff imports: %d", r.status)
	}
	r := d.send(t, "chief", "/api/v1/words/import?dry_run=true", "file", "words.csv", file)
	if r.status != 200 || r.at("created") != 2.0 || r.at("errors.0.row") != 4.0 {
		t.Errorf("the trial: %d %s", r.status, r.body)
	}
	if r := d.send(t, "chief", "/api/v1/words/import", "file", "words.csv", file); r.at("created") != 2.0 {
		t.Errorf("the import: %d %s", r.status, r.body)
	}
	if r := d.send(t, "chief", "/api/v1/words/import", "file", "words.txt", []byte("# 注释\n不清楚\n\n闭嘴\n")); r.at("created") != 1.0 || r.at("updated") != 1.0 {
		t.Errorf("a list of words: %d %s", r.status, r.body)
	}
	for _, name := range []string{"words.exe", "words.csv"} {
		if r := d.send(t, "chief", "/api/v1/words/import", "file", name, []byte("名称\n词\n")); r.status != 422 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for _, format := range []string{"csv", "xlsx"} {
		out := d.get(t, "chief", "/api/v1/words/export?format="+format)
		if out.status != 200 {
			t.Fatalf("export: %d %s", out.status, out.body)
		}
		back, err := api.ReadWords("words."+format, bytes.NewReader(out.body))
		if err != nil || len(back) != 3 || back[0].Text != "自杀" || back[0].Exceptions != "自杀式|自杀未遂" || back[2].Text != "不清楚" {
			t.Errorf("%s comes back as %+v, %v", format, back, err)
		}
	}
}

// The lists that come with the desk are sound, and no word is there twice.
func TestShippedWords(t *testing.T) {
	d := newDesk(t)
	data, err := lists.Files.ReadFile("words.csv")
	must(t, err)
	rows, err := api.ReadWords("words.csv", bytes.NewReader(data))
	must(t, err)
	must(t, d.inbox.SeedWords(t.Context(), rows))
	all, err := d.inbox.AllWords(t.Context(), desk.System())
	must(t, err)
	lines, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	must(t, err)
	if len(all) < 50 || len(all) != len(lines)-1 {
		t.Errorf("%d words of %d lines", len(all), len(lines)-1)
	}
	if !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == "自杀" && l[1] == "urgent" }) {
		t.Error("the most urgent word is not there")
	}
}

func TestHitsAndAlerts(t *testing.T) {
	d := newDesk(t)
	d.run(t, []scenario{{name: "add", as: "chief", call: "POST /words", in: body{"text": "自杀", "level": "urgent", "direction": "in"}, status: 201, events: []string{"words.changed"}}})
	ticket := d.says(t, 1, "o-1", "我想自杀")
	for _, c := range []string{"o-2", "o-3", "o-4"} {
		d.says(t, 1, c, "学府街停水了什么时候恢复")
	}
	_, err := d.inbox.FindSpikes(t.Context(), d.clock.now())
	must(t, err)
	d.run(t, []scenario{
		{name: "staff reads hits", as: "limin", call: "GET /checks/hits", status: 403},
		{name: "hits", as: "chief", call: "GET /checks/hits?direction=in&level=urgent", status: 200, want: map[string]any{
			"items.#": 1, "items.0.word": "自杀", "items.0.decision": "raised", "items.0.ticket.id": ticket, "items.0.author": absent}},
		{name: "hits of a word", as: "chief", call: "GET /checks/hits?word=%E6%9D%80", status: 200, want: map[string]any{"items.#": 1}},
		{name: "hits of another word", as: "chief", call: "GET /checks/hits?word=%25", status: 200, want: map[string]any{"items.#": 0}},
		{name: "hits of today", as: "chief", call: "GET /checks/hits?from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z", status: 200, want: map[string]any{"items.#": 1}},
		{name: "hits of yesterday", as: "chief", call: "GET /checks/hits?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z", status: 200, want: map[string]any{"items.#": 0}},
		{name: "hits that went out", as: "chief", call: "GET /checks/hits?direction=out", status: 200, want: map[string]any{"items.#": 0}},
		{name: "alerts", as: "limin", call: "GET /alerts", status: 200, want: map[string]any{
			"items.#": 1, "items.0.messages": 3, "items.0.tickets": 3, "items.0.sample": "学府街停水了什么时候恢复", "items.0.closed_at": absent}},
		{name: "a liaison reads alerts", as: "liaison", call: "GET /alerts", status: 403},
		{name: "an alert of a foreign account", as: "narrow", call: "GET /alerts/1", status: 404},
		{name: "its list", as: "narrow", call: "GET /alerts", status: 200, want: map[string]any{"items.#": 0}},
		{name: "ends it", as: "narrow", call: "POST /alerts/1/close", in: body{"reason": "x"}, status: 404},
		{name: "one alert", as: "limin", call: "GET /alerts/1", status: 200, want: map[string]any{"items.#": 3}},
		{name: "close without a reason", as: "limin", call: "POST /alerts/1/close", in: body{"reason": ""}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "a liaison closes", as: "liaison", call: "POST /alerts/1/close", in: body{"reason": "x"}, status: 403},
		{name: "close", as: "limin", call: "POST /alerts/1/close", in: body{"reason": "已发公告"}, status: 204, events: []string{"alert.closed"}},
		{name: "close again", as: "limin", call: "POST /alerts/1/close", in: body{"reason": "x"}, status: 409, want: map[string]any{"reason": "alert_closed"}},
		{name: "closed", as: "limin", call: "GET /alerts?state=closed", status: 200, want: map[string]any{"items.0.closed_by.name": "李敏", "items.0.reason": "已发公告"}},
	})
}
