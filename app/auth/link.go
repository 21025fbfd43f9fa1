package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Links are the settings of the links that lead a liaison from a notice to an
// escalation. Without a Key there are none.
type Links struct {
	Key      []byte        // signs them
	Lifetime time.Duration // of a link; of the session it opens at most
	Courier  Courier       // brings codes to people; nil: nobody does
}

// Courier brings a code to its person, to an address that is the person's alone.
type Courier interface {
	// Mailbox is the address a code would go to, "" when none would arrive.
	Mailbox(ctx context.Context, userID int64) (string, error)
	SendCode(ctx context.Context, userID int64, code string, valid time.Duration) error
}

// Link leads one person to one escalation. It opens nothing by itself: whoever
// follows it signs in or enters a code sent to the person it was made for.
type Link struct {
	ID           int64
	Name         string // its part that is no secret
	Hash         string // of the token
	UserID       int64
	EscalationID int64
	NoticeID     int64
	CreatedAt    time.Time
	ExpiresAt    time.Time
	RevokedAt    time.Time // zero: not
	UsedAt       time.Time // when it last opened a session; zero: never

	Nonce  string // of the code that was sent last; "" when none may be entered
	Until  time.Time
	Tries  int // of that code
	Failed int // wrong codes of this link, ever

	// What it leads to, as it stands: Over says that the escalation has gone from
	// the department, or the person has.
	TicketID  int64
	AccountID int64
	Over      bool
}

// Lengths of a token's parts, in bytes.
const (
	linkNameBytes = 12
	linkMACBytes  = 24
)

// linkPath is the page a link leads to.
const linkPath = "/l/"

func (s *Service) linkMAC(purpose string, parts ...string) []byte {
	h := hmac.New(sha256.New, s.o.Links.Key)
	h.Write([]byte(purpose))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// linkToken is the token of a link's name: the name and its signature.
func (s *Service) linkToken(name string) string {
	return name + base64.RawURLEncoding.EncodeToString(s.linkMAC("link", name)[:linkMACBytes])
}

// linkName reads a token; what this desk has not signed is refused without a
// look into the store.
func (s *Service) linkName(token string) (string, error) {
	n := base64.RawURLEncoding.EncodedLen(linkNameBytes)
	if len(s.o.Links.Key) == 0 || len(token) != n+base64.RawURLEncoding.EncodedLen(linkMACBytes) ||
		subtle.ConstantTimeCompare([]byte(token), []byte(s.linkToken(token[:n]))) != 1 {
		return "", noLink()
	}
	return token[:n], nil
}

func noLink() error {
	return desk.Errorf(desk.NotFound, "链接无效，请核对是否完整").WithReason("link_unknown")
}

// check says why a link leads nowhere now.
func (l Link) check(token string, u User, now time.Time) error {
	switch {
	case subtle.ConstantTimeCompare([]byte(l.Hash), []byte(fingerprint(token))) != 1:
		return noLink()
	case !l.RevokedAt.IsZero(), l.Over, !u.Active, u.Role != desk.Liaison:
		return desk.Errorf(desk.NotFound, "链接已作废，请登录查看").WithReason("link_revoked")
	case !now.Before(l.ExpiresAt):
		return desk.Errorf(desk.NotFound, "链接已过期，请登录查看").WithReason("link_expired")
	}
	return nil
}

// MakeLink returns the path of the link from a notice to an escalation, for its
// person; the same one when it is asked for again. It is "" where links are off
// or this one would lead nowhere.
func (s *Service) MakeLink(ctx context.Context, userID, escalationID, noticeID int64) (string, error) {
	if len(s.o.Links.Key) == 0 {
		return "", nil
	}
	random := make([]byte, linkNameBytes)
	_, _ = rand.Read(random) // never fails
	name, now := base64.RawURLEncoding.EncodeToString(random), s.time()
	var l Link
	var u User
	err := s.o.Store.Atomic(ctx, func(tx Tx) (err error) {
		l, u, err = tx.AddLink(ctx, Link{
			Name: name, Hash: fingerprint(s.linkToken(name)), UserID: userID, EscalationID: escalationID, NoticeID: noticeID,
			CreatedAt: now, ExpiresAt: now.Add(s.o.Links.Lifetime),
		})
		return err
	})
	token := s.linkToken(l.Name)
	if err != nil || l.UserID != userID || l.EscalationID != escalationID || l.check(token, u, now) != nil {
		return "", err
	}
	return linkPath + token, nil
}

// LinkView is what a link's page shows before anybody has signed in.
type LinkView struct {
	EscalationID int64
	ExpiresAt    time.Time
	// Address is where a code would go, most of it hidden; "" when none can be
	// sent: the person has to sign in.
	Address string
}

// LookAtLink tells where a link leads. It changes nothing: programs that open
// links in mails do it too.
func (s *Service) LookAtLink(ctx context.Context, token string) (LinkView, error) {
	name, err := s.linkName(token)
	if err != nil {
		return LinkView{}, err
	}
	l, u, err := s.o.Store.Link(ctx, name)
	if desk.CodeOf(err) == desk.NotFound {
		return LinkView{}, noLink()
	}
	if err != nil {
		return LinkView{}, err
	}
	if err := l.check(token, u, s.o.Now()); err != nil {
		return LinkView{}, err
	}
	address, err := s.mailbox(ctx, u.ID)
	return LinkView{EscalationID: l.EscalationID, ExpiresAt: l.ExpiresAt, Address: hidden(address)}, err
}

func (s *Service) mailbox(ctx context.Context, userID int64) (string, error) {
	if s.o.Links.Courier == nil {
		return "", nil
	}
	return s.o.Links.Courier.Mailbox(ctx, userID)
}

// hidden shows of an e-mail address its first letter and its host.
func hidden(address string) string {
	name, host, ok := strings.Cut(address, "@")
	if !ok || name == "" {
		return ""
	}
	return string([]rune(name)[:1]) + "***@" + host
}

// NamedLink is a link with its person's name.
type NamedLink struct {
	Link
	Person string
}

// maxLinks bounds the links shown of one escalation.
const maxLinks = 100

// LinksTo returns the newest links to an escalation. Whether the actor may see
// the escalation is the caller's to ask.
func (s *Service) LinksTo(ctx context.Context, actor desk.Actor, escalationID int64) ([]NamedLink, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	return s.o.Store.Links(ctx, escalationID, maxLinks)
}

// Opens reports whether the link could open a session at a time.
func (l Link) Opens(now time.Time) bool {
	return l.RevokedAt.IsZero() && !l.Over && now.Before(l.ExpiresAt)
}

// RevokeLinks ends all links to an escalation, and the sessions they opened.
// Whether the actor may see the escalation is the caller's to ask.
func (s *Service) RevokeLinks(ctx context.Context, actor desk.Actor, escalationID int64) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	var keys []string
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		n, ended, err := tx.RevokeLinks(ctx, 0, escalationID, s.time())
		keys = ended
		if err != nil || n == 0 {
			return err
		}
		a := desk.NewAudit(LinkRevoked, "escalation:"+strconv.FormatInt(escalationID, 10), actor, s.time(), map[string]any{"links": n})
		a.Address = desk.AddressOf(ctx)
		return tx.Audit(ctx, a)
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		s.ended(ctx, sessionName(key))
	}
	return nil
}
