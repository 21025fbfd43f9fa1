package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// mailbox is the person's address and the e-mail server that reaches it; ""
// without one of them.
func (s *Service) mailbox(ctx context.Context, userID int64) (Person, StoredSender, error) {
	roster, err := s.Store.Roster(ctx, s.time())
	if err != nil {
		return Person{}, StoredSender{}, err
	}
	i := slices.IndexFunc(roster.People, func(p Person) bool { return p.UserID == userID })
	if i < 0 {
		return Person{}, StoredSender{}, nil
	}
	senders, err := s.Store.Senders(ctx)
	if err != nil {
		return Person{}, StoredSender{}, err
	}
	id := choose(Mail, roster.People[i], senders)
	of := slices.IndexFunc(senders, func(v StoredSender) bool { return v.ID == id })
	if of < 0 {
		return Person{}, StoredSender{}, nil
	}
	return roster.People[i], senders[of], nil
}

// Mailbox is the e-mail address at which the desk reaches a person, "" for none.
func (s *Service) Mailbox(ctx context.Context, userID int64) (string, error) {
	p, _, err := s.mailbox(ctx, userID)
	return p.Email, err
}

// SendCode sends a one-time code to a person by e-mail, at once: quiet hours and
// digests are not for what somebody waits for. An error with RetryAfter says when
// to try again; an Invalid one that the server will never take it.
func (s *Service) SendCode(ctx context.Context, userID int64, code string, valid time.Duration) error {
	p, sender, err := s.mailbox(ctx, userID)
	if err != nil || sender.ID == 0 {
		return err
	}
	w := s.writer(p.Settings.Language())
	minutes := int((valid + time.Minute - 1) / time.Minute)
	m := Message{
		Subject: w.say("转办工单验证码", "Your one-time code"),
		Text: fmt.Sprintf(w.say("您正在打开转办工单，验证码为 %s，%d 分钟内有效，只能使用一次。\n如果不是您本人操作，请不要把验证码告诉任何人。",
			"A ticket of your department is being opened with your link. Your code is %s. It is valid for %d minutes and can be used once.\n"+
				"If this was not you, do not pass the code on."), code, minutes),
		To: []Recipient{{Name: p.Name, Contact: p.Contact}},
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err = s.Senders[sender.Kind].Send(ctx, sender.Setup, m)
	var slow *Slow
	var refused *Refused
	switch {
	case errors.As(err, &slow):
		return &later{slow.After, slow.Reason}
	case errors.As(err, &refused):
		return desk.Errorf(desk.Invalid, "the code was not taken: %w", err)
	}
	return err
}
