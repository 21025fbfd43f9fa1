package auth

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Department is the department of a liaison, with the name lists show.
type Department struct {
	ID   int64
	Name string
}

// User is a person who may sign in.
type User struct {
	ID          int64
	Username    string
	Name        string
	Role        desk.Role
	Department  Department // ID 0: none
	AllAccounts bool
	AccountIDs  []int64 // sorted; empty with AllAccounts
	Active      bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
	LastSeenAt  time.Time // zero: never
	Contact
}

// Contact is how a colleague is reached outside the desk; each may be "".
type Contact struct {
	Email     string
	Mobile    string
	MentionID string // by which a chat group's robot calls the person
}

// Actor is the user as the use cases see it.
func (u User) Actor() desk.Actor {
	return desk.Actor{
		UserID: u.ID, Name: u.Name, Role: u.Role, DepartmentID: u.Department.ID,
		AllAccounts: u.AllAccounts, AccountIDs: u.AccountIDs,
	}
}

// Session is one signed-in browser. Key is the SHA-256 of what its cookie
// holds, in hexadecimal.
type Session struct {
	Key       string
	UserID    int64
	CSRF      string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	Address   string
	Agent     string
	LinkID    int64     // that opened it; 0: somebody signed in
	Part      desk.Part // all it reaches then
}

// Token is a machine's way in, on behalf of the user who made it.
type Token struct {
	ID        int64
	UserID    int64
	Name      string
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // zero: never
}

// Store is what auth needs of a database. Look-ups that find nothing return
// desk NotFound.
type Store interface {
	// Atomic runs fn in one transaction; see app/store for the rules.
	Atomic(ctx context.Context, fn func(tx Tx) error) error

	// Password returns the user with this username and the hash of the
	// password.
	Password(ctx context.Context, username string) (User, string, error)
	// Users returns at most limit users with an id above after, by id.
	Users(ctx context.Context, after int64, limit int) ([]User, error)
	User(ctx context.Context, id int64) (User, error)
	// Names returns the names of those of the ids that exist; at most 500 ids.
	Names(ctx context.Context, ids []int64) (map[int64]string, error)
	// Session and Token return what the key or hash belongs to with its user,
	// ended or not.
	Session(ctx context.Context, key string) (Session, User, error)
	Token(ctx context.Context, hash string) (Token, User, error)
	TokenByID(ctx context.Context, id int64) (Token, User, error)
	// Tokens returns a user's tokens, newest first.
	Tokens(ctx context.Context, userID int64) ([]Token, error)
	// Link returns a link by its name with its person.
	Link(ctx context.Context, name string) (Link, User, error)
	// Links returns at most limit links to an escalation, newest first.
	Links(ctx context.Context, escalationID int64, limit int) ([]NamedLink, error)
}

// Tx changes users, sessions and tokens.
type Tx interface {
	Record(ctx context.Context, events ...desk.Event) error
	Audit(ctx context.Context, rows ...desk.Audit) error
	Enqueue(ctx context.Context, t desk.Task) error

	AnyUser(ctx context.Context) (bool, error)
	// InsertUser sets u.ID. A username in use is a Conflict.
	InsertUser(ctx context.Context, u *User, hash string) error
	// LockUser makes the user the caller's until the transaction ends.
	LockUser(ctx context.Context, id int64) (User, error)
	// UpdateUser writes everything but the password and LastSeenAt.
	UpdateUser(ctx context.Context, u User) error
	// PasswordHash reads the hash of a locked user, SetPassword writes it.
	PasswordHash(ctx context.Context, id int64) (string, error)
	SetPassword(ctx context.Context, id int64, hash string) error
	// LockAdmins locks and counts the active administrators.
	LockAdmins(ctx context.Context) (int, error)
	DepartmentExists(ctx context.Context, id int64) (bool, error)
	AccountExists(ctx context.Context, id int64) (bool, error)

	AddSession(ctx context.Context, s Session) error
	// SeeSession notes when a session and its user were seen.
	SeeSession(ctx context.Context, key string, userID int64, at time.Time) error
	// EndSession removes a session; one that is gone is fine.
	EndSession(ctx context.Context, key string) error
	// EndSessions removes all of a user's sessions and returns their keys.
	EndSessions(ctx context.Context, userID int64) ([]string, error)
	// HasSession reports whether a session has not been removed.
	HasSession(ctx context.Context, key string) (bool, error)
	// PurgeSessions removes the sessions that ended before expired or were not
	// seen since idle.
	PurgeSessions(ctx context.Context, expired, idle time.Time) error

	CountTokens(ctx context.Context, userID int64) (int, error)
	// AddToken sets t.ID.
	AddToken(ctx context.Context, t *Token, hash string) error
	SeeToken(ctx context.Context, id, userID int64, at time.Time) error
	// RemoveToken removes one of a user's tokens.
	RemoveToken(ctx context.Context, userID, id int64) error
	// EndTokens removes all of a user's tokens and returns their ids.
	EndTokens(ctx context.Context, userID int64) ([]int64, error)

	// AddLink adds a link unless its notice has one; it returns the one there is.
	AddLink(ctx context.Context, l Link) (Link, User, error)
	// LockLink makes the link the caller's until the transaction ends.
	LockLink(ctx context.Context, name string) (Link, User, error)
	// SaveLink writes what may change of a link.
	SaveLink(ctx context.Context, l Link) error
	// RevokeLinks ends the links of a user or to an escalation (0: not by it) that
	// are not revoked yet, counts them, and removes the sessions they opened,
	// whose keys it returns.
	RevokeLinks(ctx context.Context, userID, escalationID int64, at time.Time) (links int64, keys []string, err error)
	// PurgeLinks removes the links that expired before a time.
	PurgeLinks(ctx context.Context, expired time.Time) error
}

// Shared is what the nodes of one desk have in common; kv.Store is one.
type Shared interface {
	Get(ctx context.Context, key string) (string, error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	Take(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
	Publish(ctx context.Context, channel, payload string) error
	Subscribe(ctx context.Context, channel string) (hints <-chan string, stop func())
}
