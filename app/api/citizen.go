package api

import (
	"context"
	"net/http"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// ProgressCode is what a citizen needs to ask how far a ticket is.
type ProgressCode struct {
	Number string `json:"number"`
	Code   string `json:"code"`
	URL    string `json:"url" doc:"the progress page with both; the code stands behind the #, which no server is told"`
}

func (s *Server) progressCode(c inbox.ProgressCode, err error) (ProgressCode, error) {
	return ProgressCode{Number: c.Number, Code: c.Code, URL: s.config.BaseURL + ProgressPath + "/" + c.Number + "#" + c.Code}, err
}

func (s *Server) citizenRoutes() {
	tell := func(path, name, summary string, f func(ctx context.Context, actor desk.Actor, t inbox.TicketID) (inbox.ProgressCode, error)) {
		route(s, s.operation(http.MethodPost, "/tickets/{id}/code"+path, name, summary),
			func(ctx context.Context, who auth.Principal, in *ByID) (ProgressCode, error) {
				return s.progressCode(f(ctx, who.Actor(), inbox.TicketID(in.ID.number())))
			})
	}
	tell("", "showCode", "The code with which the citizen asks how far the ticket is; who saw it is on record", s.deps.Inbox.ShowCode)
	tell("/renew", "renewCode", "A new code for the ticket; the old one opens nothing any more", s.deps.Inbox.RenewCode)
}
