package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"replydesk/app/throttle"
	"replydesk/inbox/desk"
)

// Options are the parts and bounds of a Service. All of them are needed except
// Links, Ended, Changed and Log.
type Options struct {
	Store  Store
	Shared Shared
	Now    func() time.Time
	Log    *slog.Logger

	Lifetime time.Duration // ends a session for good
	Idle     time.Duration // ends one that nobody uses
	Links    Links

	// Ended is told the name of a session or token that has ended, and Changed
	// the user whose rights changed, after the commit, for open sockets. They
	// must return at once.
	Ended   func(session string)
	Changed func(userID int64)
}

// Service has the use cases of users, sessions and tokens. It is safe for
// concurrent use.
type Service struct {
	o        Options
	hasher   *hasher
	throttle *throttle.Throttle
	cache    *cache
}

// NewService returns a Service. Run it too where several nodes share a store.
func NewService(o Options) (*Service, error) {
	if o.Store == nil || o.Shared == nil || o.Now == nil || o.Lifetime <= 0 || o.Idle <= 0 {
		return nil, errors.New("auth: a store, shared state, a clock and session times are needed")
	}
	if len(o.Links.Key) > 0 && o.Links.Lifetime <= 0 {
		return nil, errors.New("auth: links need a lifetime")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Ended == nil {
		o.Ended = func(string) {}
	}
	if o.Changed == nil {
		o.Changed = func(int64) {}
	}
	return &Service{
		o: o, hasher: newHasher(owasp()), cache: newCache(o.Now),
		throttle: throttle.New(o.Shared, triesWindow, o.Now),
	}, nil
}

// time returns now in the precision the store keeps.
func (s *Service) time() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

// Principal is who asks, as a session or token told.
type Principal struct {
	User    User
	Session string    // names the session or token for Recheck and Options.Ended; not a secret
	CSRF    string    // what cookie writes must carry; "" for a token
	Machine bool      // came with a token
	Part    desk.Part // all that a session reaches which a link opened
}

// Actor is the principal as the use cases see it.
func (p Principal) Actor() desk.Actor {
	actor := p.User.Actor()
	actor.Part = p.Part
	return actor
}

// CheckCSRF reports whether value is the session's CSRF token.
func (p Principal) CheckCSRF(value string) bool {
	return p.CSRF != "" && subtle.ConstantTimeCompare([]byte(p.CSRF), []byte(value)) == 1
}

// Names of sessions and tokens outside this package.
const (
	sessionPrefix = "session:"
	tokenPrefix   = "token:"
)

func sessionName(key string) string { return sessionPrefix + key }

func tokenName(id int64) string { return tokenPrefix + strconv.FormatInt(id, 10) }

// secretBytes is how much chance is in a session id or a token.
const secretBytes = 32

// secret returns a fresh random value as text.
func secret(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// fingerprint is how a secret is stored and looked up: being random it needs no
// salt, and a hash cannot be taken back.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// wellFormed keeps what cannot be a secret of ours away from the store.
func wellFormed(secret string) bool {
	return len(secret) == base64.RawURLEncoding.EncodedLen(secretBytes) && !strings.ContainsAny(secret, " \t\r\n")
}

func signedOut() error {
	return desk.Errorf(desk.Unauthenticated, "请先登录")
}

// Recheck returns who a session or token belongs to now, by its name; it does
// not prolong it. An Unauthenticated error says that it has ended.
func (s *Service) Recheck(ctx context.Context, session string) (desk.Actor, error) {
	var owner held
	var err error
	if key, ok := strings.CutPrefix(session, sessionPrefix); ok {
		owner.session, owner.user, err = s.o.Store.Session(ctx, key)
	} else {
		id, _ := strconv.ParseInt(strings.TrimPrefix(session, tokenPrefix), 10, 64)
		owner.token, owner.user, err = s.o.Store.TokenByID(ctx, id)
	}
	if desk.CodeOf(err) == desk.NotFound || err == nil && !s.stands(owner) {
		return desk.Actor{}, signedOut()
	}
	return principal(owner).Actor(), err
}

// stands reports whether a session or token may be used now.
func (s *Service) stands(h held) bool {
	now := s.o.Now()
	switch {
	case !h.user.Active, h.session.LinkID != 0 && (!h.session.Part.Limits() || h.user.Role != desk.Liaison):
		return false
	case h.token.ID != 0:
		return h.token.ExpiresAt.IsZero() || now.Before(h.token.ExpiresAt)
	default:
		return now.Before(h.session.ExpiresAt) && now.Sub(h.session.SeenAt) < s.o.Idle
	}
}

// changedChannel carries to the other nodes what they must forget.
const changedChannel = "auth.changed"

// Run forgets what other nodes changed, until ctx ends. A hint that gets lost
// costs at most the few seconds that anything is remembered.
func (s *Service) Run(ctx context.Context) error {
	hints, stop := s.o.Shared.Subscribe(ctx, changedChannel)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case hint, open := <-hints:
			if !open {
				<-ctx.Done()
				return nil
			}
			s.forget(hint)
		}
	}
}

// forget drops what is remembered of "user:7" or of a session or token.
func (s *Service) forget(what string) {
	if id, ok := strings.CutPrefix(what, userPrefix); ok {
		if userID, err := strconv.ParseInt(id, 10, 64); err == nil {
			s.cache.dropUser(userID)
		}
		return
	}
	s.cache.drop(what)
}

const userPrefix = "user:"

// changed makes every node look at the user again.
func (s *Service) changed(ctx context.Context, userID int64) {
	what := userPrefix + strconv.FormatInt(userID, 10)
	s.forget(what)
	s.tell(ctx, what)
	s.o.Changed(userID)
}

// ended makes every node forget a session or token.
func (s *Service) ended(ctx context.Context, name string) {
	s.forget(name)
	s.tell(ctx, name)
	s.o.Ended(name)
}

func (s *Service) tell(ctx context.Context, what string) {
	if err := s.o.Shared.Publish(ctx, changedChannel, what); err != nil {
		s.o.Log.Warn("other nodes were not told of a changed session", "err", err)
	}
}
