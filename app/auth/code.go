package auth

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
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
	for _, l := range []throttle.Limit{
		{Key: "auth.codes.address." + throttle.Network(address), Tries: codesFrom}, {Key: "auth.codes.link." + name, Tries: codesPerHour},
	} {
		window := triesWindow
		if l.Tries == codesPerHour {
			window = time.Hour
		}
		ok, after, err := s.o.Shared.Take(ctx, l.Key, l.Tries, window)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", throttle.Refuse(after, "获取验证码过于频繁，请稍后再试")
		}
	}
	view, err := s.LookAtLink(ctx, token)
	if err != nil {
		return "", err
	}
	if view.Address == "" {
		return "", desk.Errorf(desk.Conflict, "没有可以接收验证码的邮箱，请登录").WithReason("no_mailbox")
	}
	nonce := secret(secretBytes / 2)
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		l, u, err := tx.LockLink(ctx, name)
		if err != nil {
			return err
		}
		now := s.time()
		if err := l.check(token, u, now); err != nil {
			return err
		}
		l.Nonce, l.Until, l.Tries = nonce, now.Add(CodeValid), 0
		if err := tx.SaveLink(ctx, l); err != nil {
			return err
		}
		if err := s.auditLink(ctx, tx, CodeSent, l, 0, map[string]any{"to": view.Address}); err != nil {
			return err
		}
		return tx.Enqueue(ctx, desk.Task{Kind: TaskLinkCode, Key: name + "." + nonce, MaxAttempts: codeSendTries})
	})
	return view.Address, err
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
