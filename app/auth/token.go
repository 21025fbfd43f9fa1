package auth

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// tokenMark begins every token, so that one is known when it turns up where it
// should not.
const tokenMark = "dt_"

// Bounds of tokens.
const (
	maxTokens    = 50 // of one user
	maxTokenName = 60 // characters
)

// ByToken returns who a token belongs to, Unauthenticated when it has ended.
func (s *Service) ByToken(ctx context.Context, token string) (Principal, error) {
	rest, ok := strings.CutPrefix(token, tokenMark)
	if !ok || !wellFormed(rest) {
		return Principal{}, signedOut()
	}
	return s.by(ctx, fingerprint(token), func(hash string) (h held, err error) {
		h.token, h.user, err = s.o.Store.Token(ctx, hash)
		return h, err
	})
}

// needPerson refuses tokens, and sessions of a link, where they would let a leaked
// one outlive itself.
func needPerson(p Principal) error {
	if p.Machine || p.Part.Limits() {
		return desk.Errorf(desk.Forbidden, "管理访问令牌需要登录会话").WithReason("session_needed")
	}
	return nil
}

// CreateToken makes a token that acts as its maker until expires (the zero
// time: until it is removed), the maker's password changes or the maker is
// deactivated. The secret is shown this once.
func (s *Service) CreateToken(ctx context.Context, p Principal, name string, expires time.Time) (Token, string, error) {
	if err := needPerson(p); err != nil {
		return Token{}, "", err
	}
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxTokenName || !printable(name) {
		return Token{}, "", desk.InvalidField("name", "名称须为 1 至 %d 个字", maxTokenName)
	}
	now := s.time()
	if !expires.IsZero() && !expires.After(now) {
		return Token{}, "", desk.InvalidField("expires_at", "到期时间必须在将来")
	}
	token := tokenMark + secret(secretBytes)
	t := Token{UserID: p.User.ID, Name: name, CreatedAt: now, ExpiresAt: expires.UTC().Truncate(time.Millisecond)}
	if expires.IsZero() {
		t.ExpiresAt = time.Time{}
	}
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		if _, err := tx.LockUser(ctx, p.User.ID); err != nil {
			return err
		}
		// A session that ended meanwhile must leave nothing behind that
		// outlives it.
		stands, err := tx.HasSession(ctx, strings.TrimPrefix(p.Session, sessionPrefix))
		if err != nil {
			return err
		}
		if !stands {
			return signedOut()
		}
		n, err := tx.CountTokens(ctx, p.User.ID)
		if err != nil {
			return err
		}
		if n >= maxTokens {
			return desk.Errorf(desk.Conflict, "每人最多 %d 个访问令牌", maxTokens).WithReason("too_many_tokens")
		}
		if err := tx.AddToken(ctx, &t, fingerprint(token)); err != nil {
			return err
		}
		return s.audit(ctx, tx, TokenMade, p.User.ID, p.User.ID, map[string]any{"token_id": strconv.FormatInt(t.ID, 10)})
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, token, nil
}

// Tokens returns the principal's own tokens, newest first.
func (s *Service) Tokens(ctx context.Context, p Principal) ([]Token, error) {
	return s.o.Store.Tokens(ctx, p.User.ID)
}

// RemoveToken ends one of the principal's own tokens.
func (s *Service) RemoveToken(ctx context.Context, p Principal, id int64) error {
	if err := needPerson(p); err != nil {
		return err
	}
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		if err := tx.RemoveToken(ctx, p.User.ID, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, TokenRemoved, p.User.ID, p.User.ID, map[string]any{"token_id": strconv.FormatInt(id, 10)})
	})
	if err != nil {
		return err
	}
	s.ended(ctx, tokenName(id))
	return nil
}
