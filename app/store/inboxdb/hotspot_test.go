package inboxdb_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// marksTags gives tickets tags and posts, takes some away, and tells.
func (h *history) marksTags(posts []int64) {
	h.t.Helper()
	h.write(func(tx *store.Tx) {
		for _, t := range h.tickets {
			if h.r.IntN(3) > 0 {
				continue
			}
			t.tags = [][]string{nil, {"暴雨"}, {"暴雨", "停水"}, {`引"号`}}[h.r.IntN(4)]
			if t.post == 0 && t.kind == channel.Comment {
				t.post = posts[t.account-1]
			}
			text := "[]"
			for i, tag := range t.tags {
				text = []string{fmt.Sprintf("[%q]", tag), fmt.Sprintf("[%q,%q]", t.tags[0], tag)}[i]
			}
			active := 2
			if t.state.Ended() {
				active = 0
			}
			h.exec(tx, `UPDATE tickets SET tags = $2, post_id = $3, active = $4 WHERE id = $1`, t.id, text, t.post, active)
			h.tell(tx, t)
		}
	})
}

func (h *history) posts() (ids []int64) {
	h.t.Helper()
	h.write(func(tx *store.Tx) {
		for account := int64(1); account <= 3; account++ {
			id, err := tx.Insert(h.t.Context(), `INSERT INTO posts (account_id, external_id, title, url) VALUES ($1, 'p', $2, 'https://example.org/p')`, account, fmt.Sprintf("图文%d", account))
			must(h.t, err)
			ids = append(ids, id)
		}
	})
	return ids
}

// under are the tickets of a hotspot that an actor sees, by when they came in.
func (h *history) under(key inbox.HotspotKey, actor desk.Actor, account int64) (out []*asked) {
	for _, t := range h.tickets {
		keys := inbox.HotspotsOf(t.tags, t.post).All()
		if !t.merged && slices.Contains(keys, key) && actor.SeesAccount(t.account) && (account == 0 || t.account == account) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *asked) int { return a.received.Compare(b.received) })
	return out
}

// A hotspot is a plain count of its tickets, of what the reader sees alone, in any
// range, by the hour and by the day.
func TestHotspotIsTheCountOfItsTickets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 11)
		posts := h.posts()
		s := inboxdb.New(db)
		zone, err := time.LoadLocation("Asia/Kolkata") // half an hour beside the others
		must(t, err)
		roller := inboxdb.NewRoller(s, zone)
		for range 4 {
			h.happens(60)
			h.marksTags(posts)
			rolled(t, roller)
		}
		now := h.from.AddDate(0, 0, 40)
		r := &inbox.Reports{Store: s, Zone: zone, Now: func() time.Time { return now }}
		keys := []inbox.HotspotKey{inbox.HotspotOfTag("暴雨"), inbox.HotspotOfTag(`引"号`), inbox.HotspotOfPost(posts[0])}
		for _, key := range keys {
			for name, actor := range people {
				for _, f := range []inbox.HotspotFilter{{}, {From: "2026-09-20", To: "2026-10-05"}, {From: "2026-09-25", To: "2026-09-26"}, {AccountID: 3}} {
					f.Actor, f.Key = actor, key
					h.compareHotspot(r, name, f)
				}
			}
		}
		h.compareHotspots(r, now)
	})
}

func (h *history) compareHotspot(r *inbox.Reports, name string, f inbox.HotspotFilter) {
	h.t.Helper()
	at := fmt.Sprintf("%s of %s, %+v", f.Key, name, f)
	all := h.under(f.Key, f.Actor, f.AccountID)
	got, err := r.Hotspot(h.t.Context(), f)
	if len(all) == 0 {
		if desk.CodeOf(err) != desk.NotFound {
			h.t.Errorf("%s: %v, and nothing is there", at, err)
		}
		return
	}
	if err != nil && f.From == "" && desk.CodeOf(err) == desk.Invalid {
		return // its first ticket came in later than now
	}
	must(h.t, err)
	in, before, points := 0, 0, map[time.Time]int{}
	marks, accounts, departments := [inbox.BestMark]int{}, map[int64]int{}, map[int64]int{}
	waiting := 0
	var newest []inbox.TicketID
	for _, t := range all {
		long := got.To.Sub(got.From)
		if !t.received.Before(got.From.Add(-long)) && t.received.Before(got.From) {
			before++
		}
		if t.received.Before(got.From) || !t.received.Before(got.To) {
			continue
		}
		in++
		newest = append([]inbox.TicketID{inbox.TicketID(t.id)}, newest...)
		local := t.received.In(r.Zone)
		hour := 0
		if got.ByHour {
			hour = local.Hour()
		}
		points[time.Date(local.Year(), local.Month(), local.Day(), hour, 0, 0, 0, r.Zone).UTC()]++
		for _, g := range t.marks {
			marks[g.mark-1]++
		}
		accounts[t.account]++
		if t.department != 0 {
			departments[t.department]++
		}
		if !t.state.Ended() {
			waiting++
		}
	}
	if got.Received != in || got.Before != before || got.Marks != marks || got.Ended != in-waiting {
		h.t.Errorf("%s: received %d, before %d, marks %v, ended %d; want %d, %d, %v, %d", at, got.Received, got.Before, got.Marks, got.Ended, in, before, marks, in-waiting)
	}
	if !got.BeganAt.Equal(all[0].received.Truncate(time.Millisecond)) || got.Title == "" {
		h.t.Errorf("%s: %q began at %v, want %v", at, got.Title, got.BeganAt, all[0].received)
	}
	sum := 0
	for _, p := range got.Points {
		if sum += p.Received; p.Received != points[p.At] {
			h.t.Errorf("%s: %d at %v, want %d", at, p.Received, p.At, points[p.At])
		}
	}
	if sum != in {
		h.t.Errorf("%s: the points have %d of %d", at, sum, in)
	}
	var rows []inbox.TicketID
	for _, row := range got.Newest {
		rows = append(rows, row.ID)
	}
	if !slices.Equal(got.Sample, newest) || !slices.Equal(rows, newest[:min(len(newest), inbox.HotspotTickets)]) {
		h.t.Errorf("%s: newest %v, %v, want %v", at, rows, got.Sample, newest)
	}
	h.sameShares(at, got.ByAccount, accounts)
	h.sameShares(at, got.ByDepartment, departments)
}

func (h *history) sameShares(at string, got []inbox.HotspotShare, want map[int64]int) {
	h.t.Helper()
	is := map[int64]int{}
	for _, s := range got {
		if is[s.ID] += s.Tickets; s.Name == "" {
			h.t.Errorf("%s: %d has no name", at, s.ID)
		}
	}
	if !reflect.DeepEqual(is, want) {
		h.t.Errorf("%s: shares %v, want %v", at, is, want)
	}
}

func (h *history) compareHotspots(r *inbox.Reports, now time.Time) {
	h.t.Helper()
	const within = 7 * 24 * time.Hour
	for name, actor := range people {
		got, err := r.Hotspots(h.t.Context(), actor, within, 0)
		must(h.t, err)
		for _, spot := range got {
			is, before := 0, 0
			for _, t := range h.under(spot.Key, actor, 0) {
				switch {
				case !t.received.Before(now.Add(-within)):
					is++
				case !t.received.Before(now.Add(-2 * within)):
					before++
				}
			}
			if spot.Tickets != is || spot.Before != before || spot.Title == "" {
				h.t.Errorf("%s: %s has %d after %d, want %d after %d", name, spot.Key, spot.Tickets, spot.Before, is, before)
			}
		}
		if actor.AllAccounts && len(got) < 3 || name == "none" && len(got) > 0 {
			h.t.Errorf("%s: %d hotspots", name, len(got))
		}
	}
	if _, err := r.Hotspots(h.t.Context(), desk.Actor{Role: desk.Staff, AllAccounts: true}, within, 0); desk.CodeOf(err) != desk.Forbidden {
		h.t.Errorf("hotspots for staff: %v", err)
	}
}
