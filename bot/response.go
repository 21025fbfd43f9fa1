package bot

import (
	"time"

	"replydesk/faq"
	"replydesk/inbox"
)

// Further actions, beside those that follow from a search.
const (
	Choice   Action = "choice"   // the answer to a number of a menu
	Vote     Action = "vote"     // a citizen's word on an answer
	Silent   Action = "silent"   // somebody else answers
	Greeting Action = "greeting" // to who subscribed
	Click    Action = "click"    // the answer to a menu item of the account
)

// gives reports whether the text of such a response is an entry's; any other is
// the desk's own.
func (a Action) gives() bool { return a == Answer || a == Choice || a == Click }

// Reason says why the bot did what it did.
type Reason string

// Reasons.
const (
	Confident      Reason = "confident"       // the best hit is sure enough
	Ambiguous      Reason = "ambiguous"       // a menu: several may be meant
	OnlyNamed      Reason = "only_named"      // a menu of what there is about a matter that was named and no more
	BelowThreshold Reason = "below_threshold" // nothing is likely enough
	TwoMisses      Reason = "two_misses"      // a second menu would follow the first
	Sensitive      Reason = "sensitive"       // the first urgent word of the ticket
	UrgentMatter   Reason = "urgent"          // an urgent word was found before: people alone answer
	BlockedText    Reason = "blocked"         // the answer has a word that must not leave
	Complaint      Reason = "complaint"
	AskedForPerson Reason = "asked_for_person"
	OtherOffice    Reason = "other_department" // the account does not serve the entry's department
	EntryGone      Reason = "entry_gone"       // what the citizen chose is no longer valid
	TooLong        Reason = "too_long"         // the platform does not take so long an answer
	Unsettled      Reason = "library_changed"  // the entries changed again and again meanwhile
	Chosen         Reason = "chosen"
	Helpful        Reason = "helpful"
	Unhelpful      Reason = "unhelpful"
	PersonWorks    Reason = "person_works"
	OnlyThanks     Reason = "thanks" // for an answer: nothing is asked
	HandedOver     Reason = "already_handed_over"
	TicketEnded    Reason = "ticket_ended"
	Subscribed     Reason = "subscribed"
	MenuItem       Reason = "menu_item"
	Rated          Reason = "rated"    // an answer, by its citizen
	AskedProgress  Reason = "progress" // how far the ticket is
)

// Response is what the bot did about one thing a citizen wrote or did. There is
// one at most for each, whatever is repeated or killed.
type Response struct {
	ID         int64
	AccountID  int64
	ExternalID string // of the payload
	ContactID  inbox.ContactID
	TicketID   inbox.TicketID  // 0: none
	MessageID  inbox.MessageID // 0: a menu click, a subscription
	Question   string
	Action     Action
	Reason     Reason
	EntryID    faq.EntryID
	Revision   int64
	Confidence float64
	Details    Details
	Text       string        // what the citizen gets; "" for nothing
	Passive    bool          // it went out in the answer to the platform's call
	ReplyID    inbox.ReplyID // 0: no ticket has it
	Vote       int           // 1 helpful, -1 not, 0 no word yet
	CreatedAt  time.Time
	VotedAt    time.Time

	fresh bool // decided in this very call
}

// Details are what a decision stood on.
type Details struct {
	Hits []HitDetail `json:"hits,omitempty"`
	// Slips are the characters of the message that were read as others.
	Slips []faq.Slip `json:"slips,omitempty"`
	// VotedOn is the response a vote is about.
	VotedOn int64 `json:"voted_on,omitempty,string"`
	// MenuFor is the response that offered the first of the menus in a row from
	// which the citizen chose, of which none fitted, or which this menu follows.
	// One that was offered for a Topic is passed over when another is in the row.
	MenuFor int64 `json:"menu_for,omitempty,string"`
	// Topic marks a menu for a message that named a matter and asked nothing.
	Topic bool `json:"topic,omitempty"`
}

// HitDetail is one hit of the search.
type HitDetail struct {
	EntryID    faq.EntryID `json:"entry_id,string"`
	Revision   int64       `json:"revision"`
	Score      float64     `json:"score"`
	Confidence float64     `json:"confidence"`
}

// maxDetails is how many hits a response remembers.
const maxDetails = 5

func detailsOf(hits []faq.Hit) Details {
	var d Details
	if len(hits) > 0 {
		d.Slips = hits[0].Slips
	}
	for _, h := range hits[:min(len(hits), maxDetails)] {
		d.Hits = append(d.Hits, HitDetail{EntryID: h.Entry.ID, Revision: h.Entry.Revision, Score: h.Score, Confidence: h.Confidence})
	}
	return d
}

// Thread is where the bot stands with a citizen.
type Thread struct {
	ContactID inbox.ContactID
	Menu      []MenuLine // open until MenuUntil
	MenuUntil time.Time
	AnswerID  int64 // the response that may be voted on until VoteUntil
	VoteUntil time.Time
	Misses    int // menus in a row that led nowhere
	UpdatedAt time.Time
}

// MenuLine is one line of a menu.
type MenuLine struct {
	EntryID  faq.EntryID `json:"entry_id,string"`
	Revision int64       `json:"revision"`
}
