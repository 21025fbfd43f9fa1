package api_test

import (
	"net/url"
	"testing"
)

// FuzzIDs asks with strange ids and cursors: the answer is always one of the
// API's own, and never a failure of the desk.
func FuzzIDs(f *testing.F) {
	d := newDesk(f)
	d.says(f, 1, "o-1", "居住证怎么办理")
	for _, seed := range []string{
		"", "0", "1", "-1", "9223372036854775807", "9223372036854775808", "1e3", "0x1", "１", "1 ", "%00", "..", "a/b", "MS4x", "LTEuLTE", "aWQ6MQ", "' OR 1=1",
		"NDUwMzU5OTYyNzM3MDQ5Ni4x", "\xff\xfe", "me", "none",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, query := url.PathEscape(text), url.QueryEscape(text)
		for _, at := range []string{
			"/tickets/" + path, "/tickets/" + path + "/timeline", "/faq/entries/" + path, "/media/" + path, "/accounts/" + path,
			"/tickets?cursor=" + query, "/tickets?view=all&cursor=" + query, "/tickets?account_id=" + query, "/tickets?assignee_id=" + query,
			"/tickets?q=" + query, "/search?q=" + query, "/search?q=x&cursor=" + query, "/users?cursor=" + query, "/faq/entries?cursor=" + query, "/faq/entries?q=x&cursor=" + query, "/faq/search?q=" + query,
		} {
			r := d.get(t, "limin", "/api/v1"+at)
			if r.status >= 500 {
				t.Errorf("%s: %d %s", at, r.status, r.body)
			}
			if r.status >= 400 && r.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %s", at, r.status, r.header.Get("Content-Type"))
			}
		}
	})
}
