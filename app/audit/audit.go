// Package audit keeps account of who saw, changed, approved, sent and exported
// what, when and from where. What changes something is audited by the store in
// the same transaction; this package adds what only reads, and shows the rows
// to who may see them.
package audit

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// Filter chooses rows; zero fields do not narrow. Actor always does.
type Filter struct {
	Actor    desk.Actor
	ActorID  int64
	TicketID int64
	Action   string // a name, or its beginning up to a dot: "reply."
	From, To time.Time
	After    int64 // rows older than this number; 0: the newest
	Limit    int
}

// Row is a row of the audit with the names a reader wants.
type Row struct {
	desk.Audit
	ActorName      string
	TicketNumber   string
	AccountName    string
	DepartmentName string
}

// Store keeps the rows.
type Store interface {
	// Append adds rows.
	Append(ctx context.Context, rows ...desk.Audit) error
	// Rows are those of the filter that its actor may see, newest first.
	Rows(ctx context.Context, f Filter) ([]Row, error)
}

// SeenFor is how long a person who opened a ticket counts as looking at it:
// opening it again meanwhile is the same look.
const SeenFor = 10 * time.Minute

// maxSeen bounds the looks that are remembered.
const maxSeen = 20_000

type look struct{ user, ticket int64 }

// Service is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time

	mu   sync.Mutex
	seen map[look]time.Time
}

// NewService returns a Service.
func NewService(store Store, now func() time.Time) *Service {
	return &Service{store: store, now: now, seen: map[look]time.Time{}}
}

// Rows returns one page of the audit, newest first. Who sees only some accounts
// sees what happened there.
func (s *Service) Rows(ctx context.Context, f Filter, cursor string) (desk.Page[Row], error) {
	var page desk.Page[Row]
	if err := f.Actor.Require(desk.ReadAudit); err != nil {
		return page, err
	}
	if cursor != "" {
		after, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || after < 1 {
			return page, desk.InvalidField("cursor", "不是有效的翻页标记")
		}
		f.After = after
	}
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		return page, desk.InvalidField("to", "结束时间早于开始时间")
	}
	f.Action = strings.TrimSpace(f.Action)
	f.Limit = desk.PageLimit(f.Limit)
	f.Limit++
	rows, err := s.store.Rows(ctx, f)
	if err != nil {
		return page, err
	}
	page.Items = rows
	if len(rows) == f.Limit {
		page.Items = rows[:f.Limit-1]
		page.Next = strconv.FormatInt(page.Items[f.Limit-2].Seq, 10)
	}
	return page, nil
}

// Exported notes that the actor took data out of the desk: what, and how.
func (s *Service) Exported(ctx context.Context, actor desk.Actor, object string, data map[string]any) error {
	a := desk.NewAudit(desk.AuditExported, object, actor, s.now(), data)
	a.Address = desk.AddressOf(ctx)
	return s.store.Append(ctx, a)
}

// Seen notes that the actor opened a ticket.
func (s *Service) Seen(ctx context.Context, actor desk.Actor, ticketID, accountID, departmentID int64) error {
	now := s.now()
	key := look{actor.UserID, ticketID}
	if !s.first(key, now) {
		return nil
	}
	a := desk.NewAudit(desk.AuditSeen, "", actor, now, nil)
	a.TicketID, a.AccountID, a.DepartmentID, a.Address = ticketID, accountID, departmentID, desk.AddressOf(ctx)
	err := s.store.Append(ctx, a)
	if err != nil {
		s.forget(key)
	}
	return err
}

// first reports whether a look is a new one.
func (s *Service) first(key look, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.seen[key]; ok && now.Sub(at) < SeenFor {
		return false
	}
	if len(s.seen) >= maxSeen {
		for k, at := range s.seen {
			if now.Sub(at) >= SeenFor {
				delete(s.seen, k)
			}
		}
		if len(s.seen) >= maxSeen {
			clear(s.seen) // a look too many is better than one too few
		}
	}
	s.seen[key] = now
	return true
}

func (s *Service) forget(key look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, key)
}
