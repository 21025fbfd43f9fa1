package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Send windows of a private message on the platform of the demo.
const (
	windowMessages = 5
	windowOpen     = 48 * time.Hour
)

// Phone is the platform's side of the demo: what the citizen's phone shows.
type Phone interface {
	// Recall puts something that was said before on a phone.
	Recall(account string, said Said) (contactID string, err error)
	// Comment puts what was said in public on the platform: a citizen's comment
	// under said.Post, of which it returns the ids of the contact and the
	// comment, or the desk's reply to said.CommentID.
	Comment(account string, said Said) (contactID, commentID string, err error)
	// Picture keeps an image as the platform would, and returns its media id.
	Picture(account, name string, png []byte) (mediaID string, err error)
}

// Said is one thing on a phone: by the citizen, or by the desk.
type Said struct {
	Contact   string // the citizen's short name in the story
	Desk      bool
	Type      string
	Text      string
	At        time.Time
	Post      channel.Post // of a comment
	CommentID string       // of a public reply: the comment answered
}

// Story is what playing the conversations needs.
type Story struct {
	Store    inbox.Store
	Limits   inbox.Limits
	Rules    inbox.Rules
	Phone    Phone
	Accounts map[string]int64      // by key
	Users    map[string]desk.Actor // by username
	Entries  map[string]int64      // by code
	Now      time.Time
	// Bot returns a bot that answers in the service's tickets by the clock.
	Bot func(service *inbox.Service, now func() time.Time) (*bot.Service, error)

	departments map[string]int64 // by code
}

// departmentSteps are the steps of a conversation that are about the department
// it was given to last.
var departmentSteps = []string{"sign", "answer", "return", "agree", "refuse", "extend", "grant", "urge", "supervise", "rework", "withdraw"}

// player plays a story with a clock of its own.
type player struct {
	Story
	service  *inbox.Service
	bot      *bot.Service
	clock    time.Time
	tickets  map[string]inbox.TicketID // by the conversation's key
	comments map[string]string         // the first comment's external id, by the same
	given    map[string]inbox.EscalationID
}

// Play makes the conversations happen, each step at its time before Now. Run
// it before the desk's own tasks run: the replies it sends reach the phones
// only through Phone.
func (d Data) Play(ctx context.Context, s Story) error {
	p := &player{Story: s, tickets: map[string]inbox.TicketID{}, comments: map[string]string{}, given: map[string]inbox.EscalationID{}}
	var err error
	if p.service, err = inbox.NewService(s.Store, s.Limits, s.Rules, func() time.Time { return p.clock }); err != nil {
		return err
	}
	if p.bot, err = s.Bot(p.service, func() time.Time { return p.clock }); err != nil {
		return err
	}
	story, err := d.story(s.Now)
	if err != nil {
		return err
	}
	for _, m := range story {
		p.clock = m.at
		if _, err := p.service.SweepClocks(ctx, m.at); err != nil {
			return err
		}
		if err := p.play(ctx, m); err != nil {
			return fmt.Errorf("demo conversation %s, step %d (%s): %w", m.talk.Key, m.n+1, m.talk.Steps[m.n].Do, err)
		}
	}
	p.clock = s.Now
	_, err = p.service.SweepClocks(ctx, s.Now)
	return err
}

func (p *player) play(ctx context.Context, m moment) error {
	s := m.talk.Steps[m.n]
	ticket := p.tickets[m.talk.Key]
	by, known := p.Users[s.By]
	if s.By != "" && !known {
		return fmt.Errorf("no user %q", s.By)
	}
	switch s.Do {
	case "message":
		return p.message(ctx, m, s)
	case "ask":
		return p.ask(ctx, m, s)
	case "assign":
		return p.service.Assign(ctx, by, ticket, p.Users[s.To].UserID)
	case "note":
		_, err := p.service.AddNote(ctx, by, ticket, s.Text)
		return err
	case "dispatch":
		return p.dispatch(ctx, m, s, by, ticket)
	case "ignore":
		return p.service.Ignore(ctx, by, ticket, s.Reason)
	case "close":
		return p.service.Close(ctx, by, ticket, s.Reason)
	case "reopen":
		return p.service.Reopen(ctx, by, ticket)
	case "submit", "reply", "reply_failed", "reply_unknown":
		return p.reply(ctx, m, s, by, ticket)
	}
	if slices.Contains(departmentSteps, s.Do) {
		return p.department(ctx, s, by, p.given[m.talk.Key])
	}
	return errors.New("unknown step")
}

func (p *player) dispatch(ctx context.Context, m moment, s step, by desk.Actor, ticket inbox.TicketID) error {
	in := inbox.Dispatch{Lead: p.departments[s.Department], Remark: s.Remark}
	for _, code := range s.Co {
		in.Co = append(in.Co, p.departments[code])
	}
	made, err := p.service.Dispatch(ctx, by, ticket, in)
	if err == nil {
		p.given[m.talk.Key] = made[0].ID
	}
	return err
}

// department plays what happens to a ticket at its department.
func (p *player) department(ctx context.Context, s step, by desk.Actor, given inbox.EscalationID) error {
	switch s.Do {
	case "sign":
		return p.service.SignEscalation(ctx, by, given)
	case "answer":
		return p.service.AnswerEscalation(ctx, by, given, s.Text)
	case "return":
		return p.service.ReturnEscalation(ctx, by, given, s.Reason)
	case "agree", "refuse":
		return p.service.DecideReturn(ctx, by, given, s.Do == "agree", s.Reason)
	case "extend":
		more, err := time.ParseDuration(s.For)
		if err != nil {
			return err
		}
		return p.service.AskExtension(ctx, by, given, p.clock.Add(more), s.Reason)
	case "grant":
		return p.service.DecideExtension(ctx, by, given, true, time.Time{}, s.Reason)
	case "urge":
		return p.service.UrgeEscalation(ctx, by, given, s.Text)
	case "supervise":
		return p.service.SuperviseEscalation(ctx, by, given, s.Text)
	case "rework":
		return p.service.ReworkEscalation(ctx, by, given, s.Reason, time.Time{})
	default:
		return p.service.WithdrawEscalation(ctx, by, given, s.Reason)
	}
}

func (p *player) message(ctx context.Context, m moment, s step) error {
	in := channel.Inbound{
		ExternalID: fmt.Sprintf("demo-%s-%d", m.talk.Key, m.n+1), Kind: channel.Kind(m.talk.Kind), Type: channel.Text,
		Text: s.Text, SentAt: m.at,
	}
	if s.Type != "" {
		in.Type = channel.Type(s.Type)
	}
	if err := p.fill(&in, m, s); err != nil {
		return err
	}
	said := Said{Contact: m.talk.Contact, Type: string(in.Type), Text: in.Text, At: m.at}
	if in.Kind == channel.Comment {
		if err := p.comment(&in, m, said); err != nil {
			return err
		}
	} else {
		contact, err := p.Phone.Recall(m.talk.Account, said)
		if err != nil {
			return err
		}
		in.ContactID = contact
		in.Effects.Windows = []channel.Window{{Name: "message", Limit: windowMessages, Until: m.at.Add(windowOpen)}}
	}
	raw, err := json.Marshal(map[string]any{"demo": m.talk.Key, "step": m.n + 1, "type": in.Type, "text": in.Text})
	if err != nil {
		return err
	}
	in.Raw = raw
	account := p.Accounts[m.talk.Account]
	if err := p.service.Ingest(ctx, account, []channel.Inbound{in}); err != nil {
		return err
	}
	if p.tickets[m.talk.Key] != 0 {
		return nil
	}
	return p.adopt(ctx, m, account, in)
}

// ask lets a citizen write where the bot answers in the same call.
func (p *player) ask(ctx context.Context, m moment, s step) error {
	in := channel.Inbound{
		ExternalID: fmt.Sprintf("demo-%s-%d", m.talk.Key, m.n+1), Kind: channel.Private, Type: channel.Text, Text: s.Text, SentAt: m.at,
		Effects: channel.Effects{Windows: []channel.Window{{Name: "message", Limit: windowMessages, Until: m.at.Add(windowOpen)}}},
	}
	said := Said{Contact: m.talk.Contact, Type: string(in.Type), Text: in.Text, At: m.at}
	var err error
	if in.ContactID, err = p.Phone.Recall(m.talk.Account, said); err != nil {
		return err
	}
	if in.Raw, err = json.Marshal(map[string]any{"demo": m.talk.Key, "step": m.n + 1, "type": in.Type, "text": in.Text}); err != nil {
		return err
	}
	account := p.Accounts[m.talk.Account]
	if err := p.service.IngestForBot(ctx, account, []channel.Inbound{in}); err != nil {
		return err
	}
	if p.tickets[m.talk.Key] == 0 {
		if err := p.adopt(ctx, m, account, in); err != nil {
			return err
		}
	}
	answer, err := p.bot.Respond(ctx, account, in, true)
	if err != nil || answer == "" {
		return err
	}
	said.Desk, said.Text = true, answer
	_, err = p.Phone.Recall(m.talk.Account, said)
	return err
}

// comment puts a comment on the platform. A later one of the same conversation
// hangs on the first.
func (p *player) comment(in *channel.Inbound, m moment, said Said) error {
	said.Post = channel.Post{ExternalID: m.talk.Post.ExternalID, Title: m.talk.Post.Title}
	var err error
	if in.ContactID, in.ExternalID, err = p.Phone.Comment(m.talk.Account, said); err != nil {
		return err
	}
	in.Post, in.ParentID = &said.Post, p.comments[m.talk.Key]
	if in.ParentID == "" {
		p.comments[m.talk.Key] = in.ExternalID
	}
	return nil
}

// fill gives a message that is not text what its type needs.
func (p *player) fill(in *channel.Inbound, m moment, s step) error {
	var data struct {
		MediaID string `json:"media_id"`
		Format  string `json:"format"`
		Alt     string `json:"alt"`
		Label   string `json:"label"`
		Title   string `json:"title"`
	}
	if len(s.Data) > 0 {
		if err := json.Unmarshal(s.Data, &data); err != nil {
			return err
		}
	}
	switch in.Type {
	case channel.Image:
		id, err := p.Phone.Picture(m.talk.Account, data.MediaID+".png", picture(data.MediaID))
		if err != nil {
			return err
		}
		in.Media = []channel.Media{{Kind: channel.Image, ExternalID: id}}
	case channel.Location:
		in.Text, in.Data = data.Label, s.Data
	case channel.Link:
		in.Text, in.Data = data.Title, s.Data
	}
	return nil
}

// adopt finds the ticket a conversation's first message became, and marks it.
func (p *player) adopt(ctx context.Context, m moment, account int64, in channel.Inbound) error {
	var id inbox.TicketID
	err := p.Store.Atomic(ctx, func(tx inbox.Tx) error {
		var t *inbox.Ticket
		var err error
		if in.Kind == channel.Comment {
			t, err = tx.LockCommentTicket(ctx, account, in.ExternalID)
		} else {
			var c inbox.Contact
			if c, err = tx.UpsertContact(ctx, account, in.ContactID, "", p.clock); err == nil {
				t, err = tx.LockActiveTicket(ctx, c.ID)
			}
		}
		if err == nil {
			id = t.ID
		}
		return err
	})
	if err != nil {
		return err
	}
	p.tickets[m.talk.Key] = id
	priority := map[string]inbox.Priority{"low": inbox.Low, "high": inbox.High, "urgent": inbox.Urgent}[m.talk.Priority]
	return errors.Join(p.service.Prioritize(ctx, desk.System(), id, priority), p.service.Tag(ctx, desk.System(), id, m.talk.Tags))
}

func (p *player) reply(ctx context.Context, m moment, s step, by desk.Actor, ticket inbox.TicketID) error {
	row, err := p.service.Ticket(ctx, by, ticket)
	if err != nil {
		return err
	}
	entry, revision := p.Entries[s.Entry], int64(0)
	if entry != 0 {
		revision = 1 // what the library said in the days of the story
	}
	r, err := p.service.Reply(ctx, by, ticket, inbox.ReplyInput{
		Text: s.Text, EntryID: entry, EntryRevision: revision, SeenEvent: row.LastEvent, Review: s.Do == "submit",
	})
	if err != nil || s.Do == "submit" {
		return err
	}
	attempt, ok, err := p.service.BeginDelivery(ctx, r.ID)
	if err != nil || !ok {
		return errors.Join(err, errors.New("the reply did not start"))
	}
	result := channel.Result{Outcome: channel.Sent, Code: "0", Message: "ok"}
	switch s.Do {
	case "reply_failed":
		result = channel.Result{Outcome: channel.WindowClosed, Code: s.Code, Message: "已超过可回复时限"}
	case "reply_unknown":
		result = channel.Result{Outcome: channel.NotKnown, Code: "timeout", Message: "等待平台回应超时，无法确认是否送达"}
	default:
		said := Said{Contact: m.talk.Contact, Desk: true, Type: "text", Text: s.Text, At: m.at, CommentID: p.comments[m.talk.Key]}
		if row.Kind == channel.Comment {
			_, _, err = p.Phone.Comment(m.talk.Account, said)
		} else {
			_, err = p.Phone.Recall(m.talk.Account, said)
		}
		if err != nil {
			return err
		}
	}
	_, err = p.service.FinishDelivery(ctx, attempt, result)
	return err
}
