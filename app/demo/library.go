package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"replydesk/configs/demo"
	"replydesk/faq"
)

// proposal is a line of proposals.jsonl: a text under way to citizens.
type proposal struct {
	By     string `json:"by"`
	Code   string `json:"code"` // "": a new entry
	Change struct {
		Question       *string   `json:"question"`
		Similar        *[]string `json:"similar_questions"`
		Answer         *string   `json:"answer"`
		Category       *string   `json:"category"`
		Department     *string   `json:"department"`
		DocumentNumber *string   `json:"document_number"`
		ServiceLink    *string   `json:"service_link"`
		ValidTo        *faq.Day  `json:"valid_to"`
	} `json:"change"`
	EndsIn int  `json:"ends_in"` // days from now to the last day
	Submit bool `json:"submit"`
	Reject *struct {
		By     string `json:"by"`
		Reason string `json:"reason"`
	} `json:"reject"`
	Approve *struct {
		By string `json:"by"`
		In string `json:"in"` // a duration; "": at once
	} `json:"approve"`
}

func (p proposal) edit(now time.Time) faq.Edit {
	e := faq.Edit{
		Question: p.Change.Question, Similar: p.Change.Similar, Answer: p.Change.Answer, Category: p.Change.Category,
		Department: p.Change.Department, DocumentNumber: p.Change.DocumentNumber, ServiceLink: p.Change.ServiceLink,
		ValidTo: p.Change.ValidTo,
	}
	if p.EndsIn > 0 {
		day := faq.DayOf(now.AddDate(0, 0, p.EndsIn))
		e.ValidTo = &day
	}
	return e
}

// propose puts texts under way into the library, each by its person.
func (s Story) propose(ctx context.Context, library *faq.Service) error {
	b, err := fs.ReadFile(demo.Files, "proposals.jsonl")
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var p proposal
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return fmt.Errorf("demo proposals: %w", err)
		}
		if err := s.proposeOne(ctx, library, p); err != nil {
			return fmt.Errorf("demo proposal %q: %w", p.Code, err)
		}
	}
	return nil
}

func (s Story) proposeOne(ctx context.Context, library *faq.Service, p proposal) error {
	by, ok := s.Users[p.By]
	if !ok {
		return fmt.Errorf("no user %q", p.By)
	}
	edit := p.edit(s.Now)
	id := faq.EntryID(s.Entries[p.Code])
	if p.Code == "" {
		made, err := library.Create(ctx, by, edit.Content())
		if err != nil {
			return err
		}
		id = made.ID
	} else {
		e, err := library.Entry(ctx, by, id)
		if err != nil {
			return err
		}
		if _, err := library.Update(ctx, by, id, faq.Seen{Revision: e.Revision}, edit); err != nil {
			return err
		}
	}
	if p.Submit {
		if _, err := library.Submit(ctx, by, id, faq.Seen{}, time.Time{}); err != nil {
			return err
		}
	}
	if p.Reject != nil {
		_, err := library.Reject(ctx, s.Users[p.Reject.By], id, faq.Seen{}, p.Reject.Reason)
		return err
	}
	if p.Approve == nil {
		return nil
	}
	var approval faq.Approval
	if p.Approve.In != "" {
		wait, err := time.ParseDuration(p.Approve.In)
		if err != nil {
			return err
		}
		at := s.Now.Add(wait)
		approval.PublishAt = &at
	}
	reviewer := s.Users[p.Approve.By]
	e, err := library.Entry(ctx, reviewer, id)
	if err != nil {
		return err
	}
	approval.Seen.Revision = e.Revision
	if e.Proposal != nil {
		approval.Seen.Version = e.Proposal.Version
	}
	_, err = library.Publish(ctx, reviewer, id, approval)
	return err
}
