package inbox

import (
	"slices"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// Names of the facts this tree records.
const (
	MessageReceived   = "message.received"
	TicketCreated     = "ticket.created"
	TicketAssigned    = "ticket.assigned"
	TicketClosed      = "ticket.closed"
	TicketReopened    = "ticket.reopened"
	TicketRestored    = "ticket.restored" // the end of it was undone
	TicketIgnored     = "ticket.ignored"
	TicketSnoozed     = "ticket.snoozed"
	TicketWoken       = "ticket.woken"
	TicketPrioritized = "ticket.prioritized"
	TicketTagged      = "ticket.tagged"
	TicketCategorized = "ticket.categorized"
	TicketRelated     = "ticket.related" // to another one
	TicketUnrelated   = "ticket.unrelated"
	TicketMerged      = "ticket.merged" // into another, or another into it
	TicketUnmerged    = "ticket.unmerged"
	TicketSplit       = "ticket.split" // from another, or another from it
	NoteAdded         = "note.added"
	ReplyCreated      = "reply.created"
	ReplySubmitted    = "reply.submitted"
	ReplyProposed     = "reply.proposed" // by a model
	ReplyWasApproved  = "reply.approved"
	ReplyWasRejected  = "reply.rejected"
	ReplyStepApproved = "reply.step_approved" // others must approve it too
	ReplyBypassed     = "reply.bypassed"
	ReplyWasCancelled = "reply.cancelled"
	ReplyRequeued     = "reply.requeued"
	DeliveryStarted   = "delivery.started"
	DeliverySent      = "delivery.sent"
	DeliveryRetried   = "delivery.retried"
	DeliveryFailed    = "delivery.failed"
	DeliveryUnknown   = "delivery.unknown"
	ClockStarted      = "clock.started"
	ClockWarned       = "clock.warned"
	ClockMissed       = "clock.missed"
	ClockMet          = "clock.met"
	ClockPaused       = "clock.paused"
	ClockResumed      = "clock.resumed"
	ClockPostponed    = "clock.postponed"
	ClockDropped      = "clock.dropped" // nothing waits for an answer: thanks
	PolicyChanged     = "policy.changed"
	CalendarChanged   = "calendar.changed"
	CalendarLacking   = "calendar.lacking" // a year's holidays are wanted and not known
	ContactSubscribed = "contact.subscribed"
	ContactLeft       = "contact.left"
	ContactErased     = "contact.erased"
	MediaStored       = "attachment.stored"
	AccountAlerted    = "account.alerted"
	AccountChanged    = "account.changed"
	PayloadDied       = "payload.died"
	DepartmentChanged = "department.changed" // or its people, or its roster
	BotAnswered       = "bot.answered"
	BotHandedOver     = "bot.handed_over"
	BotVoted          = "bot.voted"
	WordFound         = "word.found" // an urgent one, in what a citizen wrote
	WordsChanged      = "words.changed"
	TemplateChanged   = "template.changed" // of the reply templates
	ViewChanged       = "view.changed"     // of the saved views
	TeamChanged       = "team.changed"
	WorkloadChanged   = "workload.changed" // how much a person is given, or whether any
	TicketRated       = "ticket.rated"     // by its citizen
	RatingBad         = "rating.bad"       // and somebody is to look after it
	RatingFollowedUp  = "rating.followed_up"
	CodeShown         = "code.shown" // to a member of the staff
	CodeRenewed       = "code.renewed"
	AlertOpened       = "alert.opened"
	AlertGrown        = "alert.grown"
	AlertClosed       = "alert.closed"

	EscalationDispatched = "escalation.dispatched"
	EscalationSigned     = "escalation.signed"
	EscalationAnswered   = "escalation.answered"
	ReturnAsked          = "escalation.return_asked"
	EscalationReturned   = "escalation.returned"
	ReturnRefused        = "escalation.return_refused"
	EscalationWithdrawn  = "escalation.withdrawn"
	ExtensionAsked       = "escalation.extension_asked"
	ExtensionGranted     = "escalation.extension_granted"
	ExtensionRefused     = "escalation.extension_refused"
	EscalationUrged      = "escalation.urged"
	EscalationSupervised = "escalation.supervised"
	EscalationReworked   = "escalation.reworked"
	EscalationAccepted   = "escalation.accepted"
	EscalationRestored   = "escalation.restored" // what took it back was undone
)

// EscalationEvents are all about escalations. Each is told to the desk and to
// the one department it is about.
var EscalationEvents = []string{
	EscalationDispatched, EscalationSigned, EscalationAnswered, ReturnAsked, EscalationReturned, ReturnRefused, EscalationWithdrawn,
	ExtensionAsked, ExtensionGranted, ExtensionRefused, EscalationUrged, EscalationSupervised, EscalationReworked, EscalationAccepted, EscalationRestored,
}

// sharedEvents are told to all departments that see the ticket; what the desk
// does for itself is not.
var sharedEvents = []string{
	MessageReceived, TicketCreated, TicketClosed, TicketReopened, TicketRestored, TicketIgnored, DeliverySent, MediaStored, ContactErased, TicketMerged, TicketUnmerged, TicketSplit,
}

// Moving are the events that change what a reply has to answer, or whether it
// is needed at all: a reply written without having seen one is refused with
// reason "thread_moved".
var Moving = []string{
	MessageReceived, ReplyCreated, ReplySubmitted, DeliverySent, EscalationDispatched, EscalationAnswered, TicketClosed, TicketIgnored, TicketReopened, TicketRestored, TicketMerged, TicketUnmerged, TicketSplit,
}

// StoryEvents are shown as one-line marks in a ticket's thread.
var StoryEvents = append([]string{
	TicketCreated, TicketAssigned, TicketClosed, TicketReopened, TicketRestored, TicketIgnored, TicketPrioritized, TicketCategorized, TicketRelated, TicketUnrelated, TicketMerged, TicketUnmerged, TicketSplit, TicketSnoozed, TicketWoken,
	ReplyProposed, ReplyStepApproved, ReplyBypassed, ReplyWasApproved, ReplyWasRejected, ReplyWasCancelled, ReplyRequeued,
	ClockWarned, ClockMissed, ClockMet, ClockPaused, ClockResumed, ClockPostponed, ClockDropped, ContactErased, ContactSubscribed, ContactLeft,
	BotHandedOver, BotVoted, WordFound, CodeRenewed, TicketRated, RatingFollowedUp,
}, EscalationEvents...)

// audited are the events that are in the audit though the desk itself did it:
// what left, and what was deleted.
var audited = []string{DeliverySent, DeliveryUnknown, ContactErased}

// ticketFacts are the part of a ticket that every event about it tells. Ids are
// strings, as everywhere outside.
type ticketFacts struct {
	ID         string `json:"id"`
	Number     string `json:"number"`
	State      State  `json:"state"`
	AssigneeID string `json:"assignee_id"`
	AccountID  string `json:"account_id"`
}

// fact builds an event about a ticket.
func fact(name string, t *Ticket, actor desk.Actor, at time.Time, data map[string]any) desk.Event {
	if data == nil {
		data = map[string]any{}
	}
	data["ticket"] = ticketFacts{id(t.ID), t.Number, t.State, id(t.AssigneeID), id(t.AccountID)}
	e := desk.NewEvent(name, at, data)
	e.TicketID, e.AccountID, e.ActorID = int64(t.ID), t.AccountID, actor.UserID
	if slices.Contains(sharedEvents, name) {
		e.Departments = t.Departments
	}
	e.Audited = slices.Contains(audited, name)
	return e
}

func id[T ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }
