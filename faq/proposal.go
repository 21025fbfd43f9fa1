package faq

import (
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// ProposalState is where a text is on its way to citizens.
type ProposalState string

// The states of a proposal.
const (
	Proposed  ProposalState = "draft"     // being written
	InReview  ProposalState = "in_review" // waits for a second person
	Rejected  ProposalState = "rejected"  // sent back with a reason
	Scheduled ProposalState = "scheduled" // approved, goes out at its time
	Closed    ProposalState = "closed"    // published or discarded
)

// Open reports whether s is one of the states of a text under way.
func (s ProposalState) Open() bool {
	return s == Proposed || s == InReview || s == Rejected || s == Scheduled
}

// Proposal is a text that is to become what its entry says. An entry has at
// most one that is open.
type Proposal struct {
	EntryID EntryID
	Content
	State ProposalState
	// Version counts the texts proposed for the entry and never goes back, so
	// that nobody approves another text than the one they read.
	Version     int64
	Authors     []int64 // who wrote in it, sorted; none of them may approve it
	AuthorID    int64   // who wrote last
	UpdatedAt   time.Time
	SubmittedBy int64
	SubmittedAt time.Time
	ReviewerID  int64
	ReviewedAt  time.Time
	Reason      string    // why it was rejected
	PublishAt   time.Time // when it is to go out; zero: when approved
}

// Seen is what somebody who decides about a text has read: the entry's revision
// and the proposal's version. Zero fields are not compared.
type Seen struct {
	Revision int64
	Version  int64
}

func (s Seen) check(e Entry, p Proposal) error {
	if s.Revision != 0 && s.Revision != e.Revision || s.Version != 0 && s.Version != p.Version {
		return ErrChanged()
	}
	return nil
}

// named returns an Invalid error unless s says which text was read: the version
// of an open proposal, else the entry's revision.
func (s Seen) named(p Proposal) error {
	switch {
	case p.State.Open() && s.Version == 0:
		return desk.InvalidField("proposal_version", "请注明您审阅的是哪一稿")
	case !p.State.Open() && s.Revision == 0:
		return desk.InvalidField("revision", "请注明您审阅的是哪个版本")
	}
	return nil
}

// ofOthers reports whether somebody but the actor wrote in the text.
func (p Proposal) ofOthers(actor desk.Actor) bool {
	return slices.ContainsFunc(p.Authors, func(id int64) bool { return id != actor.UserID })
}

// Events of proposals. They are for who may edit the library.
const (
	EntryProposed  = "entry.proposed"  // a text was written, discarded or taken back
	EntrySubmitted = "entry.submitted" // a text waits for review
	EntryRejected  = "entry.rejected"
	EntryScheduled = "entry.scheduled"
)

func proposalEvent(name string, actor desk.Actor, at time.Time, p Proposal) desk.Event {
	ev := desk.NewEvent(name, at, map[string]any{
		"entry_id": p.EntryID.String(), "version": p.Version, "state": p.State,
	})
	ev.ActorID, ev.Audience = actor.UserID, desk.EditLibrary
	return ev
}

// with returns the authors with one more; the desk itself is not a person.
func with(authors []int64, more ...int64) []int64 {
	out := slices.Clone(authors)
	for _, id := range more {
		if id != 0 && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// pending is the text that would be published next, and who wrote it: the open
// proposal, or what an unpublished entry says itself.
func pending(e Entry, p Proposal) (Content, []int64, bool) {
	switch {
	case p.State.Open():
		return p.Content, p.Authors, true
	case e.State != Published:
		return e.Content, e.Authors, true
	}
	return Content{}, nil, false
}

// clearReview forgets what became of the text before.
func (p *Proposal) clearReview() {
	p.SubmittedBy, p.SubmittedAt, p.ReviewerID, p.ReviewedAt = 0, time.Time{}, 0, time.Time{}
	p.Reason, p.PublishAt = "", time.Time{}
}
