package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
)

// Token is a machine's way in.
type Token struct {
	ID        ID        `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

// NewToken is a fresh token; its secret is never shown again.
type NewToken struct {
	ID        ID        `json:"id"`
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

type tokenInput struct {
	Body struct {
		Name      string     `json:"name"`
		ExpiresAt *time.Time `json:"expires_at,omitempty" nullable:"true"`
	}
}

func (s *Server) tokenRoutes() {
	tokens := s.deps.Auth
	route(s, created(s.operation(http.MethodPost, "/tokens", "createToken", "Make a token that acts as the signed-in user until it expires, the password changes or the user is deactivated")),
		func(ctx context.Context, who auth.Principal, in *tokenInput) (NewToken, error) {
			var expires time.Time
			if in.Body.ExpiresAt != nil {
				expires = *in.Body.ExpiresAt
			}
			t, secret, err := tokens.CreateToken(ctx, who, in.Body.Name, expires)
			return NewToken{ID: idOf(t.ID), Token: secret, ExpiresAt: utc(t.ExpiresAt)}, err
		})
	route(s, s.operation(http.MethodGet, "/tokens", "listTokens", "The signed-in user's tokens"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Token], error) {
			all, err := tokens.Tokens(ctx, who)
			return listOf(all, tokenOf), err
		})
	command(s, s.operation(http.MethodDelete, "/tokens/{id}", "removeToken", "End a token"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return tokens.RemoveToken(ctx, who, in.ID.number())
		})
}

func tokenOf(t auth.Token) Token {
	return Token{ID: idOf(t.ID), Name: t.Name, CreatedAt: utc(t.CreatedAt), ExpiresAt: utc(t.ExpiresAt), UsedAt: utc(t.UsedAt)}
}
