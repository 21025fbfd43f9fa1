package faq_test

import (
	"testing"
	"time"

	"replydesk/faq"
)

func TestDayOf(t *testing.T) {
	for at, want := range map[string]faq.Day{
		"2026-11-21T15:59:59Z":      "2026-11-21",
		"2026-11-21T16:00:00Z":      "2026-11-22",
		"2026-11-22T00:00:00+08:00": "2026-11-22",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := faq.DayOf(moment); got != want {
			t.Errorf("%s is %s in China, want %s", at, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	same := func(s string) string { return s }
	c := faq.Content{
		Question: " a\u2028b\u0007 ", Answer: "x\r\n\ty\u2029z\x00\xff ", ValidFrom: " 2026-01-01\n",
		Similar: []string{"b", "a b", " b ", "", "c\nd"},
	}.Clean(same)
	want := faq.Content{Question: "a b", Answer: "x\n\ty\nz\uFFFD", ValidFrom: "2026-01-01", Similar: []string{"b", "c d"}}
	if !c.Equal(want) {
		t.Errorf("cleaned %+v, want %+v", c, want)
	}
	if !c.Clean(same).Equal(c) {
		t.Error("cleaning twice changes more")
	}
}
