package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Account is one account on one platform.
type Account struct {
	ID             ID             `json:"id"`
	Platform       string         `json:"platform" example:"wechat"`
	Name           string         `json:"name"`
	Group          string         `json:"group"`
	Enabled        bool           `json:"enabled"`
	WebhookURL     string         `json:"webhook_url" doc:"what the platform's console must be told"`
	Settings       map[string]any `json:"settings" doc:"the platform's settings; of a secret only <name>_set, whether there is one"`
	Bot            Bot            `json:"bot"`
	Citizen        Citizen        `json:"citizen"`
	CreatedAt      time.Time      `json:"created_at"`
	LastReceivedAt time.Time      `json:"last_received_at,omitzero"`

	Unreadable *Unreadable `json:"unreadable,omitempty" doc:"the platform delivers, but the desk cannot read it: the newest of what was laid aside"`
}

// Unreadable is when and why a message could not be read.
type Unreadable struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Citizen is what an account shows and asks its citizens.
type Citizen struct {
	ShowDepartment bool   `json:"show_department" doc:"the progress page names the department that has the ticket"`
	Survey         string `json:"survey" enum:"off,close" doc:"close: when a person closes an answered ticket, the citizen is asked in the chat how the answer was"`
	RateDays       int    `json:"rate_days" minimum:"1" maximum:"60" doc:"for how long an answer may be rated, and a rating changed"`
	BadMark        int    `json:"bad_mark" minimum:"0" maximum:"4" doc:"a mark up to it is followed up; 0: none is"`
}

// citizenBody is what a person changes of them.
type citizenBody struct {
	ShowDepartment *bool   `json:"show_department,omitempty"`
	Survey         *string `json:"survey,omitempty" enum:"off,close"`
	RateDays       *int    `json:"rate_days,omitempty"`
	BadMark        *int    `json:"bad_mark,omitempty"`
}

func (b *citizenBody) input() (in inbox.CitizenInput) {
	if b == nil {
		return in
	}
	in.ShowDepartment, in.RateDays = b.ShowDepartment, b.RateDays
	if b.Survey != nil {
		when := inbox.SurveyWhen(*b.Survey)
		in.Survey = &when
	}
	if b.BadMark != nil {
		mark := inbox.Mark(*b.BadMark)
		in.BadMark = &mark
	}
	return in
}

// accountBody is what a person enters; what is absent stays as it is.
type accountBody struct {
	Platform *string        `json:"platform,omitempty"`
	Name     *string        `json:"name,omitempty"`
	Group    *string        `json:"group,omitempty"`
	Enabled  *bool          `json:"enabled,omitempty"`
	Settings map[string]any `json:"settings,omitempty" doc:"laid over the stored ones; null removes, an empty secret stays"`
	Bot      *botBody       `json:"bot,omitempty"`
	Citizen  *citizenBody   `json:"citizen,omitempty"`
}

func (b accountBody) input() (inbox.AccountInput, error) {
	in := inbox.AccountInput{Platform: b.Platform, Name: b.Name, Group: b.Group, Enabled: b.Enabled, Settings: b.Settings, Citizen: b.Citizen.input()}
	return in, b.Bot.input(&in)
}

type (
	createAccountInput struct{ Body accountBody }
	updateAccountInput struct {
		ByID
		Body accountBody
	}
)

func (s *Server) accountRoutes() {
	accounts := s.deps.Accounts
	route(s, s.operation(http.MethodGet, "/accounts", "listAccounts", "Accounts the user may see"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Account], error) {
			all, err := accounts.Accounts(ctx, who.Actor())
			if err != nil {
				return List[Account]{}, err
			}
			shown := make([]Account, len(all))
			for i, a := range all {
				if shown[i], err = s.account(a); err != nil {
					return List[Account]{}, err
				}
			}
			return listOf(shown, func(a Account) Account { return a }), nil
		})
	route(s, s.operation(http.MethodGet, "/accounts/{id}", "getAccount", "One account"),
		func(ctx context.Context, who auth.Principal, in *ByID) (Account, error) {
			return s.accountOr(accounts.Account(ctx, who.Actor(), in.ID.number()))
		})
	route(s, created(s.operation(http.MethodPost, "/accounts", "createAccount", "Connect an account")),
		func(ctx context.Context, who auth.Principal, in *createAccountInput) (Account, error) {
			body, err := in.Body.input()
			if err != nil {
				return Account{}, err
			}
			return s.accountOr(accounts.CreateAccount(ctx, who.Actor(), body))
		})
	route(s, s.operation(http.MethodPatch, "/accounts/{id}", "updateAccount", "Change an account"),
		func(ctx context.Context, who auth.Principal, in *updateAccountInput) (Account, error) {
			body, err := in.Body.input()
			if err != nil {
				return Account{}, err
			}
			return s.accountOr(accounts.UpdateAccount(ctx, who.Actor(), in.ID.number(), body))
		})
	command(s, s.operation(http.MethodPost, "/accounts/{id}/check", "checkAccount", "Ask the platform whether the credentials work"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return accounts.CheckAccount(ctx, who.Actor(), in.ID.number())
		})
}

func (s *Server) accountOr(a inbox.Account, err error) (Account, error) {
	if err != nil {
		return Account{}, err
	}
	return s.account(a)
}

func (s *Server) account(a inbox.Account) (Account, error) {
	bot, err := botOf(a)
	if err != nil {
		return Account{}, err
	}
	settings := a.Settings
	if settings == nil {
		settings = map[string]any{}
	}
	shown := Account{
		ID: idOf(a.ID), Platform: a.Platform, Name: a.Name, Group: a.Group, Enabled: a.Enabled,
		WebhookURL: s.webhookURL(a.Platform, a.ID), Settings: settings, Bot: bot,
		Citizen:   Citizen{a.Citizen.ShowDepartment, string(a.Citizen.Survey), a.Citizen.RateDays, int(a.Citizen.BadMark)},
		CreatedAt: utc(a.CreatedAt), LastReceivedAt: utc(a.LastReceivedAt),
	}
	if a.Unreadable.Reason != "" {
		shown.Unreadable = &Unreadable{At: utc(a.Unreadable.At), Reason: a.Unreadable.Reason}
	}
	return shown, nil
}

func (s *Server) webhookURL(platform string, id int64) string {
	return strings.TrimRight(s.config.BaseURL, "/") + hooksPath + platform + "/" + string(idOf(id))
}

// accountNames are the names of the accounts the actor may see, by id. Who may
// not read accounts gets none.
func (s *Server) accountNames(ctx context.Context, actor desk.Actor) (map[int64]string, error) {
	all, err := s.deps.Accounts.Accounts(ctx, actor)
	if err != nil && desk.CodeOf(err) != desk.Forbidden {
		return nil, err
	}
	names := make(map[int64]string, len(all))
	for _, a := range all {
		names[a.ID] = a.Name
	}
	return names, nil
}
