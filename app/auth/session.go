package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Credentials are what somebody signs in with, and from where.
type Credentials struct {
	Username string
	Password string
	Address  string // of the client; failures are counted by it
	Agent    string
	Old      string // the cookie that came along; that session ends
}

// maxAgent bounds the stored name of a browser, in bytes.
const maxAgent = 200

// SignIn checks a password and starts a session with a new id, which the cookie
// must carry. An unknown name, a wrong password and a user who may not sign in
// are one and the same Unauthenticated error and take the same time; too many
// of them are throttle.Closed.
func (s *Service) SignIn(ctx context.Context, c Credentials) (cookie string, p Principal, err error) {
	c.Username = cleanUsername(c.Username)
	user, hash, err := s.identify(ctx, c)
	if err != nil {
		return "", Principal{}, err
	}
	cookie, session := s.newSession(user.ID, c.Address, c.Agent)
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		now, err := tx.LockUser(ctx, user.ID)
		if err != nil {
			return err
		}
		// A password changed meanwhile has ended all sessions; this must not
		// be the one that survives.
		current, err := tx.PasswordHash(ctx, user.ID)
		if err != nil {
			return err
		}
		if !now.Active || current != hash {
			return badCredentials()
		}
		if wellFormed(c.Old) {
			if err := tx.EndSession(ctx, fingerprint(c.Old)); err != nil {
				return err
			}
		}
		user = now
		if err := s.open(ctx, tx, session); err != nil {
			return err
		}
		return s.audit(ctx, tx, SessionOpened, user.ID, user.ID, nil)
	})
	if err != nil {
		return "", Principal{}, err
	}
	if wellFormed(c.Old) {
		s.ended(ctx, sessionName(fingerprint(c.Old)))
	}
	return cookie, principal(held{session: session, user: user}), nil
}

// identify finds the user whose name and password these are.
func (s *Service) identify(ctx context.Context, c Credentials) (User, string, error) {
	limits := tries(c.Username, c.Address)
	if err := s.hasher.enter(ctx); err != nil {
		return User{}, "", err
	}
	defer s.hasher.leave()
	// Asked only now, so that no more tries than the limit get here at once.
	if err := s.throttle.Check(ctx, limits...); err != nil {
		return User{}, "", err
	}
	user, hash, err := s.o.Store.Password(ctx, c.Username)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return User{}, "", err
	}
	if len(c.Password) > maxPassword {
		c.Password, hash = "", ""
	}
	right, err := s.hasher.matches(hash, c.Password)
	if err != nil {
		return User{}, "", fmt.Errorf("user %d: %w", user.ID, err)
	}
	if !right || !user.Active {
		if err := errors.Join(s.throttle.Failed(ctx, limits...), s.refused(ctx, user)); err != nil {
			return User{}, "", err
		}
		return User{}, "", badCredentials()
	}
	return user, hash, nil
}

func badCredentials() error {
	return desk.Errorf(desk.Unauthenticated, "用户名或密码不正确").WithReason("bad_credentials")
}

// newSession makes a session and the secret its cookie carries.
func (s *Service) newSession(userID int64, address, agent string) (cookie string, _ Session) {
	cookie = secret(secretBytes)
	now := s.time()
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	return cookie, Session{
		Key: fingerprint(cookie), UserID: userID, CSRF: secret(secretBytes / 2),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.o.Lifetime),
		Address: address, Agent: strings.ToValidUTF8(agent, ""),
	}
}

func (s *Service) open(ctx context.Context, tx Tx, session Session) error {
	if err := tx.AddSession(ctx, session); err != nil {
		return err
	}
	return tx.SeeSession(ctx, session.Key, session.UserID, session.SeenAt)
}

func principal(h held) Principal {
	p := Principal{User: h.user, Session: h.name(), CSRF: h.session.CSRF, Part: h.session.Part}
	if h.token.ID != 0 {
		p.CSRF, p.Machine = "", true
	}
	return p
}

// BySession returns who a session's cookie belongs to, Unauthenticated when it
// has ended. Mostly it reads nothing; once a minute it notes that the session
// is in use.
func (s *Service) BySession(ctx context.Context, cookie string) (Principal, error) {
	if !wellFormed(cookie) {
		return Principal{}, signedOut()
	}
	return s.by(ctx, fingerprint(cookie), func(key string) (h held, err error) {
		h.session, h.user, err = s.o.Store.Session(ctx, key)
		return h, err
	})
}

// by finds the owner of a fingerprint in the cache or by read.
func (s *Service) by(ctx context.Context, key string, read func(key string) (held, error)) (Principal, error) {
	h, found, mark := s.cache.get(key)
	if !found {
		var err error
		if h, err = read(key); err != nil {
			if desk.CodeOf(err) == desk.NotFound {
				return Principal{}, signedOut()
			}
			return Principal{}, err
		}
		s.cache.put(key, h, mark)
	}
	if !s.stands(h) {
		return Principal{}, signedOut()
	}
	s.see(ctx, key, h)
	return principal(h), nil
}

// see notes once a minute that a session or token is in use. A short idle time
// needs it more often.
func (s *Service) see(ctx context.Context, key string, h held) {
	now := s.time()
	before := now.Add(-min(time.Minute, s.o.Idle/4))
	last := h.session.SeenAt
	if h.token.ID != 0 {
		last = h.token.UsedAt
	}
	if last.After(before) || !s.cache.seen(key, before, now) {
		return
	}
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		if h.token.ID != 0 {
			return tx.SeeToken(ctx, h.token.ID, h.user.ID, now)
		}
		return tx.SeeSession(ctx, key, h.user.ID, now)
	})
	if err != nil {
		// The request itself may well succeed; the next one tries again.
		s.cache.drop(h.name())
		s.o.Log.Warn("a session in use was not noted", "err", err)
	}
}

// SignOut ends a session; one that is gone is fine.
func (s *Service) SignOut(ctx context.Context, p Principal) error {
	key, ok := strings.CutPrefix(p.Session, sessionPrefix)
	if !ok {
		return nil
	}
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		if err := tx.EndSession(ctx, key); err != nil {
			return err
		}
		return s.audit(ctx, tx, SessionClosed, p.User.ID, p.User.ID, nil)
	})
	if err != nil {
		return err
	}
	s.ended(ctx, p.Session)
	return nil
}

// ChangePassword changes the principal's own password after checking the old
// one. All the user's sessions and tokens end: whoever had the old password may
// have made some. The session that asked goes on under a new id, which the
// cookie must carry, with the same CSRF token. Wrong old passwords count like
// failed sign-ins.
func (s *Service) ChangePassword(ctx context.Context, p Principal, old, password, address, agent string) (cookie string, err error) {
	if p.Machine || p.Part.Limits() {
		return "", desk.Errorf(desk.Forbidden, "修改密码需要登录会话").WithReason("session_needed")
	}
	if err := CheckPassword("new", p.User.Username, password); err != nil {
		return "", err
	}
	_, before, err := s.identify(ctx, Credentials{Username: p.User.Username, Password: old, Address: address})
	if desk.CodeOf(err) == desk.Unauthenticated {
		return "", desk.InvalidField("old", "原密码不正确")
	}
	if err != nil {
		return "", err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return "", err
	}
	cookie, session := s.newSession(p.User.ID, address, agent)
	session.CSRF = p.CSRF
	var ended []string
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		user, err := tx.LockUser(ctx, p.User.ID)
		if err != nil {
			return err
		}
		current, err := tx.PasswordHash(ctx, user.ID)
		if err != nil {
			return err
		}
		if !user.Active || current != before {
			return signedOut() // changed by somebody else meanwhile
		}
		if err := tx.SetPassword(ctx, user.ID, hash); err != nil {
			return err
		}
		if ended, err = s.revoke(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := s.open(ctx, tx, session); err != nil {
			return err
		}
		return tx.Record(ctx, userChanged(user, p.User.ID, s.time(), "password"))
	})
	if err != nil {
		return "", err
	}
	for _, name := range ended {
		s.ended(ctx, name)
	}
	return cookie, nil
}

// revoke ends all sessions, tokens and links of a user and returns the names of
// the sessions and tokens.
func (s *Service) revoke(ctx context.Context, tx Tx, userID int64) (names []string, err error) {
	if _, _, err := tx.RevokeLinks(ctx, userID, 0, s.time()); err != nil {
		return nil, err
	}
	keys, err := tx.EndSessions(ctx, userID)
	if err != nil {
		return nil, err
	}
	tokens, err := tx.EndTokens(ctx, userID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		names = append(names, sessionName(key))
	}
	for _, id := range tokens {
		names = append(names, tokenName(id))
	}
	return names, nil
}

// keepLinks is how long a link that has ended is kept, to say so to who follows
// it.
const keepLinks = 90 * 24 * time.Hour

// PurgeSessions removes sessions that have ended, and links that have long ended.
// It is for a periodic pass.
func (s *Service) PurgeSessions(ctx context.Context, now time.Time) error {
	return s.o.Store.Atomic(ctx, func(tx Tx) error {
		return errors.Join(tx.PurgeSessions(ctx, now, now.Add(-s.o.Idle)), tx.PurgeLinks(ctx, now.Add(-keepLinks)))
	})
}
