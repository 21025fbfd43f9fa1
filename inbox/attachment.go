package inbox

import (
	"context"

	"replydesk/inbox/desk"
)

// PendingAttachment returns an attachment that is to be fetched; one that is
// gone (its person's data were erased) is NotFound.
func (s *Service) PendingAttachment(ctx context.Context, id int64) (Attachment, error) {
	return s.store.Attachment(ctx, id)
}

// StoreAttachment notes how fetching ended. kept is false when the attachment
// was settled meanwhile in another way; the caller then removes what it saved.
func (s *Service) StoreAttachment(ctx context.Context, a Attachment) (kept bool, err error) {
	err = s.store.Atomic(ctx, func(tx Tx) error {
		kept = false
		t, err := tx.LockTicket(ctx, a.TicketID)
		if err != nil {
			return err
		}
		stored, err := tx.LockAttachment(ctx, a.ID)
		if err != nil {
			return err
		}
		if stored.State != AttachmentPending {
			// Fetched twice at once: both saved the same bytes in the same place.
			kept = stored.State == AttachmentStored && stored.Path == a.Path
			return nil
		}
		if err := tx.SaveAttachment(ctx, a); err != nil {
			return err
		}
		kept = true
		return tx.Record(ctx, fact(MediaStored, t, desk.System(), s.time(), map[string]any{
			"attachment_id": id(a.ID), "state": a.State,
		}))
	})
	return kept, err
}
