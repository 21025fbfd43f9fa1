package inbox_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// each runs fn on a desk on both engines. Tests have databases of their own
// and run beside each other.
func each(t *testing.T, fn func(t *testing.T, d *inboxtest.Desk), change ...func(*inbox.Rules)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		db.Rehearse()
		fn(t, inboxtest.New(t, inboxdbtest.New(db), change...))
	})
}

// refused fails unless err has the code and the reason.
func refused(t *testing.T, err error, code desk.Code, reason string) {
	t.Helper()
	if desk.CodeOf(err) != code || desk.ReasonOf(err) != reason {
		t.Errorf("got %v (%s, %q), want %s with reason %q", err, desk.CodeOf(err), desk.ReasonOf(err), code, reason)
	}
}

// happened fails unless exactly these events followed after the numbered one.
func happened(t *testing.T, d *inboxtest.Desk, after int64, want ...string) {
	t.Helper()
	// Once a year's holidays are missed, by whatever clock is the first to ask.
	got := d.Happened(t, after)
	if !slices.Contains(want, inbox.CalendarLacking) {
		got = slices.DeleteFunc(got, func(name string) bool { return name == inbox.CalendarLacking })
	}
	if !slices.Equal(got, want) {
		t.Errorf("events = %v, want %v", got, want)
	}
}

// unchanged runs fn and fails if anything in the database differs afterwards.
func unchanged(t *testing.T, d *inboxtest.Desk, fn func()) {
	t.Helper()
	before := d.Dump(t)
	fn()
	after := d.Dump(t)
	if slices.Equal(before, after) {
		return
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			t.Errorf("changed or new: %s", line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("was: %s", line)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

func idText[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }
