package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/faq"
)

// EntrySeen is what somebody who decides about a text has read; what is absent
// is not compared. To let a text out one of them is needed: the version of a
// proposal, the revision of an entry without one.
type EntrySeen struct {
	Revision        int64 `json:"revision,omitempty" minimum:"0" doc:"of the entry; 409 entry_changed when there is a newer one"`
	ProposalVersion int64 `json:"proposal_version,omitempty" minimum:"0" doc:"of the proposal; 409 entry_changed when there is another text"`
}

func (b EntrySeen) seen() faq.Seen { return faq.Seen{Revision: b.Revision, Version: b.ProposalVersion} }

type (
	// EntryRelease says which text is to go out, and when.
	EntryRelease struct {
		EntrySeen
		PublishAt *time.Time `json:"publish_at,omitempty" doc:"when it goes out; past: at once, absent: as it was submitted, or at once"`
	}
	releaseInput struct {
		ByID
		Body *EntryRelease // may be absent to submit: whatever is pending, at once
	}
	rejectEntryInput struct {
		ByID
		Body struct {
			EntrySeen
			Reason string `json:"reason" maxLength:"500"`
		}
	}
	discardInput struct {
		ByID
		Version int64 `query:"version" minimum:"0" doc:"of the proposal read; 409 entry_changed when there is another text"`
	}
	restoreInput struct {
		ByID
		Body struct {
			EntrySeen
			Restore int64 `json:"restore" minimum:"1" doc:"the revision whose text is proposed anew"`
		}
	}
	compareInput struct {
		ByID
		From int64 `query:"from" minimum:"0" required:"true" doc:"a revision; 0: the proposal"`
		To   int64 `query:"to" minimum:"0" required:"true" doc:"a revision; 0: the proposal"`
	}
	similarInput struct {
		Body struct {
			Question   string   `json:"question" maxLength:"200"`
			Similar    []string `json:"similar_questions,omitempty" maxItems:"50"`
			Department string   `json:"department,omitempty" maxLength:"100"`
			ValidFrom  string   `json:"valid_from,omitempty" maxLength:"10"`
			ValidTo    string   `json:"valid_to,omitempty" maxLength:"10"`
			Exclude    ID       `json:"exclude,omitempty" doc:"the entry being written"`
		}
	}
)

func (s *Server) reviewRoutes() {
	library := s.deps.Library
	post := func(action, name, summary string) operationArgs {
		return operationArgs{http.MethodPost, "/faq/entries/{id}/" + action, name, summary}
	}
	route(s, s.op(post("submit", "submitEntry", "Ask a second person to review what is pending")),
		func(ctx context.Context, who auth.Principal, in *releaseInput) (Entry, error) {
			b := or(in.Body)
			return s.entryOr(ctx, who)(library.Submit(ctx, who.Actor(), faq.EntryID(in.ID.number()), b.seen(), or(b.PublishAt)))
		})
	route(s, s.op(post("approve", "approveEntry", "Let a text in review out, now or at its time")),
		func(ctx context.Context, who auth.Principal, in *releaseInput) (Entry, error) {
			b := or(in.Body)
			a := faq.Approval{Seen: b.seen(), PublishAt: b.PublishAt}
			return s.entryOr(ctx, who)(library.Approve(ctx, who.Actor(), faq.EntryID(in.ID.number()), a))
		})
	route(s, s.op(post("publish", "publishEntry", "Approve what is pending, whether it was submitted or not")),
		func(ctx context.Context, who auth.Principal, in *releaseInput) (Entry, error) {
			b := or(in.Body)
			a := faq.Approval{Seen: b.seen(), PublishAt: b.PublishAt}
			return s.entryOr(ctx, who)(library.Publish(ctx, who.Actor(), faq.EntryID(in.ID.number()), a))
		})
	route(s, s.op(post("reject", "rejectEntry", "Send a text back with a reason")),
		func(ctx context.Context, who auth.Principal, in *rejectEntryInput) (Entry, error) {
			return s.entryOr(ctx, who)(library.Reject(ctx, who.Actor(), faq.EntryID(in.ID.number()), in.Body.seen(), in.Body.Reason))
		})
	route(s, s.op(post("restore", "restoreEntry", "Propose what an entry said in a revision")),
		func(ctx context.Context, who auth.Principal, in *restoreInput) (Entry, error) {
			return s.entryOr(ctx, who)(library.Restore(ctx, who.Actor(), faq.EntryID(in.ID.number()), in.Body.seen(), in.Body.Restore))
		})
	route(s, s.op(operationArgs{http.MethodDelete, "/faq/entries/{id}/proposal", "discardProposal", "Throw the proposal of a published entry away"}),
		func(ctx context.Context, who auth.Principal, in *discardInput) (Entry, error) {
			return s.entryOr(ctx, who)(library.Discard(ctx, who.Actor(), faq.EntryID(in.ID.number()), faq.Seen{Version: in.Version}))
		})
	route(s, s.op(operationArgs{http.MethodGet, "/faq/entries/{id}/compare", "compareEntry", "What changed between two texts of an entry"}), s.compare)
	route(s, s.op(operationArgs{http.MethodPost, "/faq/similar", "similarEntries", "Entries that may ask the same"}), s.similar)
	route(s, s.op(operationArgs{http.MethodGet, "/faq/counts", "countEntries", "What waits for an editor"}),
		func(ctx context.Context, who auth.Principal, _ *nothing) (LibraryCounts, error) {
			c, err := library.Counts(ctx, who.Actor())
			return LibraryCounts(c), err
		})
}

func (s *Server) compare(ctx context.Context, who auth.Principal, in *compareInput) (Comparison, error) {
	c, err := s.deps.Library.Compare(ctx, who.Actor(), faq.EntryID(in.ID.number()), in.From, in.To)
	return Comparison{Changes: each(c, func(f faq.FieldDiff) FieldDiff {
		return FieldDiff{Field: f.Field, Parts: each(f.Parts, diffPart)}
	})}, err
}

func (s *Server) similar(ctx context.Context, who auth.Principal, in *similarInput) (List[SimilarEntry], error) {
	b := in.Body
	c := faq.Content{
		Question: b.Question, Similar: b.Similar, Department: b.Department, ValidFrom: faq.Day(b.ValidFrom), ValidTo: faq.Day(b.ValidTo),
	}
	found, err := s.deps.Library.Similar(ctx, who.Actor(), c, faq.EntryID(in.Body.Exclude.number()))
	return listOf(found, func(a faq.Alike) SimilarEntry {
		return SimilarEntry{
			EntryID: idOf(a.Entry.ID), Code: a.Entry.Code, Question: a.Entry.Question, State: string(a.Entry.State),
			Own: a.Own, Wording: a.Wording, Likeness: a.Likeness, Bars: a.Bars,
		}
	}), err
}
