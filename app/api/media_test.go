package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// attach lets a citizen send a file and stores it.
func (d *testDesk) attach(t *testing.T, citizen, name, contentType, content string) string {
	t.Helper()
	d.says(t, 1, citizen, "", func(in *channel.Inbound) {
		in.Type, in.Media = channel.Image, []channel.Media{{Kind: channel.Image, ExternalID: "m"}}
	})
	var id int64
	must(t, d.db.QueryRow(t.Context(), `SELECT max(id) FROM attachments`).Scan(&id))
	a, err := d.inbox.PendingAttachment(t.Context(), id)
	must(t, err)
	path, size, _, err := d.files.Save(t.Context(), "file"+name[:1], strings.NewReader(content), 1<<20)
	must(t, err)
	a.State, a.Path, a.Size, a.Name, a.ContentType = inbox.AttachmentStored, path, size, name, contentType
	_, err = d.inbox.StoreAttachment(t.Context(), a)
	must(t, err)
	return "/api/v1/media/" + strconv.FormatInt(id, 10)
}

func TestMedia(t *testing.T) {
	d := newDesk(t)
	photo := d.attach(t, "o-1", "身份证 正面.jpg", "image/jpeg; charset=binary", "0123456789")
	page := d.attach(t, "o-2", "x.html", "text/html", "<script>alert(1)</script>")
	drawing := d.attach(t, "o-3", "y.svg", "image/svg+xml", "<svg onload='x'/>")

	r := d.get(t, "limin", photo)
	if r.status != 200 || string(r.body) != "0123456789" || r.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("a photo: %d %v %q", r.status, r.header, r.body)
	}
	if got := r.header.Get("Content-Disposition"); got != "inline; filename*=UTF-8''%E8%BA%AB%E4%BB%BD%E8%AF%81%20%E6%AD%A3%E9%9D%A2.jpg" {
		t.Errorf("a photo is offered as %q", got)
	}
	for _, path := range []string{page, drawing} {
		r := d.get(t, "limin", path)
		if r.status != 200 || r.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s may run in a browser: %v", path, r.header)
		}
		if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, r.header)
		}
	}
	if r := d.get(t, "narrow", photo); r.status != 404 {
		t.Errorf("who may not see the ticket: %d", r.status)
	}
	d.says(t, 1, "o-4", "", func(in *channel.Inbound) {
		in.Type, in.Media = channel.Image, []channel.Media{{Kind: channel.Image, ExternalID: "m"}}
	})
	if r := d.get(t, "limin", "/api/v1/media/4"); r.status != 404 {
		t.Errorf("a file that is still to come: %d", r.status)
	}
	timeline := d.get(t, "limin", "/api/v1/tickets/1/timeline")
	if timeline.at("items.0.attachments.0.url") != photo || timeline.at("items.0.attachments.0.size") != 10.0 {
		t.Errorf("the timeline has %v", timeline.at("items.0.attachments.0"))
	}
}

func TestMediaRanges(t *testing.T) {
	d := newDesk(t)
	path := d.attach(t, "o-1", "v.mp4", "video/mp4", "0123456789")
	for header, want := range map[string]struct {
		status int
		body   string
		part   string
	}{
		"bytes=0-3":                   {206, "0123", "bytes 0-3/10"},
		"bytes=8-":                    {206, "89", "bytes 8-9/10"},
		"bytes=-3":                    {206, "789", "bytes 7-9/10"},
		"bytes=-30":                   {206, "0123456789", "bytes 0-9/10"},
		"bytes=5-900":                 {206, "56789", "bytes 5-9/10"},
		"bytes=10-":                   {416, "", "bytes */10"},
		"bytes=-0":                    {416, "", "bytes */10"},
		"bytes=4-2":                   {416, "", "bytes */10"},
		"bytes=a-b":                   {416, "", "bytes */10"},
		"bytes=99999999999999999999-": {416, "", "bytes */10"},
		"bytes=0-1,3-4":               {200, "0123456789", ""},
		"lines=0-1":                   {200, "0123456789", ""},
		"":                            {200, "0123456789", ""},
	} {
		r := d.do(t, "limin", "GET", path, nil, func(r *http.Request) { r.Header.Set("Range", header) })
		if r.status != want.status || r.header.Get("Content-Range") != want.part || (want.status != 416 && string(r.body) != want.body) {
			t.Errorf("%q: %d %q %q", header, r.status, r.header.Get("Content-Range"), r.body)
		}
	}
}
