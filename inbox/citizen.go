package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// SurveyWhen says when an account asks a citizen in the chat how the answer was.
type SurveyWhen string

// When citizens are asked.
const (
	SurveyOff     SurveyWhen = "off"
	SurveyAtClose SurveyWhen = "close" // when a person closes the answered ticket
)

// Bounds of CitizenSettings.RateDays.
const (
	defaultRateDays = 15
	maxRateDays     = 60
)

// CitizenSettings say what an account shows and asks its citizens.
type CitizenSettings struct {
	ShowDepartment bool       `json:"show_department"` // the progress page names the department that has the ticket
	Survey         SurveyWhen `json:"survey"`
	RateDays       int        `json:"rate_days"` // an answer may be rated, and a rating changed, for so long
}

// CitizenInput is what a person changes of the settings; nil fields stay.
type CitizenInput struct {
	ShowDepartment *bool
	Survey         *SurveyWhen
	RateDays       *int
}

// lay returns the settings with the changes laid over them.
func (in CitizenInput) lay(c CitizenSettings) (CitizenSettings, error) {
	if in.ShowDepartment != nil {
		c.ShowDepartment = *in.ShowDepartment
	}
	if in.Survey != nil {
		c.Survey = *in.Survey
	}
	if in.RateDays != nil {
		c.RateDays = *in.RateDays
	}
	return c, c.check()
}

func defaultCitizenSettings() CitizenSettings {
	return CitizenSettings{Survey: SurveyOff, RateDays: defaultRateDays}
}

// ParseCitizenSettings reads stored settings; what they do not name is the
// default: no names, no survey, 15 days.
func ParseCitizenSettings(stored json.RawMessage) (CitizenSettings, error) {
	c := defaultCitizenSettings()
	if len(stored) == 0 {
		return c, nil
	}
	err := json.Unmarshal(stored, &c)
	return c, err
}

// check reports settings that are none, by field.
func (c CitizenSettings) check() error {
	if c.Survey != SurveyOff && c.Survey != SurveyAtClose {
		return desk.InvalidField("citizen.survey", "没有这个选项")
	}
	if c.RateDays < 1 || c.RateDays > maxRateDays {
		return desk.InvalidField("citizen.rate_days", "须在 1 到 %d 天之间", maxRateDays)
	}
	return nil
}

func (c CitizenSettings) rateFor() time.Duration { return time.Duration(c.RateDays) * 24 * time.Hour }

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
	Round  int  // of its code
	Gone   bool // its citizen's data were deleted
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

// citizenReader is what the progress page is made of.
type citizenReader interface {
	// Door finds a ticket by its number.
	Door(ctx context.Context, number string) (Door, error)
	// Standing is how far a ticket is.
	Standing(ctx context.Context, id TicketID) (Standing, error)
	// Sent are the answers that reached the ticket's citizen, oldest first.
	Sent(ctx context.Context, id TicketID) ([]SentAnswer, error)
	// CodeRound is the round of the ticket's code.
	CodeRound(ctx context.Context, id TicketID) (int, error)
}

type citizenTx interface {
	CitizenSettings(ctx context.Context, accountID int64) (CitizenSettings, error)
	CodeRound(ctx context.Context, id TicketID) (int, error)
	Standing(ctx context.Context, id TicketID) (Standing, error)
	// RenewCode moves the round of the ticket's code on and returns it.
	RenewCode(ctx context.Context, id TicketID, by int64, at time.Time) (round int, err error)
}

// Standing is how far a ticket is. Zero times mean "not yet".
type Standing struct {
	Number      string
	State       State
	Account     string
	Department  string // that has it now
	Settings    CitizenSettings
	DueAt       time.Time // of the ticket's own clock while it runs
	ReceivedAt  time.Time
	TakenAt     time.Time // the first time a person took it up
	HandedAt    time.Time // the first time it was given to the department that has it
	AnsweredAt  time.Time // the newest answer
	ClosedAt    time.Time
	FirstAnswer time.Time
}

// SentAnswer is an answer that reached the citizen.
type SentAnswer struct {
	Text   string
	SentAt time.Time
}

// Progress is what a citizen is told of their ticket.
type Progress struct {
	Standing
	Answers []SentAnswer
	Rating  *Rating // of the newest round; nil: none yet
	Ratable bool    // now, for the first time or otherwise
}

// Progress tells who has a ticket's number and code how far it is. Anything wrong
// is one and the same NotFound "no_ticket".
func (s *Service) Progress(ctx context.Context, number, code string) (Progress, error) {
	door, err := s.enter(ctx, number, code)
	if err != nil {
		return Progress{}, err
	}
	return s.progress(ctx, door.Ticket)
}

func (s *Service) progress(ctx context.Context, id TicketID) (p Progress, err error) {
	if p.Standing, err = s.store.Standing(ctx, id); err != nil {
		return p, err
	}
	p.Standing = p.shown()
	if p.Answers, err = s.store.Sent(ctx, id); err != nil {
		return p, err
	}
	round, err := s.store.Round(ctx, id)
	if err != nil || round.Number == 0 {
		return p, err
	}
	p.Ratable = ratable(p.State, round, p.ClosedAt, p.Settings, s.time())
	r, err := s.store.Rating(ctx, id, round.Number)
	if desk.CodeOf(err) == desk.NotFound {
		return p, nil
	}
	p.Rating = &r
	return p, err
}

// shown is the standing as citizens may see it.
func (p Standing) shown() Standing {
	if !p.Settings.ShowDepartment {
		p.Department = ""
	}
	if !p.State.Waits() {
		p.DueAt = time.Time{}
	}
	return p
}

// Plain says in one sentence how far a ticket is.
func (p Standing) Plain() Words {
	switch p.State {
	case New:
		return Words{"已收到，等待受理", "Received, waiting to be taken up"}
	case Open, InReview: // that others look at the answer first is the desk's own matter
		return Words{"已受理，正在办理", "Taken up, being worked on"}
	case WithDepartment:
		return Words{"已转交承办单位办理", "With the responsible department"}
	case Replied:
		return Words{"已答复", "Answered"}
	case Closed:
		return Words{"已办结", "Closed"}
	}
	return Words{"已结束，无需答复", "Ended; no answer was needed"}
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

// AsksProgress reports whether a text asks how far the writer's ticket is, and
// nothing more.
func (s *Service) AsksProgress(text string) bool {
	return len(text) <= maxAsking && len(s.rules.Progress) > 0 && s.rules.Progress[s.rules.Folder.Key(text)]
}

// maxAsking bounds a message that only asks how far a ticket is, in bytes.
const maxAsking = 60
