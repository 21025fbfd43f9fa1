package inbox

import (
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// ReplyState is how far a reply is on its way.
type ReplyState string

// Reply states.
const (
	ReplyDraft     ReplyState = "draft"
	ReplyInReview  ReplyState = "in_review"
	ReplyApproved  ReplyState = "approved" // waits for its next delivery attempt
	ReplySending   ReplyState = "sending"  // an attempt is under way
	ReplySent      ReplyState = "sent"
	ReplyRejected  ReplyState = "rejected"
	ReplyFailed    ReplyState = "failed"
	ReplyUnknown   ReplyState = "unknown" // it may have arrived; a person decides
	ReplyCancelled ReplyState = "cancelled"
)

// replyMoves lists where each state may go.
var replyMoves = map[ReplyState][]ReplyState{
	ReplyDraft:    {ReplyInReview, ReplyCancelled},
	ReplyInReview: {ReplyApproved, ReplyRejected, ReplyCancelled},
	ReplyApproved: {ReplySending, ReplyCancelled},
	ReplySending:  {ReplySent, ReplyApproved, ReplyFailed, ReplyUnknown},
	ReplyFailed:   {ReplyApproved, ReplyCancelled},
	ReplyUnknown:  {ReplyApproved, ReplySent, ReplyCancelled},
}

// MayBecome reports whether a reply in s may go to the state to.
func (s ReplyState) MayBecome(to ReplyState) bool { return slices.Contains(replyMoves[s], to) }

// leaves reports whether a reply in s has been let out: it left, or may leave.
func (s ReplyState) leaves() bool {
	return slices.Contains([]ReplyState{ReplyApproved, ReplySending, ReplySent, ReplyFailed, ReplyUnknown}, s)
}

// Origin is where a reply's text comes from.
type Origin string

// Origins.
const (
	FromStaff      Origin = "staff"
	FromFAQ        Origin = "faq"
	FromLLM        Origin = "llm"
	FromDepartment Origin = "department"
	FromBot        Origin = "bot"
	FromDesk       Origin = "desk" // about the ticket itself: how far it is, how the answer was
)

// Reply is an outbound text on its way.
type Reply struct {
	ID            ReplyID
	TicketID      TicketID
	Text          string
	State         ReplyState
	Origin        Origin
	AuthorID      int64
	ReviewerID    int64
	ReviewReason  string
	EntryID       int64
	EntryRevision int64
	DraftID       int64        // of what a model wrote
	EscalationID  EscalationID // whose answer it was made of
	Steps         int          // how many different people must approve it
	PolicyID      int64        // that says so, 0 for none
	AnswersUntil  MessageID    // the newest message its author answered
	Answers       bool         // it answers; a menu, a greeting or a hand-over does not
	Attempts      int
	Tries         int // attempts since it was approved, or sent again by a person
	ErrorCode     string
	ErrorMessage  string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	SentAt        time.Time
}

// move changes the state or says why it cannot.
func (r *Reply) move(to ReplyState, now time.Time) error {
	if !r.State.MayBecome(to) {
		return desk.Errorf(desk.Conflict, "答复当前状态不允许此操作").WithReason("reply_state")
	}
	r.State, r.UpdatedAt = to, now
	return nil
}

// Delivery is one attempt of one reply.
type Delivery struct {
	ReplyID    ReplyID
	Attempt    int
	StartedAt  time.Time
	FinishedAt time.Time
	Outcome    channel.Outcome // "" while under way
	Code       string
	Message    string
	ExternalID string
}
