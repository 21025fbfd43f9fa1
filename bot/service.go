package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"time"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

const (
	// passiveWithin is how long a search may take while the platform waits for
	// the answer to its call; WeChat waits five seconds.
	passiveWithin = 2 * time.Second
	// searched is how many hits a decision looks at, as in the evaluation.
	searched = 10
	// searches is how often a decision begins again because the entries it
	// stood on changed before it was stored.
	searches = 3
)

// Service decides about what citizens write on accounts where the bot is on. It
// is safe for concurrent use.
type Service struct {
	store  Store
	inbox  *inbox.Service
	search Search
	limits inbox.Limits
	words  *Words
	log    *slog.Logger
	now    func() time.Time
	page   string        // of citizens who ask how far their ticket is; "": none is told
	places chan struct{} // one for each search that may run
}

var _ inbox.Bot = (*Service)(nil)

// Deps is what a Service needs.
type Deps struct {
	Store  Store
	Inbox  *inbox.Service
	Search Search
	Limits inbox.Limits
	Words  *Words
	Log    *slog.Logger // nil: none
	Now    func() time.Time
	Page   string // where citizens ask how far their ticket is, without a final slash; "": none is told
}

// NewService returns the bot.
func NewService(d Deps) *Service {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: d.Store, inbox: d.Inbox, search: d.Search, limits: d.Limits, words: d.Words, log: d.Log, now: d.Now, page: d.Page,
		places: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// Respond implements inbox.Bot. When the search is not done in time, or fails,
// nothing is decided: the task that the message brought answers.
func (s *Service) Respond(ctx context.Context, accountID int64, in channel.Inbound, passive bool) (string, error) {
	if in.Type == channel.Notice {
		if !passive {
			return "", nil // there is no window to answer in that a task would meet
		}
		return s.notice(ctx, accountID, in)
	}
	if !inbox.Answerable(in) {
		return "", nil
	}
	account, settings, err := s.account(ctx, accountID)
	if err != nil || !account.Enabled {
		return "", err
	}
	m, err := s.store.Message(ctx, accountID, in.ContactID, in.ExternalID)
	if desk.CodeOf(err) == desk.NotFound {
		return "", nil // erased meanwhile
	}
	if err != nil {
		return "", err
	}
	r, err := s.decide(ctx, settings, m, passive)
	if err != nil || !r.Passive {
		return "", err
	}
	return s.again(ctx, r)
}

// again is the text of a passive response, or the same once more for a repeated
// call. The first one did not arrive then; if its entry has been taken back
// since, a person answers instead.
func (s *Service) again(ctx context.Context, r Response) (string, error) {
	if !r.Action.gives() && r.TicketID != 0 {
		return s.inbox.WithCode(ctx, r.TicketID, r.Text)
	}
	if r.fresh || !r.Action.gives() || r.Text == "" {
		return r.Text, nil
	}
	text := r.Text
	err := s.store.Atomic(ctx, func(tx Tx) error {
		text = r.Text
		ok, err := tx.MayAnswer(ctx, r.AccountID, int64(r.EntryID), r.Revision, s.time())
		if err == nil && !ok {
			text = ""
		}
		return err
	})
	if err != nil || text != "" || r.TicketID == 0 {
		return text, err
	}
	err = s.inbox.Reopen(ctx, desk.System(), r.TicketID)
	if desk.CodeOf(err) == desk.Conflict {
		err = nil // it is open, or a newer one is
	}
	return "", err
}

// account reads an account and its settings.
func (s *Service) account(ctx context.Context, id int64) (Account, Settings, error) {
	a, err := s.store.Account(ctx, id)
	if desk.CodeOf(err) == desk.NotFound {
		return Account{ID: id}, Settings{}, nil
	}
	if err != nil {
		return a, Settings{}, err
	}
	settings, err := ParseSettings(a.Settings)
	return a, settings, err
}

// Run answers the message a task TaskBotAnswer names, unless that was done.
func (s *Service) Run(ctx context.Context, t desk.Task) error {
	id, err := strconv.ParseInt(t.Key, 10, 64)
	if err != nil {
		return desk.Errorf(desk.Invalid, "task %s has key %q, want a message id", t.Kind, t.Key)
	}
	m, err := s.store.MessageByID(ctx, inbox.MessageID(id))
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	account, settings, err := s.account(ctx, m.AccountID)
	if err != nil || !account.Enabled {
		return err
	}
	r, err := s.decide(ctx, settings, m, false)
	if err == nil && r.ID == 0 {
		return desk.Errorf(desk.Unavailable, "the search did not answer in time")
	}
	return err
}

// errStale ends a transaction that found the entries changed since the search.
var errStale = errors.New("an entry changed since the search")

// decide settles one message, once. The zero Response: no decision was made,
// for the search failed or was late.
func (s *Service) decide(ctx context.Context, settings Settings, m Message, passive bool) (Response, error) {
	var r Response
	for n := 1; ; n++ {
		hits, err := s.find(ctx, m.Text)
		if err != nil {
			s.log.Warn("the bot could not search", "account_id", m.AccountID, "err", err)
			return Response{}, nil
		}
		err = s.store.Atomic(ctx, func(tx Tx) (err error) {
			r, err = s.settle(ctx, tx, settings, m, hits, passive, n == searches)
			return err
		})
		if !errors.Is(err, errStale) {
			return r, err
		}
	}
}

// find searches under the deadline, unless the message asks nothing.
func (s *Service) find(ctx context.Context, text string) ([]faq.Hit, error) {
	if s.words.idle(text) || s.inbox.AsksProgress(text) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, passiveWithin)
	defer cancel()
	// More searches at once than there are processors would make all of them late.
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.search.Search(ctx, text, searched)
}

// maxBytes is the longest text the account's platform takes, 0 for any.
func (s *Service) maxBytes(ctx context.Context, accountID int64) (int, error) {
	l, err := s.limits.Limits(ctx, accountID)
	return l.MaxBytes, err
}

// notice greets who subscribes and answers clicks on the account's menu. Both
// go out passively or not at all.
func (s *Service) notice(ctx context.Context, accountID int64, in channel.Inbound) (string, error) {
	if in.Event != "subscribe" && in.Event != "click" {
		return "", nil
	}
	account, settings, err := s.account(ctx, accountID)
	if err != nil || !account.Enabled {
		return "", err
	}
	contact, ticket, err := s.store.ActiveTicket(ctx, accountID, in.ContactID)
	if desk.CodeOf(err) == desk.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m := Message{AccountID: accountID, ExternalID: in.ExternalID, ContactID: contact, TicketID: ticket}
	var on *click
	if in.Event == "click" {
		if on, err = s.clicked(ctx, settings, in); err != nil || on == nil {
			return "", err
		}
		m.Text = on.key
	} else if settings.Texts.Greeting == "" {
		return "", nil
	}
	limit, err := s.maxBytes(ctx, accountID)
	if err != nil {
		return "", err
	}
	var r Response
	for range 2 { // of two deliveries at once one may lose, and finds the other's then
		err = s.store.Atomic(ctx, func(tx Tx) (err error) {
			r, err = s.settleNotice(ctx, tx, settings, m, on, limit)
			return err
		})
		if desk.CodeOf(err) != desk.Conflict {
			break
		}
	}
	if err != nil {
		return "", err
	}
	return s.again(ctx, r)
}

// clicked is a click on an item of the account's menu, nil for a key that the
// settings do not name: somebody else answers it.
func (s *Service) clicked(ctx context.Context, settings Settings, in channel.Inbound) (*click, error) {
	var data struct {
		Key string `json:"event_key"`
	}
	if len(in.Data) > 0 {
		if err := json.Unmarshal(in.Data, &data); err != nil {
			return nil, fmt.Errorf("data of a menu click: %w", err)
		}
	}
	code := settings.Menu[data.Key]
	if code == "" {
		return nil, nil //nolint:nilnil // nothing to answer, and nothing wrong
	}
	e, err := s.store.EntryByCode(ctx, code)
	if desk.CodeOf(err) == desk.NotFound {
		err = nil
	}
	return &click{key: data.Key, entry: e.ID}, err
}
