package api

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Paths of what somebody does who follows a link and has not signed in.
const (
	lookPath = prefix + "/links/look"
	codePath = prefix + "/links/code"
	openPath = prefix + "/links/session"
)

// opens reports whether a call is for who has not signed in yet.
func opens(method, path string) bool {
	return method == http.MethodPost && (path == prefix+"/session" || path == lookPath || path == codePath || path == openPath)
}

// partRoutes are all that a session which a link opened may call; what they are
// about is held to its part by the use cases. Every other route is closed to it.
var partRoutes = []struct {
	method string
	path   *regexp.Regexp
}{
	{http.MethodGet, regexp.MustCompile(`^/session$`)},
	{http.MethodDelete, regexp.MustCompile(`^/session$`)},
	{http.MethodGet, regexp.MustCompile(`^/live$`)},
	{http.MethodGet, regexp.MustCompile(`^/escalations/\d+$`)},
	{http.MethodPost, regexp.MustCompile(`^/escalations/\d+/(sign|answer|return|extend)$`)},
	{http.MethodGet, regexp.MustCompile(`^/tickets/\d+/timeline$`)},
	{http.MethodGet, regexp.MustCompile(`^/media/\d+$`)},
	{http.MethodPost, regexp.MustCompile(`^/messages/\d+/reveal$`)},
}

// inPart reports whether a session that a link opened may make a call.
func inPart(method, path string) bool {
	for _, r := range partRoutes {
		if r.method == method && r.path.MatchString(strings.TrimPrefix(path, prefix)) {
			return true
		}
	}
	return false
}

// linkPage is where links lead; what follows is a token.
const linkPage = "/l/"

// withoutToken is a path as the log may have it.
func withoutToken(path string) string {
	if strings.HasPrefix(path, linkPage) {
		return linkPage + "…"
	}
	return path
}

// LinkView is what a link's page shows before anybody has signed in.
type LinkView struct {
	EscalationID ID        `json:"escalation_id"`
	ExpiresAt    time.Time `json:"expires_at"`
	Address      string    `json:"address" doc:"where a code would go, most of it hidden; empty: none can be sent, the person signs in or is told one"`
}

// CodeSent tells where a code is on its way to.
type CodeSent struct {
	Address string `json:"address" doc:"most of it hidden"`
	Minutes int    `json:"minutes" doc:"how long the code may be entered"`
}

// Link is a link to an escalation as the desk sees it; never its token.
type Link struct {
	ID        ID        `json:"id"`
	User      Ref       `json:"user"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
	State     string    `json:"state" enum:"open,expired,revoked"`
}

// ToldCode is a code for the person of a link, to be told to them.
type ToldCode struct {
	Code  string    `json:"code" doc:"six digits; shown this once"`
	Until time.Time `json:"until" doc:"how long it may be entered"`
}

type (
	tellInput struct {
		ByID
		Body struct {
			LinkID ID `json:"link_id"`
		}
	}
	linkInput struct {
		Site string `header:"Sec-Fetch-Site" hidden:"true"`
		Body struct {
			Token string `json:"token" maxLength:"200"`
		}
	}
	openLinkInput struct {
		Old  string `cookie:"desk_session" hidden:"true"`
		Site string `header:"Sec-Fetch-Site" hidden:"true"`
		Body struct {
			Token string `json:"token" maxLength:"200"`
			Code  string `json:"code" maxLength:"20" doc:"the six digits that were sent or told"`
		}
	}
)

// openly registers a route for who has not signed in.
func openly[I, O any](s *Server, path, name, summary string, handle func(ctx context.Context, in *I) (*O, error)) {
	op := s.operation(http.MethodPost, strings.TrimPrefix(path, prefix), name, summary)
	op.Security = nil
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// fromHere refuses what a foreign page makes its visitor's browser send.
func fromHere(site string) error {
	if site == "cross-site" {
		return desk.Errorf(desk.Forbidden, "请从本站登录").WithReason("cross_site")
	}
	return nil
}

func (s *Server) linkRoutes() {
	openly(s, lookPath, "lookAtLink", "Where a link leads; changes nothing",
		func(ctx context.Context, in *linkInput) (*answer[LinkView], error) {
			v, err := s.deps.Auth.LookAtLink(ctx, in.Body.Token)
			return &answer[LinkView]{LinkView{EscalationID: idOf(v.EscalationID), ExpiresAt: utc(v.ExpiresAt), Address: v.Address}}, err
		})
	openly(s, codePath, "sendLinkCode", "Send a code to the person a link was made for", s.sendLinkCode)
	openly(s, openPath, "openLink", "Start a session that reaches the link's escalation alone, with the code that was sent or told", s.openLink)
	route(s, s.operation(http.MethodGet, "/escalations/{id}/links", "listEscalationLinks", "The links that notices led to it, newest first, at most 100"),
		func(ctx context.Context, who auth.Principal, in *ByID) (List[Link], error) {
			if err := s.seesEscalation(ctx, who, in); err != nil {
				return List[Link]{}, err
			}
			links, err := s.deps.Auth.LinksTo(ctx, who.Actor(), in.ID.number())
			return listOf(links, s.linkOf), err
		})
	route(s, s.operation(http.MethodPost, "/escalations/{id}/links/code", "tellLinkCode", "A code for a liaison, to be told by phone; for who dispatched, and who supervises"),
		func(ctx context.Context, who auth.Principal, in *tellInput) (ToldCode, error) {
			if err := s.deps.Inbox.Vouches(ctx, who.Actor(), inbox.EscalationID(in.ID.number())); err != nil {
				return ToldCode{}, err
			}
			code, until, err := s.deps.Auth.TellCode(ctx, who.Actor(), in.ID.number(), in.Body.LinkID.number())
			return ToldCode{Code: code, Until: utc(until)}, err
		})
	command(s, s.operation(http.MethodPost, "/escalations/{id}/links/revoke", "revokeEscalationLinks", "End all links to it, and the sessions they opened"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			if err := s.seesEscalation(ctx, who, in); err != nil {
				return err
			}
			return s.deps.Auth.RevokeLinks(ctx, who.Actor(), in.ID.number())
		})
}

func (s *Server) seesEscalation(ctx context.Context, who auth.Principal, in *ByID) error {
	if err := who.Actor().Require(desk.WorkTickets); err != nil {
		return err
	}
	_, err := s.deps.Inbox.Escalation(ctx, who.Actor(), inbox.EscalationID(in.ID.number()))
	return err
}

func (s *Server) linkOf(l auth.NamedLink) Link {
	state := "open"
	switch now := s.now(); {
	case l.Opens(now):
	case now.Before(l.ExpiresAt):
		state = "revoked"
	default:
		state = "expired"
	}
	return Link{
		ID: idOf(l.ID), User: Ref{ID: idOf(l.UserID), Name: l.Person}, CreatedAt: utc(l.CreatedAt), ExpiresAt: utc(l.ExpiresAt), UsedAt: utc(l.UsedAt),
		State: state,
	}
}

func (s *Server) sendLinkCode(ctx context.Context, in *linkInput) (*answer[CodeSent], error) {
	if err := fromHere(in.Site); err != nil {
		return nil, err
	}
	address, err := s.deps.Auth.RequestCode(ctx, in.Body.Token, requestOf(ctx).address)
	return &answer[CodeSent]{CodeSent{Address: address, Minutes: int(auth.CodeValid / time.Minute)}}, err
}

func (s *Server) openLink(ctx context.Context, in *openLinkInput) (*cookieAnswer[Session], error) {
	if err := fromHere(in.Site); err != nil {
		return nil, err
	}
	r := requestOf(ctx)
	cookie, who, err := s.deps.Auth.OpenLink(ctx, auth.Entry{
		Token: in.Body.Token, Code: strings.TrimSpace(in.Body.Code), Address: r.address, Agent: r.agent, Old: in.Old,
	})
	if err != nil {
		return nil, err
	}
	return &cookieAnswer[Session]{s.cookie(cookie, 0), s.session(who)}, nil
}
