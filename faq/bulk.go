package faq

import (
	"context"
	"io"
	"slices"
	"time"

	"replydesk/faq/sheet"
	"replydesk/inbox/desk"
)

// MaxBulk is the most entries that one bulk action, or one export of a
// selection, takes.
const MaxBulk = 500

// BulkAction is what a bulk action does with each of its entries.
type BulkAction string

// The bulk actions.
const (
	BulkSet     BulkAction = "set"     // as Update: category, department, last day
	BulkSubmit  BulkAction = "submit"  // as Submit, to go out when approved
	BulkApprove BulkAction = "approve" // as Approve, at the time it was submitted for
	BulkRetire  BulkAction = "retire"  // as Retire
)

// BulkEntry names an entry and what was read of it when it was chosen.
type BulkEntry struct {
	ID   EntryID
	Seen Seen
}

// Bulk is one action on many entries, each named once.
type Bulk struct {
	Action  BulkAction
	Entries []BulkEntry // 1 to MaxBulk
	// What BulkSet writes; nil fields stay as they are, "" empties them.
	Category   *string
	Department *string
	ValidTo    *Day
}

// BulkOutcome is what became of one entry: how it stands now, or why nothing
// was done with it.
type BulkOutcome struct {
	ID    EntryID
	Entry Entry
	Err   error
}

// Bulk does one thing to many entries, each in its own transaction and by the
// very rules of the use case for a single one: what is refused for one entry
// leaves the others done. The outcomes stand in the order of the entries. Needs
// EditLibrary to set and submit, PublishLibrary to approve and retire; a request
// that names no entry, too many or one twice is Invalid. When ctx ends, the
// entries left over are refused as Unavailable.
func (s *Service) Bulk(ctx context.Context, actor desk.Actor, b Bulk) ([]BulkOutcome, error) {
	do, err := s.bulkStep(actor, b)
	if err != nil {
		return nil, err
	}
	ids := make([]EntryID, len(b.Entries))
	for i, e := range b.Entries {
		ids[i] = e.ID
	}
	if err := checkSelection("entries", ids); err != nil {
		return nil, err
	}
	out := make([]BulkOutcome, len(b.Entries))
	for i, e := range b.Entries {
		out[i].ID = e.ID
		if ctx.Err() != nil {
			out[i].Err = desk.Errorf(desk.Unavailable, "请求已中断，此条未处理")
			continue
		}
		out[i].Entry, out[i].Err = do(ctx, e)
	}
	return out, nil
}

// bulkStep is what the action does with one entry.
func (s *Service) bulkStep(actor desk.Actor, b Bulk) (func(context.Context, BulkEntry) (Entry, error), error) {
	needs := desk.EditLibrary
	var do func(context.Context, BulkEntry) (Entry, error)
	switch b.Action {
	case BulkSet:
		if b.Category == nil && b.Department == nil && b.ValidTo == nil {
			return nil, desk.InvalidField("set", "请选择要修改的内容")
		}
		edit := Edit{Category: b.Category, Department: b.Department, ValidTo: b.ValidTo}
		do = func(ctx context.Context, e BulkEntry) (Entry, error) { return s.Update(ctx, actor, e.ID, e.Seen, edit) }
	case BulkSubmit:
		do = func(ctx context.Context, e BulkEntry) (Entry, error) {
			return s.Submit(ctx, actor, e.ID, e.Seen, time.Time{})
		}
	case BulkApprove:
		needs = desk.PublishLibrary
		do = func(ctx context.Context, e BulkEntry) (Entry, error) {
			return s.Approve(ctx, actor, e.ID, Approval{Seen: e.Seen})
		}
	case BulkRetire:
		needs = desk.PublishLibrary
		do = func(ctx context.Context, e BulkEntry) (Entry, error) { return s.Retire(ctx, actor, e.ID) }
	default:
		return nil, desk.InvalidField("action", "没有这种操作")
	}
	return do, actor.Require(needs)
}

// checkSelection checks that entries chosen in a list are some, not too many and
// each named once.
func checkSelection(field string, ids []EntryID) error {
	switch n := len(ids); {
	case n == 0:
		return desk.InvalidField(field, "请先选择条目")
	case n > MaxBulk:
		return desk.InvalidField(field, "一次最多 %d 条", MaxBulk)
	}
	sorted := slices.Sorted(slices.Values(ids))
	if len(slices.Compact(sorted)) != len(ids) {
		return desk.InvalidField(field, "有条目重复")
	}
	return nil
}

// ExportSome writes those of the entries that the actor may see as Export does,
// oldest first. Needs ReadLibrary.
func (s *Service) ExportSome(ctx context.Context, actor desk.Actor, w io.Writer, format Format, ids []EntryID) error {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return err
	}
	if err := checkSelection("ids", ids); err != nil {
		return err
	}
	entries, err := s.store.EntriesByID(ctx, ids)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b Entry) int { return int(a.ID - b.ID) })
	out, err := sheet.NewWriter(format, w)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !shows(actor, e.State) {
			continue
		}
		if err := out.Write(exportRow(e)); err != nil {
			return err
		}
	}
	return out.Close()
}
