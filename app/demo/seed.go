package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Send windows of a private message on the platform of the demo.
const (
	windowMessages = 5
	windowHours    = 48 * time.Hour
)

// Phone is the platform's side of the demo: what the citizen's phone shows.
type Phone interface {
	// Recall puts something that was said before on a phone.
	Recall(account string, said Said) (contactID string, err error)
	// Picture keeps an image as the platform would, and returns its media id.
	Picture(account, name string, png []byte) (mediaID string, err error)
}

// Said is one thing on a phone: by the citizen, or by the desk.
type Said struct {
	Contact string // the citizen's short name in the story
	Desk    bool
	Type    string
	Text    string
	At      time.Time
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
}

// player plays a story with a clock of its own.
type player struct {
	Story
	service     *inbox.Service
	clock       time.Time
	departments map[string]int64
	tickets     map[string]inbox.TicketID
	contacts    map[string]string
}

// Play makes the conversations happen, each step at its time before Now. Run
// it before the desk's own tasks run: the replies it sends reach the phones
// only through Phone.
func (d Data) Play(ctx context.Context, s Story) error {
	p := &player{Story: s, departments: map[string]int64{}, tickets: map[string]inbox.TicketID{}, contacts: map[string]string{}}
	var err error
	if p.service, err = inbox.NewService(s.Store, s.Limits, s.Rules, func() time.Time { return p.clock }); err != nil {
		return err
	}
	for _, dep := range d.Departments {
		p.clock = s.Now
		id, err := p.service.AddDepartment(ctx, desk.System(), inbox.Department{Code: dep.Code, Name: dep.Name, ShortName: dep.ShortName})
		if err != nil {
			return fmt.Errorf("demo department %s: %w", dep.Code, err)
		}
		p.departments[dep.Code] = id
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
	case "assign":
		return p.service.Assign(ctx, by, ticket, p.Users[s.To].UserID)
	case "note":
		_, err := p.service.AddNote(ctx, by, ticket, s.Text)
		return err
	case "dispatch":
		return p.service.Escalate(ctx, by, ticket, p.departments[s.Department], s.Remark)
	case "ignore":
		return p.service.Ignore(ctx, by, ticket, s.Reason)
	case "close":
		return p.service.Close(ctx, by, ticket, s.Reason)
	case "reopen":
		return p.service.Reopen(ctx, by, ticket)
	case "submit", "reply", "reply_failed", "reply_unknown":
		return p.reply(ctx, m, s, by, ticket)
	}
	return errors.New("unknown step")
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
	if in.Kind == channel.Comment {
		in.ContactID = "oDemo" + m.talk.Contact + strings.Repeat("0", 19)
		in.Post = &channel.Post{ExternalID: m.talk.Post.ExternalID, Title: m.talk.Post.Title}
		if m.n > 0 && p.tickets[m.talk.Key] != 0 {
			in.ParentID = fmt.Sprintf("demo-%s-1", m.talk.Key)
		}
	} else {
		contact, err := p.Phone.Recall(m.talk.Account, Said{Contact: m.talk.Contact, Type: string(in.Type), Text: in.Text, At: m.at})
		if err != nil {
			return err
		}
		in.ContactID = contact
		in.Effects.Windows = []channel.Window{{Name: "message", Limit: windowMessages, Until: m.at.Add(windowHours)}}
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
	r, err := p.service.Reply(ctx, by, ticket, inbox.ReplyInput{
		Text: s.Text, EntryID: p.Entries[s.Entry], SeenEvent: row.LastEvent, Review: s.Do == "submit",
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
		if row.Kind == channel.Private {
			if _, err := p.Phone.Recall(m.talk.Account, Said{Contact: m.talk.Contact, Desk: true, Type: "text", Text: s.Text, At: m.at}); err != nil {
				return err
			}
		}
	}
	_, err = p.service.FinishDelivery(ctx, attempt, result)
	return err
}
