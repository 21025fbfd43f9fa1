package desk

// MaxPage is the most rows a list returns at once; DefaultPage what it returns
// when not told.
const (
	MaxPage     = 200
	DefaultPage = 50
)

// Page is one page of a list. Next is an opaque cursor, "" on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// PageLimit returns limit held within 1..MaxPage, DefaultPage for 0 or less.
func PageLimit(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}
