package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"replydesk/app/jobs"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// Nobody who is not signed in comes through anywhere; that is
// TestEveryRouteWantsToKnowWhoAsks. The matrix says for every operation of the API what it is to each kind of
// person: the rows come from the API's document, so that a new operation has a
// row as soon as it is there, and testdata/permissions.txt holds every cell for
// people to read. The work that is asked for is on account 1; department 1
// leads, department 2 helps.

// askers are the columns: the liaison of a department without a part, staff of
// another account, the leading department's liaison in a session that a link to
// other work opened ("astray") or a link to this work ("link"), the helping
// department, the leading one, staff, a supervisor, an administrator. Who may
// least asks first.
var askers = []string{"stranger", "narrow", "astray", "link", "helper", "liaison", "limin", "chief", "admin"}

// outside is how many of them have no part in the work.
const outside = 3

// Cells. A caller who comes through may still be refused for the state of
// things or for what was sent: the rules of that are tested elsewhere.
const (
	through = "yes"
	denied  = "no"     // 403
	unseen  = "hidden" // 404: not even whether it is there
)

func cellOf(r response) string {
	switch r.status {
	case 403:
		return denied
	case 404:
		return unseen
	}
	return through
}

// apart are the operations that end the session they are made with, and those of
// who has not signed in.
var apart = []string{"signIn", "signOut", "changePassword", "lookAtLink", "sendLinkCode", "openLink"}

// byLink are all the operations that a session which a link opened may call.
var byLink = []string{
	"answerEscalation", "extendEscalation", "getEscalation", "getMedia", "getSession", "getTimeline", "live", "returnEscalation", "revealMessage", "signEscalation",
}

// secret stands in what the citizen wrote, and in nothing else.
const secret = "貔貅路"

// given is what an operation needs to be sent beyond what its document says.
func (m *matrix) given(operation string) (query string, in body) {
	switch operation {
	case "approveMany":
		in = body{"ids": []string{m.id("/replies/")}}
	case "bulkEntries":
		in = body{"action": "submit", "entries": []body{{"id": m.id("/faq/entries/"), "revision": 1}}}
	case "bulkTickets":
		in = body{"action": "prioritize", "priority": "high", "tickets": []body{{"id": m.id("/tickets/")}}}
	case "tellLinkCode":
		in = body{"link_id": "1"}
	case "urgeEscalations":
		in = body{"ids": []string{m.id("/escalations/")}}
	case "exportSelection":
		in = body{"ids": []string{m.id("/faq/entries/")}}
	case "readNotices":
		in = body{"ids": []string{"1"}}
	case "setCalendarYear":
		in = body{"year": 2027, "days": []body{{"date": "2027-01-01", "name": "元旦", "off": true}}}
	case "setNoticeSettings":
		in = body{"topics": []body{}, "quiet_from": "", "quiet_to": "", "digest": "off", "digest_at": "", "lang": "zh", "email": "", "mobile": "", "mention_id": ""}
	case "orderViews":
		in = body{"ids": []string{}}
	case "useTemplate":
		in = body{"ticket_id": m.id("/tickets/")}
	case "closeFollowUp":
		in = body{"outcome": "satisfied"}
	case "relateTickets", "unrelateTickets":
		in = body{"ticket_id": m.says(m.t, 1, m.newCitizen(), "路灯"), "kind": "related"}
		if operation == "unrelateTickets" {
			delete(in, "kind")
		}
	case "splitTicket":
		in = body{"message_ids": []string{m.message(m.id("/tickets/"))}}
	case "mergeTicket":
		in = body{"into_id": m.says(m.t, 1, m.newCitizen(), "路灯")}
	case "snoozeTicket":
		in = body{"until": m.clock.now().Add(time.Hour)}
	case "postponeTicket":
		in = body{"hours": 1, "reason": "x"}
	case "revealMessage":
		in = body{"reason": "回电核实"}
	case "compareEntry":
		query = "?from=1&to=1"
	case "listCalendarDays":
		query = "?year=2026"
	case "getHotspot":
		m.must("chief", "/tickets/"+m.id("/tickets/")+"/tags", body{"tags": []string{"热点"}})
		m.rollUp(m.t)
		query = "?key=tag:" + url.QueryEscape("热点")
	case "searchLibrary":
		query = "?q=" + url.QueryEscape("居住证")
	case "searchTickets":
		query = "?q=" + url.QueryEscape(secret)
	}
	return query, in
}

// matrix makes what the operations are about.
type matrix struct {
	*leaks
	made int
	dead string            // a payload that nobody could read
	ids  map[string]string // what stands for {id} after a path, until a call has changed something
}

func (m *matrix) create(path string, in any) string {
	m.t.Helper()
	return m.must("admin", path, in).text(m.t, "id")
}

// thing makes what the routes below the path are about.
func (m *matrix) thing(path string) string {
	m.t.Helper()
	m.made++
	n := strconv.Itoa(m.made)
	switch path {
	case "/tickets/", "/escalations/", "/drafts/", "/replies/", "/media/", "/messages/":
		m.work()
		return m.ids[path]
	case "/faq/entries/":
		return m.must("limin", "/faq/entries", body{"code": "M-" + n, "question": "事项" + n + "怎么办", "answer": "到窗口办理"}).text(m.t, "id")
	case "/faq/files/":
		return m.send(m.t, "limin", "/api/v1/faq/entries/"+m.id("/faq/entries/")+"/files", "file", "a.txt", []byte("表格")).text(m.t, "id")
	case "/teams/":
		return m.create("/teams", body{"name": "小组" + n})
	case "/users/", "/workloads/":
		return m.create("/users", body{"username": "matrix" + n, "name": "临时", "role": "staff", "password": password})
	case "/departments/":
		return m.create("/departments", body{"code": "M" + n, "name": "部门" + n})
	case "/duties/":
		return m.create("/duties", body{"user_id": "3", "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"})
	case "/approvals/policies/":
		return m.create("/approvals/policies", body{"name": "审核" + n, "rule": body{"steps": 1, "kind": "comment"}})
	case "/policies/":
		return m.create("/policies", body{"name": "策略" + n, "clock": "sign", "plan": body{"target_seconds": 60, "steps": []body{}}})
	case "/routing/":
		return m.create("/routing", body{"name": "转办" + n, "rule": body{"words": []string{"词" + n}, "department_id": "1"}})
	case "/calendars/":
		return m.create("/calendars", body{"code": "m" + n, "name": "日历" + n, "windows": []body{{"weekday": 1, "from": "09:00", "to": "12:00"}}})
	case "/words/":
		return m.create("/words", body{"text": "词" + n, "level": "warn", "direction": "in"})
	case "/views/":
		return m.create("/views", body{"name": "视图" + n, "scope": "all"})
	case "/templates/":
		return m.create("/templates", body{"name": "模板" + n, "text": "您好"})
	case "/notices/senders/":
		return m.create("/notices/senders", body{"kind": "dingtalk", "name": "群" + n, "url": "https://robot.example.test/?access_token=t" + n, "secret": "SEC-not-a-real-secret"})
	case "/tokens/":
		return m.create("/tokens", body{"name": "t" + n})
	case "/follow-ups/":
		m.ratesBadly("")
		return m.lastFollowUp()
	case "/accounts/", "/alerts/", "/faq/gaps/":
		return "1"
	case "/operations/payloads/":
		return m.dead
	case "/operations/tasks/":
		return "8"
	}
	m.t.Fatalf("%s{id}: the test makes nothing for it", path)
	return ""
}

// work is a ticket that departments work on, with a picture and a model's draft.
func (m *matrix) work() {
	t := m.t
	t.Helper()
	citizen := m.newCitizen()
	file := m.attach(t, citizen, "a.jpg", "image/jpeg", "0123")
	ticket := m.says(t, 1, citizen, secret+"居住证怎么办理")
	m.must("limin", "/tickets/"+ticket+"/escalations", body{"department_id": "1", "co_department_ids": []string{"2"}})
	draft := m.must("limin", "/tickets/"+ticket+"/drafts", nil)
	var escalation string
	must(t, m.db.QueryRow(t.Context(), `SELECT CAST(max(id) AS TEXT) FROM escalations WHERE ticket_id = $1 AND department_id = 1`, rowID(t, ticket)).Scan(&escalation))
	maps.Copy(m.ids, map[string]string{
		"/tickets/": ticket, "/escalations/": escalation, "/drafts/": draft.text(t, "id"), "/replies/": draft.text(t, "reply.id"),
		"/media/": file[strings.LastIndexByte(file, '/')+1:], "/messages/": m.message(ticket),
	})
	m.follows(t, "link", 5, rowID(t, escalation))
}

// ratesBadly lets a citizen give an answer a bad mark.
func (m *matrix) ratesBadly(words string) {
	m.t.Helper()
	ticket, told := citizensTicket(m.leaks)
	m.must("chief", "/tickets/"+ticket+"/close", body{"reason": "已答复"})
	m.must("chief", "/tickets/"+ticket+"/assign", body{"assignee_id": ""})
	_, err := m.inbox.Rate(m.t.Context(), told.text(m.t, "number"), told.text(m.t, "code"), inbox.RatingInput{Mark: inbox.BadMark, Words: words})
	must(m.t, err)
}

func (d *testDesk) lastFollowUp() (id string) {
	_ = d.db.QueryRow(context.Background(), `SELECT CAST(max(id) AS TEXT) FROM follow_ups`).Scan(&id)
	return id
}

// message is the newest message of a ticket.
func (d *testDesk) message(ticket string) (id string) {
	_ = d.db.QueryRow(context.Background(), `SELECT CAST(max(id) AS TEXT) FROM messages WHERE ticket_id = CAST($1 AS BIGINT)`, ticket).Scan(&id)
	return id
}

func (m *matrix) id(path string) string {
	m.t.Helper()
	if m.ids[path] == "" {
		m.ids[path] = m.thing(path)
	}
	return m.ids[path]
}

// path is the route with an id of what is as it was made.
func (m *matrix) path(route string) string {
	m.t.Helper()
	before, after, found := strings.Cut(route, "{id}")
	if !found {
		return route
	}
	return before + m.id(strings.TrimPrefix(before, "/api/v1")) + after
}

// standing makes what no call takes away: a gap, an alert, dead work.
func (m *matrix) standing() {
	t := m.t
	t.Helper()
	other := m.says(t, 1, m.newCitizen(), "身份证丢了")
	m.must("limin", "/tickets/"+other+"/escalations", body{"department_id": "1"})
	m.follows(t, "astray", 5, 1)
	asked := m.says(t, 1, m.newCitizen(), "无人机在哪里登记")
	reply := m.must("limin", "/tickets/"+asked+"/replies", body{"text": "请到公安分局登记", "seen_event": m.head(t)}).text(t, "id")
	m.deliver(t, inbox.ReplyID(rowID(t, reply)), channel.Sent)
	must(t, m.gaps.Collect(t.Context()))
	for range 3 {
		m.says(t, 1, m.newCitizen(), "学府街停水了什么时候恢复")
	}
	_, err := m.inbox.FindSpikes(t.Context(), m.clock.now())
	must(t, err)
	must(t, m.inbox.IngestDead(t.Context(), 1, channel.DeadLetter{ExternalID: "dead", Raw: []byte("<xml"), Reason: "broken"}))
	must(t, m.db.QueryRow(t.Context(), `SELECT CAST(max(id) AS TEXT) FROM payloads`).Scan(&m.dead))
	m.tasks.dead = []jobs.Dead{{ID: 8, Kind: "reply.send", Key: "1", Attempts: 12, LastError: "no route", At: m.clock.now()}}
}

func TestPermissionMatrix(t *testing.T) {
	d, _ := newDraftDesk(t)
	m := &matrix{leaks: &leaks{testDesk: d, t: t}, ids: map[string]string{}}
	d.liaison(t, "helper", 2)
	m.create("/departments", body{"code": "WG", "name": "无关部门"})
	d.liaison(t, "stranger", 3)
	m.standing()
	m.work()
	d.indexTickets(t)
	var document struct {
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	must(t, json.Unmarshal(d.server.OpenAPI(), &document))
	rows := []string{strings.TrimRight(fmt.Sprintf("%-22s", "operation")+fmt.Sprintf(strings.Repeat(" %-8s", len(askers)), anys(askers)...), " ")}
	told := map[string]int{}
	var linked []string
	for _, route := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[route])) {
			op := document.Paths[route][method]
			if slices.Contains(apart, op.OperationID) {
				continue
			}
			var cells []string
			weighed := false // somebody's right, not only what was sent
			for _, as := range askers {
				r := m.call(as, strings.ToUpper(method), m.path(route), op, document.Components.Schemas)
				if method != "get" && r.status < 300 {
					clear(m.ids)
				}
				cells = append(cells, cellOf(r))
				if as == "link" && cellOf(r) == through {
					linked = append(linked, op.OperationID)
				}
				if r.status != 422 {
					weighed = true
				}
				if bytes.Contains(r.body, []byte(secret)) {
					told[as]++
				}
			}
			if !weighed || !slices.Contains(cells, through) {
				t.Errorf("%s: what the test sends is wrong for everybody: %v", op.OperationID, cells)
			}
			rows = append(rows, strings.TrimRight(fmt.Sprintf("%-22s", op.OperationID)+fmt.Sprintf(strings.Repeat(" %-8s", len(cells)), anys(cells)...), " "))
			if work := regexp.MustCompile(`^/api/v1/(tickets|escalations|drafts|replies|media|messages)/\{id\}`); work.MatchString(route) &&
				slices.Contains(cells[:outside], through) {
				t.Errorf("%s: who has no part in the work comes through: %v", op.OperationID, cells)
			}
		}
	}
	slices.Sort(linked)
	if !slices.Equal(linked, byLink) {
		t.Errorf("a session that a link opened comes through to %v, want %v", linked, byLink)
	}
	if told["stranger"] > 0 || told["narrow"] > 0 || told["astray"] > 0 {
		t.Errorf("the citizen's words were read by who has no part in it: %v", told)
	}
	for _, as := range []string{"link", "liaison", "helper", "limin", "chief", "admin"} {
		if told[as] < 4 {
			t.Errorf("%s read the citizen's words %d times only: the test looks at the wrong places", as, told[as])
		}
	}
	golden(t, "permissions.txt", strings.Join(rows, "\n")+"\n")
}

func anys(texts []string) (out []any) {
	for _, text := range texts {
		out = append(out, text)
	}
	return out
}

type operation struct {
	OperationID string `json:"operationId"`
	RequestBody struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// call sends what the operation needs, and no more.
func (m *matrix) call(as, method, path string, op operation, schemas map[string]schema) response {
	m.t.Helper()
	query, given := m.given(op.OperationID)
	path += query
	if content, ok := op.RequestBody.Content["application/json"]; ok {
		in := schemas[content.Schema.Ref[strings.LastIndexByte(content.Schema.Ref, '/')+1:]].filled(true)
		maps.Copy(in, given)
		return m.do(m.t, as, method, path, in)
	}
	if len(op.RequestBody.Content) > 0 {
		return m.send(m.t, as, path, "file", "a.txt", []byte("表格"))
	}
	return m.do(m.t, as, method, path, nil)
}

// golden compares with a file that people read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if string(want) != got {
		t.Errorf("%s differs; read what changed, then run go test ./app/api -run TestPermissionMatrix -update\n%s", path, got)
	}
}
