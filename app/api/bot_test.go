package api_test

import (
	"fmt"
	"testing"
)

func TestBotSettings(t *testing.T) {
	d := newDesk(t)
	refused := func(name string, change body, field string) scenario {
		return scenario{name: name, as: "admin", call: "PATCH /accounts/1", in: body{"bot": change}, status: 422, want: map[string]any{"fields.0.name": field}}
	}
	for i, department := range []string{"教育局", "民政局"} {
		code := fmt.Sprintf("JY-00%d", i+1)
		d.run(t, []scenario{{name: "a department", as: "chief", call: "POST /departments", in: body{"code": code, "name": department}, status: 201, events: []string{"department.changed"}}, {name: "an entry", as: "limin", call: "POST /faq/entries", in: body{
			"question": "怎么办理" + code, "answer": "请到窗口办理。", "department": department, "code": code,
		}, status: 201, events: []string{"entry.changed"}}})
	}
	// A department is one the bot can be limited to once a published entry has it.
	for _, call := range []string{"/faq/entries/1", "/faq/entries/2"} {
		d.run(t, []scenario{{name: "publish", as: "chief", call: "POST " + call + "/publish", in: body{"revision": 1}, status: 200, events: []string{"entry.changed"}}})
	}
	d.run(t, []scenario{
		{name: "defaults", as: "limin", call: "GET /accounts/1", status: 200, want: map[string]any{
			"bot.enabled": false, "bot.thresholds.answer": 0, "bot.hours.#": 10, "bot.hours.1.from": "13:30", "bot.departments.#": 0,
			"bot.vote_hours": 24, "bot.menu_minutes": 30,
		}},
		{name: "on, with a text", as: "admin", call: "PATCH /accounts/1", in: body{"bot": body{"enabled": true, "texts": body{"thanks": " 谢谢 "}}}, status: 200,
			want: map[string]any{"bot.enabled": true, "bot.texts.thanks": "谢谢", "bot.hours.#": 10}, events: []string{"account.changed"}},
		{name: "the rest", as: "admin", call: "PATCH /accounts/1", in: body{"bot": body{
			"thresholds": body{"answer": 0.9}, "hours": []body{{"weekday": 6, "from": "09:00", "to": "24:00"}}, "departments": []string{"教育局"},
			"menu": body{"K1": "JY-001", "K2": "JY-002"}, "vote_hours": 0, "menu_minutes": 5,
		}}, status: 200, want: map[string]any{"bot.enabled": true, "bot.texts.thanks": "谢谢", "bot.thresholds.answer": 0.9, "bot.hours.#": 1,
			"bot.departments.0": "教育局", "bot.menu.K1": "JY-001", "bot.vote_hours": 0}, events: []string{"account.changed"}},
		{name: "what a click leads to", as: "admin", call: "GET /accounts/1/bot/menu", status: 200, want: map[string]any{
			"items.#": 2, "items.0.key": "K1", "items.0.code": "JY-001", "items.0.standing": "given", "items.0.question": "怎么办理JY-001", "items.1.standing": "other_department",
		}},
		{name: "not of an account one does not see", as: "narrow", call: "GET /accounts/1/bot/menu", status: 404},
		{name: "not for a liaison", as: "liaison", call: "GET /accounts/1/bot/menu", status: 403},
		{name: "the texts of small talk and of need", as: "admin", call: "PATCH /accounts/1", in: body{"bot": body{"texts": body{"courtesy": "您好！", "crisis": "请拨打 12356。"}}}, status: 200,
			want: map[string]any{"bot.texts.courtesy": "您好！", "bot.texts.crisis": "请拨打 12356。"}, events: []string{"account.changed"}},
		{name: "none of the lists", as: "admin", call: "PATCH /accounts/1", in: body{"bot": body{"hours": []body{}, "departments": []string{}, "menu": body{}}}, status: 200,
			want: map[string]any{"bot.hours.#": 0, "bot.departments.#": 0, "bot.menu.K1": absent}, events: []string{"account.changed"}},
		refused("too sure", body{"thresholds": body{"answer": 1.5}}, "bot.thresholds.answer"),
		refused("a menu above the answer", body{"thresholds": body{"answer": 0.6, "menu": 0.7}}, "bot.thresholds.menu"),
		refused("an hour that ends before it begins", body{"hours": []body{{"weekday": 1, "from": "12:00", "to": "09:00"}}}, "bot.hours"),
		refused("no such hour", body{"hours": []body{{"weekday": 1, "from": "9:00", "to": "25:00"}}}, "bot.hours"),
		refused("nothing to say at a hand-over", body{"texts": body{"hand_over": " "}}, "bot.texts.hand_over"),
		refused("a hand-over without the number", body{"texts": body{"hand_over_off_hours": "明天答复您。{hours}"}}, "bot.texts.hand_over_off_hours"),
		refused("a placeholder that is none", body{"texts": body{"hand_over": "编号{number}，姓名{name}"}}, "bot.texts.hand_over"),
		refused("a placeholder where there are none", body{"texts": body{"greeting": "您好，编号{number}"}}, "bot.texts.greeting"),
		refused("nothing to say to who is in need", body{"texts": body{"crisis": ""}}, "bot.texts.crisis"),
		refused("no such department", body{"departments": []string{"教育局", "不存在局"}}, "bot.departments"),
		refused("no such entry", body{"menu": body{"K1": "JY-404"}}, "bot.menu"),
		refused("a menu item without an entry", body{"menu": body{"K": ""}}, "bot.menu"),
		refused("votes for a year", body{"vote_hours": 8760}, "bot.vote_hours"),
		refused("no such setting", body{"colour": "red"}, "bot.colour"),
		{name: "staff may not", as: "limin", call: "PATCH /accounts/1", in: body{"bot": body{"enabled": false}}, status: 403},
	})
}

func TestTryBot(t *testing.T) {
	d := newDesk(t)
	d.run(t, []scenario{
		{name: "an entry", as: "limin", call: "POST /faq/entries", in: body{
			"question": "居住证怎么办理", "answer": "请携带身份证到派出所办理。", "department": "市公安局", "code": "HJ-1", "service_link": "https://example.test/hj1",
		}, status: 201, events: []string{"entry.changed"}},
	})
	must(t, d.index.Reconcile(t.Context()))
	try := func(text string) body { return body{"text": text} }
	d.run(t, []scenario{
		{name: "a draft is not found", as: "chief", call: "POST /accounts/1/bot/try", in: try("居住证怎么办理"), status: 200,
			want: map[string]any{"action": "hand_over", "reason": "below_threshold", "hits.#": 0}},
		{name: "publish", as: "chief", call: "POST /faq/entries/1/publish", in: body{"revision": 1}, status: 200, events: []string{"entry.changed"}},
	})
	must(t, d.index.Reconcile(t.Context()))
	d.run(t, []scenario{
		{name: "an answer", as: "limin", call: "POST /accounts/1/bot/try", in: try("居住证怎么办理"), status: 200, want: map[string]any{
			"action": "answer", "reason": "confident", "hits.#": 1, "hits.0.entry_id": "1", "hits.0.served": true,
			// The platform takes short texts only: the request for a vote is left out.
			"text": "请携带身份证到派出所办理。\n\n办理入口：https://example.test/hj1",
		}},
		{name: "a person", as: "limin", call: "POST /accounts/1/bot/try", in: try("居住证怎么办理，转人工"), status: 200,
			want: map[string]any{"action": "hand_over", "reason": "asked_for_person", "hits.#": 1}},
		{name: "another department's account", as: "admin", call: "PATCH /accounts/2", in: body{"bot": body{"departments": []string{"市社保局"}}}, status: 200,
			events: []string{"account.changed"}},
		{name: "not served", as: "limin", call: "POST /accounts/2/bot/try", in: try("居住证怎么办理"), status: 200,
			want: map[string]any{"action": "hand_over", "reason": "other_department", "hits.0.served": false}},
		{name: "nothing", as: "limin", call: "POST /accounts/1/bot/try", in: try("  "), status: 422, want: map[string]any{"fields.0.name": "text"}},
		{name: "no such account", as: "limin", call: "POST /accounts/99/bot/try", in: try("x"), status: 404},
		{name: "an account one does not see", as: "narrow", call: "POST /accounts/1/bot/try", in: try("x"), status: 404},
		{name: "a liaison may not", as: "liaison", call: "POST /accounts/1/bot/try", in: try("x"), status: 403},
		{name: "a stranger may not", call: "POST /accounts/1/bot/try", in: try("x"), status: 401},
	})
	var n int
	must(t, d.db.QueryRow(t.Context(), `SELECT count(*) FROM bot_answers`).Scan(&n))
	if n != 0 {
		t.Errorf("trying stored %d answers", n)
	}
}
