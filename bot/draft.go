package bot

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
)

// DraftState is how the writing of a draft ended.
type DraftState string

// Draft states. What becomes of a written draft is its reply's story.
const (
	DraftRunning DraftState = "running" // or the process died meanwhile
	DraftWritten DraftState = "written"
	DraftRefused DraftState = "refused" // by the desk: no ground in the library, or not grounded in it
	DraftFailed  DraftState = "failed"  // by the model: Fault says how
	DraftStopped DraftState = "stopped" // by who asked for it
)

// Draft is a text a model wrote for a ticket, with what it was asked.
type Draft struct {
	ID        int64
	TicketID  inbox.TicketID
	UserID    int64 // who asked
	Model     string
	State     DraftState
	Fault     string // a ModelFault, or the reason of a refusal
	Prompt    string // what left the desk: personal data are masked
	Text      string // without the marks of its citations
	Citations []Citation
	Doubts    []string // parts of the text that claim what no cited entry does
	Marks     []int64  // by which its words are found in other tickets; kept, not read
	Masked    int      // places where personal data stood
	TokensIn  int      // as the model counted; while it writes, what it may use at most
	TokensOut int
	Cost      int64 // in hundredths of a yuan
	CreatedAt time.Time
	EndedAt   time.Time
}

// Citation is an entry a draft says it rests on; the model was given exactly
// this revision.
type Citation struct {
	EntryID  faq.EntryID `json:"entry_id"`
	Revision int64       `json:"revision"`
	Question string      `json:"question"`
}

// Spent is what was asked of models since a time.
type Spent struct {
	Calls  int
	Tokens int64
}

// DraftStore keeps drafts.
type DraftStore interface {
	AddDraft(ctx context.Context, d *Draft) error // sets d.ID
	// SaveDraft stores how a draft ended. One that was stopped meanwhile stays so,
	// with its figures; stopped tells.
	SaveDraft(ctx context.Context, d Draft) (stopped bool, err error)
	// StopDraft marks a draft that is running or written as stopped.
	StopDraft(ctx context.Context, id int64) error
	// Draft returns a draft; one that is not there is NotFound.
	Draft(ctx context.Context, id int64) (Draft, error)
	Spent(ctx context.Context, since time.Time) (Spent, error)
	// Outcomes returns drafts asked for since a time, newest first.
	Outcomes(ctx context.Context, since time.Time, limit int) ([]DraftOutcome, error)
}

// DraftDesk is what drafting needs of the inbox; *inbox.Service is one.
type DraftDesk interface {
	Ticket(ctx context.Context, actor desk.Actor, id inbox.TicketID) (inbox.TicketRow, error)
	Timeline(ctx context.Context, actor desk.Actor, id inbox.TicketID) (inbox.Timeline, error)
	Propose(ctx context.Context, actor desk.Actor, id inbox.TicketID, in inbox.Proposal) (inbox.Reply, error)
	Withdraw(ctx context.Context, actor desk.Actor, id inbox.TicketID, draft int64) error
	Marks(text string) []int64
}

// Search finds standard answers; *faq.Searcher is one.
type Search interface {
	Search(ctx context.Context, message string, limit int) ([]faq.Hit, error)
}

// DraftDeps is what Drafts need.
type DraftDeps struct {
	Model  Model
	Desk   DraftDesk
	Search Search
	Store  DraftStore
	Budget Budget
	Claims *Claims
	Now    func() time.Time
	Log    *slog.Logger
}

// Drafts has a model write answers that a person must approve.
type Drafts struct {
	DraftDeps
	breaker breaker
}

// NewDrafts returns the use cases of drafts.
func NewDrafts(d DraftDeps) *Drafts { return &Drafts{DraftDeps: d} }

// grounds is how many entries a model is given at most; groundFrom the
// confidence from which an entry is worth giving.
const (
	grounds    = 5
	groundFrom = 0.05
)

// Watch is told how the writing of a draft goes; its functions may be nil.
type Watch struct {
	// Begun gets the draft's id before the model is asked; Stop takes it.
	Begun func(id int64)
	// Piece gets the pieces as they come, without the marks of citations: a
	// preview that counts for nothing until Write returns.
	Piece func(text string)
}

// Write has the model write an answer to what the citizen asked last and stores
// it as a reply in review.
//
// Errors: Conflict "no_grounds" when the library has nothing to answer from or
// the model says so, "not_grounded" when what it wrote is not covered by what
// it was given, "draft_stale" when the citizen wrote meanwhile, "draft_stopped"
// when who asked did not want it any more; RateLimited "draft_budget";
// Unavailable "model_…" with the fault when the model gave nothing.
func (d *Drafts) Write(ctx context.Context, actor desk.Actor, ticketID inbox.TicketID, watch Watch) (Draft, inbox.Reply, error) {
	ask, err := d.prepare(ctx, actor, ticketID)
	if err != nil {
		return Draft{}, inbox.Reply{}, err
	}
	draft := Draft{
		TicketID: ticketID, UserID: actor.UserID, Model: d.Model.Name(), State: DraftRunning,
		Prompt: ask.prompt.User, Masked: ask.masked, CreatedAt: d.moment(),
	}
	if err := d.reserve(ctx, &draft, ask.prompt); err != nil {
		return Draft{}, inbox.Reply{}, err
	}
	if watch.Begun != nil {
		watch.Begun(draft.ID)
	}
	done, err := d.call(ctx, ask, watch.Piece)
	used := spent(done, err, ask.prompt)
	draft.TokensIn, draft.TokensOut, draft.EndedAt = used.TokensIn, used.TokensOut, d.moment()
	draft.Cost = d.Budget.cost(used)
	if err == nil {
		draft.Text, draft.Citations, err = ask.verify(done.Text)
		draft.Doubts, draft.Marks = d.doubts(ask, draft), d.Desk.Marks(draft.Text)
	}
	draft.State, draft.Fault = ended(err)
	// How it ended is kept even when the caller has gone: it was paid for.
	stopped, saveErr := d.Store.SaveDraft(context.WithoutCancel(ctx), draft)
	switch {
	case saveErr != nil:
		return draft, inbox.Reply{}, errors.Join(saveErr, err)
	case stopped:
		return draft, inbox.Reply{}, errStopped()
	case err != nil:
		return draft, inbox.Reply{}, told(err)
	}
	return d.propose(ctx, actor, draft, ask.until)
}

// doubts are what a person has to look at in a written draft.
func (d *Drafts) doubts(ask *asking, draft Draft) []string {
	var cited []faq.Entry
	for _, c := range draft.Citations {
		for _, e := range ask.entries {
			if e.ID == c.EntryID {
				cited = append(cited, e)
			}
		}
	}
	return d.Claims.doubts(draft.Text, cited, ask.said)
}

// propose hands a written draft in. A stop that comes meanwhile finds the
// proposal and cancels it, or is found here; never neither.
func (d *Drafts) propose(ctx context.Context, actor desk.Actor, draft Draft, until inbox.MessageID) (Draft, inbox.Reply, error) {
	reply, err := d.Desk.Propose(ctx, actor, draft.TicketID, inbox.Proposal{Text: draft.Text, DraftID: draft.ID, AnswersUntil: until})
	if err != nil {
		return draft, reply, err
	}
	ctx = context.WithoutCancel(ctx)
	kept, err := d.Store.Draft(ctx, draft.ID)
	if err != nil || kept.State != DraftStopped {
		return draft, reply, err
	}
	return draft, inbox.Reply{}, errors.Join(errStopped(), d.Desk.Withdraw(ctx, actor, draft.TicketID, draft.ID))
}

func errStopped() error {
	return desk.Errorf(desk.Conflict, "草稿已停止").WithReason("draft_stopped")
}

// Stop ends the writing of a draft the actor asked for: whatever the model still
// writes, and whatever it has just written, does not wait for approval. What a
// person has decided about already stays. Forbidden "not_asker" for another's.
func (d *Drafts) Stop(ctx context.Context, actor desk.Actor, id int64) error {
	draft, err := d.Draft(ctx, actor, id)
	if err != nil {
		return err
	}
	if draft.UserID != actor.UserID {
		return desk.Errorf(desk.Forbidden, "只有发起人可以停止起草").WithReason("not_asker")
	}
	if err := d.Store.StopDraft(ctx, id); err != nil {
		return err
	}
	return d.Desk.Withdraw(ctx, actor, draft.TicketID, id)
}

// Draft returns a draft to who may work on its ticket.
func (d *Drafts) Draft(ctx context.Context, actor desk.Actor, id int64) (Draft, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Draft{}, err
	}
	draft, err := d.Store.Draft(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	_, err = d.Desk.Ticket(ctx, actor, draft.TicketID)
	return draft, err
}

// prepare collects what the model is asked, and refuses early.
func (d *Drafts) prepare(ctx context.Context, actor desk.Actor, ticketID inbox.TicketID) (*asking, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	row, err := d.Desk.Ticket(ctx, actor, ticketID)
	if err != nil {
		return nil, err
	}
	if row.State.Ended() {
		return nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
	}
	thread, err := d.Desk.Timeline(ctx, actor, ticketID)
	if err != nil {
		return nil, err
	}
	question, until := asked(thread)
	if question == "" {
		return nil, noGrounds()
	}
	hits, err := d.Search.Search(ctx, question, grounds)
	if err != nil {
		return nil, err
	}
	entries := make([]faq.Entry, 0, grounds)
	for _, h := range hits {
		if h.Confidence >= groundFrom {
			entries = append(entries, h.Entry)
		}
	}
	if len(entries) == 0 {
		return nil, noGrounds()
	}
	ask := newAsking(entries, thread, mask.New(row.Contact.Name), until)
	ask.said = []string{row.Contact.Name}
	for _, m := range thread.Messages {
		ask.said = append(ask.said, m.Text)
	}
	return ask, nil
}

func noGrounds() error {
	return desk.Errorf(desk.Conflict, "知识库中没有可以依据的内容，请人工撰写").WithReason("no_grounds")
}

// asked is what the citizen has written since the last answer, or their latest
// words, and their newest message.
func asked(thread inbox.Timeline) (question string, until inbox.MessageID) {
	var answered inbox.MessageID
	for _, r := range thread.Replies {
		if r.State == inbox.ReplySent && r.Answers {
			answered = max(answered, r.AnswersUntil)
		}
	}
	var open []string
	latest := ""
	for _, m := range thread.Messages {
		if m.Type == channel.Notice {
			continue
		}
		until = m.ID
		if words := strings.TrimSpace(m.Text); words != "" && m.Type == channel.Text {
			latest = words
			if m.ID > answered {
				open = append(open, words)
			}
		}
	}
	if len(open) == 0 {
		return latest, until
	}
	return strings.Join(open, "\n"), until
}

func (d *Drafts) call(ctx context.Context, ask *asking, delta func(string)) (Completion, error) {
	var piece func(string)
	if delta != nil {
		marks := &unmarked{to: delta}
		piece = marks.write
	}
	done, err := d.Model.Complete(ctx, ask.prompt, piece)
	if err == nil && garbled(done.Text) {
		err = &ModelError{Fault: ModelGarbled, Cause: errors.New("the answer has characters that no text has")}
	}
	fault, isFault := FaultOf(err)
	d.breaker.note(fault, err == nil, d.Now())
	if isFault {
		d.Log.Warn("draft: the model gave nothing", "fault", fault, "err", err)
	}
	return done, err
}

// garbled reports whether a text has what no reply can hold or show: bytes that
// are no characters, or control characters other than white space.
func garbled(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r)
	})
}

// moment is the present as a store keeps it.
func (d *Drafts) moment() time.Time { return d.Now().UTC().Truncate(time.Millisecond) }

// ended is how a draft with that error ended.
func ended(err error) (DraftState, string) {
	if err == nil {
		return DraftWritten, ""
	}
	if fault, ok := FaultOf(err); ok {
		return DraftFailed, string(fault)
	}
	if reason := desk.ReasonOf(err); reason != "" {
		return DraftRefused, reason
	}
	return DraftFailed, "cancelled"
}

// sentences tell staff what a fault means and what to do.
var sentences = map[ModelFault]string{
	ModelSettings: "模型服务拒绝了访问：地址、密钥或模型名称有误，请联系管理员",
	ModelBusy:     "模型服务繁忙或额度已用完，请稍后再试",
	ModelDown:     "模型服务暂时不可用，请稍后再试",
	ModelStalled:  "模型长时间没有回应，请稍后再试",
	ModelSlow:     "模型超过时间上限仍未写完，请稍后再试",
	ModelGarbled:  "模型的回答含有无法识别的字符，未被采用，请再试一次",
	ModelCut:      "模型的回答中断了，请再试一次",
	ModelLong:     "模型的回答过长，未被采用，请人工撰写",
	ModelFiltered: "模型服务的内容审查拒绝了这条留言，请人工撰写",
	ModelRefused:  "模型服务没有接受这次请求，请联系管理员",
}

// told turns a model's fault into what staff read; other errors stay.
func told(err error) error {
	fault, ok := FaultOf(err)
	if !ok {
		return err
	}
	return desk.Errorf(desk.Unavailable, "%s", sentences[fault]).WithReason("model_" + string(fault))
}
