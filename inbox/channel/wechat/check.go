package wechat

import (
	"context"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Check implements channel.Channel: it asks the platform for a token with the
// account's credentials. Wrong settings are Invalid with the field to look at,
// everything that may pass is Unavailable.
func (o *official) Check(ctx context.Context) error {
	_, f := o.fetchToken(ctx)
	if f == nil {
		return nil
	}
	if f.api == nil {
		return &desk.Error{Code: desk.Unavailable, Message: f.report(), Cause: f}
	}
	message := f.report()
	field := ""
	switch f.api.ErrCode {
	case 40013, 41002:
		field = "settings.app_id"
	case 40001, 40125, 40243, 41004:
		field = "settings.app_secret"
	}
	if field != "" {
		return &desk.Error{Code: desk.Invalid, Message: message, Fields: []desk.Field{{Name: field, Message: message}}}
	}
	if f.result(o.options.Now()).Outcome == channel.Again {
		return &desk.Error{Code: desk.Unavailable, Message: message}
	}
	return &desk.Error{Code: desk.Invalid, Message: message}
}
