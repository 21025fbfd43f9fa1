package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox/desk"
)

// User is somebody who may sign in.
type User struct {
	ID          ID            `json:"id"`
	Username    string        `json:"username"`
	Name        string        `json:"name"`
	Role        string        `json:"role" enum:"admin,supervisor,staff,liaison"`
	Department  Nullable[Ref] `json:"department"`
	AllAccounts bool          `json:"all_accounts"`
	AccountIDs  []ID          `json:"account_ids" doc:"empty with all_accounts"`
	Active      bool          `json:"active"`
	CreatedAt   time.Time     `json:"created_at"`
	LastSeenAt  time.Time     `json:"last_seen_at,omitzero"`
	Email       string        `json:"email,omitempty" doc:"told to who may change users"`
	Mobile      string        `json:"mobile,omitempty" doc:"likewise"`
	MentionID   string        `json:"mention_id,omitempty" doc:"likewise; by which a chat group's robot calls the person"`
}

// Holding is what others have to take over when somebody leaves.
type Holding struct {
	Tickets     int `json:"tickets" doc:"that wait or are put off; they go back to nobody"`
	Escalations int `json:"escalations" doc:"under way at a department that has no other liaison"`
	Duties      int `json:"duties" doc:"now and to come; who is next is told instead"`
}

// userBody is what an administrator enters; what is absent stays as it is.
type userBody struct {
	Username     *string   `json:"username,omitempty"`
	Name         *string   `json:"name,omitempty"`
	Role         *string   `json:"role,omitempty" enum:"admin,supervisor,staff,liaison"`
	Password     *string   `json:"password,omitempty" maxLength:"1024" doc:"at least 10 characters, not the username; a new one ends the user's sessions and tokens"`
	DepartmentID Clearable `json:"department_id,omitempty"`
	AllAccounts  *bool     `json:"all_accounts,omitempty" doc:"of a new user: false unless told"`
	AccountIDs   []ID      `json:"account_ids,omitempty"`
	Active       *bool     `json:"active,omitempty"`
	Email        *string   `json:"email,omitempty" maxLength:"300" doc:"empty takes it away"`
	Mobile       *string   `json:"mobile,omitempty" maxLength:"40" doc:"likewise"`
	MentionID    *string   `json:"mention_id,omitempty" maxLength:"100" doc:"likewise"`
}

func (b userBody) input() auth.UserInput {
	in := auth.UserInput{
		Username: b.Username, Name: b.Name, Password: b.Password, DepartmentID: b.DepartmentID.pointer(),
		AllAccounts: b.AllAccounts, Active: b.Active, Email: b.Email, Mobile: b.Mobile, MentionID: b.MentionID,
	}
	if b.Role != nil {
		role := desk.Role(*b.Role)
		in.Role = &role
	}
	if b.AccountIDs != nil {
		in.AccountIDs = each(b.AccountIDs, ID.number)
	}
	return in
}

type (
	createUserInput struct{ Body userBody }
	updateUserInput struct {
		ByID
		Body userBody
	}
)

func (s *Server) userRoutes() {
	users := s.deps.Auth
	route(s, s.operation(http.MethodGet, "/users", "listUsers", "Users, by id"),
		func(ctx context.Context, who auth.Principal, in *Paging) (List[User], error) {
			page, err := users.Users(ctx, who.Actor(), in.Limit, in.Cursor)
			list := listOf(page.Items, func(u auth.User) User { return userFor(who, u) })
			list.NextCursor = page.Next
			return list, err
		})
	route(s, created(s.operation(http.MethodPost, "/users", "createUser", "Add a user")),
		func(ctx context.Context, who auth.Principal, in *createUserInput) (User, error) {
			if err := personal(who, in.Body.input()); err != nil {
				return User{}, err
			}
			u, err := users.CreateUser(ctx, who.Actor(), in.Body.input())
			return userFor(who, u), err
		})
	route(s, s.operation(http.MethodGet, "/users/{id}/holding", "getHolding", "What others have to take over when a user may work no more"),
		func(ctx context.Context, who auth.Principal, in *ByID) (Holding, error) {
			h, err := s.deps.Inbox.Holding(ctx, who.Actor(), in.ID.number())
			return Holding(h), err
		})
	route(s, s.operation(http.MethodPatch, "/users/{id}", "updateUser", "Change a user"),
		func(ctx context.Context, who auth.Principal, in *updateUserInput) (User, error) {
			input := in.Body.input()
			if err := personal(who, input); err != nil {
				return User{}, err
			}
			if who.Machine && input.Password != nil {
				return User{}, needPerson()
			}
			u, err := users.UpdateUser(ctx, who.Actor(), in.ID.number(), input)
			return userFor(who, u), err
		})
}

// personal keeps a token that leaked from outliving itself: no machine makes an
// administrator, or sets the password of somebody who is there.
func personal(who auth.Principal, in auth.UserInput) error {
	if who.Machine && in.Role != nil && *in.Role == desk.Admin {
		return needPerson()
	}
	return nil
}

func needPerson() error {
	return desk.Errorf(desk.Forbidden, "此操作须由本人登录后进行").WithReason("person_needed")
}

// userFor is a user as somebody else sees them: how to reach a colleague is
// told to who looks after the users.
func userFor(who auth.Principal, u auth.User) User {
	if !who.Actor().Can(desk.ManageUsers) {
		u.Contact = auth.Contact{}
	}
	return User{
		ID: idOf(u.ID), Username: u.Username, Name: u.Name, Role: string(u.Role),
		Department:  refOf(u.Department.ID, u.Department.Name),
		AllAccounts: u.AllAccounts, AccountIDs: idsOf(u.AccountIDs), Active: u.Active,
		CreatedAt: utc(u.CreatedAt), LastSeenAt: utc(u.LastSeenAt),
		Email: u.Email, Mobile: u.Mobile, MentionID: u.MentionID,
	}
}
