// Package faqtest has what tests of the library share: sample entries and the
// suite that every Store must pass.
package faqtest

import (
	"fmt"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/faq/text"
)

// Noon is the moment most tests happen: noon of 22 November 2026 in China.
var Noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// Lexicon returns the word lists the desk runs with.
func Lexicon(t testing.TB) *text.Lexicon {
	t.Helper()
	lex, err := text.Default()
	if err != nil {
		t.Fatalf("word lists: %v", err)
	}
	return lex
}

// Model returns the weights the desk runs with.
func Model(t testing.TB) *faq.Model {
	t.Helper()
	m, err := faq.DefaultModel()
	if err != nil {
		t.Fatalf("search weights: %v", err)
	}
	return m
}

// Content returns a sound entry of its own for each n.
func Content(n int) faq.Content {
	return faq.Content{
		Code:       fmt.Sprintf("T-%04d", n),
		Question:   fmt.Sprintf("第 %d 号事项如何办理？", n),
		Similar:    []string{fmt.Sprintf("办第 %d 号事项要什么材料", n), fmt.Sprintf("%d 号事项去哪里办", n)},
		Answer:     fmt.Sprintf("请携带身份证到 %d 号窗口办理。", n),
		Category:   fmt.Sprintf("类别%d", n%3),
		Department: fmt.Sprintf("部门%d", n%2),
	}
}

// Entry returns the first revision of an entry as a Store takes it.
func Entry(n int, state faq.State) faq.Entry {
	return faq.Entry{
		Content: Content(n), State: state, Revision: 1,
		CreatedAt: Noon, UpdatedAt: Noon, UpdatedBy: int64(n),
	}
}

// RevisionOf is the revision that an entry's newest text is.
func RevisionOf(e faq.Entry) faq.Revision {
	return faq.Revision{
		EntryID: e.ID, Revision: e.Revision, Content: e.Content, State: e.State, AuthorID: e.UpdatedBy, CreatedAt: e.UpdatedAt,
	}
}
