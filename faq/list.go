package faq

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// Filter selects entries for a list; zero fields select nothing away.
type Filter struct {
	Query      string // words that an entry holds, or a code
	State      State
	Category   string
	Department string
	Proposal   ProposalState // entries with an open proposal in this state
	ExpiringIn int           // days: published entries whose last day is within so many
	Limit      int
	Cursor     string
}

// MaxExpiringIn is the most days ahead that Filter.ExpiringIn looks.
const MaxExpiringIn = 366

// rows is the part of the filter that a Store applies.
func (f Filter) rows(today time.Time) Rows {
	r := Rows{State: f.State, Category: f.Category, Department: f.Department, Proposal: f.Proposal, Limit: f.Limit + 1}
	if f.ExpiringIn > 0 {
		r.EndsFrom, r.EndsTo = DayOf(today), DayOf(today.AddDate(0, 0, f.ExpiringIn))
	}
	return r
}

// Entries lists what the actor may see of the library, newest entry first, for
// who may edit it with the open proposals. With words it lists the entries that
// hold all of them, those with the words in the question first; when none does,
// one page of those most alike. Needs ReadLibrary.
func (s *Service) Entries(ctx context.Context, actor desk.Actor, f Filter) (desk.Page[Entry], error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return desk.Page[Entry]{}, err
	}
	if f.State != "" && !f.State.Valid() {
		return desk.Page[Entry]{}, desk.InvalidField("state", "没有这种状态")
	}
	if f.Proposal != "" && !f.Proposal.Open() {
		return desk.Page[Entry]{}, desk.InvalidField("proposal", "没有这种状态")
	}
	if f.ExpiringIn < 0 || f.ExpiringIn > MaxExpiringIn {
		return desk.Page[Entry]{}, desk.InvalidField("expiring", "请填写 1 到 %d 天", MaxExpiringIn)
	}
	if !actor.Can(desk.EditLibrary) {
		if f.State != "" && !shows(actor, f.State) || f.Proposal != "" {
			return desk.Page[Entry]{}, nil
		}
		f.State = Published
	}
	f.Limit = desk.PageLimit(f.Limit)
	list := s.listed
	if strings.TrimSpace(f.Query) != "" {
		list = s.found
	}
	page, err := list(ctx, f)
	if err != nil {
		return desk.Page[Entry]{}, err
	}
	return page, s.withProposals(ctx, actor, page.Items)
}

// listed is Entries without words.
func (s *Service) listed(ctx context.Context, f Filter) (desk.Page[Entry], error) {
	rows := f.rows(s.now())
	if f.Cursor != "" {
		if err := readCursor(f.Cursor, "id:%d", &rows.Below); err != nil {
			return desk.Page[Entry]{}, err
		}
	}
	entries, err := s.store.Entries(ctx, rows)
	if err != nil {
		return desk.Page[Entry]{}, err
	}
	page := desk.Page[Entry]{Items: entries}
	if len(entries) > f.Limit {
		page.Items = entries[:f.Limit]
		page.Next = cursor("id:%d", page.Items[f.Limit-1].ID)
	}
	return page, nil
}

// found is Entries with words: the rows that hold every one of them. When no
// row does, the index proposes what is alike.
func (s *Service) found(ctx context.Context, f Filter) (desk.Page[Entry], error) {
	rows := f.rows(s.now())
	rows.Words = wordsOf(f.Query)
	if f.Cursor != "" {
		if err := readCursor(f.Cursor, "q:%d", &rows.Skip); err != nil {
			return desk.Page[Entry]{}, err
		}
		rows.Skip = max(rows.Skip, 0)
	}
	entries, err := s.store.Entries(ctx, rows)
	if err != nil {
		return desk.Page[Entry]{}, err
	}
	if len(entries) == 0 && rows.Skip == 0 && f.Proposal == "" && f.ExpiringIn == 0 {
		return s.alike(ctx, f)
	}
	page := desk.Page[Entry]{Items: entries}
	if len(entries) > f.Limit {
		page.Items = entries[:f.Limit]
		page.Next = cursor("q:%d", rows.Skip+f.Limit)
	}
	return page, nil
}

// maxWords is how many words of a query are looked for.
const maxWords = 8

// wordsOf cuts a query at its spaces and leaves out what no row can hold.
func wordsOf(query string) []string {
	words := strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(query, " "), "\x00", " "))
	return words[:min(len(words), maxWords)]
}

// maxProposed is how many entries the index is asked for.
const maxProposed = 200

// alike is what an editor may have meant: a question in other words, other
// characters, a code without its dash. It is one page, the most alike first.
func (s *Service) alike(ctx context.Context, f Filter) (desk.Page[Entry], error) {
	var page desk.Page[Entry]
	ids, err := s.index.Find(ctx, f.Query, maxProposed)
	if err != nil || len(ids) == 0 {
		return page, err
	}
	entries, err := s.store.EntriesByID(ctx, ids)
	if err != nil {
		return page, err
	}
	shares := s.sharer(f.Query)
	byID := make(map[EntryID]Entry, len(entries))
	for _, e := range entries {
		if f.selects(e) && shares(e) {
			byID[e.ID] = e
		}
	}
	for _, id := range ids {
		if e, ok := byID[id]; ok && len(page.Items) < f.Limit {
			page.Items = append(page.Items, e)
		}
	}
	return page, nil
}

// sharer tells the entries that share at least half of what a query says from
// those that have but a character of it: neighbours of the query that are
// neighbours in a wording too, or the code.
func (s *Service) sharer(query string) func(Entry) bool {
	wanted := s.tellingPairs(query)
	code := s.lex.Key(query)
	return func(e Entry) bool {
		if code != "" && s.lex.Key(e.Code) == code {
			return true
		}
		has := map[string]bool{}
		for _, wording := range e.Wordings() {
			for _, t := range text.Pairs(s.lex.Cut(wording, MaxQuestion)) {
				has[t.Term] = true
			}
		}
		shared := 0
		for term := range wanted {
			if has[term] {
				shared++
			}
		}
		return shared > 0 && 2*shared >= len(wanted)
	}
}

// tellingPairs are the neighbours in a query, without the phrases that say
// nothing unless there is nothing else.
func (s *Service) tellingPairs(query string) map[string]bool {
	all, telling := map[string]bool{}, map[string]bool{}
	for _, t := range text.Pairs(s.lex.Tokens(query, MaxQuestion)) {
		all[t.Term] = true
		if !t.Stop {
			telling[t.Term] = true
		}
	}
	if len(telling) == 0 {
		return all
	}
	return telling
}

func (f Filter) selects(e Entry) bool {
	return (f.State == "" || f.State == e.State) &&
		(f.Category == "" || f.Category == e.Category) &&
		(f.Department == "" || f.Department == e.Department)
}

// cursor and readCursor write and read an opaque place in a list.
func cursor(format string, at any) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, at))
}

func readCursor(cursor, format string, at any) error {
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(plain), format, at)
	}
	if err != nil {
		return desk.InvalidField("cursor", "列表位置无效，请重新打开列表")
	}
	return nil
}
