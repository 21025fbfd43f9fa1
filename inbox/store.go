package inbox

import (
	"context"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Store is what the inbox needs of a database. Look-ups that find nothing
// return desk NotFound. inboxtest.ExerciseStore is the suite an implementation
// must pass.
type Store interface {
	// Atomic runs fn in one transaction; see desk's store for the rules.
	Atomic(ctx context.Context, fn func(tx Tx) error) error
	Reader
}

// Tx is a transaction. Lock… look-ups make the row the caller's until the
// transaction ends.
type Tx interface {
	Enqueue(ctx context.Context, t desk.Task) error
	Record(ctx context.Context, events ...desk.Event) error
	intakeTx
	ticketTx
	departmentTx
	escalationTx
	replyTx
	wordingReader
	markTx
	clockTx
	wordTx
	templateTx
	viewTx
	teamTx
	hitTx
	alertTx
	policyTx
	approvalTx
	citizenTx
	ratingTx
	undoTx
	followUpTx
	categoryTx
	relationTx
	mergeTx
	splitTx
}

type intakeTx interface {
	// AddPayload stores what arrived; fresh is false when the account has a
	// payload with this external id already, and nothing was stored.
	AddPayload(ctx context.Context, p Payload) (id int64, fresh bool, err error)
	LockPayload(ctx context.Context, id int64) (Payload, error)
	// RevivePayload clears a dead letter's error and sets its contact.
	RevivePayload(ctx context.Context, id int64, contact ContactID) error
	// UpsertContact finds or makes the contact and notes that it was seen; an
	// empty name leaves a known one. Other transactions of this contact wait.
	UpsertContact(ctx context.Context, accountID int64, externalID, name string, now time.Time) (Contact, error)
	SetSubscribed(ctx context.Context, c ContactID, subscribed bool) error
	OpenWindow(ctx context.Context, c ContactID, w channel.Window) error
	// DrawWindow takes one message from the window that ends first and is open.
	DrawWindow(ctx context.Context, c ContactID, now time.Time) error
	UpsertPost(ctx context.Context, accountID int64, p channel.Post) (int64, error)
	AddMessage(ctx context.Context, m *Message) error // sets m.ID and the attachments' ids
	// EraseContact removes the personal data of the contact: names, platform
	// id, texts, payload bodies (dead ones that name the contact too),
	// attachments (whose paths it returns), and what staff wrote in the
	// contact's own tickets: replies, notes, reasons, remarks, tags. Numbers,
	// times and states stay. Every ticket the contact wrote in is locked before
	// its attachments are read.
	EraseContact(ctx context.Context, c ContactID, now time.Time) (paths []string, err error)
	// LockAttachment reads an attachment; its ticket is locked before.
	LockAttachment(ctx context.Context, id int64) (Attachment, error)
	SaveAttachment(ctx context.Context, a Attachment) error

	// AddReveal lets a person read a message as it was written until a time.
	AddReveal(ctx context.Context, userID int64, ticket TicketID, message MessageID, now, until time.Time) error
	// Audit adds rows to the audit; events that a person caused are in it by
	// themselves.
	Audit(ctx context.Context, rows ...desk.Audit) error
}

type ticketTx interface {
	// NextNumber counts up within the day (YYYYMMDD), from 1.
	NextNumber(ctx context.Context, day string) (int64, error)
	AddTicket(ctx context.Context, t *Ticket) error // sets t.ID
	SaveTicket(ctx context.Context, t *Ticket) error
	// ExtendTicket counts a message, with the preview it gives, in the contact's
	// private ticket that waits with its clock open, of which nothing else
	// changes. It returns the ticket's id, number, kind, account, contact, state,
	// assignee and department only; NotFound when there is none.
	ExtendTicket(ctx context.Context, c ContactID, preview string, at time.Time) (Ticket, error)
	LockTicket(ctx context.Context, id TicketID) (*Ticket, error)
	// LockActiveTicket finds the contact's private ticket that has not ended; it
	// and the next pass over those that are Apart.
	LockActiveTicket(ctx context.Context, c ContactID) (*Ticket, error)
	// LockLatestTicket finds the contact's newest private ticket. It and the next
	// two find, in place of one that was merged, the ticket that goes on.
	LockLatestTicket(ctx context.Context, c ContactID) (*Ticket, error)
	// LockCommentTicket finds the ticket of a top-level comment.
	LockCommentTicket(ctx context.Context, accountID int64, commentID string) (*Ticket, error)
	// LockThread finds the ticket of the comment that a comment with this
	// external id was stored under.
	LockThread(ctx context.Context, accountID int64, externalID string) (*Ticket, error)
	// ActiveTickets are the ids of the contact's tickets that have not ended.
	ActiveTickets(ctx context.Context, c ContactID) ([]TicketID, error)
	AddNote(ctx context.Context, n *Note) error
	// LastMessage is the id of the ticket's newest message of a citizen, 0 for
	// none.
	LastMessage(ctx context.Context, id TicketID) (MessageID, error)
	// FirstMessageAfter is the first citizen's message after the given one: its
	// id and times. The id is 0 for none.
	FirstMessageAfter(ctx context.Context, id TicketID, after MessageID) (Message, error)
	// MovedSince reports whether one of the named events happened to the
	// ticket after the numbered one.
	MovedSince(ctx context.Context, id TicketID, event int64, names []string) (bool, error)
	// Head is the number of the newest event of all, 0 when there is none.
	Head(ctx context.Context) (int64, error)
	// MarkRead notes that the user has seen the ticket up to the event.
	MarkRead(ctx context.Context, userID int64, id TicketID, event int64) error
	// Worker is the actor of an active user, for assigning.
	Worker(ctx context.Context, userID int64) (desk.Actor, error)
}

type departmentTx interface {
	Department(ctx context.Context, id int64) (Department, error)
	// LockDepartments are all departments; until the transaction ends no other
	// changes them.
	LockDepartments(ctx context.Context) ([]Department, error)
	// AddDepartment stores a department and returns its id. As with
	// SaveDepartment a code in use is a Conflict.
	AddDepartment(ctx context.Context, d Department) (int64, error)
	SaveDepartment(ctx context.Context, d Department) error
	// SetHeads replaces the heads of a department.
	SetHeads(ctx context.Context, departmentID int64, users []int64) error
	AddDuty(ctx context.Context, d *Duty) error // sets d.ID
	// CountDuties counts the department's duties that end after a time.
	CountDuties(ctx context.Context, departmentID int64, after time.Time) (int, error)
	// RemoveDuty removes a duty and returns whose it was.
	RemoveDuty(ctx context.Context, id int64) (departmentID int64, err error)
}

type escalationTx interface {
	// Escalations are those of a ticket, which is locked, by id.
	Escalations(ctx context.Context, id TicketID) ([]Escalation, error)
	AddEscalation(ctx context.Context, e *Escalation) error // sets e.ID
	SaveEscalation(ctx context.Context, e *Escalation) error
}

type replyTx interface {
	AddReply(ctx context.Context, r *Reply) error // sets r.ID
	LockReply(ctx context.Context, id ReplyID) (*Reply, error)
	SaveReply(ctx context.Context, r *Reply) error
	// CountReplies counts replies of the ticket in the given states.
	CountReplies(ctx context.Context, id TicketID, states ...ReplyState) (int, error)
	// CountReviews counts replies in review that a person wrote.
	CountReviews(ctx context.Context, id TicketID) (int, error)
	// DropProposals cancels what a model proposed and nobody has approved.
	DropProposals(ctx context.Context, id TicketID, now time.Time) error
	// AnsweredUntil is the newest message a sent reply of the ticket answers, 0
	// for none.
	AnsweredUntil(ctx context.Context, id TicketID) (MessageID, error)
	AddDelivery(ctx context.Context, d Delivery) error
	FinishDelivery(ctx context.Context, d Delivery) error
	// PersonReplied reports whether a person's reply belongs to the ticket,
	// however far it is, unless it was cancelled.
	PersonReplied(ctx context.Context, id TicketID) (bool, error)
	// MayAnswer reports whether the bot may give this revision of an entry as an
	// answer on the account: it is the published one, within its days, and of a
	// department that the account serves. Until the transaction ends the entry
	// stays as it is.
	MayAnswer(ctx context.Context, accountID, entryID, revision int64, now time.Time) (bool, error)
	// ChangedGround is the question of an entry that a model's draft rests on and
	// that is no longer as the model was given it: another revision, not
	// published, or outside its days; "" when all are. Until the transaction ends
	// they stay so.
	ChangedGround(ctx context.Context, draft int64, now time.Time) (string, error)
	Address(ctx context.Context, t *Ticket) (Address, error)
}

type clockTx interface {
	// AddClock sets c.ID. A second open clock of the ticket, or of the same
	// escalation, is a Conflict.
	AddClock(ctx context.Context, c *Clock) error
	SaveClock(ctx context.Context, c *Clock) error
	// SaveClocks saves many at once, none of them twice.
	SaveClocks(ctx context.Context, clocks []*Clock) error
	// AddPause notes that the clock stands still from its Pause.At on, by whom;
	// EndPause that it does no longer. Without a pause EndPause does nothing.
	AddPause(ctx context.Context, c *Clock, actorID int64) error
	EndPause(ctx context.Context, clockID int64, at time.Time) error
	// QuietClocks clears NextAt of the ticket's open missed clocks.
	QuietClocks(ctx context.Context, id TicketID) error
	// OpenClock is the clock that still asks for an answer: the ticket's own, or
	// that of the escalation when it is not 0.
	OpenClock(ctx context.Context, id TicketID, escalation int64) (*Clock, error)
	// LockDueClocks are up to limit clocks whose NextAt has come, with their
	// tickets, which are locked first, as everywhere. more tells that the limit
	// was reached.
	LockDueClocks(ctx context.Context, now time.Time, limit int) (due []DueClock, more bool, err error)
}

type policyTx interface {
	// CountPolicyChange moves PolicyVersion on; transactions that do come one
	// after the other.
	CountPolicyChange(ctx context.Context) error
	AddClockPolicy(ctx context.Context, p *ClockPolicy) error // sets p.ID
	LockClockPolicy(ctx context.Context, id int64) (ClockPolicy, error)
	SaveClockPolicy(ctx context.Context, p ClockPolicy) error
	DeleteClockPolicy(ctx context.Context, id int64) error
	AddCalendar(ctx context.Context, c *Calendar) error // sets c.ID; a code in use is a Conflict
	LockCalendar(ctx context.Context, id int64) (Calendar, error)
	SaveCalendar(ctx context.Context, c Calendar) error
	// SaveYear stores the days of a year in place of what it had.
	SaveYear(ctx context.Context, y Year) error
	// WantYear notes that the days of a year are wanted; first is false when
	// that, or its days, are stored already.
	WantYear(ctx context.Context, year int) (first bool, err error)
}

// policyReader is what the rules of time are read from; all lists are whole.
type policyReader interface {
	// PolicyVersion is never zero.
	PolicyVersion(ctx context.Context) (Version, error)
	ClockPolicies(ctx context.Context) ([]ClockPolicy, error)
	Calendars(ctx context.Context) ([]Calendar, error)
	// Years are the stored ones; a wanted one has no days.
	Years(ctx context.Context) ([]Year, error)
	AccountGroups(ctx context.Context) (map[int64]string, error)
}

// Reader looks things up outside a transaction.
type Reader interface {
	wordReader
	templateReader
	viewReader
	teamReader
	snoozeReader
	leavingReader
	noteReader
	hitReader
	alertReader
	approvalReader
	routingReader
	surroundingsReader
	wordingReader
	markReader
	citizenReader
	ratingReader
	followUpReader
	categoryReader
	relationReader
	Finder
	policyReader
	// Tickets lists what the filter chooses, whatever its Query.
	Tickets(ctx context.Context, f TicketFilter) (desk.Page[TicketRow], error)
	TicketRow(ctx context.Context, actor desk.Actor, id TicketID) (TicketRow, error)
	TicketCounts(ctx context.Context, actor desk.Actor, now, soon time.Time) (Counts, error)
	Timeline(ctx context.Context, id TicketID) (Timeline, error)
	// ContactTickets are the other tickets of the ticket's contact, newest
	// first, at most 50.
	ContactTickets(ctx context.Context, actor desk.Actor, id TicketID) ([]TicketRow, error)
	Windows(ctx context.Context, c ContactID, now time.Time) ([]channel.Window, error)
	ReplyTicket(ctx context.Context, id ReplyID) (TicketID, error)
	// DraftReply is the newest reply of the ticket that was made from a model's
	// draft.
	DraftReply(ctx context.Context, ticket TicketID, draft int64) (Reply, error)
	Attachment(ctx context.Context, id int64) (Attachment, error)
	Payload(ctx context.Context, id int64) (Payload, error)
	NextClock(ctx context.Context) (time.Time, error)
	// Trouble are replies that failed or are unknown, and dead payloads.
	Trouble(ctx context.Context, actor desk.Actor, limit int) (Trouble, error)
	EscalationTicket(ctx context.Context, id EscalationID) (TicketID, error)
	// MessageTicket returns the ticket a message is of.
	MessageTicket(ctx context.Context, id MessageID) (TicketID, error)
	// Revealed are the messages of a ticket that a person reads as they were
	// written, and until when.
	Revealed(ctx context.Context, userID int64, ticket TicketID, now time.Time) (map[MessageID]time.Time, error)
	// TicketEscalations are all of a ticket, by id.
	TicketEscalations(ctx context.Context, id TicketID) ([]EscalationRow, error)
	escalationLists
	// Departments are all of them, by id.
	Departments(ctx context.Context) ([]Department, error)
	// Liaisons are the active liaisons of all departments, by id.
	Liaisons(ctx context.Context) ([]Liaison, error)
	// Duties are those of one department that end after a time, DutiesAt those of
	// all departments, and of the desk itself, at a time; both by their
	// beginning.
	Duties(ctx context.Context, departmentID int64, after time.Time) ([]Duty, error)
	DutiesAt(ctx context.Context, at time.Time) ([]Duty, error)

	// PruneEvents goes through a bounded number of events numbered above after
	// and deletes those from before a time that nothing reads any more: about no
	// ticket, or neither a StoryEvent nor about a ticket that is open. The
	// newest, by number, stay whatever their age. It returns the number to go on
	// after, 0 when there is nothing more to look at. What could be undone before
	// that time goes too.
	PruneEvents(ctx context.Context, before time.Time, keepNewest, after int64) (next int64, err error)
}

// Payload is something as it arrived. Error is set on dead letters.
type Payload struct {
	ID         int64
	AccountID  int64
	ExternalID string
	ContactID  ContactID // whose it is when no message tells; else 0
	ReceivedAt time.Time
	Error      string
	Body       []byte
}

// DueClock is a clock whose NextAt has come, and its ticket.
type DueClock struct {
	Clock  Clock
	Ticket Ticket
}

// Address is where a reply goes.
type Address struct {
	Contact Contact
	Post    *channel.Post
}

// View is one of the inbox's lists.
type View string

// Views.
const (
	ViewOpen       View = "open" // everything somebody has to act on
	ViewMine       View = "mine"
	ViewUnassigned View = "unassigned"
	ViewDueSoon    View = "due_soon" // past its last warning or late
	ViewReview     View = "in_review"
	ViewAll        View = "all"
	ViewClosed     View = "closed"
	ViewSnoozed    View = "snoozed" // put off, the first to come back before
)

// Sort is the order of a list.
type Sort string

// Orders: most urgent first (those who wait, lane by lane and there by their
// deadline), and behind them the others, newest message first; or all by their
// newest message.
const (
	SortDue    Sort = "due"
	SortNewest Sort = "newest"
)

// TicketFilter chooses tickets; zero fields do not narrow. Actor always does.
type TicketFilter struct {
	Actor        desk.Actor
	View         View
	State        State
	Kind         channel.Kind
	AccountID    int64
	AssigneeID   int64
	Unassigned   bool
	DepartmentID int64
	TeamID       int64 // what its members have, and what nobody has and it serves
	Tag          string
	PostID       int64
	Category     string
	Priority     *Priority
	Late         bool      // past the deadline of its own clock, and waiting
	Query        string    // what Search looks for; the order is then its own
	DueBefore    time.Time // for ViewDueSoon
	Now          time.Time // for Late
	Sort         Sort
	Limit        int
	Cursor       string
}

// TicketRow is a ticket with the names a list shows.
type TicketRow struct {
	Ticket
	AccountName    string
	Platform       string
	Contact        Contact
	Post           *channel.Post
	AssigneeName   string
	DepartmentName string
	Clocks         []Clock // the open one in lists, all of them in TicketRow
	MergedNumber   string  // of the ticket it was merged into
	Unread         bool
	LastEvent      int64 // only in TicketRow
}

// MaxDead is the largest number of dead letters that is counted.
const MaxDead = 1000

// Counts are the figures beside the views. Failed are replies, Dead the letters
// nobody could read, of the accounts the actor sees, at most MaxDead.
type Counts struct {
	Open, Mine, Unassigned, DueSoon, Overdue, InReview, Snoozed, Failed, Dead int
}

// Timeline is everything of a ticket, each list in order of time. The store
// leaves Ticket to the use case, which has read it to know who may see it.
type Timeline struct {
	Ticket     TicketRow
	Messages   []Message
	Replies    []Reply
	Deliveries []Delivery
	Notes      []Note
	Events     []desk.Event
	Names      map[int64]string // of the users who appear
	LastEvent  int64

	// Revealed are the messages that the reader reads as they were written though
	// not by right, and until when.
	Revealed map[MessageID]time.Time
}

// Trouble is what people have to look after.
type Trouble struct {
	Replies  []TroubledReply
	Payloads []Payload // without bodies
}

// TroubledReply is a failed or unknown reply with its ticket.
type TroubledReply struct {
	Reply  Reply
	Ticket TicketRow
}
