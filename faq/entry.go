package faq

import (
	"slices"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// EntryID is the number of an entry.
type EntryID int64

// String returns the number in decimal, as the API and events write it.
func (id EntryID) String() string { return strconv.FormatInt(int64(id), 10) }

// State is where an entry is on its way.
type State string

// The states of an entry.
const (
	Draft     State = "draft"
	Published State = "published"
	Retired   State = "retired"
)

// Valid reports whether s is one of the three states.
func (s State) Valid() bool { return s == Draft || s == Published || s == Retired }

// Day is a calendar day in China, YYYY-MM-DD, or "" for none. Days compare as
// strings.
type Day string

// shanghai is China's time all over the country; it has had no summer time
// since 1991, so no zone data is needed.
var shanghai = time.FixedZone("CST", 8*60*60)

// DayOf returns the day it is in China at t.
func DayOf(t time.Time) Day { return Day(t.In(shanghai).Format(time.DateOnly)) }

func (d Day) valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return d == "" || err == nil
}

// Content is what an editor writes.
type Content struct {
	Code           string   `json:"code"` // unique; made up when left empty
	Question       string   `json:"question"`
	Similar        []string `json:"similar_questions"`
	Answer         string   `json:"answer"`
	Category       string   `json:"category"`
	Department     string   `json:"department"`
	DocumentNumber string   `json:"document_number"`
	ServiceLink    string   `json:"service_link"`
	ValidFrom      Day      `json:"valid_from"`
	ValidTo        Day      `json:"valid_to"`
}

// Equal reports whether c and o say the same.
func (c Content) Equal(o Content) bool {
	return slices.Equal(c.Similar, o.Similar) && c.Code == o.Code &&
		c.Question == o.Question && c.Answer == o.Answer &&
		c.Category == o.Category && c.Department == o.Department &&
		c.DocumentNumber == o.DocumentNumber && c.ServiceLink == o.ServiceLink &&
		c.ValidFrom == o.ValidFrom && c.ValidTo == o.ValidTo
}

// Wordings returns the question and the similar questions, in that order.
func (c Content) Wordings() []string {
	return append([]string{c.Question}, c.Similar...)
}

// Entry is one standard answer. Revision counts its changes from 1.
type Entry struct {
	ID EntryID
	Content
	State     State
	Revision  int64
	Uses      int64 // replies sent from it
	CreatedAt time.Time
	UpdatedAt time.Time
	UpdatedBy int64 // user id; 0: the desk itself
	// Authors wrote what an unpublished entry says, since it was approved last.
	Authors []int64
	// QuestionKey is what other spellings of the question share with it; it is
	// kept so that a second entry with the question is found.
	QuestionKey string
	// Proposal is the open one; only the service's reads and changes have it,
	// for who may edit the library.
	Proposal *Proposal
}

// Current reports whether the entry may be given as an answer on that day.
func (e Entry) Current(today Day) bool {
	return e.State == Published &&
		(e.ValidFrom == "" || e.ValidFrom <= today) &&
		(e.ValidTo == "" || today <= e.ValidTo)
}

// Revision is what an entry said after one change.
type Revision struct {
	EntryID  EntryID
	Revision int64
	Content  Content
	State    State
	AuthorID int64 // 0: the desk itself
	// ReviewerID approved it; 0: nobody, or the desk itself.
	ReviewerID int64
	CreatedAt  time.Time
}

// EntryChanged is the event of every change of an entry.
const EntryChanged = "entry.changed"

// changed builds the event of the entry's newest revision; was is the state
// before it. Readers are told of what they see or saw.
func changed(e Entry, was State) desk.Event {
	ev := desk.NewEvent(EntryChanged, e.UpdatedAt, map[string]any{
		"entry_id": e.ID.String(), "revision": e.Revision, "state": e.State,
	})
	ev.ActorID, ev.Audience = e.UpdatedBy, desk.EditLibrary
	if e.State == Published || was == Published {
		ev.Audience = desk.ReadLibrary
	}
	return ev
}
