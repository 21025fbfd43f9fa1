package faqdb_test

import (
	"database/sql"
	"testing"

	"replydesk/app/store"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/storetest"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/inbox/desk"
)

// backend implements faqtest.Backend.
type backend struct{ db *store.DB }

func (b backend) Store() faqtest.Store { return faqdb.New(b.db) }

func (b backend) Events(t testing.TB) []desk.Event {
	t.Helper()
	events, err := b.db.EventsAfter(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatalf("events: %v", err)
	}
	return events
}

func (b backend) Tasks(t testing.TB) []desk.Task {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `SELECT kind, key FROM jobs WHERE state = 'waiting' ORDER BY id`)
	tasks, err := store.Collect(rows, err, func(r *sql.Rows) (task desk.Task, err error) {
		return task, r.Scan(&task.Kind, &task.Key)
	})
	if err != nil {
		t.Fatalf("tasks: %v", err)
	}
	return tasks
}

// each runs a suite on both engines with an empty database for each test.
func each(t *testing.T, run func(t *testing.T, open func(t *testing.T) *store.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		run(t, func(t *testing.T) *store.DB { return storetest.Open(t, "", t.TempDir()) })
	})
	t.Run("postgres", func(t *testing.T) {
		run(t, func(t *testing.T) *store.DB { return storetest.Open(t, storetest.PostgresURL(t), t.TempDir()) })
	})
}

func TestStore(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *store.DB) {
		faqtest.ExerciseStore(t, func(t *testing.T) faq.Store { return faqdb.New(open(t)) })
	})
}

func TestVectors(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *store.DB) {
		faqtest.ExerciseVectors(t, func(t *testing.T) faqtest.VectorStore { return faqdb.New(open(t)) })
	})
}

func TestService(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *store.DB) {
		faqtest.ExerciseService(t, func(t *testing.T) faqtest.Backend { return backend{open(t)} })
	})
}
