package bot

import (
	"context"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// Standing says whether a click on a menu item is answered with its entry.
type Standing string

// Standings of a menu item's entry.
const (
	Usable      Standing = "given"
	Absent      Standing = "absent"      // no entry has the code any more
	Unpublished Standing = "unpublished" // not yet, or taken back
	NotYet      Standing = "not_yet"     // valid later
	Over        Standing = "over"        // not valid any more
	Foreign     Standing = "other_department"
)

// Item is an item of an account's menu and how its entry stands today.
type Item struct {
	Key      string
	Code     string
	EntryID  faq.EntryID // 0: Absent
	Question string      // of a published entry
	Standing Standing
}

// Items tells how the entries of an account's menu stand, by key. Needs
// ReadAccounts and ReadLibrary.
func (s *Service) Items(ctx context.Context, actor desk.Actor, accountID int64) ([]Item, error) {
	for _, p := range []desk.Permission{desk.ReadAccounts, desk.ReadLibrary} {
		if err := actor.Require(p); err != nil {
			return nil, err
		}
	}
	settings, _, err := s.seen(ctx, actor, accountID)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, key := range settings.keys() {
		item := Item{Key: key, Code: settings.Menu[key]}
		e, err := s.store.EntryByCode(ctx, item.Code)
		if err != nil && desk.CodeOf(err) != desk.NotFound {
			return nil, err
		}
		item.EntryID, item.Standing = e.ID, settings.standing(e, faq.DayOf(s.time()))
		if e.State == faq.Published {
			item.Question = e.Question
		}
		items = append(items, item)
	}
	return items, nil
}

func (s *Settings) standing(e faq.Entry, today faq.Day) Standing {
	switch {
	case e.ID == 0:
		return Absent
	case e.State != faq.Published:
		return Unpublished
	case e.ValidFrom > today:
		return NotYet
	case e.ValidTo != "" && e.ValidTo < today:
		return Over
	case !s.serves(e.Department):
		return Foreign
	}
	return Usable
}
