package inboxtest

import (
	"fmt"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// Citizen is a person on one account's platform.
type Citizen struct {
	ID      string // the platform's
	Account int64
	desk    *Desk
}

// Citizen returns a person who has not written yet.
func (d *Desk) Citizen(account int64, id string) *Citizen {
	return &Citizen{ID: id, Account: account, desk: d}
}

// NewCitizen returns a person nobody has met.
func (d *Desk) NewCitizen(account int64) *Citizen {
	return d.Citizen(account, fmt.Sprintf("citizen-%d", d.unique()))
}

// Message builds a private text of this person, sent now, that nothing has
// received yet.
func (c *Citizen) Message(text string) channel.Inbound {
	n := c.desk.unique()
	return channel.Inbound{
		ExternalID: fmt.Sprintf("m-%d-%d", c.Account, n), Kind: channel.Private, Type: channel.Text, ContactID: c.ID,
		Text: text, SentAt: c.desk.Now(), Raw: []byte("raw of " + text),
	}
}

// Comment builds a comment under a post; parent is the external id of the
// comment it answers, "" for a top-level one.
func (c *Citizen) Comment(post, parent, text string) channel.Inbound {
	in := c.Message(text)
	in.Kind, in.ParentID = channel.Comment, parent
	in.Post = &channel.Post{ExternalID: post, Title: "标题 " + post, URL: "https://example.test/" + post}
	return in
}

// Picture builds a message with a file.
func (c *Citizen) Picture(mediaID string) channel.Inbound {
	in := c.Message("")
	in.Type = channel.Image
	in.Media = []channel.Media{{Kind: channel.Image, ExternalID: mediaID}}
	return in
}

// Event builds a platform's event about this person.
func (c *Citizen) Event(name string, e channel.Effects) channel.Inbound {
	in := c.Message(name)
	in.Type, in.Event, in.Effects = channel.Notice, name, e
	return in
}

// Leave builds the event of a person who unsubscribes, which obliges the desk
// to delete their data.
func (c *Citizen) Leave() channel.Inbound {
	no := false
	return c.Event("unsubscribe", channel.Effects{Subscribed: &no, EraseContact: true})
}

// Says lets the person write and returns the ticket it became part of.
func (c *Citizen) Says(t T, text string) inbox.TicketID {
	t.Helper()
	return c.desk.Receives(t, c.Account, c.Message(text))
}

// Receives takes in what a platform delivered and returns the ticket the last
// message became part of, 0 for none.
func (d *Desk) Receives(t T, account int64, items ...channel.Inbound) inbox.TicketID {
	t.Helper()
	before := d.Head(t)
	if err := d.Service.Ingest(t.Context(), account, items); err != nil {
		t.Fatalf("ingest: %v", err)
	}
	var ticket inbox.TicketID
	for _, e := range d.Events(t, before) {
		if e.Name == inbox.MessageReceived {
			ticket = inbox.TicketID(e.TicketID)
		}
	}
	return ticket
}

// Window is a send window that is open for so long.
func Window(name string, n int, until time.Time) channel.Window {
	return channel.Window{Name: name, Limit: n, Until: until}
}
