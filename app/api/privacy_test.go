package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/channel"
)

// planted are personal data in a citizen's words, by kind. Every one begins with
// six characters that stand nowhere else.
var planted = map[string]string{
	"phone": "13800138000", "identity": "110101199003078515", "card": "6222021234567890128", "plate": "浙A8K2Q9",
	"mail": "wang.wu@mail.example.test", "passport": "E12345678", "cut": "13955557777",
}

// subjectRunes is where a summary is cut.
const subjectRunes = 60

func words() string {
	return "身份证" + planted["identity"] + "，卡号" + planted["card"] + "，车牌" + planted["plate"] + "，邮箱 " + planted["mail"] + "，护照" + planted["passport"] +
		"，电话" + planted["phone"]
}

// shows returns which of the planted data an answer has, whole or the first six
// characters of.
func shows(body []byte) (found []string) {
	text := string(body)
	for _, kind := range slices.Sorted(maps.Keys(planted)) {
		if strings.Contains(text, string([]rune(planted[kind])[:6])) {
			found = append(found, kind)
		}
	}
	return found
}

// Whatever is asked for, through any operation of the document, by the socket or
// in an export: personal data in citizens' words reach who works on the ticket
// and who leads, and nobody else.
func TestPersonalDataAreVeiled(t *testing.T) {
	d, _ := newDraftDesk(t)
	m := &matrix{leaks: &leaks{testDesk: d, t: t}, ids: map[string]string{}}
	d.liaison(t, "helper", 2)
	d.planted(m)
	d.indexTickets(t)
	d.follow(t)
	var document struct {
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	must(t, json.Unmarshal(d.server.OpenAPI(), &document))
	seen := map[string]int{}
	for _, route := range slices.Sorted(maps.Keys(document.Paths)) {
		op, is := document.Paths[route]["get"]
		if !is || op.OperationID == "live" {
			continue
		}
		for _, as := range []string{"limin", "liaison", "link", "helper", "chief"} {
			path := m.path(route)
			query, _ := m.given(op.OperationID)
			queries := []string{query}
			switch op.OperationID {
			case "searchTickets":
				queries = queries[:0]
				for _, value := range planted {
					queries = append(queries, "?q="+value, "?q="+string([]rune(value)[:5]), "?q="+string([]rune(value)[2:7]))
				}
			case "listTickets":
				queries = []string{"?view=all", "?view=all&q=" + planted["phone"]}
			case "suggestAnswers":
				queries = []string{"", "?q=x"}
			}
			for _, q := range queries {
				r := d.do(t, as, http.MethodGet, path+q, nil)
				found := shows(r.body)
				if as == "chief" {
					seen[op.OperationID] += len(found)
				} else if len(found) > 0 {
					t.Errorf("%s%s tells %s of %v: %.400s", op.OperationID, q, as, found, r.body)
				}
			}
		}
	}
	for _, where := range []string{"listTickets", "getTicket", "getTimeline", "listEscalations", "getEscalation", "searchTickets", "listTicketHistory", "listCheckHits", "listAlerts", "listFollowUps"} {
		if seen[where] == 0 {
			t.Errorf("%s shows a supervisor nothing: the test looks at the wrong places", where)
		}
	}
	// A socket's frame of an event is its data.
	for after := int64(0); ; {
		events, err := d.db.EventsAfter(t.Context(), after, 500)
		must(t, err)
		for _, e := range events {
			if after = e.ID; len(shows(e.Data)) > 0 {
				t.Errorf("event %s tells of %v: %.400s", e.Name, shows(e.Data), e.Data)
			}
		}
		if len(events) == 0 {
			break
		}
	}
	for _, message := range d.outlet.sent {
		if found := shows([]byte(message.Subject + message.Text)); len(found) > 0 {
			t.Errorf("a notice tells of %v", found)
		}
	}
	// Who takes the ticket up reads it.
	ticket := m.ids["/tickets/"]
	m.must("limin", "/tickets/"+ticket+"/assign", body{"assignee_id": "3"})
	if found := shows(d.get(t, "limin", "/api/v1/tickets/"+ticket+"/timeline").body); !slices.Contains(found, "phone") {
		t.Errorf("the assignee reads %v", found)
	}
	if found := shows(d.get(t, "liaison", "/api/v1/tickets/"+ticket+"/timeline").body); len(found) > 0 {
		t.Errorf("the liaison reads %v", found)
	}
}

// planted makes work with personal data in every place a citizen's words come to.
func (d *testDesk) planted(m *matrix) {
	t := m.t
	t.Helper()
	m.standing()
	// The citizen of the work has written before.
	first := d.says(t, 1, fmt.Sprintf("o-leak-%d", m.citizens+1), words())
	m.must("limin", "/tickets/"+first+"/close", body{"reason": "重复"})
	d.clock.pass(100 * time.Hour)
	d.revive(t)
	m.work()
	// The newest message is the preview, cut in the middle of a number.
	ticket := m.ids["/tickets/"]
	var contact string
	must(t, d.db.QueryRow(t.Context(), `SELECT c.external_id FROM tickets t JOIN contacts c ON c.id = t.contact_id WHERE t.id = CAST($1 AS BIGINT)`, ticket).Scan(&contact))
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE contacts SET name = $1 WHERE external_id = $2`, "老王"+planted["phone"], contact)
		return err
	}))
	d.says(t, 1, contact, words())
	d.says(t, 1, contact, "地图上的位置", func(in *channel.Inbound) {
		in.Type, in.Text, in.Data = channel.Location, "幸福小区 "+planted["phone"], []byte(`{"label":"`+planted["phone"]+`","latitude":30.1}`)
	})
	d.says(t, 1, contact, "链接", func(in *channel.Inbound) {
		in.Type, in.Text, in.Data = channel.Link, "我的"+planted["mail"], []byte(`{"title":"`+planted["card"]+`","url":"https://example.test/`+planted["phone"]+`"}`)
	})
	// Another of the same citizen, and many who write the same.
	d.says(t, 2, contact, words())
	for range 3 {
		d.says(t, 1, m.newCitizen(), "停电了请打"+planted["phone"]+"告诉我什么时候恢复")
	}
	_, err := d.inbox.FindSpikes(t.Context(), d.clock.now())
	must(t, err)
	m.must("admin", "/words", body{"text": "身份证", "level": "urgent", "direction": "in"})
	d.says(t, 1, m.newCitizen(), words())
	m.ratesBadly(words())
	// A summary that ends in the middle of a number, as subject and as preview.
	long := strings.Repeat("问", subjectRunes-7) + planted["cut"]
	d.says(t, 1, m.newCitizen(), long)
	d.says(t, 1, contact, long)
}

// A reader says why, reads the message for a while, and it is on record; nobody
// else reads it for that.
func TestReveal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDeskOn(t, db)
		ticket := d.says(t, 1, "o-1", "我的电话"+planted["phone"])
		d.says(t, 1, "o-1", "还有"+planted["mail"])
		m := &matrix{leaks: &leaks{testDesk: d, t: t}, ids: map[string]string{}}
		m.must("chief", "/tickets/"+ticket+"/escalations", body{"department_id": "1"})
		other := d.says(t, 2, "o-2", "没有个人信息")
		timeline := "/tickets/" + ticket + "/timeline"
		at := func(message string) string { return "POST /messages/" + message + "/reveal" }
		d.run(t, []scenario{
			{name: "veiled", as: "limin", call: "GET " + timeline, status: 200, want: map[string]any{
				"items.0.text": "我的电话〔电话〕", "items.0.veiled": true, "items.0.revealed_until": absent}},
			{name: "no reason", as: "limin", call: at("1"), in: body{"reason": " 看 "}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
			{name: "too long a reason", as: "limin", call: at("1"), in: body{"reason": strings.Repeat("长", 201)}, status: 422},
			{name: "no message", as: "limin", call: at("999"), in: body{"reason": "回电核实"}, status: 404},
			{name: "not theirs to see", as: "narrow", call: at("1"), in: body{"reason": "回电核实"}, status: 404},
			{name: "reveal", as: "limin", call: at("1"), in: body{"reason": "回电核实"}, status: 200, want: map[string]any{"until": "2026-11-22T01:10:00Z"}},
			{name: "plain", as: "limin", call: "GET " + timeline, status: 200, want: map[string]any{
				"items.0.text": "我的电话" + planted["phone"], "items.0.veiled": absent, "items.0.revealed_until": "2026-11-22T01:10:00Z"}},
			{name: "the liaison still not", as: "liaison", call: "GET " + timeline, status: 200, want: map[string]any{"items.0.veiled": true}},
			{name: "the liaison too, for a reason", as: "liaison", call: at("1"), in: body{"reason": "联系市民"}, status: 200},
			{name: "a supervisor needs none", as: "chief", call: "GET " + timeline, status: 200, want: map[string]any{"items.0.text": "我的电话" + planted["phone"], "items.0.veiled": absent}},
			{name: "nothing is hidden", as: "narrow", call: "GET /tickets/" + other + "/timeline", status: 200, want: map[string]any{"items.0.veiled": absent}},
			{name: "on record", as: "chief", call: "GET /audit?action=message.&limit=10", status: 200, want: map[string]any{
				"items.#": 2, "items.1.action": "message.revealed", "items.1.actor.name": "李敏", "items.1.object": "message:1", "items.1.reason": "回电核实",
				"items.1.at": "2026-11-22T01:00:00Z", "items.1.address": "0.0.0.0", "items.0.actor.name": "周联络", "items.0.reason": "联系市民"}},
		})
		// The other message of the same ticket was not revealed.
		if r := d.get(t, "limin", "/api/v1"+timeline); strings.Contains(string(r.body), planted["mail"]) {
			t.Errorf("another message is plain: %s", r.body)
		}
		d.clock.pass(10 * time.Minute)
		if r := d.get(t, "limin", "/api/v1"+timeline); r.at("items.0.veiled") != true || strings.Contains(string(r.body), planted["phone"]) {
			t.Errorf("still plain after its time: %s", r.body)
		}
	})
}
