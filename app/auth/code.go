package auth

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/throttle"
	"replydesk/inbox/desk"
)

// TaskLinkCode sends a code to the person of a link; its key is the link's name
// and the code's nonce.
const TaskLinkCode = "link.code"

// CodeValid is how long a code may be entered.
const CodeValid = 10 * time.Minute

// Bounds of codes.
const (
	codeTries     = 5  // of one code
	codesPerHour  = 5  // of one link
	codesFrom     = 20 // from one address in triesWindow
	linkFailures  = 20 // wrong codes that end a link
	codeSendTries = 5
)

// code is the code of a link's nonce. It is nowhere stored.
func (s *Service) code(l Link) string {
	n := binary.BigEndian.Uint64(s.linkMAC("code", l.Name, l.Nonce)) % 1_000_000
	return fmt.Sprintf("%06d", n)
}

// RequestCode sends a new code to the person a link was made for; the code
// before it is void. It returns where the code goes, most of it hidden. A
// Conflict with reason "no_mailbox" says that nothing would arrive.
func (s *Service) RequestCode(ctx context.Context, token, address string) (string, error) {
	name, err := s.linkName(token)
	if err != nil {
		return "", err
	}
	if err := s.takeCode(ctx, "address."+throttle.Network(address), codesFrom, triesWindow); err != nil {
		return "", err
	}
	if err := s.takeCode(ctx, "link."+name, codesPerHour, time.Hour); err != nil {
		return "", err
	}
	view, err := s.LookAtLink(ctx, token)
	if err != nil {
		return "", err
	}
	if view.Address == "" {
		return "", desk.Errorf(desk.Conflict, "没有可以接收验证码的邮箱，请登录").WithReason("no_mailbox")
	}
	_, err = s.newCode(ctx, name, func(tx Tx, l Link) error {
		if err := s.auditLink(ctx, tx, CodeSent, l, 0, map[string]any{"to": view.Address}); err != nil {
			return err
		}
		return tx.Enqueue(ctx, desk.Task{Kind: TaskLinkCode, Key: name + "." + l.Nonce, MaxAttempts: codeSendTries})
	})
	return view.Address, err
}

// takeCode counts a code that is asked for.
func (s *Service) takeCode(ctx context.Context, key string, most int, window time.Duration) error {
	ok, after, err := s.o.Shared.Take(ctx, "auth.codes."+key, most, window)
	if err == nil && !ok {
		err = throttle.Refuse(after, "获取验证码过于频繁，请稍后再试")
	}
	return err
}

// newCode gives a link that leads somewhere a new code; the one before it is
// void. with does what belongs to it.
func (s *Service) newCode(ctx context.Context, name string, with func(tx Tx, l Link) error) (l Link, err error) {
	nonce := secret(secretBytes / 2)
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		found, u, err := tx.LockLink(ctx, name)
		if err != nil {
			return err
		}
		now := s.time()
		if err := found.check(s.linkToken(name), u, now); err != nil {
			return err
		}
		found.Nonce, found.Until, found.Tries = nonce, now.Add(CodeValid), 0
		l = found
		if err := tx.SaveLink(ctx, l); err != nil {
			return err
		}
		return with(tx, l)
	})
	return l, err
}

// TellCode makes a new code for the person of a link, who is told it by somebody
// of the desk; the code before it is void. It is returned this once. A link that
// is not one to the escalation is Invalid. Whether the actor may tell codes of
// this escalation is the caller's to ask.
func (s *Service) TellCode(ctx context.Context, actor desk.Actor, escalationID, linkID int64) (code string, until time.Time, err error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return "", time.Time{}, err
	}
	links, err := s.o.Store.Links(ctx, escalationID, maxLinks)
	if err != nil {
		return "", time.Time{}, err
	}
	i := slices.IndexFunc(links, func(l NamedLink) bool { return l.ID == linkID })
	if i < 0 || len(s.o.Links.Key) == 0 {
		return "", time.Time{}, desk.InvalidField("link_id", "没有这个链接")
	}
	if err := s.takeCode(ctx, "link."+links[i].Name, codesPerHour, time.Hour); err != nil {
		return "", time.Time{}, err
	}
	l, err := s.newCode(ctx, links[i].Name, func(tx Tx, l Link) error {
		return s.auditLink(ctx, tx, CodeTold, l, actor.UserID, nil)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return s.code(l), l.Until, nil
}

// SendCode handles TaskLinkCode. A code that is void by now is not sent.
func (s *Service) SendCode(ctx context.Context, t desk.Task) error {
	name, nonce, _ := strings.Cut(t.Key, ".")
	l, u, err := s.o.Store.Link(ctx, name)
	if desk.CodeOf(err) == desk.NotFound || s.o.Links.Courier == nil {
		return nil
	}
	if err != nil {
		return err
	}
	left := l.Until.Sub(s.o.Now())
	if l.Nonce != nonce || left <= 0 || !u.Active {
		return nil
	}
	return s.o.Links.Courier.SendCode(ctx, u.ID, s.code(l), left)
}

// Entry is a code that was entered for a link, and from where.
type Entry struct {
	Token   string
	Code    string
	Address string
	Agent   string
	Old     string // the cookie that came along; that session ends
}

// OpenLink starts a session of the link's person, which reaches the link's
// escalation alone, for who enters the code that was sent. A wrong code is
// Unauthenticated with reason "bad_code", one that may not be entered any more
// with reason "code_over".
func (s *Service) OpenLink(ctx context.Context, e Entry) (cookie string, p Principal, err error) {
	name, err := s.linkName(e.Token)
	if err != nil {
		return "", Principal{}, err
	}
	limits := tries(linkPath+name, e.Address)
	if err := s.throttle.Check(ctx, limits...); err != nil {
		return "", Principal{}, err
	}
	var refused error // is committed, with the try
	var opened held
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		cookie, opened, refused = "", held{}, nil
		l, u, err := tx.LockLink(ctx, name)
		if err != nil {
			return err
		}
		now := s.time()
		if err := l.check(e.Token, u, now); err != nil {
			return err
		}
		if refused = s.enter(&l, e.Code, now); refused != nil {
			return errors.Join(tx.SaveLink(ctx, l), s.auditLink(ctx, tx, LinkRefused, l, 0, nil))
		}
		cookie, opened.session = s.newSession(u.ID, e.Address, e.Agent)
		opened.session.LinkID, opened.session.Part = l.ID, desk.Part{EscalationID: l.EscalationID, TicketID: l.TicketID}
		opened.session.ExpiresAt = earlier(opened.session.ExpiresAt, l.ExpiresAt)
		opened.user = u
		l.UsedAt = now
		if wellFormed(e.Old) {
			if err := tx.EndSession(ctx, fingerprint(e.Old)); err != nil {
				return err
			}
		}
		return errors.Join(tx.SaveLink(ctx, l), s.open(ctx, tx, opened.session), s.auditLink(ctx, tx, LinkOpened, l, u.ID, nil))
	})
	if desk.CodeOf(err) == desk.NotFound && desk.ReasonOf(err) == "" {
		err = noLink()
	}
	if err != nil {
		return "", Principal{}, err
	}
	if refused != nil {
		if err := s.throttle.Failed(ctx, limits...); err != nil {
			return "", Principal{}, err
		}
		return "", Principal{}, refused
	}
	if wellFormed(e.Old) {
		s.ended(ctx, sessionName(fingerprint(e.Old)))
	}
	return cookie, principal(opened), nil
}

// enter takes a code, or says why not, and changes the link accordingly: a code
// opens once, and too many wrong ones end it, or the link.
func (s *Service) enter(l *Link, code string, now time.Time) error {
	if l.Nonce == "" || !now.Before(l.Until) || l.Tries >= codeTries {
		return desk.Errorf(desk.Unauthenticated, "验证码已失效，请重新获取").WithReason("code_over")
	}
	if subtle.ConstantTimeCompare([]byte(s.code(*l)), []byte(code)) == 1 {
		l.Nonce, l.Until, l.Tries, l.Failed = "", time.Time{}, 0, 0
		return nil
	}
	l.Tries++
	l.Failed++
	if l.Tries >= codeTries {
		l.Nonce, l.Until = "", time.Time{}
	}
	if l.Failed >= linkFailures {
		l.RevokedAt = now
	}
	return desk.Errorf(desk.Unauthenticated, "验证码不正确").WithReason("bad_code")
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// auditLink adds a row about a link; by is who did it, 0 for nobody known.
func (s *Service) auditLink(ctx context.Context, tx Tx, action string, l Link, by int64, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	data["escalation_id"], data["user_id"] = strconv.FormatInt(l.EscalationID, 10), strconv.FormatInt(l.UserID, 10)
	a := desk.NewAudit(action, "link:"+strconv.FormatInt(l.ID, 10), desk.Actor{UserID: by}, s.time(), data)
	a.Address, a.TicketID, a.AccountID = desk.AddressOf(ctx), l.TicketID, l.AccountID
	return tx.Audit(ctx, a)
}
