package inbox

import (
	"context"
	"errors"
	"time"

	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// ModelText is a text that a model wrote for a ticket, or that a person made of
// one.
type ModelText struct {
	DraftID int64
	Text    string
	Reply   ReplyID    // that has it, 0 for none
	State   ReplyState // of that reply, "" for none
	Waits   bool       // for a person to take it over
	Changed bool       // it is as a person wrote it who took the draft over
}

// Wordings are what a text that is to go out on a ticket is held against.
type Wordings struct {
	Models  []ModelText // of the newest draft first
	Answers []string    // that the library gives now, of the entries they rest on
}

// maxModelTexts bounds the texts of a ticket that are compared; the newest count.
const maxModelTexts = 60

// wordingReader reads what texts are held against.
type wordingReader interface {
	// Wordings are the latest texts of models that were written for the ticket or
	// copied into it: at most limit of drafts and as many of replies, in whatever
	// ticket; and the answers, current at that time, of the entries those drafts rest
	// on and of the named entry, 0 for none.
	Wordings(ctx context.Context, ticket TicketID, entry int64, now time.Time, limit int) (Wordings, error)
	// Elsewhere are the drafts of other tickets that share marks with a text, at
	// most so many, and the words that do not make it theirs; none when there are no
	// such drafts.
	Elsewhere(ctx context.Context, q ElsewhereQuery) (Elsewhere, error)
}

// credit is whose words a text is, as far as a model has a part in them.
type credit struct {
	draft    int64   // the model's, 0 for none
	proposal ReplyID // the reply in review that the draft waits as, 0 for none
	verbatim bool    // it is as the model wrote it, or nearly
	rejected bool    // a person has rejected the very text
	approved bool    // a person has let the very text out
}

// maxFrame is how many characters of greeting and thanks around a model's text
// leave it what it is. Around one of minCopiedPart characters, or one that is half
// of the whole, any number does.
const maxFrame = 24

// credit finds out whose words a text is that goes out on a ticket, of its own
// drafts first; draft is the one its author names, entry the library's, 0 for none.
func (s *Service) credit(ctx context.Context, from wordingReader, ticket TicketID, words string, draft, entry int64) (credit, error) {
	w, err := from.Wordings(ctx, ticket, entry, s.time(), maxModelTexts)
	if err != nil {
		return credit{}, err
	}
	c := s.compare(words, w)
	if c.draft == 0 {
		if c, err = s.elsewhere(ctx, from, ticket, words, entry); err != nil {
			return credit{}, err
		}
	}
	if c.draft == 0 {
		c.draft = draft
	}
	for _, m := range w.Models {
		if c.draft != 0 && m.DraftID == c.draft && m.Waits {
			c.proposal = m.Reply
		}
	}
	return c, nil
}

// compare finds the newest draft whose words a text is: what a model wrote stays
// the model's, whether who sends it says so or not.
func (s *Service) compare(words string, w Wordings) (c credit) {
	key := s.rules.Folder.Wording(words)
	for _, m := range w.Models {
		if c.draft != 0 && c.draft != m.DraftID {
			break
		}
		model := s.rules.Folder.Wording(m.Text)
		if len(model) == 0 {
			continue
		}
		holds := key.Holds(model)
		if !holds && !key.Draws(model) || s.librarys(key, model, w.Answers) {
			continue
		}
		c.draft = m.DraftID
		if !holds {
			continue // a part of it, which a person chose
		}
		c.note(key, model, m)
	}
	return c
}

// note adds what became of a model's text that stands in the one to go out.
func (c *credit) note(key, model check.Wording, m ModelText) {
	alike := key.Alike(model)
	switch {
	case m.Changed && alike < 1: // who was refused may mend what they wrote themselves
		return
	case m.Changed:
	case alike > 0 || len(key)-len(model) <= maxFrame || len(model) >= minCopiedPart || 2*len(model) >= len(key):
		c.verbatim = true
	default:
		return
	}
	c.rejected = c.rejected || m.State == ReplyRejected
	c.approved = c.approved || m.State.leaves()
}

// librarys reports whether a text like a model's is what the library gives: the
// model only repeated it.
func (s *Service) librarys(key, model check.Wording, answers []string) bool {
	for _, a := range answers {
		answer := s.rules.Folder.Wording(a)
		if alike := key.Alike(answer); alike > 0 && alike >= key.Alike(model) || answer.Repeats(model) || answer.Repeats(key) {
			return true
		}
	}
	return false
}

// stands refuses a model's text that may not leave as it is: a person has
// rejected it, Conflict "draft_rejected", or what it rests on is no longer what
// the model was given, Conflict "draft_ground_changed".
func (c credit) stands(ctx context.Context, tx Tx, now time.Time) error {
	if c.rejected {
		return desk.Errorf(desk.Conflict, "这段文字来自已驳回的草稿，不能原样发送，请改写或重新起草").WithReason("draft_rejected")
	}
	if c.draft == 0 || !c.verbatim {
		return nil
	}
	question, err := tx.ChangedGround(ctx, c.draft, now)
	if err != nil || question == "" {
		return err
	}
	return desk.Errorf(desk.Conflict, "草稿依据的知识条目“%s”已修改、停用或过期，不能原样发送，请按现行内容改写或重新起草", question).WithReason("draft_ground_changed")
}

// judged refuses a model's text as it is that nobody has approved: one that was set
// aside, went stale or waits in another ticket, Conflict "draft_set_aside". What
// somebody else has to approve yet may be handed in.
func (c credit) judged(steps int) error {
	if !c.verbatim || c.approved || steps > 0 {
		return nil
	}
	return desk.Errorf(desk.Conflict, "这段文字来自没有审核通过的草稿（已取消、已过时，或是其他工单的），不能原样发送，请改写、重新起草，或送他人审核").WithReason("draft_set_aside")
}

// errNewDraft: a draft came between the weighing of a text and its storing.
var errNewDraft = errors.New("a draft came between")

// weighTries is how often a text is weighed when drafts come between.
const weighTries = 3

// weighAgain repeats what weighs a text and stores it, until no draft comes
// between.
func weighAgain(try func() error) error {
	for range weighTries {
		if err := try(); !errors.Is(err, errNewDraft) {
			return err
		}
	}
	return desk.Errorf(desk.Conflict, "这个工单正在起草，请稍后再发送").WithReason("draft_stale")
}

// of is the input with the draft whose words the text is; then it is no entry's.
func (in ReplyInput) of(c credit) ReplyInput {
	if in.DraftID = c.draft; in.DraftID != 0 {
		in.EntryID, in.EntryRevision = 0, 0
	}
	return in
}
