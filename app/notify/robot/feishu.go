package robot

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/notice"
)

// feishu is 飞书: the body carries the seconds and their signature, the
// HMAC-SHA256 of nothing by "seconds\nsecret".
type feishu struct{}

// tags keeps what stands in a text from becoming a tag, such as one that calls
// the whole group.
var tags = strings.NewReplacer("<", "＜", ">", "＞")

func (feishu) request(address *url.URL, secret string, m notice.Message, now time.Time) (*url.URL, any) {
	text := tags.Replace(m.Text)
	ids, _ := mentions(m.To) // a robot here knows people by id only
	for _, id := range ids {
		text += ` <at user_id="` + id + `"></at>`
	}
	body := map[string]any{"msg_type": "text", "content": map[string]string{"text": text}}
	if secret != "" {
		stamp := strconv.FormatInt(now.Unix(), 10)
		body["timestamp"], body["sign"] = stamp, sign(stamp+"\n"+secret, "")
	}
	return address, body
}
