package api

import (
	"time"

	"replydesk/faq"
)

// Entry is one standard answer.
type Entry struct {
	ID ID `json:"id"`
	EntryContent
	State     string        `json:"state" enum:"draft,published,retired"`
	Current   bool          `json:"current" doc:"published and valid today"`
	Revision  int64         `json:"revision"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	UpdatedBy Nullable[Ref] `json:"updated_by" doc:"null: the desk itself"`
	Uses      int64         `json:"uses" doc:"replies sent from it"`
}

// EntryContent is what an editor wrote. Days are YYYY-MM-DD in China.
type EntryContent struct {
	Code           string   `json:"code"`
	Question       string   `json:"question"`
	Similar        []string `json:"similar_questions"`
	Answer         string   `json:"answer"`
	Category       string   `json:"category"`
	Department     string   `json:"department"`
	DocumentNumber string   `json:"document_number"`
	ServiceLink    string   `json:"service_link"`
	ValidFrom      string   `json:"valid_from,omitempty" format:"date"`
	ValidTo        string   `json:"valid_to,omitempty" format:"date"`
}

// EntryRevision is what an entry said after one change.
type EntryRevision struct {
	EntryContent
	Revision int64         `json:"revision"`
	State    string        `json:"state" enum:"draft,published,retired"`
	At       time.Time     `json:"at"`
	By       Nullable[Ref] `json:"by" doc:"null: the desk itself"`
}

// Suggestion is one answer found.
type Suggestion struct {
	EntryID         ID      `json:"entry_id"`
	Revision        int64   `json:"revision"`
	Question        string  `json:"question"`
	MatchedQuestion string  `json:"matched_question" doc:"the wording most like what was asked"`
	Answer          string  `json:"answer"`
	Score           float64 `json:"score" doc:"orders the answers of one search"`
	Confidence      float64 `json:"confidence" doc:"0 to 1: how likely this answers the question"`
	Department      string  `json:"department"`
	DocumentNumber  string  `json:"document_number"`
	ServiceLink     string  `json:"service_link"`
	ValidTo         string  `json:"valid_to,omitempty" format:"date"`
	Matches         []Match `json:"matches"`
}

// Match is a shared part of a wording, in characters, end exclusive.
type Match struct {
	Field string `json:"field" enum:"question,matched_question"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// Facets is what the library can be filtered by.
type Facets struct {
	Categories  []string `json:"categories"`
	Departments []string `json:"departments"`
}

// ImportResult is what an import did, or with dry_run would do.
type ImportResult struct {
	Created   int           `json:"created"`
	Updated   int           `json:"updated"`
	Unchanged int           `json:"unchanged"`
	Errors    []ImportError `json:"errors"`
}

// ImportError is why a row was left out.
type ImportError struct {
	Row     int    `json:"row"`
	Message string `json:"message"`
}

func importOf(r faq.ImportResult) ImportResult {
	return ImportResult{
		Created: r.Created, Updated: r.Updated, Unchanged: r.Unchanged,
		Errors: each(r.Errors, func(e faq.RowError) ImportError { return ImportError{Row: e.Row, Message: e.Message} }),
	}
}

func contentOf(c faq.Content) EntryContent {
	return EntryContent{
		Code: c.Code, Question: c.Question, Similar: append([]string{}, c.Similar...), Answer: c.Answer,
		Category: c.Category, Department: c.Department, DocumentNumber: c.DocumentNumber, ServiceLink: c.ServiceLink,
		ValidFrom: string(c.ValidFrom), ValidTo: string(c.ValidTo),
	}
}

func (s *Server) entry(e faq.Entry, names map[int64]string) Entry {
	return Entry{
		ID: idOf(e.ID), EntryContent: contentOf(e.Content), State: string(e.State), Current: s.deps.Library.Current(e),
		Revision: e.Revision, CreatedAt: utc(e.CreatedAt), UpdatedAt: utc(e.UpdatedAt),
		UpdatedBy: refOf(e.UpdatedBy, names[e.UpdatedBy]), Uses: e.Uses,
	}
}

func revisionOf(r faq.Revision, names map[int64]string) EntryRevision {
	return EntryRevision{
		EntryContent: contentOf(r.Content), Revision: r.Revision, State: string(r.State), At: utc(r.CreatedAt),
		By: refOf(r.AuthorID, names[r.AuthorID]),
	}
}

func suggestionOf(h faq.Hit) Suggestion {
	return Suggestion{
		EntryID: idOf(h.Entry.ID), Revision: h.Entry.Revision, Question: h.Entry.Question, MatchedQuestion: h.Matched,
		Answer: h.Entry.Answer, Score: h.Score, Confidence: h.Confidence, Department: h.Entry.Department,
		DocumentNumber: h.Entry.DocumentNumber, ServiceLink: h.Entry.ServiceLink, ValidTo: string(h.Entry.ValidTo),
		Matches: each(h.Matches, func(m faq.Match) Match { return Match{Field: m.Field, Start: m.Start, End: m.End} }),
	}
}
