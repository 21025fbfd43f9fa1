package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"replydesk/inbox/channel"
)

// maxText is the most bytes of a text message.
const maxText = 2048

// Send implements channel.Channel: a customer-service message (客服消息), or the
// public reply to a comment. The platform tells no id of what it accepted.
func (o *official) Send(ctx context.Context, out channel.Outbound) channel.Result {
	switch {
	case out.Kind == channel.Comment:
		return o.sendReply(ctx, out)
	case out.ContactID == "":
		return unsendable(40003)
	case strings.TrimSpace(out.Text) == "":
		return unsendable(44004)
	case len(out.Text) > maxText:
		return unsendable(45002)
	}
	if out.Menu != nil {
		return o.deliver(ctx, "/cgi-bin/message/custom/send", menuMessage(out))
	}
	return o.deliver(ctx, "/cgi-bin/message/custom/send", customMessage(out))
}

// deliver makes one call that reaches a citizen and classifies how it ended.
func (o *official) deliver(ctx context.Context, path string, message any) channel.Result {
	body := encode(message)
	f := o.withToken(ctx, func(token string) *fault {
		_, f := o.post(ctx, path, url.Values{"access_token": {token}}, body)
		return f
	})
	if f == nil {
		return channel.Result{Outcome: channel.Sent, Code: "0", Message: "ok"}
	}
	return f.result(o.options.Now())
}

// unsendable is the platform's code for what we do not even try.
func unsendable(code int64) channel.Result {
	f := fault{api: util.NewCommonError("", code, "not sent")}
	return f.result(time.Time{})
}

// customMessage is the body of a text message.
func customMessage(out channel.Outbound) any {
	type text struct {
		Content string `json:"content"`
	}
	type aiContext struct {
		IsAI int `json:"is_ai_msg"`
	}
	message := struct {
		To   string     `json:"touser"`
		Type string     `json:"msgtype"`
		Text text       `json:"text"`
		AI   *aiContext `json:"aimsgcontext,omitempty"` // the grey label for AI content
	}{To: out.ContactID, Type: "text", Text: text{plainLines(out.Text)}}
	if out.AIMade {
		message.AI = &aiContext{1}
	}
	return message
}

// menuMessage is the body of a menu message (msgmenu). Its ids are numbers, as
// text.
func menuMessage(out channel.Outbound) any {
	type item struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	}
	type menu struct {
		Head string `json:"head_content"`
		List []item `json:"list"`
		Tail string `json:"tail_content"`
	}
	message := struct {
		To   string `json:"touser"`
		Type string `json:"msgtype"`
		Menu menu   `json:"msgmenu"`
	}{To: out.ContactID, Type: "msgmenu", Menu: menu{Head: plainLines(out.Menu.Head), Tail: plainLines(out.Menu.Tail)}}
	for _, i := range out.Menu.Items {
		message.Menu.List = append(message.Menu.List, item{strconv.FormatInt(i.ID, 10), plainLines(i.Text)})
	}
	return message
}

// encode writes a body with raw UTF-8 and without escapes, which some endpoints
// would store as they stand.
func encode(message any) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil {
		panic("wechat: message: " + err.Error()) // structs of numbers and strings always marshal
	}
	return bytes.TrimSpace(body.Bytes())
}

// plainLines makes line breaks of the two Unicode separators, which Go's JSON
// encoder would escape.
func plainLines(text string) string {
	return strings.NewReplacer("\u2028", "\n", "\u2029", "\n").Replace(clean(text))
}
