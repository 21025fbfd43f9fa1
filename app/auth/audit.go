package auth

import (
	"context"
	"strconv"

	"replydesk/inbox/desk"
)

// Names in the audit of what happens to sessions, tokens and links.
const (
	SessionOpened  = "session.opened"
	SessionRefused = "session.refused" // a wrong password, or a name that nobody has
	SessionClosed  = "session.closed"
	TokenMade      = "token.created"
	TokenRemoved   = "token.removed"
	CodeSent       = "link.code_sent"
	CodeTold       = "link.code_told"
	LinkRefused    = "link.refused" // a wrong code
	LinkOpened     = "link.opened"
	LinkRevoked    = "link.revoked"
)

// audit adds a row about a user; by is who did it, 0 for nobody known.
func (s *Service) audit(ctx context.Context, tx Tx, action string, user, by int64, data map[string]any) error {
	object := ""
	if user != 0 {
		object = "user:" + strconv.FormatInt(user, 10)
	}
	a := desk.NewAudit(action, object, desk.Actor{UserID: by}, s.time(), data)
	a.Address = desk.AddressOf(ctx)
	return tx.Audit(ctx, a)
}

// refused notes a failed sign-in. A name that nobody has is not kept: what was
// typed there may be a password.
func (s *Service) refused(ctx context.Context, u User) error {
	return s.o.Store.Atomic(ctx, func(tx Tx) error { return s.audit(ctx, tx, SessionRefused, u.ID, 0, nil) })
}
