package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// UserChanged is the event of every change of a user.
const UserChanged = "user.changed"

// TaskUserLost follows when a user may do or see less than before: others take
// over what they had in hand. The payload names the user.
const TaskUserLost = "user.lost"

// Lost is the payload of TaskUserLost.
type Lost struct {
	UserID int64 `json:"user_id"`
}

// maxName bounds the shown name of a user, in characters; maxScope how many
// accounts may be listed one by one.
const (
	maxName  = 40
	maxScope = 500
)

// usernames are written in ASCII: letters of other alphabets look alike.
var usernames = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,63}$`)

// cleanUsername is how a username is kept and compared.
func cleanUsername(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// UserInput is what an administrator enters; nil fields stay as they are. A
// DepartmentID of 0 takes the department away.
type UserInput struct {
	Username, Name, Password *string
	Role                     *desk.Role
	DepartmentID             *int64
	AllAccounts              *bool
	AccountIDs               []int64 // nil: stay
	Active                   *bool
	Email, Mobile, MentionID *string
}

// userChanged builds the event; change is "created", "updated" or "password".
func userChanged(u User, by int64, at time.Time, change string) desk.Event {
	e := desk.NewEvent(UserChanged, at, map[string]any{"user_id": strconv.FormatInt(u.ID, 10), "change": change})
	e.ActorID, e.Audience, e.Audited = by, desk.ReadUsers, true
	return e
}

// Users returns one page of all users, by id.
func (s *Service) Users(ctx context.Context, actor desk.Actor, limit int, cursor string) (desk.Page[User], error) {
	var page desk.Page[User]
	if err := actor.Require(desk.ReadUsers); err != nil {
		return page, err
	}
	var after int64
	if cursor != "" {
		var err error
		if after, err = strconv.ParseInt(cursor, 10, 64); err != nil || after < 0 {
			return page, desk.InvalidField("cursor", "不是有效的翻页标记")
		}
	}
	limit = desk.PageLimit(limit)
	users, err := s.o.Store.Users(ctx, after, limit+1)
	if err != nil {
		return page, fmt.Errorf("list users: %w", err)
	}
	page.Items = users
	if len(users) > limit {
		page.Items = users[:limit]
		page.Next = strconv.FormatInt(page.Items[limit-1].ID, 10)
	}
	return page, nil
}

// Names returns the names of users by id, of those that exist.
func (s *Service) Names(ctx context.Context, ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return map[int64]string{}, nil
	}
	return s.o.Store.Names(ctx, ids)
}

// CreateUser adds a user who may sign in at once. Who is to see accounts is told
// which, or that it is all of them.
func (s *Service) CreateUser(ctx context.Context, actor desk.Actor, in UserInput) (User, error) {
	if err := actor.Require(desk.ManageUsers); err != nil {
		return User{}, err
	}
	var faults faults
	faults.need("username", in.Username != nil)
	faults.need("name", in.Name != nil)
	faults.need("role", in.Role != nil)
	faults.need("password", in.Password != nil)
	u := User{Active: true, CreatedAt: s.time(), UpdatedAt: s.time()}
	u, hash, err := s.apply(ctx, u, in, faults)
	if err != nil {
		return User{}, err
	}
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		if err := checkScope(ctx, tx, u); err != nil {
			return err
		}
		if err := tx.InsertUser(ctx, &u, hash); err != nil {
			return taken(err)
		}
		return tx.Record(ctx, userChanged(u, actor.UserID, u.UpdatedAt, "created"))
	})
	if err != nil {
		return User{}, err
	}
	return s.o.Store.User(ctx, u.ID)
}

// UpdateUser changes a user. A new password or deactivation ends all the user's
// sessions, tokens and links for good. Conflict "last_admin": nobody would be left to administer the desk.
func (s *Service) UpdateUser(ctx context.Context, actor desk.Actor, id int64, in UserInput) (User, error) {
	if err := actor.Require(desk.ManageUsers); err != nil {
		return User{}, err
	}
	before, err := s.o.Store.User(ctx, id)
	if err != nil {
		return User{}, err
	}
	// Hashing is slow and stays outside the transaction; who the user is gets
	// read again inside.
	_, hash, err := s.apply(ctx, before, in, nil)
	if err != nil {
		return User{}, err
	}
	var ended []string
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		ended, err = s.update(ctx, tx, actor, id, in, hash)
		return err
	})
	if err != nil {
		return User{}, err
	}
	for _, name := range ended {
		s.ended(ctx, name)
	}
	s.changed(ctx, id)
	return s.o.Store.User(ctx, id)
}

func (s *Service) update(ctx context.Context, tx Tx, actor desk.Actor, id int64, in UserInput, hash string) ([]string, error) {
	admins, err := tx.LockAdmins(ctx)
	if err != nil {
		return nil, err
	}
	before, err := tx.LockUser(ctx, id)
	if err != nil {
		return nil, err
	}
	in.Password = nil // hashed already
	u, _, err := s.apply(ctx, before, in, nil)
	if err != nil {
		return nil, err
	}
	u.UpdatedAt = s.time()
	if isAdmin(before) && !isAdmin(u) && admins <= 1 {
		return nil, desk.Errorf(desk.Conflict, "至少要保留一名可登录的管理员").WithReason("last_admin")
	}
	if err := checkScope(ctx, tx, u); err != nil {
		return nil, err
	}
	if err := tx.UpdateUser(ctx, u); err != nil {
		return nil, taken(err)
	}
	if hash != "" {
		if err := tx.SetPassword(ctx, id, hash); err != nil {
			return nil, err
		}
	}
	var ended []string
	if hash != "" || !u.Active {
		if ended, err = s.revoke(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	if !lost(before, u) {
		return ended, tx.Record(ctx, userChanged(u, actor.UserID, u.UpdatedAt, "updated"))
	}
	payload, err := json.Marshal(Lost{u.ID})
	if err != nil {
		return nil, err
	}
	// The key is of this change: one that is made while the task of the last one
	// runs has a task of its own.
	key := fmt.Sprintf("%d/%d", u.ID, u.UpdatedAt.UnixMilli())
	if err := tx.Enqueue(ctx, desk.Task{Kind: TaskUserLost, Key: key, Payload: payload}); err != nil {
		return nil, err
	}
	return ended, tx.Record(ctx, userChanged(u, actor.UserID, u.UpdatedAt, "updated"))
}

// lost reports whether a change took something away from a user who could sign
// in.
func lost(before, after User) bool {
	return before.Active && (!after.Active || before.Role != after.Role || before.Department.ID != after.Department.ID ||
		!after.AllAccounts && (before.AllAccounts || !slices.Equal(before.AccountIDs, after.AccountIDs)))
}

func isAdmin(u User) bool { return u.Active && u.Role == desk.Admin }

// taken says which field a Conflict is about.
func taken(err error) error {
	if desk.CodeOf(err) != desk.Conflict {
		return err
	}
	return &desk.Error{
		Code: desk.Conflict, Reason: "username_taken", Message: "用户名已被使用",
		Fields: []desk.Field{{Name: "username", Message: "用户名已被使用"}}, Cause: err,
	}
}

// apply lays the input over u, checks the result and hashes a new password.
func (s *Service) apply(ctx context.Context, u User, in UserInput, faults faults) (User, string, error) {
	if in.Username != nil {
		before := u.Username
		u.Username = cleanUsername(*in.Username)
		faults.check("username", before != "" && u.Username == before || usernames.MatchString(u.Username), "2 至 64 个英文字母、数字或 . _ -")
	}
	if in.Name != nil {
		u.Name = strings.TrimSpace(*in.Name)
		n := utf8.RuneCountInString(u.Name)
		faults.check("name", n > 0 && n <= maxName && printable(u.Name), fmt.Sprintf("须为 1 至 %d 个字", maxName))
	}
	if in.Role != nil {
		u.Role = *in.Role
		faults.check("role", u.Role.Valid(), "没有这个角色")
	}
	if in.DepartmentID != nil {
		u.Department = Department{ID: *in.DepartmentID}
	}
	faults.check("department_id", u.Role != desk.Liaison || u.Department.ID != 0, "联络员必须属于一个承办单位")
	if in.AccountIDs != nil {
		u.AccountIDs = slices.Compact(slices.Sorted(slices.Values(in.AccountIDs)))
		faults.check("account_ids", len(u.AccountIDs) <= maxScope, fmt.Sprintf("最多 %d 个账号", maxScope))
	}
	if in.AllAccounts != nil {
		u.AllAccounts = *in.AllAccounts
	}
	if u.AllAccounts {
		u.AccountIDs = nil
	}
	if in.Active != nil {
		u.Active = *in.Active
	}
	faults.contact(&u.Contact, in.Email, in.Mobile, in.MentionID)
	if in.Password != nil {
		if err := CheckPassword("password", u.Username, *in.Password); err != nil {
			faults.join(err)
		}
	}
	if err := faults.err(); err != nil || in.Password == nil {
		return u, "", err
	}
	hash, err := s.hasher.hash(ctx, *in.Password)
	return u, hash, err
}

// checkScope holds departments and accounts to those that exist.
func checkScope(ctx context.Context, tx Tx, u User) error {
	if u.Department.ID != 0 {
		ok, err := tx.DepartmentExists(ctx, u.Department.ID)
		if err != nil {
			return err
		}
		if !ok {
			return desk.InvalidField("department_id", "没有这个承办单位")
		}
	}
	for _, id := range u.AccountIDs {
		ok, err := tx.AccountExists(ctx, id)
		if err != nil {
			return err
		}
		if !ok {
			return desk.InvalidField("account_ids", "没有账号 %d", id)
		}
	}
	return nil
}

// EnsureAdmin creates the administrator "admin" when there is no user at all
// and a password is given, and reports whether it did. A password that
// CheckPassword refuses is Invalid about DESK_ADMIN_PASSWORD.
func (s *Service) EnsureAdmin(ctx context.Context, password string) (created bool, err error) {
	if password == "" {
		return false, nil
	}
	var any bool
	if err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		any, err = tx.AnyUser(ctx)
		return err
	}); err != nil || any {
		return false, err
	}
	if err := CheckPassword("DESK_ADMIN_PASSWORD", "admin", password); err != nil {
		return false, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return false, err
	}
	u := User{
		Username: "admin", Name: "管理员", Role: desk.Admin, AllAccounts: true, Active: true,
		CreatedAt: s.time(), UpdatedAt: s.time(),
	}
	err = s.o.Store.Atomic(ctx, func(tx Tx) error {
		created = false
		any, err := tx.AnyUser(ctx)
		if err != nil || any {
			return err
		}
		created = true
		if err := tx.InsertUser(ctx, &u, hash); err != nil {
			return err
		}
		return tx.Record(ctx, userChanged(u, 0, u.UpdatedAt, "created"))
	})
	if desk.CodeOf(err) == desk.Conflict { // another node was quicker
		return false, nil
	}
	return created && err == nil, err
}
