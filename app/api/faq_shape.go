package api

import (
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
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
	// Figures is for who may edit the library and asked for some days.
	Figures Nullable[EntryUses] `json:"figures" doc:"how it was used on the days asked for; null: none were, or not for who asks"`
	// Proposal is for who may edit the library.
	Proposal   Nullable[Proposal] `json:"proposal" doc:"the text under way to citizens; null: none, or not for who asks"`
	MayPublish bool               `json:"may_publish" doc:"whether who asks may let out what is pending"`
}

// Proposal is a text that is to become what an entry says.
type Proposal struct {
	EntryContent
	State       string        `json:"state" enum:"draft,in_review,rejected,scheduled"`
	Version     int64         `json:"version" doc:"rises with every text proposed for the entry"`
	Authors     []Ref         `json:"authors" doc:"who wrote in it and may not approve it"`
	UpdatedAt   time.Time     `json:"updated_at"`
	UpdatedBy   Nullable[Ref] `json:"updated_by"`
	SubmittedAt time.Time     `json:"submitted_at,omitzero"`
	SubmittedBy Nullable[Ref] `json:"submitted_by"`
	ReviewedAt  time.Time     `json:"reviewed_at,omitzero"`
	ReviewedBy  Nullable[Ref] `json:"reviewed_by"`
	Reason      string        `json:"reason" doc:"why it was rejected"`
	PublishAt   time.Time     `json:"publish_at,omitzero" doc:"when it goes out; absent: when approved"`
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
	By       Nullable[Ref] `json:"by" doc:"who wrote it; null: the desk itself"`
	Reviewer Nullable[Ref] `json:"reviewer" doc:"who approved it; null: nobody had to"`
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
	Slips           []Slip  `json:"slips" doc:"characters of what was asked that were read as others; the same for every answer of a search"`
}

// Slip is a character that was typed for another that sounds alike.
type Slip struct {
	Typed string `json:"typed"`
	Meant string `json:"meant"`
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
	Desk        []string `json:"desk_departments" doc:"the desk's own departments; an entry of another one reminds nobody"`
	Answering   []string `json:"answering_departments" doc:"departments of published entries: what a bot can be limited to"`
	FourEyes    bool     `json:"four_eyes" doc:"a second person has to approve every text"`
}

// LibraryCounts is what waits for an editor.
type LibraryCounts struct {
	InReview  int `json:"in_review"`
	Rejected  int `json:"rejected"`
	Scheduled int `json:"scheduled"`
	Expiring  int `json:"expiring" doc:"last day within 30 days"`
}

// Comparison is what became of an entry between two texts.
type Comparison struct {
	Changes []FieldDiff `json:"changes" doc:"fields that say the same are left out"`
}

// FieldDiff is how one field became another text.
type FieldDiff struct {
	Field string     `json:"field"`
	Parts []DiffPart `json:"parts"`
}

func diffPart(p faq.DiffPart) DiffPart { return DiffPart{Op: string(p.Op), Text: p.Text} }

// DiffPart is a stretch of a text that both sides have, or only one.
type DiffPart struct {
	Op   string `json:"op" enum:"same,removed,added"`
	Text string `json:"text"`
}

// SimilarEntry is an entry that may ask the same.
type SimilarEntry struct {
	EntryID  ID      `json:"entry_id"`
	Code     string  `json:"code"`
	Question string  `json:"question"`
	State    string  `json:"state" enum:"draft,published,retired"`
	Own      string  `json:"own" doc:"the wording that is being written"`
	Wording  string  `json:"wording" doc:"the entry's wording most like it"`
	Likeness float64 `json:"likeness" doc:"0 to 1; 1: the same question"`
	Bars     bool    `json:"bars" doc:"what is being written cannot be published beside it"`
}

// ImportResult is what an import did, or with dry_run would do.
type ImportResult struct {
	Created   int            `json:"created"`
	Updated   int            `json:"updated"`
	Unchanged int            `json:"unchanged"`
	InReview  int            `json:"in_review" doc:"how many of the created and updated wait for a second person"`
	Emptied   int            `json:"emptied" doc:"how many of the updated lose what a column said, because its cell is empty"`
	Errors    []ImportError  `json:"errors"`
	Warnings  []ImportError  `json:"warnings" doc:"of rows that were taken, or would be"`
	Changes   []ImportChange `json:"changes" doc:"of a dry run: what the first 200 rows would change"`
}

// ImportChange is what a row would change.
type ImportChange struct {
	Row      int           `json:"row"`
	EntryID  ID            `json:"entry_id,omitempty" doc:"absent for a new entry"`
	Question string        `json:"question"`
	State    string        `json:"state" enum:"draft,published,retired"`
	InReview bool          `json:"in_review"`
	Fields   []FieldChange `json:"fields"`
}

// FieldChange is a field before and after, cut at 200 characters.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ImportError is why a row was left out.
type ImportError struct {
	Row     int    `json:"row"`
	Message string `json:"message"`
}

func importOf(r faq.ImportResult) ImportResult {
	return ImportResult{
		Created: r.Created, Updated: r.Updated, Unchanged: r.Unchanged, InReview: r.InReview, Emptied: r.Emptied,
		Changes: each(r.Changes, changeOf),
		Errors:  each(r.Errors, rowOf), Warnings: each(r.Warnings, rowOf),
	}
}

func rowOf(e faq.RowError) ImportError { return ImportError{Row: e.Row, Message: e.Message} }

func changeOf(c faq.RowChange) ImportChange {
	return ImportChange{
		Row: c.Row, EntryID: idOf(c.EntryID), Question: c.Question, State: string(c.State), InReview: c.InReview,
		Fields: each(c.Fields, func(f faq.FieldChange) FieldChange { return FieldChange(f) }),
	}
}

func contentOf(c faq.Content) EntryContent {
	return EntryContent{
		Code: c.Code, Question: c.Question, Similar: append([]string{}, c.Similar...), Answer: c.Answer,
		Category: c.Category, Department: c.Department, DocumentNumber: c.DocumentNumber, ServiceLink: c.ServiceLink,
		ValidFrom: string(c.ValidFrom), ValidTo: string(c.ValidTo),
	}
}

func (s *Server) entry(actor desk.Actor, e faq.Entry, names map[int64]string) Entry {
	var proposal Nullable[Proposal]
	if e.Proposal != nil {
		proposal = some(proposalOf(*e.Proposal, names))
	}
	return Entry{
		ID: idOf(e.ID), EntryContent: contentOf(e.Content), State: string(e.State), Current: s.deps.Library.Current(e),
		Revision: e.Revision, CreatedAt: utc(e.CreatedAt), UpdatedAt: utc(e.UpdatedAt),
		UpdatedBy: refOf(e.UpdatedBy, names[e.UpdatedBy]), Uses: e.Uses,
		Proposal: proposal, MayPublish: s.deps.Library.MayPublish(actor, e),
	}
}

func proposalOf(p faq.Proposal, names map[int64]string) Proposal {
	return Proposal{
		EntryContent: contentOf(p.Content), State: string(p.State), Version: p.Version,
		Authors:   each(p.Authors, func(id int64) Ref { return Ref{ID: idOf(id), Name: names[id]} }),
		UpdatedAt: utc(p.UpdatedAt), UpdatedBy: refOf(p.AuthorID, names[p.AuthorID]),
		SubmittedAt: utc(p.SubmittedAt), SubmittedBy: refOf(p.SubmittedBy, names[p.SubmittedBy]),
		ReviewedAt: utc(p.ReviewedAt), ReviewedBy: refOf(p.ReviewerID, names[p.ReviewerID]),
		Reason: p.Reason, PublishAt: utc(p.PublishAt),
	}
}

func revisionOf(r faq.Revision, names map[int64]string) EntryRevision {
	return EntryRevision{
		EntryContent: contentOf(r.Content), Revision: r.Revision, State: string(r.State), At: utc(r.CreatedAt),
		By: refOf(r.AuthorID, names[r.AuthorID]), Reviewer: refOf(r.ReviewerID, names[r.ReviewerID]),
	}
}

func suggestionOf(h faq.Hit) Suggestion {
	return Suggestion{
		EntryID: idOf(h.Entry.ID), Revision: h.Entry.Revision, Question: h.Entry.Question, MatchedQuestion: h.Matched,
		Answer: h.Entry.Answer, Score: h.Score, Confidence: h.Confidence, Department: h.Entry.Department,
		DocumentNumber: h.Entry.DocumentNumber, ServiceLink: h.Entry.ServiceLink, ValidTo: string(h.Entry.ValidTo),
		Matches: each(h.Matches, func(m faq.Match) Match { return Match{Field: m.Field, Start: m.Start, End: m.End} }),
		Slips:   each(h.Slips, func(s faq.Slip) Slip { return Slip(s) }),
	}
}
