package faq

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"replydesk/inbox/desk"
)

// Filter selects entries for a list; zero fields select nothing away.
type Filter struct {
	Query      string // words or a code, in any state; sorts by likeness
	State      State
	Category   string
	Department string
	Limit      int
	Cursor     string
}

// maxFound is how many entries a list with words shows in all.
const maxFound = 200

// Entries lists what the actor may see of the library: newest entry first, or
// with words the most alike first. Needs ReadLibrary. A list with words ends after 200 entries.
func (s *Service) Entries(ctx context.Context, actor desk.Actor, f Filter) (desk.Page[Entry], error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return desk.Page[Entry]{}, err
	}
	if f.State != "" && !f.State.Valid() {
		return desk.Page[Entry]{}, desk.InvalidField("state", "没有这种状态")
	}
	if !actor.Can(desk.EditLibrary) {
		if f.State != "" && !shows(actor, f.State) {
			return desk.Page[Entry]{}, nil
		}
		f.State = Published
	}
	f.Limit = desk.PageLimit(f.Limit)
	if strings.TrimSpace(f.Query) != "" {
		return s.found(ctx, f)
	}
	rows := Rows{State: f.State, Category: f.Category, Department: f.Department, Limit: f.Limit + 1}
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

// found is Entries with words: the index proposes, the store's rows decide.
func (s *Service) found(ctx context.Context, f Filter) (desk.Page[Entry], error) {
	skip := 0
	if f.Cursor != "" {
		if err := readCursor(f.Cursor, "q:%d", &skip); err != nil {
			return desk.Page[Entry]{}, err
		}
	}
	ids, err := s.index.Find(ctx, f.Query, maxFound)
	if err != nil || len(ids) == 0 {
		return desk.Page[Entry]{}, err
	}
	entries, err := s.store.EntriesByID(ctx, ids)
	if err != nil {
		return desk.Page[Entry]{}, err
	}
	byID := make(map[EntryID]Entry, len(entries))
	for _, e := range entries {
		if f.selects(e) {
			byID[e.ID] = e
		}
	}
	var page desk.Page[Entry]
	for place, id := range ids {
		e, ok := byID[id]
		if !ok || place < skip {
			continue
		}
		if len(page.Items) == f.Limit {
			page.Next = cursor("q:%d", place)
			break
		}
		page.Items = append(page.Items, e)
	}
	return page, nil
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
