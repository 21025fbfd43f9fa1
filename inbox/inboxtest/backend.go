// Package inboxtest is what tests of the inbox stand on: a desk whose clock
// the test moves, citizens and staff that read like a sentence, the suite
// every inbox.Store must pass (ExerciseStore), and the rules that must hold
// whatever happened (CheckInvariants). It knows no database; a Backend does.
package inboxtest

import (
	"context"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/search"
)

// T is what both *testing.T and *rapid.T offer.
type T interface {
	Helper()
	Context() context.Context
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Backend is one database: the Store under test, and the rows that belong to
// other trees but that tickets point at.
type Backend interface {
	Store() inbox.Store
	// AddAccount makes an enabled account and returns its id.
	AddAccount(t T, name string) int64
	// SetCitizen stores an account's settings for citizens, a JSON object.
	SetCitizen(t T, account int64, settings string)
	// AddUser makes an active user with the actor's role, department and
	// accounts, and returns its id.
	AddUser(t T, u desk.Actor) int64
	// SetUser changes a user's role, department and accounts.
	SetUser(t T, u desk.Actor)
	// DisableUser makes a user inactive.
	DisableUser(t T, id int64)
	// Head is the number of the newest event, 0 for none.
	Head(t T) int64
	// Events returns all events numbered above after, in order.
	Events(t T, after int64) []desk.Event
	// Tasks returns the work that waits, oldest first.
	Tasks(t T) []desk.Task
	// Index brings the index of search up to date, its texts cut by words.
	Index(t T, words search.Words)
	// Dump returns every row of every table as text, sorted, so that two dumps
	// are equal when nothing changed.
	Dump(t T) []string
}
