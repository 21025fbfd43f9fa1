package notice

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// Kind is what a sender is.
type Kind string

// The kinds: one e-mail server, and robots of the three chat tools.
const (
	SMTP     Kind = "smtp"
	WeCom    Kind = "wecom"    // 企业微信
	DingTalk Kind = "dingtalk" // 钉钉
	Feishu   Kind = "feishu"   // 飞书
)

// Medium is by which medium a sender of this kind reaches people.
func (k Kind) Medium() Medium {
	if k == SMTP {
		return Mail
	}
	return Robot
}

// Setup is how a sender is reached. An e-mail server has the first fields, a
// robot the last two. Password, URL (it carries the robot's key) and Secret are
// secrets: sealed in the database, in no log and in no answer.
type Setup struct {
	Host     string `json:"host,omitempty"`
	Port     int    `json:"port,omitempty"`
	Security string `json:"security,omitempty"` // "tls", "starttls" or "none"
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	From     string `json:"from,omitempty"`

	URL    string `json:"url,omitempty"`
	Secret string `json:"secret,omitempty"` // signs messages; "" where the robot wants no signature
}

// StoredSender is one way out of the desk.
type StoredSender struct {
	ID      int64
	Kind    Kind
	Name    string
	Setup   Setup
	Enabled bool
	// DepartmentID is whose group a robot is in; 0: the desk's own people.
	DepartmentID int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Sender talks to the senders of one kind. Errors never repeat a secret; Slow
// and Refused say what to do.
type Sender interface {
	// Check tells what is wrong with a setup, as an Invalid error about a field.
	Check(s Setup) error
	Send(ctx context.Context, s Setup, m Message) error
}

// choose is the sender that reaches a person by a medium, 0 for none: the
// person's own choice of a robot, else that of the department, or of the desk.
func choose(m Medium, p Person, senders []StoredSender) int64 {
	usable := func(s StoredSender) bool { return s.Enabled && s.Kind.Medium() == m }
	if m == Mail && p.Email == "" {
		return 0
	}
	if m == Robot && p.Settings.RobotID != 0 {
		for _, s := range senders {
			if s.ID == p.Settings.RobotID && usable(s) && open(s, p.Actor) {
				return s.ID
			}
		}
	}
	department := int64(0)
	if p.Role == desk.Liaison {
		department = p.DepartmentID
	}
	for _, s := range senders {
		if usable(s) && (m == Mail || s.DepartmentID == department) {
			return s.ID
		}
	}
	return 0
}

// open reports whether a person may be told in a robot's group: a liaison only
// in the group of the own department.
func open(s StoredSender, a desk.Actor) bool {
	return a.Role != desk.Liaison || s.DepartmentID == a.DepartmentID
}

// maxSenders bounds how many senders there are; maxSenderName their names, in
// characters.
const (
	maxSenders    = 500
	maxSenderName = 40
)

// SenderInput is what an administrator enters; nil fields stay as they are.
// Secrets that are left out stay as well.
type SenderInput struct {
	Kind         Kind // of a new one
	Name         *string
	Enabled      *bool
	DepartmentID *int64
	Host         *string
	Port         *int
	Security     *string
	Username     *string
	Password     *string
	From         *string
	URL          *string
	Secret       *string
}

// AllSenders lists the senders. Needs ManageNotices.
func (s *Service) AllSenders(ctx context.Context, actor desk.Actor) ([]StoredSender, error) {
	if err := actor.Require(desk.ManageNotices); err != nil {
		return nil, err
	}
	return s.Store.Senders(ctx)
}

// Ways are what could reach somebody outside the desk.
type Ways struct {
	Mail   bool           // there is an e-mail server
	Robots []StoredSender // the person may choose from
	// RobotID is the one that is used when none is chosen; 0: there is none.
	RobotID int64
}

// Ways returns what could reach the actor.
func (s *Service) Ways(ctx context.Context, actor desk.Actor) (Ways, error) {
	all, err := s.Store.Senders(ctx)
	if err != nil {
		return Ways{}, err
	}
	w := Ways{RobotID: choose(Robot, Person{Actor: actor}, all)}
	w.Mail = choose(Mail, Person{Actor: actor, Contact: Contact{Email: "-"}}, all) != 0
	w.Robots = slices.DeleteFunc(all, func(r StoredSender) bool {
		return !r.Enabled || r.Kind.Medium() != Robot || !open(r, actor)
	})
	return w, nil
}

// CreateSender adds a sender. There is at most one e-mail server (Conflict).
func (s *Service) CreateSender(ctx context.Context, actor desk.Actor, in SenderInput) (StoredSender, error) {
	if err := actor.Require(desk.ManageNotices); err != nil {
		return StoredSender{}, err
	}
	all, err := s.Store.Senders(ctx)
	if err != nil {
		return StoredSender{}, err
	}
	if len(all) >= maxSenders {
		return StoredSender{}, desk.Errorf(desk.Conflict, "最多 %d 个发送通道", maxSenders)
	}
	return s.saveSender(ctx, actor, StoredSender{Kind: in.Kind, Enabled: true, CreatedAt: s.time()}, in)
}

// UpdateSender changes a sender. Whoever points one at another address must
// enter its secrets again: they are not to be sent where somebody else listens.
func (s *Service) UpdateSender(ctx context.Context, actor desk.Actor, id int64, in SenderInput) (StoredSender, error) {
	if err := actor.Require(desk.ManageNotices); err != nil {
		return StoredSender{}, err
	}
	before, err := s.Store.Sender(ctx, id)
	if err != nil {
		return before, err
	}
	moved := in.Host != nil && *in.Host != before.Setup.Host
	if moved && in.Password == nil && before.Setup.Password != "" {
		return before, desk.InvalidField("password", "更换服务器时须重新填写密码")
	}
	if in.URL != nil && *in.URL != before.Setup.URL && in.Secret == nil && before.Setup.Secret != "" {
		return before, desk.InvalidField("secret", "更换地址时须重新填写加签密钥")
	}
	return s.saveSender(ctx, actor, before, in)
}

func (s *Service) saveSender(ctx context.Context, actor desk.Actor, v StoredSender, in SenderInput) (StoredSender, error) {
	talk := s.Senders[v.Kind]
	if talk == nil {
		return v, desk.InvalidField("kind", "没有这类发送通道")
	}
	in.lay(&v)
	if n := utf8.RuneCountInString(v.Name); n == 0 || n > maxSenderName || strings.ContainsFunc(v.Name, unicode.IsControl) {
		return v, desk.InvalidField("name", "须为 1 至 %d 个字", maxSenderName)
	}
	if err := talk.Check(v.Setup); err != nil {
		return v, err
	}
	v.UpdatedAt = s.time()
	change, id := "updated", v.ID
	if v.ID == 0 {
		change = "created"
	}
	err := s.Store.Atomic(ctx, func(tx Tx) error {
		saved := v // fn may run again
		if err := tx.SaveSender(ctx, &saved); err != nil {
			return err
		}
		id = saved.ID
		return tx.Record(ctx, senderChanged(id, actor, v.UpdatedAt, change))
	})
	v.ID = id
	if desk.CodeOf(err) == desk.Conflict {
		err = desk.Errorf(desk.Conflict, "已经有一个邮件服务器: %w", err).WithReason("mail_taken")
	}
	return v, err
}

// lay puts the input over a sender.
func (in SenderInput) lay(v *StoredSender) {
	set(&v.Name, in.Name)
	v.Name = strings.TrimSpace(v.Name)
	if in.Enabled != nil {
		v.Enabled = *in.Enabled
	}
	if in.DepartmentID != nil {
		v.DepartmentID = *in.DepartmentID
	}
	if in.Port != nil {
		v.Setup.Port = *in.Port
	}
	for _, f := range []struct{ to, from *string }{
		{&v.Setup.Host, in.Host}, {&v.Setup.Security, in.Security}, {&v.Setup.Username, in.Username}, {&v.Setup.From, in.From},
		{&v.Setup.URL, in.URL}, {&v.Setup.Secret, in.Secret},
	} {
		set(f.to, f.from)
	}
	if in.Password != nil { // every character counts
		v.Setup.Password = *in.Password
	}
}

func set(to, from *string) {
	if from != nil {
		*to = strings.TrimSpace(*from)
	}
}

// RemoveSender removes a sender; what waits for it fails.
func (s *Service) RemoveSender(ctx context.Context, actor desk.Actor, id int64) error {
	if err := actor.Require(desk.ManageNotices); err != nil {
		return err
	}
	now := s.time()
	return s.Store.Atomic(ctx, func(tx Tx) error {
		if err := tx.RemoveSender(ctx, id, now); err != nil {
			return err
		}
		return tx.Record(ctx, senderChanged(id, actor, now, "removed"))
	})
}

func senderChanged(id int64, actor desk.Actor, at time.Time, change string) desk.Event {
	e := desk.NewEvent(SenderChanged, at, map[string]any{"sender_id": strconv.FormatInt(id, 10), "change": change})
	e.ActorID, e.Audience = actor.UserID, desk.ManageNotices
	return e
}

// TestSender sends a test message to the actor by a sender, at once. What the
// platform objects is an Unavailable error with reason "test_failed".
func (s *Service) TestSender(ctx context.Context, actor desk.Actor, id int64, to Recipient) error {
	if err := actor.Require(desk.ManageNotices); err != nil {
		return err
	}
	v, err := s.Store.Sender(ctx, id)
	if err != nil {
		return err
	}
	if v.Kind == SMTP && to.Email == "" {
		return desk.InvalidField("email", "请先填写您的邮箱")
	}
	ok, after, err := s.Limits.Take(ctx, fmt.Sprintf("notice/test/%d", actor.UserID), testsPerMinute, time.Minute)
	if err != nil {
		return err
	}
	if !ok {
		return desk.Errorf(desk.RateLimited, "测试过于频繁，请 %d 秒后再试", int(after/time.Second)+1)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err = s.Senders[v.Kind].Send(ctx, v.Setup, Message{
		Subject: "Reply Desk 测试通知", Text: "这是一条测试通知。收到即表示通道可用。\n" + s.BaseURL, To: []Recipient{to},
	})
	if err != nil {
		return desk.Errorf(desk.Unavailable, "发送失败：%s", cut(err.Error())).WithReason("test_failed")
	}
	return nil
}

// testsPerMinute bounds the tests of one administrator.
const testsPerMinute = 10

// LoggedSend is a send as the log shows it: not what it told, but about what,
// to whom and how it fared.
type LoggedSend struct {
	Send
	Topic     Topic
	User      string
	Sender    string
	UpdatedAt time.Time
}

// Log returns sends, newest first; state "" for all. Needs ManageNotices.
func (s *Service) Log(ctx context.Context, actor desk.Actor, state SendState, limit int, cursor string) (desk.Page[LoggedSend], error) {
	var out desk.Page[LoggedSend]
	if err := actor.Require(desk.ManageNotices); err != nil {
		return out, err
	}
	if state != "" && !state.Valid() {
		return out, desk.InvalidField("state", "没有这个状态")
	}
	before, err := cursorID(cursor)
	if err != nil {
		return out, err
	}
	limit = desk.PageLimit(limit)
	sends, err := s.Store.Sends(ctx, state, before, limit+1)
	out.Items, out.Next = page(sends, limit, func(v LoggedSend) int64 { return v.ID })
	return out, err
}
