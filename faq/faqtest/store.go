package faqtest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// ExerciseStore runs what every Store must do; open returns an empty one.
func ExerciseStore(t *testing.T, open func(t *testing.T) faq.Store) {
	for name, test := range map[string]func(t *testing.T, s faq.Store){
		"keeps what is written":      keeps,
		"finds what is there":        finds,
		"lists newest first":         lists,
		"shows only current entries": current,
		"refuses a code in use":      codes,
		"refuses an old revision":    oldRevision,
		"one of two changes wins":    race,
		"all or nothing":             rollback,
		"finds the same question":    sameQuestion,
		"keeps revisions":            revisions,
		"counts uses":                uses,
		"names categories once":      facets,
		"reads many ids at once":     many,
		"carries any text unharmed":  anyText,
		"walks through all by id":    walk,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// add inserts entries and returns them with their ids.
func add(t *testing.T, s faq.Store, entries ...faq.Entry) []faq.Entry {
	t.Helper()
	err := s.Atomic(t.Context(), func(tx faq.Tx) error {
		for i := range entries {
			id, err := tx.Insert(t.Context(), entries[i])
			if err != nil {
				return err
			}
			entries[i].ID = id
			if err := tx.AddRevision(t.Context(), RevisionOf(entries[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("insert: %v", err)
	}
	return entries
}

func keeps(t *testing.T, s faq.Store) {
	full := Entry(1, faq.Published)
	full.DocumentNumber, full.ServiceLink = "市府发〔2026〕1号", "https://example.gov/1"
	full.ValidFrom, full.ValidTo = "2026-01-01", "2026-12-31"
	bare := faq.Entry{Content: faq.Content{Code: "B", Question: "空"}, State: faq.Draft, Revision: 1, CreatedAt: Noon, UpdatedAt: Noon}
	for _, want := range add(t, s, full, bare) {
		got, err := s.Entry(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("entry = %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func finds(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft))[0]
	if _, err := s.Entry(t.Context(), e.ID+1000); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("missing entry: %v, want not_found", err)
	}
	keys, err := s.Keys(t.Context())
	if want := []faq.Key{{ID: e.ID, Code: e.Code, Question: e.Question, State: e.State, Department: e.Department}}; err != nil || !slices.Equal(keys, want) {
		t.Errorf("keys = %v, %v, want %v", keys, err, want)
	}
	err = s.Atomic(t.Context(), func(tx faq.Tx) error {
		if _, err := tx.Entry(t.Context(), e.ID+1000); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("missing entry in a transaction: %v, want not_found", err)
		}
		if got, err := tx.Entry(t.Context(), e.ID); err != nil || got.Question != e.Question {
			t.Errorf("entry in a transaction = %+v, %v", got, err)
		}
		for code, want := range map[string]bool{e.Code: true, "none": false} {
			if got, err := tx.CodeTaken(t.Context(), code); err != nil || got != want {
				t.Errorf("code %s taken = %v, %v, want %v", code, got, err, want)
			}
		}
		if last, err := tx.LastID(t.Context()); err != nil || last != e.ID {
			t.Errorf("last id = %d, %v, want %d", last, err, e.ID)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func lists(t *testing.T, s faq.Store) {
	var all []faq.Entry
	for n := range 7 {
		all = append(all, Entry(n, []faq.State{faq.Draft, faq.Published}[n%2]))
	}
	all = add(t, s, all...)
	slices.Reverse(all)
	tests := []struct {
		name string
		rows faq.Rows
		want func(faq.Entry) bool
	}{
		{"all", faq.Rows{}, func(faq.Entry) bool { return true }},
		{"state", faq.Rows{State: faq.Published}, func(e faq.Entry) bool { return e.State == faq.Published }},
		{"category", faq.Rows{Category: "类别1"}, func(e faq.Entry) bool { return e.Category == "类别1" }},
		{"department", faq.Rows{Department: "部门0"}, func(e faq.Entry) bool { return e.Department == "部门0" }},
		{"below", faq.Rows{Below: all[2].ID}, func(e faq.Entry) bool { return e.ID < all[2].ID }},
		{"both", faq.Rows{State: faq.Draft, Category: "类别0", Below: all[0].ID},
			func(e faq.Entry) bool { return e.State == faq.Draft && e.Category == "类别0" && e.ID < all[0].ID }},
		{"skip", faq.Rows{Skip: 3}, func(e faq.Entry) bool { return e.ID <= all[3].ID }},
		{"words", faq.Rows{Words: []string{strings.ToLower(all[4].Code), all[4].Question}, State: all[4].State},
			func(e faq.Entry) bool { return e.ID == all[4].ID }},
		{"a pattern", faq.Rows{Words: []string{"_"}}, func(faq.Entry) bool { return false }},
		{"a quote", faq.Rows{Words: []string{"' OR 1=1 --"}}, func(faq.Entry) bool { return false }},
		{"none", faq.Rows{Category: "no"}, func(faq.Entry) bool { return false }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := idsOf(slices.DeleteFunc(slices.Clone(all), func(e faq.Entry) bool { return !tt.want(e) }))
			for limit := 1; limit <= 8; limit++ {
				tt.rows.Limit = limit
				got, err := s.Entries(t.Context(), tt.rows)
				if err != nil || !slices.Equal(idsOf(got), want[:min(limit, len(want))]) {
					t.Errorf("limit %d: %v, %v, want %v", limit, idsOf(got), err, want[:min(limit, len(want))])
				}
			}
		})
	}
}

func idsOf(entries []faq.Entry) []faq.EntryID {
	out := make([]faq.EntryID, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}

func current(t *testing.T, s faq.Store) {
	var all []faq.Entry
	for _, state := range []faq.State{faq.Draft, faq.Published, faq.Retired} {
		for _, from := range []faq.Day{"", "2026-11-21", "2026-11-22", "2026-11-23"} {
			for _, to := range []faq.Day{"", "2026-11-21", "2026-11-22", "2027-01-01"} {
				e := Entry(len(all), state)
				e.ValidFrom, e.ValidTo = from, to
				all = append(all, e)
			}
		}
	}
	all = add(t, s, all...)
	for _, today := range []faq.Day{"2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2027-01-02"} {
		got, err := s.Current(t.Context(), idsOf(all), today)
		if err != nil {
			t.Fatal(err)
		}
		found := idsOf(got)
		for _, e := range all {
			if slices.Contains(found, e.ID) != e.Current(today) {
				t.Errorf("%s, %s from %q to %q: current %v, want %v", today, e.State, e.ValidFrom, e.ValidTo, !e.Current(today), e.Current(today))
			}
		}
	}
	if got, err := s.Current(t.Context(), nil, "2026-11-22"); err != nil || len(got) != 0 {
		t.Errorf("current of no ids = %v, %v", got, err)
	}
}

func codes(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft), Entry(2, faq.Draft))
	err := s.Atomic(t.Context(), func(tx faq.Tx) error {
		_, err := tx.Insert(t.Context(), Entry(1, faq.Draft))
		return err
	})
	if desk.CodeOf(err) != desk.Conflict {
		t.Errorf("insert with a code in use: %v, want conflict", err)
	}
	taken := e[1]
	taken.Code, taken.Revision = e[0].Code, 2
	err = s.Atomic(t.Context(), func(tx faq.Tx) error { return tx.Update(t.Context(), taken) })
	if desk.CodeOf(err) != desk.Conflict {
		t.Errorf("update to a code in use: %v, want conflict", err)
	}
}

func oldRevision(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft))[0]
	update := func(revision int64) error {
		e.Revision = revision
		e.Answer = "改"
		return s.Atomic(t.Context(), func(tx faq.Tx) error { return tx.Update(t.Context(), e) })
	}
	if err := update(2); err != nil {
		t.Fatal(err)
	}
	for _, revision := range []int64{1, 2, 4} {
		if err := update(revision); desk.ReasonOf(err) != "entry_changed" {
			t.Errorf("writing revision %d over 2: %v, want entry_changed", revision, err)
		}
	}
}

func race(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft))[0]
	const writers, rounds = 4, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range rounds {
				err := s.Atomic(t.Context(), func(tx faq.Tx) error {
					now, err := tx.Entry(t.Context(), e.ID)
					if err != nil {
						return err
					}
					now.Revision++
					if err := tx.Update(t.Context(), now); err != nil {
						return err
					}
					return tx.AddRevision(t.Context(), RevisionOf(now))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := s.Entry(t.Context(), e.ID); err != nil || got.Revision != 1+writers*rounds {
		t.Errorf("revision = %d, %v, want %d", got.Revision, err, 1+writers*rounds)
	}
}

func rollback(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft))[0]
	broken := errors.New("broken off")
	err := s.Atomic(t.Context(), func(tx faq.Tx) error {
		changed := e
		changed.Revision, changed.Answer = 2, "没有写入"
		err := errors.Join(
			tx.Update(t.Context(), changed),
			tx.AddRevision(t.Context(), RevisionOf(changed)),
			tx.Enqueue(t.Context(), desk.Task{Kind: faq.TaskIndex, Key: e.ID.String()}),
			tx.Record(t.Context(), desk.NewEvent(faq.EntryChanged, Noon, struct{}{})),
		)
		if _, insertErr := tx.Insert(t.Context(), Entry(2, faq.Draft)); err != nil || insertErr != nil {
			t.Errorf("writes: %v, %v", err, insertErr)
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("err = %v", err)
	}
	if got, err := s.Entry(t.Context(), e.ID); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("entry after a broken transaction = %+v, %v", got, err)
	}
	if keys, _ := s.Keys(t.Context()); len(keys) != 1 {
		t.Errorf("%d entries, want 1", len(keys))
	}
}

func revisions(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Draft))[0]
	for n := int64(2); n <= 3; n++ {
		e.Revision, e.State, e.UpdatedBy = n, faq.Published, n
		e.UpdatedAt = Noon.Add(time.Duration(n) * time.Hour)
		err := s.Atomic(t.Context(), func(tx faq.Tx) error {
			return errors.Join(tx.Update(t.Context(), e), tx.AddRevision(t.Context(), RevisionOf(e)))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Revisions(t.Context(), e.ID, 2)
	if err != nil || len(got) != 2 {
		t.Fatalf("revisions = %v, %v, want 2", got, err)
	}
	want := faq.Revision{EntryID: e.ID, Revision: 3, Content: e.Content, State: faq.Published, AuthorID: 3, CreatedAt: e.UpdatedAt}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("newest = %+v\nwant %+v", got[0], want)
	}
	if got[1].Revision != 2 {
		t.Errorf("second is revision %d, want 2", got[1].Revision)
	}
}

func uses(t *testing.T, s faq.Store) {
	e := add(t, s, Entry(1, faq.Published))[0]
	for range 3 {
		if err := s.AddUse(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Entry(t.Context(), e.ID); err != nil || got.Uses != 3 || got.Revision != 1 {
		t.Errorf("uses = %d, revision %d, %v, want 3, 1", got.Uses, got.Revision, err)
	}
	if err := s.AddUse(t.Context(), e.ID+1000); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("use of a missing entry: %v, want not_found", err)
	}
}

func facets(t *testing.T, s faq.Store) {
	none := Entry(9, faq.Draft)
	none.Category, none.Department = "", ""
	add(t, s, Entry(1, faq.Draft), Entry(3, faq.Published), Entry(4, faq.Retired), none)
	got, err := s.Facets(t.Context(), "")
	slices.Sort(got.Categories)
	slices.Sort(got.Departments)
	want := faq.Facets{Categories: []string{"类别0", "类别1"}, Departments: []string{"部门0", "部门1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("facets = %v, %v, want %v", got, err, want)
	}
}

func many(t *testing.T, s faq.Store) {
	var all []faq.Entry
	for n := range 500 {
		all = append(all, Entry(n, faq.Published))
	}
	ids := idsOf(add(t, s, all...))
	for _, n := range []int{0, 1, 8, 9, 100, 500} {
		got, err := s.EntriesByID(t.Context(), ids[:n])
		if err != nil {
			t.Fatal(err)
		}
		found := idsOf(got)
		slices.Sort(found)
		if !slices.Equal(found, ids[:n]) {
			t.Errorf("%d ids: got %d entries", n, len(found))
		}
	}
	got, err := s.EntriesByID(t.Context(), []faq.EntryID{ids[0], ids[499] + 1000})
	if err != nil || !slices.Equal(idsOf(got), ids[:1]) {
		t.Errorf("with a missing id: %v, %v, want the other", idsOf(got), err)
	}
}

func anyText(t *testing.T, s faq.Store) {
	e := Entry(1, faq.Draft)
	e.Question = `'; DROP TABLE entries; -- "$1" 😀 𠮷`
	e.Answer = "第一行\n\t第二行 \\ % _ {}"
	e.Similar = []string{`"`, `\`, "[]", "null", "a|b", "😀"}
	e = add(t, s, e)[0]
	if got, err := s.Entry(t.Context(), e.ID); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("entry = %+v, %v\nwant %+v", got, err, e)
	}
}

func walk(t *testing.T, s faq.Store) {
	want := idsOf(add(t, s, Entry(1, faq.Draft), Entry(2, faq.Published), Entry(3, faq.Retired)))
	type versioned interface {
		Versions(ctx context.Context, after faq.EntryID, limit int) ([]faq.Version, error)
	}
	for limit := 1; limit <= 4; limit++ {
		var got, versions []faq.EntryID
		for after := faq.EntryID(0); ; {
			step, err := s.EntriesFrom(t.Context(), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, idsOf(step)...)
			if v, ok := s.(versioned); ok {
				held, err := v.Versions(t.Context(), after, limit)
				if err != nil {
					t.Fatal(err)
				}
				for _, version := range held {
					versions = append(versions, version.ID)
				}
			}
			if len(step) < limit {
				break
			}
			after = step[len(step)-1].ID
		}
		if !slices.Equal(got, want) || versions != nil && !slices.Equal(versions, want) {
			t.Errorf("by %d: %v, versions %v, want %v", limit, got, versions, want)
		}
	}
}
