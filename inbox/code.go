package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// CodeMark stands in a text of the desk where the ticket's code goes when the
// text leaves: no row of the database holds a code.
const CodeMark = "{code}"

// hiddenCode is what staff read in the place of a code that was sent.
const hiddenCode = "••••••"

// Codes: six signs of an alphabet without look-alikes (0 and O, 1, I and L).
const (
	codeSigns = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	codeSize  = 6
)

// code is the code of a ticket in a round. It follows from the desk's key: to
// check one, and to tell it again, nothing is stored.
func (s *Service) code(t TicketID, round int) string {
	mac := hmac.New(sha256.New, s.rules.CodeKey)
	fmt.Fprintf(mac, "ticket %d round %d", t, round)
	n := binary.BigEndian.Uint64(mac.Sum(nil))
	code := make([]byte, codeSize)
	for i := range code {
		code[i], n = codeSigns[n%uint64(len(codeSigns))], n/uint64(len(codeSigns))
	}
	return string(code)
}

// typedCode is a code as a person may have typed it: in small letters, in groups,
// in full width.
func typedCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, typed)
}

// TypedNumber is a ticket's number as a person may have typed it: its digits, in
// full width too, and one hyphen after the day.
func TypedNumber(typed string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typedCode(typed))
	if len(digits) <= 8 || len(digits) > 20 {
		return digits
	}
	return digits[:8] + "-" + digits[8:]
}

// Door is what the desk must know of a ticket to check its code.
type Door struct {
	Ticket TicketID
	Opens  TicketID // the ticket itself, or the one it was merged into
	Round  int      // of its code
	Gone   bool     // its citizen's data were deleted
}

// wrongCode is the one answer to a wrong number and a wrong code.
func wrongCode() error {
	return desk.Errorf(desk.NotFound, "工单号或查询码不正确").WithReason("no_ticket")
}

// enter finds the ticket that a number and a code open. Whatever is wrong, it is
// the same NotFound, and the same work was done.
func (s *Service) enter(ctx context.Context, number, code string) (Door, error) {
	door, err := s.store.Door(ctx, TypedNumber(number))
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return Door{}, err
	}
	right := s.code(door.Ticket, door.Round)
	if subtle.ConstantTimeCompare([]byte(typedCode(code)), []byte(right)) != 1 || err != nil || door.Gone {
		return Door{}, wrongCode()
	}
	return door, nil
}

// ProgressCode is a ticket's code, for staff who tell it to the citizen.
type ProgressCode struct {
	Number string
	Code   string
}

// ShowCode tells a member of the staff the ticket's code, which is put on record.
// Without a citizen whose data are kept it is a Conflict "contact_erased".
func (s *Service) ShowCode(ctx context.Context, actor desk.Actor, ticketID TicketID) (ProgressCode, error) {
	return s.tellCode(ctx, actor, ticketID, CodeShown, func(tx Tx, _ time.Time) (int, error) { return tx.CodeRound(ctx, ticketID) })
}

// RenewCode gives the ticket a new code; the old one opens nothing any more.
func (s *Service) RenewCode(ctx context.Context, actor desk.Actor, ticketID TicketID) (ProgressCode, error) {
	return s.tellCode(ctx, actor, ticketID, CodeRenewed, func(tx Tx, now time.Time) (int, error) {
		return tx.RenewCode(ctx, ticketID, actor.UserID, now)
	})
}

func (s *Service) tellCode(ctx context.Context, actor desk.Actor, ticketID TicketID, name string, round func(tx Tx, now time.Time) (int, error)) (ProgressCode, error) {
	var out ProgressCode
	err := s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		to, err := tx.Address(ctx, t)
		if err != nil {
			return nil, err
		}
		if to.Contact.Erased {
			return nil, desk.Errorf(desk.Conflict, "市民资料已删除，查询码已失效").WithReason("contact_erased")
		}
		n, err := round(tx, now)
		out = ProgressCode{t.Number, s.code(t.ID, n)}
		return []desk.Event{fact(name, t, actor, now, nil)}, err
	})
	return out, err
}

// withCode is a text of the desk as it leaves, with the ticket's code in it.
func (s *Service) withCode(ctx context.Context, rounds interface {
	CodeRound(ctx context.Context, id TicketID) (int, error)
}, t TicketID, words string) (string, error) {
	if !strings.Contains(words, CodeMark) {
		return words, nil
	}
	round, err := rounds.CodeRound(ctx, t)
	return strings.ReplaceAll(words, CodeMark, s.code(t, round)), err
}

// WithCode is a text of the bot as it leaves: with the ticket's code where its
// mark stands.
func (s *Service) WithCode(ctx context.Context, t TicketID, words string) (string, error) {
	return s.withCode(ctx, s.store, t, words)
}

// own reports whether the text is the desk's own words, in which the mark of a
// code is one: not an entry's, nor a person's.
func (r *Reply) own() bool { return r.EntryID == 0 && (r.Origin == FromBot || r.Origin == FromDesk) }
