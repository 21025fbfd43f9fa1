package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"replydesk/app/api"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// page is the citizens' page as a stranger at an address gets it.
func (d *testDesk) page(t *testing.T, method, path, from string, form url.Values) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Forwarded-For", from)
	answer, err := d.server.Test(r)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(body), answer.Header
}

// made is a call that must be granted.
func (d *testDesk) made(t *testing.T, as, method, path string, in any) response {
	t.Helper()
	r := d.do(t, as, method, path, in)
	if r.status >= 300 {
		t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return r
}

func lookUp(number, code string) url.Values { return url.Values{"number": {number}, "code": {code}} }

// citizensTicket is an answered ticket with secrets around it, and its code.
func citizensTicket(l *leaks) (ticket string, code response) {
	l.t.Helper()
	ticket = l.says(l.t, 1, l.newCitizen(), "路灯不亮，电话13900001234")
	l.must("limin", "/tickets/"+ticket+"/notes", body{"text": "内部备注"})
	l.must("limin", "/tickets/"+ticket+"/escalations", body{"department_id": "1", "remark": "内部转办意见"})
	reply := l.must("limin", "/tickets/"+ticket+"/replies", body{"text": "已派人<b>查看</b>", "seen_event": l.head(l.t)}).text(l.t, "id")
	l.deliver(l.t, inbox.ReplyID(rowID(l.t, reply)), channel.Sent)
	return ticket, l.must("limin", "/tickets/"+ticket+"/code", nil)
}

func TestProgressPage(t *testing.T) {
	d := newDesk(t)
	ticket, told := citizensTicket(&leaks{testDesk: d, t: t})
	number, code := told.text(t, "number"), told.text(t, "code")
	if want := "https://desk.example.test/p/" + number + "#" + code; told.text(t, "url") != want {
		t.Errorf("the address is %s, want %s", told.text(t, "url"), want)
	}
	status, page, header := d.page(t, http.MethodGet, "/p/"+number, "", nil)
	if status != 200 || !strings.Contains(page, `value="`+number+`"`) || !strings.Contains(page, `lang="zh-CN"`) {
		t.Errorf("the empty page: %d\n%s", status, page)
	}
	if header.Get("Cache-Control") != "no-store" || !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self'") || header.Get("X-Robots-Tag") == "" {
		t.Errorf("headers %v", header)
	}
	status, page, header = d.page(t, http.MethodPost, "/p", "", lookUp(strings.ReplaceAll(number, "-", ""), strings.ToLower(code)))
	for _, want := range []string{number, "已转交承办单位办理", "城市发布", "已派人&lt;b&gt;查看&lt;/b&gt;", "转交承办单位", "2026年11月22日 09:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"内部", "13900001234", "李敏", "市公安局", "公安", "粉丝", "<b>查看"} {
		if strings.Contains(page, never) {
			t.Errorf("the page tells %q", never)
		}
	}
	if status != 200 || header.Get("Cache-Control") != "no-store" || header.Get("Set-Cookie") != "" {
		t.Errorf("%d, headers %v", status, header)
	}
	english := lookUp(number, code)
	english.Set("lang", "en")
	if _, page, _ = d.page(t, http.MethodPost, "/p", "", english); !strings.Contains(page, `lang="en"`) || !strings.Contains(page, "With the responsible department") {
		t.Errorf("in English:\n%s", page)
	}
	d.made(t, "admin", "PATCH", "/api/v1/accounts/1", body{"citizen": body{"show_department": true, "rate_days": 7}})
	if _, page, _ = d.page(t, http.MethodPost, "/p", "", lookUp(number, code)); !strings.Contains(page, "市公安局") {
		t.Error("the department is not named where the account wants it")
	}
	renewed := d.made(t, "limin", "POST", "/api/v1/tickets/"+ticket+"/code/renew", nil).text(t, "code")
	if status, _, _ = d.page(t, http.MethodPost, "/p", "", lookUp(number, code)); status != 404 {
		t.Errorf("the old code opens %d", status)
	}
	if status, _, _ = d.page(t, http.MethodPost, "/p", "", lookUp(number, renewed)); status != 200 {
		t.Errorf("the new code opens %d", status)
	}
	var acts []string
	rows, err := d.db.Query(t.Context(), `SELECT name FROM events WHERE name LIKE 'code.%' AND actor_id = 3 ORDER BY id`)
	must(t, err)
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		acts = append(acts, name)
	}
	must(t, rows.Close())
	if strings.Join(acts, " ") != "code.shown code.renewed" {
		t.Errorf("on record: %v", acts)
	}
	for path, want := range map[string]string{"/p/progress.css": "text/css", "/p/progress.js": "text/javascript"} {
		status, file, header := d.page(t, http.MethodGet, path, "", nil)
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), want) || len(file) < 500 || len(file) > 20000 {
			t.Errorf("%s: %d, %s, %d bytes", path, status, header.Get("Content-Type"), len(file))
		}
	}
	if status, _, _ = d.page(t, http.MethodGet, "/p/a/b", "", nil); status != 404 {
		t.Errorf("below the page there is something: %d", status)
	}
}

// Who guesses learns nothing, and soon may not go on; who knows the code may.
func TestGuessingCodes(t *testing.T) {
	d := newDesk(t, func(_ *api.Deps, c *api.Config) { c.TrustedProxies = []string{"0.0.0.0"} })
	_, told := citizensTicket(&leaks{testDesk: d, t: t})
	number, code := told.text(t, "number"), told.text(t, "code")
	_, wrongCode, _ := d.page(t, http.MethodPost, "/p", "192.0.2.1", lookUp(number, "ZZZZZZ"))
	status, wrongNumber, _ := d.page(t, http.MethodPost, "/p", "192.0.2.1", lookUp("20990101-0001", "ZZZZZZ"))
	same := strings.ReplaceAll(wrongNumber, "20990101-0001", number)
	if status != 404 || wrongCode != same || !strings.Contains(same, "工单号或查询码不正确") {
		t.Errorf("%d: a wrong number and a wrong code differ:\n%s\n%s", status, wrongCode, same)
	}
	for range 7 {
		d.page(t, http.MethodPost, "/p", "192.0.2.1", lookUp(number, "ZZZZZZ"))
	}
	if status, page, _ := d.page(t, http.MethodPost, "/p", "192.0.2.1", lookUp(number, code)); status != 429 || strings.Contains(page, "已派人") {
		t.Errorf("after nine wrong ones the right one opens %d", status)
	}
	// Its citizen, elsewhere, is not shut out by that.
	if status, _, _ := d.page(t, http.MethodPost, "/p", "192.0.2.2", lookUp(number, code)); status != 200 {
		t.Errorf("elsewhere: %d", status)
	}
	for range 200 { // those who know their code are not counted
		if status, _, _ := d.page(t, http.MethodPost, "/p", "192.0.2.3", lookUp(number, code)); status != 200 {
			t.Fatalf("who knows the code: %d", status)
		}
	}
	// One address and many numbers; an IPv6 peer has a whole network.
	for i := range 61 {
		d.page(t, http.MethodPost, "/p", "2001:db8::"+strings.Repeat("1", 1+i%4), lookUp(strings.Repeat("2", 9+i%8), "ZZZZZZ"))
	}
	if status, _, _ := d.page(t, http.MethodPost, "/p", "2001:db8::ffff", lookUp(number, code)); status != 429 {
		t.Errorf("after 61 numbers from one network: %d", status)
	}
	d.clock.pass(16 * time.Minute)
	if status, _, _ := d.page(t, http.MethodPost, "/p", "192.0.2.1", lookUp(number, code)); status != 200 {
		t.Errorf("later: %d", status)
	}
	for name, form := range map[string]url.Values{"nothing": {}, "long": lookUp(strings.Repeat("9", 100000), strings.Repeat("A", 100000)), "bytes": lookUp("\xff\x00", "\xff<script>")} {
		status, page, _ := d.page(t, http.MethodPost, "/p", "192.0.2.9", form)
		if status != 404 || strings.Contains(page, "<script>") || len(page) > 20000 {
			t.Errorf("%s: %d, %d bytes", name, status, len(page))
		}
	}
}

func TestRatingOnTheProgressPage(t *testing.T) {
	d := newDesk(t)
	ticket, told := citizensTicket(&leaks{testDesk: d, t: t})
	number, code := told.text(t, "number"), told.text(t, "code")
	rate := func(code, mark, words string) (int, string) {
		t.Helper()
		form := lookUp(number, code)
		form.Set("mark", mark)
		form.Set("words", words)
		status, page, _ := d.page(t, http.MethodPost, "/p/rate", "", form)
		return status, page
	}
	if status, page := rate(code, "5", ""); status != 409 || strings.Contains(page, "提交评价") {
		t.Errorf("while a department has it: %d", status)
	}
	d.made(t, "limin", "POST", "/api/v1/tickets/"+ticket+"/close", body{"reason": "已答复"})
	_, page, _ := d.page(t, http.MethodPost, "/p", "", lookUp(number, code))
	if !strings.Contains(page, "提交评价") || strings.Count(page, `type="radio"`) != 5 {
		t.Errorf("the page offers no marks:\n%s", page)
	}
	if status, _ := rate("ZZZZZZ", "5", ""); status != 404 {
		t.Errorf("with a wrong code: %d", status)
	}
	for _, mark := range []string{"", "0", "6", "x"} {
		if status, page := rate(code, mark, "<i>慢</i>"); status != 422 || !strings.Contains(page, "&lt;i&gt;慢&lt;/i&gt;") {
			t.Errorf("mark %q: %d", mark, status)
		}
	}
	if status, _ := rate(code, "2", strings.Repeat("字", 501)); status != 422 {
		t.Errorf("too many words: %d", status)
	}
	status, page := rate(code, "2", "等了\r\n三天")
	if status != 200 || !strings.Contains(page, "感谢您的评价。") || !strings.Contains(page, "<b>不满意</b>") || !strings.Contains(page, "修改评价") || !strings.Contains(page, "等了\n三天") {
		t.Errorf("rated: %d\n%s", status, page)
	}
	if status, page = rate(code, "4", ""); status != 200 || !strings.Contains(page, "<b>满意</b>") {
		t.Errorf("changed: %d", status)
	}
	d.clock.pass(16 * 24 * time.Hour)
	if status, page = rate(code, "5", ""); status != 409 || !strings.Contains(page, "<b>满意</b>") || strings.Contains(page, "type=\"radio\"") {
		t.Errorf("after the days: %d", status)
	}
}
