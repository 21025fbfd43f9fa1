package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// Notice is one event told to the reader.
type Notice struct {
	ID        ID                     `json:"id"`
	Event     string                 `json:"event" doc:"the event it tells of, such as clock.missed"`
	Topic     string                 `json:"topic" enum:"urgent_word,spike,clock_missed,clock_warned,escalated,supervised,assigned,mentioned,woken,bad_mark,approval,rejected,undelivered,accounts,operations,library,reports"`
	Urgent    bool                   `json:"urgent"`
	Link      string                 `json:"link" doc:"the page it leads to, from the root of the desk"`
	Facts     map[string]string      `json:"facts" doc:"what the event tells beside its name: percent, days, code …"`
	Ticket    Nullable[NoticeTicket] `json:"ticket" doc:"null when it is about none, or no longer the reader's to see"`
	Account   string                 `json:"account,omitempty" doc:"the name of the account it is about"`
	CreatedAt time.Time              `json:"created_at"`
	ReadAt    time.Time              `json:"read_at,omitzero"`
}

// NoticeTicket is the ticket a notice is about, as it stands now.
type NoticeTicket struct {
	ID      ID        `json:"id"`
	Number  string    `json:"number"`
	Subject string    `json:"subject" doc:"personal data are masked"`
	State   string    `json:"state" enum:"new,open,with_department,in_review,replied,closed,ignored,merged"`
	DueAt   time.Time `json:"due_at,omitzero"`
}

// NoticeList is a page of notices with how many of all are unread.
type NoticeList struct {
	List[Notice]
	Unread int `json:"unread"`
}

// NoticeTopic is one row of the settings: by which media a topic reaches the
// person.
type NoticeTopic struct {
	Topic string   `json:"topic" enum:"urgent_word,spike,clock_missed,clock_warned,escalated,supervised,assigned,mentioned,woken,bad_mark,approval,rejected,undelivered,accounts,operations,library,reports"`
	Media []string `json:"media" enum:"app,browser,mail,robot" maxItems:"4"`
}

// NoticeTimes are when notices may come. Times of day are HH:MM.
type NoticeTimes struct {
	QuietFrom string `json:"quiet_from" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" patternDescription:"a time such as 22:00, or empty" doc:"empty: no quiet hours; urgent notices pass them"`
	QuietTo   string `json:"quiet_to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" patternDescription:"a time such as 07:30, or empty"`
	Digest    string `json:"digest" enum:"off,hourly,daily" doc:"what is not urgent is gathered"`
	DigestAt  string `json:"digest_at" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" patternDescription:"a time such as 09:00, or empty" doc:"of daily"`
	Lang      string `json:"lang" enum:"zh,en" doc:"of what is sent"`
}

// NoticeContact is how the person is reached.
type NoticeContact struct {
	Email     string `json:"email" maxLength:"300"`
	Mobile    string `json:"mobile" maxLength:"40" doc:"by which a chat group's robot calls the person"`
	MentionID string `json:"mention_id" maxLength:"100" doc:"the same, where the group knows people by an id"`
}

// NoticeSettings are the signed-in user's own.
type NoticeSettings struct {
	NoticeTimes
	NoticeContact
	Topics    []NoticeTopic `json:"topics"`
	RobotID   ID            `json:"robot_id,omitempty" doc:"the robot that was chosen; absent: the one of the department, or of the desk"`
	Robots    []Ref         `json:"robots" doc:"to choose from"`
	MailReady bool          `json:"mail_ready" doc:"there is an e-mail server"`
	// RobotReady tells whether any robot would reach the person.
	RobotReady bool `json:"robot_ready" doc:"a robot reaches the person"`
}

type (
	noticesInput struct {
		Paging
		Unread bool `query:"unread"`
	}
	readNoticesInput struct {
		Body struct {
			IDs  []ID `json:"ids,omitempty" maxItems:"200"`
			UpTo ID   `json:"up_to,omitempty" doc:"this and everything before"`
		}
	}
	noticeSettingsInput struct {
		Body struct {
			NoticeTimes
			NoticeContact
			Topics  []NoticeTopic `json:"topics" maxItems:"50"`
			RobotID Clearable     `json:"robot_id,omitempty"`
		}
	}
)

func (s *Server) noticeRoutes() {
	notices := s.deps.Notices
	route(s, s.operation(http.MethodGet, "/notices", "listNotices", "The signed-in user's notices, newest first"),
		func(ctx context.Context, who auth.Principal, in *noticesInput) (NoticeList, error) {
			page, err := notices.Notices(ctx, who.Actor(), notice.Filter{Unread: in.Unread, Limit: in.Limit, Cursor: in.Cursor})
			return NoticeList{List[Notice]{Items: each(page.Items, noticeOf), NextCursor: page.Next}, page.Unread}, err
		})
	command(s, s.operation(http.MethodPost, "/notices/read", "readNotices", "Mark own notices as read"),
		func(ctx context.Context, who auth.Principal, in *readNoticesInput) error {
			return notices.MarkRead(ctx, who.Actor(), each(in.Body.IDs, ID.number), in.Body.UpTo.number())
		})
	route(s, s.operation(http.MethodGet, "/notices/settings", "getNoticeSettings", "What the signed-in user is told, how and when"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (NoticeSettings, error) {
			return s.noticeSettings(ctx, who)
		})
	route(s, s.operation(http.MethodPut, "/notices/settings", "setNoticeSettings", "Set what the signed-in user is told, how and when"), s.setNoticeSettings)
}

func (s *Server) noticeSettings(ctx context.Context, who auth.Principal) (NoticeSettings, error) {
	own, err := s.deps.Notices.Settings(ctx, who.Actor())
	if err != nil {
		return NoticeSettings{}, err
	}
	ways, err := s.deps.Notices.Ways(ctx, who.Actor())
	if err != nil {
		return NoticeSettings{}, err
	}
	contact, err := s.deps.Auth.Contact(ctx, who.Actor())
	if err != nil {
		return NoticeSettings{}, err
	}
	out := NoticeSettings{
		NoticeTimes:   NoticeTimes{Digest: string(notice.AtOnce), DigestAt: timeOfDay(own.DigestAt), Lang: string(own.Language())},
		NoticeContact: NoticeContact{contact.Email, contact.Mobile, contact.MentionID},
		RobotID:       idOf(own.RobotID), MailReady: ways.Mail, RobotReady: ways.RobotID != 0 || own.RobotID != 0,
		Robots: each(ways.Robots, func(r notice.StoredSender) Ref { return Ref{ID: idOf(r.ID), Name: r.Name} }),
	}
	if own.Digest != "" {
		out.Digest = string(own.Digest)
	}
	if own.QuietFrom != own.QuietTo {
		out.QuietFrom, out.QuietTo = timeOfDay(own.QuietFrom), timeOfDay(own.QuietTo)
	}
	for _, t := range notice.Topics() {
		out.Topics = append(out.Topics, NoticeTopic{string(t), each(own.Media(t), func(m notice.Medium) string { return string(m) })})
	}
	return out, nil
}

func (s *Server) setNoticeSettings(ctx context.Context, who auth.Principal, in *noticeSettingsInput) (NoticeSettings, error) {
	b := in.Body
	settings := notice.Settings{
		Topics: map[notice.Topic][]notice.Medium{}, QuietFrom: minuteOf(b.QuietFrom), QuietTo: minuteOf(b.QuietTo),
		Digest: notice.Digest(b.Digest), DigestAt: minuteOf(b.DigestAt), Lang: notice.Lang(b.Lang),
	}
	if id := b.RobotID.pointer(); id != nil {
		settings.RobotID = *id
	}
	for _, t := range b.Topics {
		settings.Topics[notice.Topic(t.Topic)] = each(t.Media, func(m string) notice.Medium { return notice.Medium(m) })
	}
	if who.Machine {
		return NoticeSettings{}, needPerson()
	}
	// What was entered is checked as a whole before any of it is kept.
	if _, err := settings.Clean(); err != nil {
		return NoticeSettings{}, err
	}
	if _, err := s.deps.Auth.SetContact(ctx, who, &b.Email, &b.Mobile, &b.MentionID); err != nil {
		return NoticeSettings{}, err
	}
	if err := s.deps.Notices.SaveSettings(ctx, who.Actor(), settings); err != nil {
		return NoticeSettings{}, err
	}
	return s.noticeSettings(ctx, who)
}

// timeOfDay writes minutes after midnight as HH:MM, minuteOf reads them; "" is
// midnight. huma has checked the pattern.
func timeOfDay(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

func minuteOf(clock string) int {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

func noticeOf(i notice.Item) Notice {
	out := Notice{
		ID: idOf(i.ID), Event: i.Event, Topic: string(i.Topic), Urgent: i.Urgent, Link: i.Link, Facts: i.Facts, Account: i.Account,
		CreatedAt: utc(i.CreatedAt), ReadAt: utc(i.ReadAt),
	}
	if t := i.Ticket; t.ID != 0 {
		out.Ticket = some(NoticeTicket{ID: idOf(t.ID), Number: t.Number, Subject: t.Subject, State: t.State, DueAt: utc(t.DueAt)})
	}
	return out
}

// contactOf is the recipient of a test: who asks for it.
func (s *Server) contactOf(ctx context.Context, actor desk.Actor) (notice.Recipient, error) {
	c, err := s.deps.Auth.Contact(ctx, actor)
	return notice.Recipient{Name: actor.Name, Contact: notice.Contact(c)}, err
}
