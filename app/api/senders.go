package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// Sender is a way out of the desk: the e-mail server, or a robot of a chat
// group. Secrets are told to nobody, only whether there are some.
type Sender struct {
	ID         ID            `json:"id"`
	Kind       string        `json:"kind" enum:"smtp,wecom,dingtalk,feishu"`
	Name       string        `json:"name"`
	Enabled    bool          `json:"enabled"`
	Department Nullable[Ref] `json:"department" doc:"whose group a robot is in; null: the desk's own people"`
	UpdatedAt  time.Time     `json:"updated_at"`

	Host        string `json:"host,omitempty" doc:"of a robot: the host of its address"`
	Port        int    `json:"port,omitempty"`
	Security    string `json:"security,omitempty" enum:"tls,starttls,none"`
	Username    string `json:"username,omitempty"`
	From        string `json:"from,omitempty"`
	HasPassword bool   `json:"has_password"`
	HasSecret   bool   `json:"has_secret"`
}

// SenderBody is what an administrator enters; what is absent stays as it is.
type SenderBody struct {
	Name         *string   `json:"name,omitempty" maxLength:"200"`
	Enabled      *bool     `json:"enabled,omitempty"`
	DepartmentID Clearable `json:"department_id,omitempty"`
	Host         *string   `json:"host,omitempty" maxLength:"300"`
	Port         *int      `json:"port,omitempty" minimum:"1" maximum:"65535"`
	Security     *string   `json:"security,omitempty" enum:"tls,starttls,none"`
	Username     *string   `json:"username,omitempty" maxLength:"300"`
	Password     *string   `json:"password,omitempty" maxLength:"1024" doc:"to be entered again when the host changes"`
	From         *string   `json:"from,omitempty" maxLength:"300"`
	URL          *string   `json:"url,omitempty" maxLength:"2000" doc:"of a robot; it carries the robot's key and is never returned"`
	Secret       *string   `json:"secret,omitempty" maxLength:"300" doc:"signs what a robot is sent; to be entered again when the url changes"`
}

func (b SenderBody) input() notice.SenderInput {
	return notice.SenderInput{
		Name: b.Name, Enabled: b.Enabled, DepartmentID: b.DepartmentID.pointer(), Host: b.Host, Port: b.Port, Security: b.Security,
		Username: b.Username, Password: b.Password, From: b.From, URL: b.URL, Secret: b.Secret,
	}
}

// SentNotice is one line of the log: about what, to whom and how it fared.
type SentNotice struct {
	ID        ID        `json:"id"`
	Topic     string    `json:"topic" enum:"urgent_word,spike,clock_missed,clock_warned,escalated,supervised,assigned,mentioned,woken,bad_mark,approval,rejected,undelivered,accounts,operations,library,reports"`
	Urgent    bool      `json:"urgent"`
	User      Ref       `json:"user"`
	Medium    string    `json:"medium" enum:"mail,robot"`
	Sender    string    `json:"sender" doc:"its name; empty when it was removed"`
	State     string    `json:"state" enum:"waiting,sending,sent,failed"`
	Attempts  int       `json:"attempts"`
	Error     string    `json:"error,omitempty" doc:"of the last attempt"`
	NotBefore time.Time `json:"not_before" doc:"when it may leave, or is tried again"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type (
	createSenderInput struct {
		Body struct {
			Kind string `json:"kind" enum:"smtp,wecom,dingtalk,feishu"`
			SenderBody
		}
	}
	updateSenderInput struct {
		ByID
		Body SenderBody
	}
	sentNoticesInput struct {
		Paging
		State string `query:"state" enum:"waiting,sending,sent,failed"`
	}
)

func (s *Server) senderRoutes() {
	notices := s.deps.Notices
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/notices" + path, name, summary}
	}
	route(s, s.op(op(http.MethodGet, "/senders", "listSenders", "The e-mail server and the robots")),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Sender], error) {
			all, err := notices.AllSenders(ctx, who.Actor())
			if err != nil {
				return List[Sender]{}, err
			}
			name, err := s.departmentNames(ctx, who.Actor())
			return listOf(all, func(v notice.StoredSender) Sender { return senderOf(v, name) }), err
		})
	route(s, created(s.op(op(http.MethodPost, "/senders", "createSender", "Add an e-mail server or a robot"))),
		func(ctx context.Context, who auth.Principal, in *createSenderInput) (Sender, error) {
			input := in.Body.input()
			input.Kind = notice.Kind(in.Body.Kind)
			v, err := notices.CreateSender(ctx, who.Actor(), input)
			return s.sender(ctx, who.Actor(), v, err)
		})
	route(s, s.op(op(http.MethodPatch, "/senders/{id}", "updateSender", "Change an e-mail server or a robot")),
		func(ctx context.Context, who auth.Principal, in *updateSenderInput) (Sender, error) {
			v, err := notices.UpdateSender(ctx, who.Actor(), in.ID.number(), in.Body.input())
			return s.sender(ctx, who.Actor(), v, err)
		})
	command(s, s.op(op(http.MethodDelete, "/senders/{id}", "removeSender", "Remove an e-mail server or a robot")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return notices.RemoveSender(ctx, who.Actor(), in.ID.number())
		})
	command(s, s.op(op(http.MethodPost, "/senders/{id}/test", "testSender", "Send a test message to oneself")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			to, err := s.contactOf(ctx, who.Actor())
			if err != nil {
				return err
			}
			return notices.TestSender(ctx, who.Actor(), in.ID.number(), to)
		})
	route(s, s.op(op(http.MethodGet, "/sends", "listSentNotices", "What was sent by e-mail and robots, newest first")),
		func(ctx context.Context, who auth.Principal, in *sentNoticesInput) (List[SentNotice], error) {
			page, err := notices.Log(ctx, who.Actor(), notice.SendState(in.State), in.Limit, in.Cursor)
			return List[SentNotice]{Items: each(page.Items, sentNoticeOf), NextCursor: page.Next}, err
		})
}

func (s *Server) sender(ctx context.Context, actor desk.Actor, v notice.StoredSender, err error) (Sender, error) {
	if err != nil {
		return Sender{}, err
	}
	name, err := s.departmentNames(ctx, actor)
	return senderOf(v, name), err
}

// departmentNames are the names of departments by their ids.
func (s *Server) departmentNames(ctx context.Context, actor desk.Actor) (map[int64]string, error) {
	all, err := s.deps.Inbox.Departments(ctx, actor)
	names := make(map[int64]string, len(all))
	for _, d := range all {
		names[d.ID] = d.Name
	}
	return names, err
}

func senderOf(v notice.StoredSender, department map[int64]string) Sender {
	out := Sender{
		ID: idOf(v.ID), Kind: string(v.Kind), Name: v.Name, Enabled: v.Enabled, Department: refOf(v.DepartmentID, department[v.DepartmentID]),
		UpdatedAt: utc(v.UpdatedAt), Host: v.Setup.Host, Port: v.Setup.Port, Security: v.Setup.Security, Username: v.Setup.Username,
		From: v.Setup.From, HasPassword: v.Setup.Password != "", HasSecret: v.Setup.Secret != "",
	}
	if u, err := url.Parse(v.Setup.URL); err == nil && v.Setup.URL != "" {
		out.Host = u.Host
	}
	return out
}

func sentNoticeOf(v notice.LoggedSend) SentNotice {
	return SentNotice{
		ID: idOf(v.ID), Topic: string(v.Topic), Urgent: v.Urgent, User: Ref{ID: idOf(v.UserID), Name: v.User}, Medium: string(v.Medium),
		Sender: v.Sender, State: string(v.State), Attempts: v.Attempts, Error: v.Error, NotBefore: utc(v.NotBefore),
		CreatedAt: utc(v.CreatedAt), UpdatedAt: utc(v.UpdatedAt),
	}
}
