package inbox

import (
	"context"
	"time"
)

// PruneEvents deletes the events that have outlived Rules.KeepEvents and that
// nothing reads any more. What a ticket's thread shows stays as long as the
// ticket, everything about an open ticket too (a reply is checked against it),
// and the newest numbers for sockets that resume. It returns the zero time.
func (s *Service) PruneEvents(ctx context.Context, now time.Time) (time.Time, error) {
	if s.rules.KeepEvents <= 0 {
		return time.Time{}, nil
	}
	before := now.Add(-s.rules.KeepEvents)
	for after := int64(0); ; {
		next, err := s.store.PruneEvents(ctx, before, s.rules.KeepNewest, after)
		if err != nil || next == 0 {
			return time.Time{}, err
		}
		after = next
	}
}
