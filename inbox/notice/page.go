package notice

import (
	"strconv"

	"replydesk/inbox/desk"
)

// cursorID reads a cursor: the id of the last item of the page before, 0 for
// the first page.
func cursorID(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || id <= 0 {
		return 0, desk.InvalidField("cursor", "不是有效的翻页标记")
	}
	return id, nil
}

// page cuts what was read with one more than limit to a page.
func page[T any](items []T, limit int, id func(T) int64) ([]T, string) {
	if len(items) <= limit {
		return items, ""
	}
	items = items[:limit]
	return items, strconv.FormatInt(id(items[limit-1]), 10)
}
