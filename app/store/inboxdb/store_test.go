package inboxdb_test

import (
	"testing"

	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox/inboxtest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		inboxtest.ExerciseStore(t, func(t *testing.T) inboxtest.Backend { return backend(t, "") })
	})
	t.Run("postgres", func(t *testing.T) {
		inboxtest.ExerciseStore(t, func(t *testing.T) inboxtest.Backend { return backend(t, storetest.PostgresURL(t)) })
	})
}

func backend(t *testing.T, url string) inboxtest.Backend {
	t.Helper()
	return inboxdbtest.New(storetest.Open(t, url, t.TempDir()))
}
