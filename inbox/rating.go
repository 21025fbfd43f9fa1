package inbox

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
)

// Mark is what a citizen says of an answer, from 1 to 5.
type Mark int

// The worst and the best mark, and the last one that is bad where an account does
// not say otherwise.
const (
	WorstMark Mark = 1
	BadMark   Mark = 2
	BestMark  Mark = 5
)

// markWords are the five grades, the best first.
var markWords = []Words{
	{"非常满意", "Very satisfied"}, {"满意", "Satisfied"}, {"基本满意", "Fairly satisfied"}, {"不满意", "Dissatisfied"}, {"非常不满意", "Very dissatisfied"},
}

// Marks are all of them, the best first.
func Marks() []Mark { return []Mark{5, 4, 3, 2, 1} }

// Words are the grade in words.
func (m Mark) Words() Words { return markWords[BestMark-m] }

func (m Mark) valid() bool { return m >= WorstMark && m <= BestMark }

// markOf reads a message that is a grade and nothing more: a number or the words.
func markOf(text string) Mark {
	if len(text) > 24 {
		return 0
	}
	text = strings.Trim(text, " 　。.!！~分\n")
	for _, m := range Marks() {
		if text == m.Words().Chinese || text == strconv.Itoa(int(m)) || text == string(rune('０'+int(m))) {
			return m
		}
	}
	return 0
}

// Where a rating was given.
const (
	RatedOnPage = "page"
	RatedInChat = "chat"
)

// maxRatingWords bounds what a citizen adds to a mark, in characters.
const maxRatingWords = 500

// Rating is what a citizen said of the answers of one round.
type Rating struct {
	ID        int64
	TicketID  TicketID
	Round     int
	Mark      Mark
	Words     string
	Via       string
	MessageID MessageID // that said it, 0 for none
	Changes   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Round is a round of a ticket's answers: those since the ticket was taken up
// again for the last time before the newest one. Number 0: nothing was answered.
type Round struct {
	Number     int
	AnsweredAt time.Time // the newest answer
}

// Survey is the question how the answers of a round were.
type Survey struct {
	TicketID  TicketID
	Round     int
	ReplyID   ReplyID
	ContactID ContactID
	CreatedAt time.Time
}

type ratingReader interface {
	// Round is the round of the ticket's newest answer.
	Round(ctx context.Context, id TicketID) (Round, error)
	// Rating is that of a round; NotFound when there is none.
	Rating(ctx context.Context, id TicketID, round int) (Rating, error)
}

type ratingTx interface {
	ratingReader
	AddRating(ctx context.Context, r *Rating) error // sets r.ID
	SaveRating(ctx context.Context, r Rating) error
	// MessageRating reports whether a message gave a mark, and which.
	MessageRating(ctx context.Context, id MessageID) (Mark, error)
	// AddSurvey is a Conflict when the round was asked about already.
	AddSurvey(ctx context.Context, s Survey) error
	Survey(ctx context.Context, reply ReplyID) (Survey, error)
	// LastSurvey is the newest that reached the contact.
	LastSurvey(ctx context.Context, c ContactID) (Survey, error)
	// Asked reports whether there is a survey of a round.
	Asked(ctx context.Context, id TicketID, round int) (bool, error)
	// WindowOpen reports whether a message may go to the contact now.
	WindowOpen(ctx context.Context, c ContactID, now time.Time) (bool, error)
}

// RatingInput is what a citizen says of an answer.
type RatingInput struct {
	Mark  Mark
	Words string
}

// Rate stores what who has a ticket's number and code says of its answer. Within
// the account's days it may be said otherwise; there is one rating for each
// round. Conflict "not_ratable": there is no answer yet, others are at it, or the
// days are over.
func (s *Service) Rate(ctx context.Context, number, code string, in RatingInput) (Progress, error) {
	door, err := s.enter(ctx, number, code)
	if err != nil {
		return Progress{}, err
	}
	if !in.Mark.valid() {
		return Progress{}, desk.InvalidField("mark", "请选择满意程度")
	}
	words, err := text("words", in.Words, 0, maxRatingWords)
	if err != nil {
		return Progress{}, err
	}
	found, err := s.inbound(ctx, channel.Inbound{Kind: channel.Private, Type: channel.Text, Text: words})
	if err != nil {
		return Progress{}, err
	}
	err = s.store.Atomic(ctx, func(tx Tx) error {
		t, err := tx.LockTicket(ctx, door.Opens)
		if err != nil {
			return err
		}
		round, err := tx.Round(ctx, t.ID)
		if err != nil {
			return err
		}
		now := s.time()
		settings, err := tx.CitizenSettings(ctx, t.AccountID)
		if err != nil {
			return err
		}
		if !ratable(t.State, round, t.ClosedAt, settings, now) {
			return desk.Errorf(desk.Conflict, "现在不能评价：还没有答复，或评价期已过").WithReason("not_ratable")
		}
		return s.rated(ctx, tx, t, Rating{TicketID: t.ID, Round: round.Number, Mark: in.Mark, Words: words, Via: RatedOnPage}, found, settings, now)
	})
	if err != nil {
		return Progress{}, err
	}
	return s.progress(ctx, door.Opens)
}

// ratable reports whether the answers of a round may be rated now.
func ratable(state State, r Round, closed time.Time, settings CitizenSettings, now time.Time) bool {
	if r.Number == 0 || state != Replied && state != Closed {
		return false
	}
	last := r.AnsweredAt
	if closed.After(last) {
		last = closed
	}
	return now.Before(last.Add(settings.rateFor()))
}

// rated stores a rating, or what became of it, and tells. A word that needs
// somebody at once raises the ticket as it does in a message.
func (s *Service) rated(ctx context.Context, tx Tx, t *Ticket, r Rating, found []check.Finding, settings CitizenSettings, now time.Time) error {
	old, err := tx.Rating(ctx, t.ID, r.Round)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	changed := err == nil
	r.UpdatedAt = now
	if !changed {
		r.CreatedAt = now
		err = tx.AddRating(ctx, &r)
	} else {
		if r.Via == RatedInChat { // words were written on the page
			r.Words = old.Words
		}
		r.ID, r.CreatedAt, r.Changes = old.ID, old.CreatedAt, old.Changes+1
		err = tx.SaveRating(ctx, r)
	}
	if err != nil {
		return err
	}
	data := map[string]any{"mark": int(r.Mark), "round": r.Round, "via": r.Via, "changed": changed}
	if r.Words != "" {
		data["words"] = mask.Veil(r.Words) // events go to everybody who sees the ticket
	}
	if urgent(found) && t.Priority < Urgent {
		t.Priority = Urgent
		if err := tx.SaveTicket(ctx, t); err != nil {
			return err
		}
		data["urgent"] = true
	}
	bad, err := s.lookAfter(ctx, tx, t, r, old.Mark, settings, now)
	if err != nil {
		return err
	}
	return tx.Record(ctx, append([]desk.Event{fact(TicketRated, t, desk.Actor{}, now, data)}, bad...)...)
}

// surveyText asks how the answer was, for who reads no menu.
func surveyText() string {
	var b strings.Builder
	b.WriteString(surveyHead)
	for _, m := range Marks() {
		b.WriteString("\n" + strconv.Itoa(int(m)) + " " + m.Words().Chinese)
	}
	return b.String() + "\n" + surveyTail
}

const (
	surveyHead = "您的工单已办结，请问您对本次答复是否满意？"
	surveyTail = "点选或回复数字即可评价。"
)

// askLater lets the citizen of a ticket that a person has just closed be asked
// how the answer was, where the account does that: as soon as the closing can no
// longer be undone.
func (s *Service) askLater(ctx context.Context, tx Tx, t *Ticket, now time.Time) error {
	if t.Kind != channel.Private || !t.Answered {
		return nil
	}
	settings, err := tx.CitizenSettings(ctx, t.AccountID)
	if err != nil || settings.Survey != SurveyAtClose {
		return err
	}
	payload, err := json.Marshal(askRating{t.ID, t.ClosedAt})
	if err != nil {
		return err
	}
	key := id(t.ID) + "-" + strconv.FormatInt(t.ClosedAt.UnixMilli(), 10)
	return tx.Enqueue(ctx, desk.Task{Kind: TaskAskRating, Key: key, Payload: payload, RunAt: now.Add(s.rules.UndoWithin)})
}

// askRating is the payload of TaskAskRating.
type askRating struct {
	TicketID TicketID  `json:"ticket_id"`
	ClosedAt time.Time `json:"closed_at"`
}

// AskRating runs a TaskAskRating: a ticket that is no longer as it was closed
// then asks nobody.
func (s *Service) AskRating(ctx context.Context, task desk.Task) error {
	var ask askRating
	if err := json.Unmarshal(task.Payload, &ask); err != nil {
		return desk.Errorf(desk.Invalid, "task %s: %w", task.Kind, err)
	}
	return s.change(ctx, desk.System(), desk.WorkTickets, ask.TicketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if !t.ClosedAt.Equal(ask.ClosedAt) {
			return nil, nil
		}
		return s.survey(ctx, tx, t, now)
	})
}

// survey asks the citizen of a ticket that a person has closed how the
// answer was: once for a round, where the account does that, the platform lets a
// message go, and nothing was said yet.
func (s *Service) survey(ctx context.Context, tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
	if t.Kind != channel.Private || !t.Answered || t.State != Closed {
		return nil, nil
	}
	settings, err := tx.CitizenSettings(ctx, t.AccountID)
	if err != nil || settings.Survey != SurveyAtClose {
		return nil, err
	}
	round, err := tx.Round(ctx, t.ID)
	if err != nil || round.Number == 0 {
		return nil, err
	}
	if _, err := tx.Rating(ctx, t.ID, round.Number); desk.CodeOf(err) != desk.NotFound {
		return nil, err
	}
	if asked, err := tx.Asked(ctx, t.ID, round.Number); err != nil || asked {
		return nil, err
	}
	if open, err := tx.WindowOpen(ctx, t.ContactID, now); err != nil || !open {
		return nil, err
	}
	r := Reply{
		TicketID: t.ID, Text: surveyText(), State: ReplyApproved, Origin: FromDesk, CreatedAt: now, UpdatedAt: now,
	}
	if err := tx.AddReply(ctx, &r); err != nil {
		return nil, err
	}
	if err := tx.AddSurvey(ctx, Survey{TicketID: t.ID, Round: round.Number, ReplyID: r.ID, ContactID: t.ContactID, CreatedAt: now}); err != nil {
		return nil, err
	}
	return []desk.Event{fact(ReplyCreated, t, desk.System(), now, map[string]any{"reply_id": id(r.ID)})}, s.queue(ctx, tx, r.ID)
}

// menuOf is a survey as the platform shows it: each line's id names the survey and
// the mark. nil for any other reply.
func (s *Service) menuOf(ctx context.Context, tx Tx, t *Ticket, r *Reply) (menu *channel.Menu, late bool, err error) {
	if r.Origin != FromDesk {
		return nil, false, nil
	}
	_, err = tx.Survey(ctx, r.ID)
	if desk.CodeOf(err) == desk.NotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	menu = &channel.Menu{Head: surveyHead, Tail: surveyTail}
	for _, m := range Marks() {
		menu.Items = append(menu.Items, channel.MenuItem{ID: int64(r.ID)*10 + int64(m), Text: m.Words().Chinese})
	}
	return menu, t.State != Closed, nil
}

// tapped is the survey and the mark that the id of a menu's line names.
func tapped(in channel.Inbound) (ReplyID, Mark) {
	if len(in.Data) == 0 {
		return 0, 0
	}
	var data struct {
		Menu string `json:"menu_id"`
	}
	if json.Unmarshal(in.Data, &data) != nil {
		return 0, 0
	}
	n, err := strconv.ParseInt(data.Menu, 10, 64)
	if m := Mark(n % 10); err == nil && n > 10 && m.valid() {
		return ReplyID(n / 10), m
	}
	return 0, 0
}

// answerFor is how long a number alone is taken for the answer to a survey.
const answerFor = 48 * time.Hour

// surveyed finds the survey that a message answers: the one whose line was
// tapped, or, for a number or a grade alone, the last one, as long as nothing
// came of the conversation since. Only such messages are looked up.
func (s *Service) surveyed(ctx context.Context, tx Tx, c Contact, m *Message, in channel.Inbound) (*Ticket, Rating, error) {
	none := func(err error) (*Ticket, Rating, error) {
		if desk.CodeOf(err) == desk.NotFound {
			err = nil
		}
		return nil, Rating{}, err
	}
	if in.Kind != channel.Private || in.Type != channel.Text {
		return none(nil)
	}
	reply, mark := tapped(in)
	if reply == 0 {
		if mark = markOf(in.Text); mark == 0 {
			return none(nil)
		}
	}
	var survey Survey
	var err error
	if reply != 0 {
		survey, err = tx.Survey(ctx, reply)
	} else {
		survey, err = tx.LastSurvey(ctx, c.ID)
	}
	if err != nil || survey.ContactID != c.ID {
		return none(err)
	}
	if reply == 0 {
		latest, err := tx.LockLatestTicket(ctx, c.ID)
		if err != nil || latest.ID != survey.TicketID || latest.State != Closed || m.ReceivedAt.Sub(survey.CreatedAt) > answerFor {
			return none(err)
		}
	}
	t, err := tx.LockTicket(ctx, survey.TicketID)
	if err == nil && t.State == Merged { // the answer that is rated stays with it, what is said goes on
		t, err = tx.LockTicket(ctx, t.MergedInto)
	}
	return t, Rating{TicketID: survey.TicketID, Round: survey.Round, Mark: mark, Via: RatedInChat, CreatedAt: survey.CreatedAt}, err
}

// addRating stores a message that answers a survey in the thread of its ticket,
// which stays as it is: nothing is opened, no clock starts. One that comes after
// the account's days says nothing any more.
func (s *Service) addRating(ctx context.Context, tx Tx, t *Ticket, m *Message, r Rating) error {
	m.thanks = true
	err := s.addTo(ctx, tx, t, m, nil, func() error {
		t.MessageCount++
		t.Preview = summary(m.Type, m.Text)
		t.LastMessageAt, t.UpdatedAt = m.ReceivedAt, m.ReceivedAt
		return tx.SaveTicket(ctx, t)
	})
	if err != nil {
		return err
	}
	settings, err := tx.CitizenSettings(ctx, t.AccountID)
	if err != nil || !m.ReceivedAt.Before(r.CreatedAt.Add(settings.rateFor())) {
		return err
	}
	r.MessageID = m.ID
	if r.TicketID != t.ID {
		if t, err = tx.LockTicket(ctx, r.TicketID); err != nil {
			return err
		}
	}
	return s.rated(ctx, tx, t, r, nil, settings, m.ReceivedAt)
}

// Rated is the mark that a message gave, 0 for none.
func (a *Automatic) Rated(ctx context.Context, m MessageID, text string) (Mark, error) {
	if markOf(text) == 0 {
		return 0, nil
	}
	return a.tx.MessageRating(ctx, m)
}
