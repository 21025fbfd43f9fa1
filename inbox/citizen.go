package inbox

import (
	"context"
	"encoding/json"
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

// Bounds of CitizenSettings.
const (
	defaultRateDays = 15
	maxRateDays     = 60
	maxBadMark      = 4
)

// CitizenSettings say what an account shows and asks its citizens.
type CitizenSettings struct {
	ShowDepartment bool       `json:"show_department"` // the progress page names the department that has the ticket
	Survey         SurveyWhen `json:"survey"`
	RateDays       int        `json:"rate_days"` // an answer may be rated, and a rating changed, for so long
	BadMark        Mark       `json:"bad_mark"`  // up to it somebody looks after the mark; 0: after none
}

// CitizenInput is what a person changes of the settings; nil fields stay.
type CitizenInput struct {
	ShowDepartment *bool
	Survey         *SurveyWhen
	RateDays       *int
	BadMark        *Mark
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
	if in.BadMark != nil {
		c.BadMark = *in.BadMark
	}
	return c, c.check()
}

func defaultCitizenSettings() CitizenSettings {
	return CitizenSettings{Survey: SurveyOff, RateDays: defaultRateDays, BadMark: BadMark}
}

// ParseCitizenSettings reads stored settings; what they do not name is the
// default: no names, no survey, 15 days, marks up to BadMark are looked after.
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
	if c.BadMark < 0 || c.BadMark > maxBadMark {
		return desk.InvalidField("citizen.bad_mark", "须在 0 到 %d 之间", maxBadMark)
	}
	return nil
}

func (c CitizenSettings) rateFor() time.Duration { return time.Duration(c.RateDays) * 24 * time.Hour }

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
	return s.progress(ctx, door.Opens)
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

// AsksProgress reports whether a text asks how far the writer's ticket is, and
// nothing more.
func (s *Service) AsksProgress(text string) bool {
	return len(text) <= maxAsking && len(s.rules.Progress) > 0 && s.rules.Progress[s.rules.Folder.Key(text)]
}

// maxAsking bounds a message that only asks how far a ticket is, in bytes.
const maxAsking = 60
