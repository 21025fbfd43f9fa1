package api_test

import (
	"bytes"
	cryptorand "crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"replydesk/app/store"
)

func rand() string { return cryptorand.Text() }

// body is JSON in a test; raw is a body that is not.
type (
	body map[string]any
	raw  string
)

// absent is what a path holds that is not there.
const absent = "(absent)"

// response is an answer with its body read.
type response struct {
	status int
	header http.Header
	body   []byte
}

// at returns the value at a path such as "items.0.account.name".
func (r response) at(path string) any {
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		return absent
	}
	if path == "" {
		return v
	}
	for part := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, there := at[part]
			if !there {
				return absent
			}
			v = next
		case []any:
			if part == "#" {
				v = len(at)
				continue
			}
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(at) {
				return absent
			}
			v = at[i]
		default:
			return absent
		}
	}
	return v
}

func (r response) text(t testing.TB, path string) string {
	t.Helper()
	s, ok := r.at(path).(string)
	if !ok {
		t.Fatalf("%s is %v in %s", path, r.at(path), r.body)
	}
	return s
}

// do sends one request as one of the people, "" for nobody. Writes carry the
// CSRF token unless mod takes it away.
func (d *testDesk) do(t testing.TB, as, method, path string, in any, mod ...func(*http.Request)) response {
	t.Helper()
	var content io.Reader
	contentType := "application/json"
	switch v := in.(type) {
	case nil:
	case raw:
		content = strings.NewReader(string(v))
	case []byte:
		content = bytes.NewReader(v)
	default:
		encoded, err := json.Marshal(v)
		must(t, err)
		content = bytes.NewReader(encoded)
	}
	r := httptest.NewRequest(method, path, content)
	if content != nil {
		r.Header.Set("Content-Type", contentType)
	}
	if as != "" {
		held, byLink := d.opened[as]
		if !byLink {
			held = browser{cookieOf(as), csrfOf(as)}
		}
		r.AddCookie(&http.Cookie{Name: "desk_session", Value: held.cookie})
		r.Header.Set("X-Desk-CSRF", held.csrf)
	}
	for _, f := range mod {
		f(r)
	}
	answer, err := d.server.Test(r)
	must(t, err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	must(t, err)
	if err := d.server.Conforms(method, r.URL.Path, answer.StatusCode, answer.Header.Get("Content-Type"), got); err != nil {
		t.Errorf("%s %s: the answer is not what the document says: %v in %.600s", method, path, err, got)
	}
	return response{answer.StatusCode, answer.Header, got}
}

func (d *testDesk) get(t testing.TB, as, path string) response {
	t.Helper()
	return d.do(t, as, http.MethodGet, path, nil)
}

func (d *testDesk) post(t testing.TB, as, path string, in any) response {
	t.Helper()
	return d.do(t, as, http.MethodPost, path, in)
}

// scenario is one request and all it must lead to.
type scenario struct {
	name   string
	as     string
	call   string // "POST /tickets/1/close", below /api/v1
	in     any
	status int
	want   map[string]any // parts of the answer by path
	events []string       // names of what was recorded, in order
}

// run runs scenarios one after the other on one desk: a later one stands on
// what the earlier ones did.
func (d *testDesk) run(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		ok := t.Run(s.name, func(t *testing.T) {
			head, err := d.db.Head(t.Context())
			must(t, err)
			method, path, _ := strings.Cut(s.call, " ")
			r := d.do(t, s.as, method, "/api/v1"+path, s.in)
			d.check(t, s, r)
			recorded, err := d.db.EventsAfter(t.Context(), head, 100)
			must(t, err)
			var names []string
			for _, e := range recorded {
				names = append(names, e.Name)
			}
			if !slices.Equal(names, s.events) {
				t.Errorf("events %v, want %v", names, s.events)
			}
		})
		if !ok {
			t.Fatalf("%s failed; what follows stands on it", s.name)
		}
	}
}

func (d *testDesk) check(t *testing.T, s scenario, r response) {
	t.Helper()
	if r.status != s.status {
		t.Fatalf("status %d, want %d: %s", r.status, s.status, r.body)
	}
	kind := r.header.Get("Content-Type")
	switch {
	case r.status == http.StatusNoContent && len(r.body) > 0:
		t.Errorf("204 with a body: %s", r.body)
	case r.status >= 400 && kind != "application/problem+json":
		t.Errorf("a failure came as %q", kind)
	case r.status == http.StatusOK && kind != "application/json":
		t.Errorf("an answer came as %q", kind)
	}
	if r.status >= 400 {
		if got := r.at("status"); got != float64(r.status) {
			t.Errorf("the problem's status is %v", got)
		}
		for _, part := range []string{"code", "title", "detail"} {
			if text, _ := r.at(part).(string); text == "" {
				t.Errorf("the problem has no %s: %s", part, r.body)
			}
		}
	}
	for path, want := range s.want {
		got := r.at(path)
		if n, ok := want.(int); ok {
			if f, isFloat := got.(float64); isFloat {
				got = int(f)
			}
			want = n
		}
		if !reflect.DeepEqual(got, want) && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v in %s", path, got, want, r.body)
		}
	}
}

// head is the number of the newest event.
func (d *testDesk) head(t testing.TB) int {
	t.Helper()
	head, err := d.db.Head(t.Context())
	must(t, err)
	return int(head)
}

// revive makes the people's sessions new again after a long time has passed.
func (d *testDesk) revive(t testing.TB) {
	t.Helper()
	now := store.Millis(d.clock.now())
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE sessions SET seen_at = $1, expires_at = $2`, now, now+3_600_000)
		return err
	}))
}
