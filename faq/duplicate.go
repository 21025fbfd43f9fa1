package faq

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"replydesk/inbox/desk"
)

// Two published entries with the same question that the same citizen could be
// given on the same day would leave it to chance which answer that citizen
// gets. So the second is refused wherever a text comes into force.

// duplicateQuestion is the reason of that refusal.
const duplicateQuestion = "duplicate_question"

// refreshBatch is how many entries one step of RefreshKeys writes.
const refreshBatch = 500

// questionKey is what all spellings of one question share, "" for a question
// without a letter or digit. It is short whatever the question, so that it can
// stand in an index.
func (s *Service) questionKey(question string) string {
	key := s.lex.Key(question)
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// RefreshKeys writes the question keys that are missing or were made with other
// word lists. It belongs before anything is published, at the start.
func (s *Service) RefreshKeys(ctx context.Context) error {
	all, err := s.store.Keys(ctx)
	if err != nil {
		return err
	}
	var stale []Key
	for _, k := range all {
		if key := s.questionKey(k.Question); key != k.QuestionKey {
			k.QuestionKey = key
			stale = append(stale, k)
		}
	}
	for len(stale) > 0 {
		batch := stale[:min(refreshBatch, len(stale))]
		stale = stale[len(batch):]
		if err := s.store.Atomic(ctx, func(tx Tx) error { return tx.SetQuestionKeys(ctx, batch) }); err != nil {
			return err
		}
	}
	return nil
}

// single refuses a text that would come into force on day beside another entry
// with the same question. A published entry whose question, department and days
// stay as they are is let through: a wrong answer can always be put right.
func (s *Service) single(ctx context.Context, tx Tx, e Entry, c Content, day Day) error {
	key := s.questionKey(c.Question)
	if key == "" || e.State == Published && s.claims(e.Content) == s.claims(c) {
		return nil
	}
	others, err := tx.SameQuestion(ctx, key, e.ID)
	if err != nil {
		return err
	}
	for _, o := range others {
		if c.meets(o.Content, day) {
			return errDuplicate(o.Code, o.Question)
		}
	}
	return nil
}

// bars reports whether single would refuse, for the published entry o, what is
// being written for the entry now (the zero Entry: a new one).
func (s *Service) bars(now Entry, c Content, o Entry) bool {
	return o.State == Published && o.QuestionKey != "" && o.QuestionKey == s.questionKey(c.Question) &&
		!(now.State == Published && s.claims(now.Content) == s.claims(c)) && c.meets(o.Content, DayOf(s.now()))
}

// claim is what makes one text stand in the way of another.
type claim struct {
	key, department string
	from, to        Day
}

func (s *Service) claims(c Content) claim {
	return claim{s.questionKey(c.Question), c.Department, c.ValidFrom, c.ValidTo}
}

// meets reports whether a citizen could be given both texts on one day, from
// first on, their questions being the same. A text without a department is for
// everybody.
func (c Content) meets(o Content, first Day) bool {
	if c.Department != o.Department && c.Department != "" && o.Department != "" {
		return false
	}
	from := max(c.ValidFrom, o.ValidFrom, first)
	return (c.ValidTo == "" || from <= c.ValidTo) && (o.ValidTo == "" || from <= o.ValidTo)
}

func errDuplicate(code, question string) error {
	return &desk.Error{
		Code: desk.Conflict, Reason: duplicateQuestion,
		Message: "条目 " + code + "“" + cutQuestion(question) + "”问的是同一个问题，且正在使用或将同时有效。" +
			"请先停用那一条，或修改本条的问题、承办单位、有效期，使两条不会同时答给同一位市民",
		Fields: []desk.Field{{Name: "question", Message: "与已发布的条目 " + code + " 问题相同"}},
	}
}

// cutQuestion keeps a question short enough for a sentence.
func cutQuestion(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
