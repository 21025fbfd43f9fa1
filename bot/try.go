package bot

import (
	"context"
	"strings"
	"unicode/utf8"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// maxTry is the longest message Try takes, in characters.
const maxTry = 2000

// Trial is what the bot would do with a message of somebody it does not know.
type Trial struct {
	Action     Action
	Reason     Reason
	Confidence float64 // of the best hit
	Levels     Thresholds
	Text       string // what the citizen would get
	Hits       []TrialHit
}

// TrialHit is a hit of the search, and whether the account serves its department.
type TrialHit struct {
	faq.Hit
	Served bool
}

// Try tells what the bot would do with a message on an account, on or off, and
// why. Nothing is stored. Needs ReadAccounts and ReadLibrary.
func (s *Service) Try(ctx context.Context, actor desk.Actor, accountID int64, message string) (Trial, error) {
	for _, p := range []desk.Permission{desk.ReadAccounts, desk.ReadLibrary} {
		if err := actor.Require(p); err != nil {
			return Trial{}, err
		}
	}
	message = strings.TrimSpace(message)
	if n := utf8.RuneCountInString(message); n == 0 || n > maxTry {
		return Trial{}, desk.InvalidField("text", "须为 1 到 %d 个字", maxTry)
	}
	settings, limit, err := s.seen(ctx, actor, accountID)
	if err != nil {
		return Trial{}, err
	}
	hits, err := s.find(ctx, message)
	if err != nil {
		return Trial{}, desk.Errorf(desk.Unavailable, "搜索暂时不可用，请稍后再试: %w", err)
	}
	t := Trial{Levels: settings.levels()}
	for _, h := range hits {
		t.Hits = append(t.Hits, TrialHit{Hit: h, Served: settings.serves(h.Entry.Department)})
	}
	if len(hits) > 0 {
		t.Confidence = hits[0].Confidence
	}
	urgent, err := s.inbox.Urgent(ctx, message)
	if err != nil {
		return Trial{}, err
	}
	crisis := s.words.crisis.in(s.words.fold(message))
	if urgent || crisis {
		t.Action, t.Reason = HandOver, Sensitive
	} else if err := s.would(ctx, &t, settings, message, hits, limit); err != nil {
		return Trial{}, err
	}
	if t.Action == HandOver {
		now := s.time()
		// A number as the desk makes them; no ticket has it.
		number := now.In(shanghai()).Format("20060102") + "-0000"
		t.Text = strings.ReplaceAll(settings.handOverText(number, s.pageLine(number), s.inbox.Holidays(), now), inbox.CodeMark, "XXXXXX")
	}
	if crisis {
		t.Text = settings.Texts.Crisis
	}
	return t, nil
}

// seen reads the settings and the longest text of an account that the actor may
// see; any other is NotFound.
func (s *Service) seen(ctx context.Context, actor desk.Actor, accountID int64) (Settings, int, error) {
	account, err := s.store.Account(ctx, accountID)
	if err == nil && !actor.SeesAccount(accountID) {
		err = desk.Errorf(desk.NotFound, "没有这个账号")
	}
	if err != nil {
		return Settings{}, 0, err
	}
	settings, err := ParseSettings(account.Settings)
	if err != nil {
		return Settings{}, 0, err
	}
	limit, err := s.maxBytes(ctx, accountID)
	return settings, limit, err
}

// would fills in what a first message without an urgent word leads to.
func (s *Service) would(ctx context.Context, t *Trial, settings Settings, message string, hits []faq.Hit, limit int) error {
	if s.inbox.AsksProgress(message) {
		t.Action, t.Reason, t.Text = Courtesy, AskedProgress, noTicketText
		return nil
	}
	if s.words.idle(message) {
		t.Action, t.Reason, t.Text = Courtesy, SmallTalk, settings.Texts.Courtesy
		return nil
	}
	t.Action, t.Reason = HandOver, s.words.reason(message)
	if t.Reason != "" {
		return nil
	}
	d := Decide(hits, settings.levels())
	t.Action, t.Reason = d.Action, BelowThreshold
	var served []faq.Hit
	for _, h := range d.Hits {
		if settings.serves(h.Entry.Department) {
			served = append(served, h)
		}
	}
	switch {
	case d.Action == HandOver:
		return nil
	case len(served) == 0:
		t.Action, t.Reason = HandOver, OtherOffice
		return nil
	case d.Action == Answer:
		t.Reason, t.Text = Confident, settings.answerText(served[0].Entry, limit)
	default:
		t.Reason, t.Text = whyMenu(served), settings.menuText(served)
	}
	if t.Text == "" || limit > 0 && len(t.Text) > limit {
		t.Action, t.Reason = HandOver, TooLong
		return nil
	}
	if t.Action != Answer {
		return nil
	}
	blocked, err := s.inbox.Blocked(ctx, t.Text)
	if blocked {
		t.Action, t.Reason = HandOver, BlockedText
	}
	return err
}
