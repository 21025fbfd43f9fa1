package faqtest

import (
	"bytes"
	"testing"
	"time"

	"replydesk/faq"
)

// VectorStore is a Store that keeps vectors too.
type VectorStore interface {
	faq.Store
	faq.VectorStore
}

// ExerciseVectors runs what every VectorStore must do; open returns an empty
// one.
func ExerciseVectors(t *testing.T, open func(t *testing.T) VectorStore) {
	s := open(t)
	entries := add(t, s, Entry(1, faq.Published), Entry(2, faq.Draft), Entry(3, faq.Published), Entry(4, faq.Published))
	missing := func(model string, want ...faq.EntryID) {
		t.Helper()
		got, err := s.WithoutVector(t.Context(), model, 10)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s lacks %d vectors, %v, want %d", model, len(got), err, len(want))
		}
		for i, e := range got {
			if e.ID != want[i] || e.Question == "" {
				t.Errorf("%s lacks entry %d, want %d", model, e.ID, want[i])
			}
		}
	}
	save := func(model string, vectors ...faq.Vector) {
		t.Helper()
		if err := s.SaveVectors(t.Context(), model, vectors); err != nil {
			t.Fatal(err)
		}
	}
	first, third, fourth := entries[0].ID, entries[2].ID, entries[3].ID
	missing("one", first, third, fourth)
	later := Noon.Add(time.Second)
	save("one", faq.Vector{EntryID: third, Revision: 1, MadeAt: Noon, Bytes: []byte{0, 255, 3}},
		faq.Vector{EntryID: fourth, Revision: 1, MadeAt: Noon, Bytes: []byte{4}},
		faq.Vector{EntryID: first, Revision: 1, MadeAt: later, Bytes: []byte{1}},
		faq.Vector{EntryID: fourth + 100, Revision: 1, MadeAt: later, Bytes: []byte{1}}) // gone meanwhile
	missing("one")
	missing("two", first, third, fourth)

	var got []faq.Vector
	for after, id := (time.Time{}), faq.EntryID(0); ; {
		page, err := s.Vectors(t.Context(), "one", after, id, 2)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page...)
		if len(page) < 2 {
			break
		}
		after, id = page[1].MadeAt, page[1].EntryID
	}
	if len(got) != 3 || got[0].EntryID != third || got[1].EntryID != fourth || got[2].EntryID != first ||
		!bytes.Equal(got[0].Bytes, []byte{0, 255, 3}) || !got[2].MadeAt.Equal(later) || got[0].Revision != 1 {
		t.Errorf("vectors %+v", got)
	}

	changed := entries[0]
	changed.Revision = 2
	if err := s.Atomic(t.Context(), func(tx faq.Tx) error { return tx.Update(t.Context(), changed) }); err != nil {
		t.Fatal(err)
	}
	missing("one", first)
	save("two", faq.Vector{EntryID: third, Revision: 1, MadeAt: later, Bytes: []byte{9}})
	missing("one", first, third)
	if page, err := s.Vectors(t.Context(), "two", time.Time{}, 0, 10); err != nil || len(page) != 1 || page[0].Bytes[0] != 9 {
		t.Errorf("vectors of the other model %+v, %v", page, err)
	}
}
