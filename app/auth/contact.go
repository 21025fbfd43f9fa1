package auth

import (
	"context"
	"net/mail"
	"regexp"
	"strings"

	"replydesk/inbox/desk"
)

// maxEmail bounds an e-mail address, in bytes.
const maxEmail = 254

// mobiles and mentionIDs are what the chat tools' robots call people by.
var (
	mobiles    = regexp.MustCompile(`^\+?[0-9]{5,20}$`)
	mentionIDs = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)
)

// contact lays what was entered over c and checks it; nil stays, "" takes away.
func (f *faults) contact(c *Contact, email, mobile, mentionID *string) {
	if email != nil {
		c.Email = strings.TrimSpace(*email)
		f.check("email", c.Email == "" || isEmail(c.Email), "不是有效的邮箱地址")
	}
	if mobile != nil {
		c.Mobile = strings.TrimSpace(*mobile)
		f.check("mobile", c.Mobile == "" || mobiles.MatchString(c.Mobile), "须为 5 至 20 位数字")
	}
	if mentionID != nil {
		c.MentionID = strings.TrimSpace(*mentionID)
		f.check("mention_id", c.MentionID == "" || mentionIDs.MatchString(c.MentionID), "须为 1 至 64 个字母、数字或 . _ @ -")
	}
}

// isEmail reports whether s is one plain address, without a name beside it.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && len(s) <= maxEmail && printable(s)
}

// SetContact changes how the principal is reached; nil stays as it is.
func (s *Service) SetContact(ctx context.Context, who Principal, email, mobile, mentionID *string) (User, error) {
	id := who.User.ID
	err := s.o.Store.Atomic(ctx, func(tx Tx) error {
		u, err := tx.LockUser(ctx, id)
		if err != nil {
			return err
		}
		var faults faults
		faults.contact(&u.Contact, email, mobile, mentionID)
		if err := faults.err(); err != nil {
			return err
		}
		u.UpdatedAt = s.time()
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		return tx.Record(ctx, userChanged(u, id, u.UpdatedAt, "updated"))
	})
	if err != nil {
		return User{}, err
	}
	s.changed(ctx, id)
	return s.o.Store.User(ctx, id)
}

// Contact returns how the actor is reached.
func (s *Service) Contact(ctx context.Context, actor desk.Actor) (Contact, error) {
	u, err := s.o.Store.User(ctx, actor.UserID)
	return u.Contact, err
}
