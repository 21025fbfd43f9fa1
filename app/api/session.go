package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/inbox/desk"
)

// Names of what a browser sends.
const (
	cookieName = "desk_session"
	csrfHeader = "X-Desk-CSRF"
)

// Session is who is signed in.
type Session struct {
	User        SessionUser  `json:"user"`
	Permissions []Permission `json:"permissions"`
	Features    Features     `json:"features"`
	CSRF        string       `json:"csrf" doc:"send it as X-Desk-CSRF with every write; empty for a token"`
	ServerTime  time.Time    `json:"server_time"`

	// Escalation is set in a session that a link opened.
	Escalation ID `json:"escalation_id,omitempty" doc:"a link opened the session: all that is in reach"`
}

// Features tell what this desk is set up for.
type Features struct {
	Drafts bool `json:"drafts" doc:"a model writes drafts"`
}

// SessionUser is the signed-in user.
type SessionUser struct {
	ID         ID            `json:"id"`
	Username   string        `json:"username"`
	Name       string        `json:"name"`
	Role       string        `json:"role" enum:"admin,supervisor,staff,liaison"`
	Department Nullable[Ref] `json:"department"`
}

type credentials struct {
	Username string `json:"username" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
	TOTP     string `json:"totp,omitempty" maxLength:"32" doc:"the code of a second factor; not looked at for a user without one"`
}

// sessionInput is read by authenticate, which answers when nobody is signed in.
type sessionInput struct {
	Optional bool `query:"optional" doc:"nobody signed in is no error: 204 instead of 401"`
}

// signInInput takes the old cookie along: that session ends.
type signInInput struct {
	Old  string `cookie:"desk_session" hidden:"true"`
	Site string `header:"Sec-Fetch-Site" hidden:"true"`
	Body credentials
}

type cookieAnswer[T any] struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   T
}

type cookieOnly struct {
	Cookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) sessionRoutes() {
	open := s.operation(http.MethodPost, "/session", "signIn", "Sign in")
	open.Security = nil
	huma.Register(s.huma, open, func(ctx context.Context, in *signInInput) (*cookieAnswer[Session], error) {
		out, err := s.signIn(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
	asking := s.operation(http.MethodGet, "/session", "getSession", "Who is signed in")
	asking.Responses["204"] = &huma.Response{Description: "nobody is signed in, and optional was set"}
	route(s, asking,
		func(_ context.Context, who auth.Principal, _ *sessionInput) (Session, error) {
			return s.session(who), nil
		})
	huma.Register(s.huma, s.operation(http.MethodDelete, "/session", "signOut", "Sign out"),
		func(ctx context.Context, _ *nothing) (*cookieOnly, error) {
			if err := s.deps.Auth.SignOut(ctx, principalOf(ctx)); err != nil {
				return nil, s.problem(ctx, err)
			}
			return &cookieOnly{s.cookie("", -1)}, nil
		})
	huma.Register(s.huma, s.operation(http.MethodPost, "/session/password", "changePassword",
		"Change the own password; all other sessions and all tokens end"), s.changePassword)
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*cookieAnswer[Session], error) {
	if err := fromHere(in.Site); err != nil { // nor sign its visitor in as somebody else
		return nil, err
	}
	r := requestOf(ctx)
	cookie, who, err := s.deps.Auth.SignIn(ctx, auth.Credentials{
		Username: plain(in.Body.Username), Password: in.Body.Password, Address: r.address, Agent: r.agent, Old: in.Old,
	})
	if err != nil {
		return nil, err
	}
	return &cookieAnswer[Session]{s.cookie(cookie, 0), s.session(who)}, nil
}

type passwordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"1024"`
		New string `json:"new" maxLength:"1024"`
	}
}

func (s *Server) changePassword(ctx context.Context, in *passwordInput) (*cookieOnly, error) {
	r := requestOf(ctx)
	cookie, err := s.deps.Auth.ChangePassword(ctx, principalOf(ctx), in.Body.Old, in.Body.New, r.address, r.agent)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &cookieOnly{s.cookie(cookie, 0)}, nil
}

// cookie carries a session's id until the browser closes; the session itself
// says how long it lasts. maxAge below 0 removes it.
func (s *Server) cookie(value string, maxAge int) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows the settings: over plain http the browser would not send it back
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.config.SecureCookies, SameSite: http.SameSiteLaxMode,
	}
}

func (s *Server) session(who auth.Principal) Session {
	return Session{
		User: SessionUser{
			ID: idOf(who.User.ID), Username: who.User.Username, Name: who.User.Name, Role: string(who.User.Role),
			Department: refOf(who.User.Department.ID, who.User.Department.Name),
		},
		Features:    Features{Drafts: s.deps.Drafts != nil},
		Permissions: each(who.Actor().Permissions(), func(p desk.Permission) Permission { return Permission(p) }), CSRF: who.CSRF, ServerTime: s.now().UTC(),
		Escalation: idOf(who.Part.EscalationID),
	}
}

// plain replaces what no stored name can hold, so that such a name is simply
// one nobody has.
func plain(name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(name, "?"), "\x00", "?")
}
