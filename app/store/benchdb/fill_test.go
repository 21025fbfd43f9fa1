package benchdb_test

import (
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/benchdb"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/search"
)

// What a benchmark fills in is what the desk itself reads: tickets in its lists,
// clocks that it fires.
func TestFill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		d := inboxtest.New(t, inboxdbtest.New(db))
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		if err := benchdb.Fill(ctx, db, account, []int64{staff.UserID}, 1000, d.Now()); err != nil {
			t.Fatal(err)
		}
		if err := benchdb.FillClocks(ctx, db, account, 300, d.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := benchdb.AddPayload(ctx, db, account, "bare", []byte("body"), d.Now()); err != nil {
			t.Fatal(err)
		}
		if err := benchdb.Analyze(ctx, db); err != nil {
			t.Fatal(err)
		}
		counts, err := d.Service.Counts(ctx, staff)
		if err != nil || counts.Open != 400 {
			t.Errorf("open %d, %v; want 100 of the first and all 300 of the second", counts.Open, err)
		}
		page, err := d.Service.Tickets(ctx, inbox.TicketFilter{Actor: staff, View: inbox.ViewAll, Limit: 50})
		if err != nil || len(page.Items) != 50 || page.Next == "" {
			t.Errorf("%d tickets on the first page, %v", len(page.Items), err)
		}
		d.Pass(2 * time.Hour)
		head := d.Head(t)
		d.Sweep(t)
		missed := 0
		for _, name := range d.Happened(t, head) {
			if name == inbox.ClockMissed {
				missed++
			}
		}
		if missed < 300 {
			t.Errorf("%d clocks were missed, want at least the 300", missed)
		}
		if err := benchdb.TouchClocks(ctx, db, 200); err != nil {
			t.Fatal(err)
		}
	})
}

// The texts of a benchmark are found like those the desk took in.
func TestFillTexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		backend := inboxdbtest.New(db)
		d := inboxtest.New(t, backend)
		accounts, err := benchdb.AddAccounts(ctx, db, 2)
		if err != nil {
			t.Fatal(err)
		}
		staff, department := d.Staff(t, "小王"), d.Department(t, "户籍")
		texts := benchdb.Texts{Accounts: accounts, Departments: []int64{department}, Users: []int64{staff.UserID}, Tickets: 200, Messages: 500, Rare: "饕餮", RareEvery: 50}
		if err := benchdb.FillTexts(ctx, db, texts, d.Now()); err != nil {
			t.Fatal(err)
		}
		x := inboxdb.NewIndexer(inboxdb.New(db), search.Words{})
		if err := x.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if done, err := x.Done(ctx); err != nil || done {
			t.Errorf("done %v, %v before the first step", done, err)
		}
		backend.Index(t, search.Words{})
		if done, err := x.Done(ctx); err != nil || !done {
			t.Errorf("done %v, %v after the last step", done, err)
		}
		page, err := d.Service.Search(ctx, inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: staff, Query: "饕餮", Limit: 50}})
		if err != nil || len(page.Items) != 4 {
			t.Errorf("found %d, %v; want one of fifty", len(page.Items), err)
		}
		held, err := d.Service.Search(ctx, inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: d.Liaison(t, "联络员", department), Query: "办", Limit: 50}})
		if err != nil || len(held.Items) == 0 {
			t.Errorf("a liaison finds %d, %v; the department holds one ticket in ten", len(held.Items), err)
		}
		var messages int
		if err := db.QueryRow(ctx, `SELECT count(*) FROM messages`).Scan(&messages); err != nil || messages != 500 {
			t.Errorf("%d messages, %v", messages, err)
		}
	})
}
