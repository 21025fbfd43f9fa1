package inbox

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// TicketID and the other ids that travel together have their own types, so
// that a swap does not compile.
type TicketID int64

// MessageID names a Message.
type MessageID int64

// ReplyID names a Reply.
type ReplyID int64

// ContactID names a Contact.
type ContactID int64

// State is where a ticket stands.
type State string

// Ticket states.
const (
	New            State = "new"             // 待受理
	Open           State = "open"            // 受理中
	WithDepartment State = "with_department" // 转办中
	InReview       State = "in_review"       // 待审核
	Replied        State = "replied"         // 已答复
	Closed         State = "closed"          // 办结
	Ignored        State = "ignored"         // 无需答复
	Merged         State = "merged"          // 已并入
)

// moves lists where each state may go.
var moves = map[State][]State{
	New:            {Open, WithDepartment, InReview, Replied, Closed, Ignored, Merged},
	Open:           {New, WithDepartment, InReview, Replied, Closed, Ignored, Merged},
	WithDepartment: {New, Open, InReview, Replied, Closed, Ignored},
	InReview:       {Open, WithDepartment, Replied, Closed, Ignored},
	Replied:        {New, Open, WithDepartment, InReview, Closed, Merged},
	Closed:         {New, Open, Merged},
	Ignored:        {New, Open, Merged},
	Merged:         {},
}

// MayBecome reports whether a ticket in s may go to the state to.
func (s State) MayBecome(to State) bool { return slices.Contains(moves[s], to) }

// Valid reports whether s is a ticket state.
func (s State) Valid() bool { _, ok := moves[s]; return ok }

// Waits reports whether somebody still has to act.
func (s State) Waits() bool {
	return s == New || s == Open || s == WithDepartment || s == InReview
}

// Ended reports whether the ticket is closed, ignored or merged.
func (s State) Ended() bool { return s == Closed || s == Ignored || s == Merged }

// Priority is how much a ticket presses. Urgent ones have a lane of the queue of
// their own; the others have their place by their deadlines, which policies may
// set by priority.
type Priority int

// Priorities.
const (
	Low    Priority = -1
	Normal Priority = 0
	High   Priority = 1
	Urgent Priority = 2
)

// Ticket is one request. Zero times and ids mean "none".
type Ticket struct {
	ID            TicketID
	Number        string // 20261122-0042, by the day in the desk's time zone
	AccountID     int64
	ContactID     ContactID
	Kind          channel.Kind
	PostID        int64
	CommentID     string // of a comment ticket: the platform's id of the top comment
	State         State
	Priority      Priority
	Subject       string // the citizen's first words
	Preview       string // the latest message's first words
	AssigneeID    int64
	DepartmentID  int64   // that leads, or led last
	Departments   []int64 // those that see it, sorted; never changed in place
	Category      string
	Tags          []string
	ClosingReason string
	MessageCount  int       // inbound
	Answered      bool      // a reply was delivered at least once
	DueAt         time.Time // of the ticket's own clock while it runs
	Paused        bool      // the ticket's own clock stands still
	InFront       bool      // the citizen was not helped by an answer, or wrote an urgent word, and waits
	SnoozedUntil  time.Time // out of the lists of those who wait until then
	SnoozedBy     int64
	LastMessageAt time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
	ClosedAt      time.Time
	MergedInto    TicketID // the ticket that goes on with all this one had
	Apart         bool     // split from another: the citizen's next message does not find it
	AnsweredBy    ReplyID  // of the ticket it was split from, when that had answered it
}

// move changes the state or says why it cannot.
func (t *Ticket) move(to State, now time.Time) error {
	if t.State == to {
		return nil
	}
	if !t.State.MayBecome(to) {
		return desk.Errorf(desk.Conflict, "工单当前状态不允许此操作").WithReason("ticket_state")
	}
	t.State = to
	if !to.Waits() || to == InReview {
		t.unsnooze()
	}
	t.ClosedAt = time.Time{}
	if to.Ended() {
		t.ClosedAt = now
	} else {
		t.ClosingReason = ""
	}
	return nil
}

// working is the state of a ticket somebody has to answer.
func (t *Ticket) working() State {
	if t.AssigneeID == 0 {
		return New
	}
	return Open
}

// Lane is one of the parts of the queue of those who wait. The lanes come one
// after the other; within a lane the first due is first. What has no running
// clock is in the last lane, at its end.
type Lane int

// The lanes, the first first.
const (
	AlarmLane Lane = iota // in front, and urgent: an urgent word
	FrontLane
	UrgentLane
	DueLane
)

// Lane is where the ticket waits.
func (t *Ticket) Lane() Lane {
	switch {
	case t.DueAt.IsZero():
		return DueLane
	case t.InFront && t.Priority >= Urgent:
		return AlarmLane
	case t.InFront:
		return FrontLane
	case t.Priority >= Urgent:
		return UrgentLane
	}
	return DueLane
}

// clocked reports whether the ticket's own clock is open.
func (t *Ticket) clocked() bool { return !t.DueAt.IsZero() || t.Paused }

// Clock is one deadline of a ticket: its own, or that of one of its
// escalations. A ticket has at most one open clock of its own, and one for each
// escalation.
type Clock struct {
	ID           int64
	TicketID     TicketID
	EscalationID int64     // 0: the ticket's own
	MessageID    MessageID // what it asks an answer to; 0 when a person reopened the ticket
	Name         string
	sla.Clock
}

// Names of clocks. The first two are the ticket's own, the next two an
// escalation's, the last a reply's in review.
const (
	FirstReply      = "first_reply"
	NextReply       = "next_reply"
	SignClock       = "sign"
	DepartmentClock = "department"
	ReviewClock     = "review"
)

// ClockNames are all of them.
func ClockNames() []string {
	return []string{FirstReply, NextReply, SignClock, DepartmentClock, ReviewClock}
}

// Message is one inbound item in a ticket's thread.
type Message struct {
	ID          MessageID
	TicketID    TicketID
	PayloadID   int64
	ContactID   ContactID
	Guest       bool // the ticket is another contact's
	ExternalID  string
	Type        channel.Type
	Text        string
	Data        []byte // type-specific JSON object, or nil
	SentAt      time.Time
	ReceivedAt  time.Time
	Attachments []Attachment

	found  []check.Finding // in what just came in
	raised bool            // an urgent word made the ticket urgent
	thanks bool            // after the answer, and asks for nothing
	asking bool            // how far the ticket is; the bot tells
}

// Attachment is a file of a message: pending until fetched, then stored under
// Path in the data folder, or failed with Error.
type Attachment struct {
	ID          int64
	MessageID   MessageID
	TicketID    TicketID
	AccountID   int64
	Kind        channel.Type
	ExternalID  string
	URL         string
	Format      string
	State       AttachmentState
	Name        string
	ContentType string
	Size        int64
	Path        string
	Error       string
}

// AttachmentState is how far the download of an attachment is.
type AttachmentState string

// Attachment states.
const (
	AttachmentPending AttachmentState = "pending"
	AttachmentStored  AttachmentState = "stored"
	AttachmentFailed  AttachmentState = "failed"
)

// Note is an internal remark: the desk's own unless it is shared with
// departments.
type Note struct {
	ID          int64
	TicketID    TicketID
	AuthorID    int64
	Text        string
	Departments []int64   // whose liaisons may read it; sorted
	Mentions    []Mention // in order of place
	CreatedAt   time.Time
}

// Contact is a person as one account sees them.
type Contact struct {
	ID         ContactID
	AccountID  int64
	ExternalID string
	Name       string
	Subscribed bool
	Erased     bool // their data were deleted: nothing can be sent to them
}

// Label is what staff see for a contact: the name if the platform tells one,
// otherwise a neutral word with the end of the platform's id. Nothing in it
// changes the direction of the text around.
func (c Contact) Label() string {
	if c.Erased {
		return "已删除的市民"
	}
	if name := Undirected(c.Name); name != "" {
		return name
	}
	tail := c.ExternalID
	if runes := []rune(tail); len(runes) > 4 {
		tail = string(runes[len(runes)-4:])
	}
	return "粉丝 " + tail
}

// Undirected takes out of a stranger's name the characters that turn the
// direction of text: "exe.fdp" must not read as a picture's name.
func Undirected(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
}

// subjectRunes is how much of a message a list row shows.
const subjectRunes = 60

// placeholders stand in a list for messages without text.
var placeholders = map[channel.Type]string{
	channel.Image: "[图片]", channel.Voice: "[语音]", channel.Video: "[视频]",
	channel.Location: "[位置]", channel.Link: "[链接]", channel.Notice: "[事件]", channel.Unknown: "[暂不支持的消息]",
}

// summary is a message in one line.
func summary(t channel.Type, text string) string {
	line := strings.Join(strings.Fields(text), " ")
	if t != channel.Text && t != channel.Link && t != channel.Location || line == "" {
		line = strings.TrimSpace(placeholders[t] + " " + line)
	}
	if utf8.RuneCountInString(line) > subjectRunes {
		line = string([]rune(line)[:subjectRunes]) + "…"
	}
	return line
}
