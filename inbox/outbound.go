package inbox

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// FindingsError refuses a text for what a check found in it: Invalid
// "text_blocked", or Conflict "confirm_findings" until its author confirms.
type FindingsError struct {
	Refusal  *desk.Error
	Findings []check.Finding
}

// Error implements error.
func (e *FindingsError) Error() string { return e.Refusal.Error() }

// Unwrap returns the desk's error.
func (e *FindingsError) Unwrap() error { return e.Refusal }

// Surroundings are what the store knows of where a reply goes.
type Surroundings struct {
	Group       string
	Others      []string // names of the other accounts
	Departments []string // names and short names
	Retired     []string // of the links asked about, those of services that ended
	Hosts       []string // of the links asked about, the hosts the library leads to
}

// surroundingsReader reads what a check must know.
type surroundingsReader interface {
	// Surroundings of an account; links are those of the text.
	Surroundings(ctx context.Context, accountID int64, links, hosts []string) (Surroundings, error)
	// DraftDoubts are the parts of a model's draft that claim what its grounds do
	// not; of one that is not there none.
	DraftDoubts(ctx context.Context, draft int64) ([]string, error)
}

// weighed is what the checks and the approval policies say of a text.
type weighed struct {
	found    []check.Finding
	steps    int
	policyID int64
}

// outgoing is a text that is to go out. draft is the model's that it was made
// of, 0 for none.
type outgoing struct {
	words  string
	origin Origin
	draft  int64
}

// weigh checks a text that is to go out on a ticket with the lists as they are
// stored now, and says how many people must approve it.
func (s *Service) weigh(ctx context.Context, row TicketRow, out outgoing) (weighed, error) {
	lists, err := s.book(ctx, true)
	if err != nil {
		return weighed{}, err
	}
	limits, err := s.limits.Limits(ctx, row.AccountID)
	if err != nil {
		return weighed{}, err
	}
	links := check.Links(out.words)
	around, err := s.store.Surroundings(ctx, row.AccountID, links, hostsOf(links))
	if err != nil {
		return weighed{}, err
	}
	scene := check.Scene{
		Public: row.Kind == "comment", Account: row.AccountName, Platform: row.Platform, Others: around.Others, Departments: around.Departments,
		Retired: around.Retired, MaxBytes: limits.MaxBytes, MaxRunes: limits.MaxRunes,
	}
	if len(s.rules.Hosts) > 0 {
		scene.Hosts = append(append(scene.Hosts, s.rules.Hosts...), around.Hosts...)
	}
	w := weighed{found: lists.Outbound(out.words, scene)}
	if out.draft != 0 {
		doubts, err := s.store.DraftDoubts(ctx, out.draft)
		if err != nil {
			return weighed{}, err
		}
		w.found = append(w.found, doubted(out.words, doubts)...)
	}
	policies, err := s.store.Policies(ctx, ApprovalKind)
	if err != nil {
		return weighed{}, err
	}
	w.steps, w.policyID, err = stepsOf(policies, ApprovalCase{
		Kind: row.Kind, Origin: out.origin, Group: around.Group, AccountID: row.AccountID, DepartmentID: row.DepartmentID, Level: check.Gravest(w.found),
	})
	return w, err
}

// doubted are the places of a text that still say what the grounds of the draft
// do not.
func doubted(words string, doubts []string) (found []check.Finding) {
	for _, d := range doubts {
		at := strings.Index(words, d)
		if d == "" || at < 0 {
			continue
		}
		from := utf8.RuneCountInString(words[:at])
		found = append(found, check.Finding{
			Rule: check.RuleClaim, Kind: "claim", Level: check.Warn, From: from, To: from + utf8.RuneCountInString(d),
			Message: "依据中没有这一说法",
		})
	}
	return found
}

// hostsOf are the hosts of links, as far as they have one.
func hostsOf(links []string) (hosts []string) {
	for _, link := range links {
		if u, err := url.Parse(link); err == nil && u.Hostname() != "" {
			hosts = append(hosts, strings.ToLower(u.Hostname()))
		}
	}
	return hosts
}

// refusal says why a text may not leave, or not yet.
func (w weighed) refusal(confirmed bool) error {
	switch check.Gravest(w.found) {
	case check.Block:
		return &FindingsError{desk.Errorf(desk.Invalid, "答复含有不得发送的内容，请修改").WithReason("text_blocked"), w.found}
	case check.Warn, check.Approve:
		if confirmed || !warns(w.found) {
			return nil
		}
		return &FindingsError{desk.Errorf(desk.Conflict, "请核对标出的内容，确认后再发送").WithReason("confirm_findings"), w.found}
	}
	return nil
}

func warns(found []check.Finding) bool {
	for _, f := range found {
		if f.Level == check.Warn {
			return true
		}
	}
	return false
}

// hits are the findings of a text as they are kept, with who decided what.
func (w weighed) hits(t TicketID, r ReplyID, d Decision, by int64, now time.Time) []CheckHit {
	var out []CheckHit
	seen := map[check.Finding]bool{}
	for _, f := range w.found {
		f.From, f.To, f.Message = 0, 0, ""
		if f.Level == check.Urgent || seen[f] {
			continue
		}
		seen[f] = true
		h := hitOf(f, check.Out, now)
		h.TicketID, h.ReplyID, h.Decision, h.ActorID = t, r, d, by
		if d == HitConfirmed || d == HitBlocked {
			h.DecidedBy, h.DecidedAt = by, now
		}
		out = append(out, h)
	}
	return out
}

// CheckedText is what a person is shown while they write.
type CheckedText struct {
	Findings []check.Finding
	Steps    int // how many people must approve the text
}

// CheckText tells what would be found in a reply to the ticket, of which its text
// counts, and where it says it is from. Nothing is stored.
func (s *Service) CheckText(ctx context.Context, actor desk.Actor, ticketID TicketID, in ReplyInput) (CheckedText, error) {
	if !actor.Can(desk.WorkTickets) && !actor.Can(desk.AnswerEscalated) {
		return CheckedText{}, actor.Require(desk.WorkTickets)
	}
	words, err := text("text", in.Text, 0, maxReplyRunes)
	if err != nil {
		return CheckedText{}, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil || words == "" {
		return CheckedText{}, err
	}
	if in.DraftID != 0 {
		if _, err := s.store.DraftReply(ctx, ticketID, in.DraftID); err != nil {
			in.DraftID = 0 // another ticket's draft says nothing here
		}
	}
	if actor.Can(desk.WorkTickets) { // who sees no drafts does not copy them
		c, err := s.credit(ctx, s.store, ticketID, words, in.DraftID, in.EntryID)
		if err != nil {
			return CheckedText{}, err
		}
		in = in.of(c)
	}
	w, err := s.weigh(ctx, row, outgoing{words, in.origin(), in.DraftID})
	return CheckedText{w.found, w.steps}, err
}

// checkOutbound is the gate of every text a person sends: it refuses what may
// not leave, and keeps on record that it did.
func (s *Service) checkOutbound(ctx context.Context, actor desk.Actor, row TicketRow, out outgoing, confirmed bool) (weighed, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return weighed{}, err
	}
	w, err := s.weigh(ctx, row, out)
	if err != nil {
		return w, err
	}
	refused := w.refusal(confirmed)
	if desk.ReasonOf(refused) == "text_blocked" {
		if err := s.store.Atomic(ctx, func(tx Tx) error {
			return tx.AddHits(ctx, w.hits(row.ID, 0, HitBlocked, actor.UserID, s.time()))
		}); err != nil {
			return w, err
		}
	}
	return w, refused
}

// keep stores what was found in a reply that was made.
func (w weighed) keep(ctx context.Context, tx Tx, r *Reply, by int64, now time.Time) error {
	d := HitConfirmed
	if r.State == ReplyInReview {
		d = HitInReview
	}
	return tx.AddHits(ctx, w.hits(r.TicketID, r.ID, d, by, now))
}
