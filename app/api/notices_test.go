package api_test

import (
	"errors"
	"strings"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// follow turns what happened into notices.
func (d *testDesk) follow(t testing.TB) {
	t.Helper()
	_, err := d.notices.Follow(t.Context(), d.clock.now())
	must(t, err)
}

// Each reads the own notices and nobody else's, whatever the role.
func TestNotices(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办")
	d.run(t, []scenario{
		{name: "assign", as: "chief", call: "POST /tickets/" + ticket + "/assign", in: body{"assignee_id": "3"}, status: 200, events: []string{"ticket.assigned"}},
	})
	d.follow(t)
	d.run(t, []scenario{
		{name: "own", as: "limin", call: "GET /notices", status: 200, want: map[string]any{
			"items.#": 1, "unread": 1.0, "items.0.id": "1", "items.0.event": "ticket.assigned", "items.0.topic": "assigned", "items.0.urgent": false,
			"items.0.link": "/inbox/" + ticket, "items.0.ticket.subject": "居住证怎么办", "items.0.ticket.state": "open", "items.0.read_at": absent}},
		{name: "the administrator's own", as: "admin", call: "GET /notices", status: 200, want: map[string]any{"items.#": 0, "unread": 0.0}},
		{name: "another's cannot be read away", as: "admin", call: "POST /notices/read", in: body{"ids": []string{"1"}, "up_to": "1"}, status: 204},
		{name: "still unread", as: "limin", call: "GET /notices?unread=true", status: 200, want: map[string]any{"unread": 1.0}},
		{name: "read nothing", as: "limin", call: "POST /notices/read", in: body{}, status: 422},
		{name: "read", as: "limin", call: "POST /notices/read", in: body{"ids": []string{"1"}}, status: 204, events: []string{"notice.read"}},
		{name: "read again", as: "limin", call: "POST /notices/read", in: body{"up_to": "1"}, status: 204},
		{name: "none unread", as: "limin", call: "GET /notices?unread=true", status: 200, want: map[string]any{"items.#": 0, "unread": 0.0}},
		{name: "listed still", as: "limin", call: "GET /notices", status: 200, want: map[string]any{"items.0.read_at": "2026-11-22T01:00:00Z"}},
		{name: "no cursor", as: "limin", call: "GET /notices?cursor=x", status: 422},
		{name: "nobody", call: "GET /notices", status: 401},
		{name: "a liaison has a list", as: "liaison", call: "GET /notices", status: 200, want: map[string]any{"items.#": 0}},
	})
}

// A liaison is told of the own department's ticket, and of no other.
func TestNoticesOfALiaison(t *testing.T) {
	d := newDesk(t)
	mine, other := d.says(t, 1, "o-1", "身份证丢了"), d.says(t, 1, "o-2", "社保断缴了")
	d.run(t, []scenario{
		{name: "mine", as: "limin", call: "POST /tickets/" + mine + "/escalations", in: body{"department_id": "1"}, status: 200, events: []string{"escalation.dispatched"}},
		{name: "another's", as: "limin", call: "POST /tickets/" + other + "/escalations", in: body{"department_id": "2"}, status: 200, events: []string{"escalation.dispatched"}},
	})
	d.follow(t)
	d.run(t, []scenario{
		{name: "told", as: "liaison", call: "GET /notices", status: 200, want: map[string]any{"items.#": 1, "items.0.ticket.id": mine}},
		{name: "nobody at the other: a supervisor", as: "chief", call: "GET /notices", status: 200, want: map[string]any{"items.#": 1, "items.0.ticket.id": other}},
		{name: "taken back", as: "limin", call: "POST /escalations/1/withdraw", in: body{"reason": "转错单位"}, status: 200, events: []string{"escalation.withdrawn"}},
		{name: "shows nothing of it any more", as: "liaison", call: "GET /notices", status: 200, want: map[string]any{"items.#": 1, "items.0.ticket": nil}},
	})
}

func TestNoticeSettings(t *testing.T) {
	d := newDesk(t)
	set := body{
		"email": "limin@example.test", "mobile": "13900000000", "mention_id": "limin", "quiet_from": "22:00", "quiet_to": "07:30",
		"digest": "daily", "digest_at": "09:00", "lang": "en", "topics": []body{{"topic": "assigned", "media": []string{"app", "mail"}}},
	}
	with := func(name string, value any) body {
		out := body{}
		for k, v := range set {
			out[k] = v
		}
		out[name] = value
		return out
	}
	d.run(t, []scenario{
		{name: "as by default", as: "limin", call: "GET /notices/settings", status: 200, want: map[string]any{
			"topics.#": 17, "topics.0.topic": "urgent_word", "topics.0.media.#": 4, "digest": "off", "lang": "zh", "quiet_from": "", "mail_ready": false,
			"robot_ready": false, "email": ""}},
		{name: "set", as: "limin", call: "PUT /notices/settings", in: set, status: 200, events: []string{"user.changed"}, want: map[string]any{
			"email": "limin@example.test", "quiet_from": "22:00", "quiet_to": "07:30", "digest": "daily", "digest_at": "09:00", "lang": "en",
			"topics.6.topic": "assigned", "topics.6.media.#": 2, "topics.6.media.1": "mail", "topics.0.media.#": 4}},
		{name: "kept", as: "limin", call: "GET /notices/settings", status: 200, want: map[string]any{"mobile": "13900000000", "topics.6.media.#": 2}},
		{name: "another's are others", as: "chief", call: "GET /notices/settings", status: 200, want: map[string]any{"email": "", "digest": "off"}},
		{name: "no address", as: "limin", call: "PUT /notices/settings", in: with("email", "limin at example"), status: 422, want: map[string]any{"fields.0.name": "email"}},
		{name: "no number", as: "limin", call: "PUT /notices/settings", in: with("mobile", "call me"), status: 422, want: map[string]any{"fields.0.name": "mobile"}},
		{name: "no time", as: "limin", call: "PUT /notices/settings", in: with("quiet_from", "25:00"), status: 422},
		{name: "no medium", as: "limin", call: "PUT /notices/settings", in: with("topics", []body{{"topic": "assigned", "media": []string{"fax"}}}), status: 422},
		{name: "nothing of it was kept", as: "limin", call: "GET /notices/settings", status: 200, want: map[string]any{"email": "limin@example.test"}},
		{name: "who looks after users sees it", as: "admin", call: "GET /users", status: 200, want: map[string]any{"items.2.email": "limin@example.test", "items.2.mention_id": "limin"}},
		{name: "who only reads users does not", as: "chief", call: "GET /users", status: 200, want: map[string]any{"items.2.email": absent, "items.2.mobile": absent, "items.2.mention_id": absent}},
		{name: "and may set it", as: "admin", call: "PATCH /users/3", in: body{"email": ""}, status: 200, events: []string{"user.changed"}, want: map[string]any{"email": absent, "mobile": "13900000000"}},
	})
}

// The senders and the log are an administrator's alone, and their secrets come
// back to nobody.
func TestSenders(t *testing.T) {
	d := newDesk(t)
	robot := body{"kind": "dingtalk", "name": "值班群", "url": "https://robot.example.test/send?access_token=not-a-real-token", "secret": "SEC-not-a-real-secret"}
	for _, who := range []string{"chief", "limin", "narrow", "liaison"} {
		d.run(t, []scenario{
			{name: who + " lists", as: who, call: "GET /notices/senders", status: 403},
			{name: who + " adds", as: who, call: "POST /notices/senders", in: robot, status: 403},
			{name: who + " changes", as: who, call: "PATCH /notices/senders/1", in: body{"name": "x"}, status: 403},
			{name: who + " removes", as: who, call: "DELETE /notices/senders/1", status: 403},
			{name: who + " tests", as: who, call: "POST /notices/senders/1/test", status: 403},
			{name: who + " reads the log", as: who, call: "GET /notices/sends", status: 403},
		})
	}
	d.run(t, []scenario{
		{name: "add", as: "admin", call: "POST /notices/senders", in: robot, status: 201, events: []string{"sender.changed"}, want: map[string]any{
			"id": "1", "kind": "dingtalk", "host": "robot.example.test", "has_secret": true, "enabled": true, "department": nil, "url": absent, "secret": absent}},
		{name: "a mail server", as: "admin", call: "POST /notices/senders", in: body{"kind": "smtp", "name": "邮件", "host": "smtp.example.test", "port": 465,
			"security": "tls", "username": "desk", "password": "not-a-real-password", "from": "desk@example.test"}, status: 201, events: []string{"sender.changed"},
			want: map[string]any{"id": "2", "has_password": true, "password": absent}},
		{name: "another", as: "admin", call: "POST /notices/senders", in: body{"kind": "smtp", "name": "邮件", "host": "smtp.example.test"}, status: 409, want: map[string]any{"reason": "mail_taken"}},
		{name: "no such kind", as: "admin", call: "POST /notices/senders", in: body{"kind": "fax", "name": "x"}, status: 422},
		{name: "no address", as: "admin", call: "POST /notices/senders", in: body{"kind": "wecom", "name": "x"}, status: 422, want: map[string]any{"fields.0.name": "url"}},
		{name: "moved without its secret", as: "admin", call: "PATCH /notices/senders/1", in: body{"url": "https://evil.example.test/"}, status: 422, want: map[string]any{"fields.0.name": "secret"}},
		{name: "of a department", as: "admin", call: "PATCH /notices/senders/1", in: body{"department_id": "1"}, status: 200, events: []string{"sender.changed"}, want: map[string]any{"department.name": "市公安局"}},
		{name: "of a department that is not there", as: "admin", call: "PATCH /notices/senders/1", in: body{"department_id": "9"}, status: 422},
		{name: "list", as: "admin", call: "GET /notices/senders", status: 200, want: map[string]any{"items.#": 2, "items.0.department.id": "1", "items.1.from": "desk@example.test"}},
		{name: "test", as: "admin", call: "POST /notices/senders/1/test", status: 204},
		{name: "test by mail without an address", as: "admin", call: "POST /notices/senders/2/test", status: 422, want: map[string]any{"fields.0.name": "email"}},
		{name: "not there", as: "admin", call: "PATCH /notices/senders/9", in: body{"name": "x"}, status: 404},
	})
	if len(d.outlet.sent) != 1 {
		t.Errorf("%d test messages", len(d.outlet.sent))
	}
	d.outlet.err = errors.New("the robot answered 310000: sign not match")
	d.run(t, []scenario{
		{name: "test fails", as: "admin", call: "POST /notices/senders/1/test", status: 503, want: map[string]any{"reason": "test_failed"}},
		{name: "remove", as: "admin", call: "DELETE /notices/senders/1", status: 204, events: []string{"sender.changed"}},
		{name: "gone", as: "admin", call: "DELETE /notices/senders/1", status: 404},
	})
	if strings.Contains(d.log.String(), "not-a-real") {
		t.Error("the log holds a secret")
	}
}

// The log tells how a send fared, not what it said.
func TestSentNotices(t *testing.T) {
	d := newDesk(t)
	d.run(t, []scenario{
		{name: "a robot", as: "admin", call: "POST /notices/senders", in: body{"kind": "wecom", "name": "值班群", "url": "https://robot.example.test/?key=k"}, status: 201, events: []string{"sender.changed"}},
		{name: "reply", as: "limin", call: "POST /tickets/" + d.says(t, 1, "o-1", "私事") + "/replies", in: body{"text": "答复", "seen_event": d.head(t)}, status: 201,
			events: []string{"ticket.assigned", "reply.created"}},
	})
	d.deliver(t, inbox.ReplyID(1), channel.NotKnown)
	d.follow(t)
	r := d.get(t, "admin", "/api/v1/notices/sends?state=waiting")
	if r.at("items.#") != 1 || r.at("items.0.topic") != "undelivered" || r.at("items.0.user.name") != "李敏" || r.at("items.0.medium") != "robot" ||
		r.at("items.0.sender") != "值班群" || r.at("items.0.attempts") != 0.0 || strings.Contains(string(r.body), "私事") {
		t.Errorf("%s", r.body)
	}
}
