package faq

import (
	"context"
	"io"

	"replydesk/faq/sheet"
	"replydesk/inbox/desk"
)

// exportStep is how many entries are read at once.
const exportStep = 500

// Export writes the entries the actor may see, oldest first, as Import reads them. Needs
// ReadLibrary. An unknown format is an Invalid error.
func (s *Service) Export(ctx context.Context, actor desk.Actor, w io.Writer, format Format) error {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return err
	}
	out, err := sheet.NewWriter(format, w)
	if err != nil {
		return err
	}
	for after := EntryID(0); ; {
		entries, err := s.store.EntriesFrom(ctx, after, exportStep)
		if err != nil {
			return err
		}
		for _, e := range entries {
			after = e.ID
			if !shows(actor, e.State) {
				continue
			}
			if err := out.Write(exportRow(e)); err != nil {
				return err
			}
		}
		if len(entries) < exportStep {
			return out.Close()
		}
	}
}

func exportRow(e Entry) sheet.Row {
	var r sheet.Row
	for column, text := range map[sheet.Column]string{
		sheet.Code: e.Code, sheet.Question: e.Question, sheet.Answer: e.Answer,
		sheet.Category: e.Category, sheet.Department: e.Department,
		sheet.DocumentNumber: e.DocumentNumber, sheet.ServiceLink: e.ServiceLink,
		sheet.ValidFrom: string(e.ValidFrom), sheet.ValidTo: string(e.ValidTo),
		sheet.State: string(e.State),
	} {
		r.Set(column, text)
	}
	r.SetSimilar(e.Similar)
	return r
}
