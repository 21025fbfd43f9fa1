package inboxdb_test

import (
	"context"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/inboxtest"
)

// patience is how long the rest of a transaction may take that another one
// waits for. PostgreSQL looks for deadlocks after a second.
const patience = 700 * time.Millisecond

// meet begins a transaction with hold, lets other run into what it has locked,
// and then does rest in the transaction, which must not have to wait for other.
func meet(t *testing.T, db *store.DB, hold func(tx inbox.Tx) error, other func() error, rest func(ctx context.Context, tx inbox.Tx) error) {
	t.Helper()
	ended := make(chan error, 1)
	err := inboxdb.New(db).Atomic(t.Context(), func(tx inbox.Tx) error {
		var pid int64
		if err := tx.(*inboxdb.Tx).QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		if err := hold(tx); err != nil {
			return err
		}
		go func() { ended <- other() }()
		for blocked := 0; blocked == 0; {
			select {
			case err := <-ended:
				t.Fatalf("the other transaction was to wait, it ended: %v", err)
			default:
			}
			err := db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))`, pid).Scan(&blocked)
			if err != nil {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return rest(ctx, tx)
	})
	if err != nil {
		t.Errorf("the transaction that was first had to wait: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the transaction that waited: %v", err)
	}
}

// Everybody locks the ticket first: two that meet wait in line, and the
// database never has to break a deadlock.
func TestTicketsAreLockedFirst(t *testing.T) {
	db := storetest.Open(t, storetest.PostgresURL(t), t.TempDir())
	d := inboxtest.New(t, inboxdbtest.New(db))
	ctx, account := t.Context(), d.AddAccount(t, "市政务")
	windows := channel.Effects{Windows: []channel.Window{inboxtest.Window("message", 5, d.Now().Add(48*time.Hour))}}
	start := func(t *testing.T) (*inboxtest.Citizen, inbox.TicketRow, func(tx inbox.Tx) error) {
		citizen := d.NewCitizen(account)
		in := citizen.Picture("media")
		in.Effects = windows
		row := d.Ticket(t, d.Receives(t, account, in))
		return citizen, row, func(tx inbox.Tx) error { _, err := tx.LockTicket(ctx, row.ID); return err }
	}
	t.Run("a delivery ends, the sweeper comes", func(t *testing.T) {
		_, row, hold := start(t)
		d.Pass(13 * time.Hour)
		meet(t, db, hold, func() error { _, err := d.Service.SweepClocks(ctx, d.Now()); return err },
			func(ctx context.Context, tx inbox.Tx) error {
				c, err := tx.OpenClock(ctx, row.ID, 0)
				if err != nil {
					return err
				}
				c.Clock = c.Meet(d.Now())
				return tx.SaveClock(ctx, c)
			})
		if c := d.Ticket(t, row.ID).Clocks[0]; c.Open() || c.Warned != 0 {
			t.Errorf("the sweeper went over the clock that had just been met: %+v", c)
		}
	})
	t.Run("a delivery ends, a message comes", func(t *testing.T) {
		citizen, row, hold := start(t)
		in := citizen.Message("又一句")
		in.Effects = windows
		meet(t, db, hold, func() error { return d.Service.Ingest(ctx, account, []channel.Inbound{in}) },
			func(ctx context.Context, tx inbox.Tx) error { return tx.DrawWindow(ctx, row.ContactID, d.Now()) })
	})
	t.Run("a citizen leaves, a download ends", func(t *testing.T) {
		_, row, hold := start(t)
		a, err := d.Service.PendingAttachment(ctx, d.Timeline(t, row.ID).Messages[0].Attachments[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		a.State, a.Path = inbox.AttachmentStored, "01/1"
		kept := true
		meet(t, db, hold, func() (err error) { kept, err = d.Service.StoreAttachment(ctx, a); return err },
			func(ctx context.Context, tx inbox.Tx) error {
				_, err := tx.EraseContact(ctx, row.ContactID, d.Now())
				return err
			})
		if kept {
			t.Error("the file of the person who left was kept")
		}
	})
}

// Numbers with a prefix are a range whatever the locale of the database.
func TestNumbersCompareByteByByte(t *testing.T) {
	db := storetest.Open(t, storetest.PostgresURL(t), t.TempDir())
	var collation string
	err := db.QueryRow(t.Context(), `SELECT collation_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = 'tickets' AND column_name = 'number'`).Scan(&collation)
	if err != nil || collation != "C" {
		t.Errorf("collation of tickets.number: %q, %v; want C", collation, err)
	}
}
