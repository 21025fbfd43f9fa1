package robot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/notice"
)

// dingtalk is 钉钉: the query carries the milliseconds and their signature, the
// HMAC-SHA256 of "milliseconds\nsecret" by the secret.
type dingtalk struct{}

type dingtalkAt struct {
	IDs     []string `json:"atUserIds,omitempty"`
	Mobiles []string `json:"atMobiles,omitempty"`
	All     bool     `json:"isAtAll"`
}

func (dingtalk) request(address *url.URL, secret string, m notice.Message, now time.Time) (*url.URL, any) {
	to := *address
	if secret != "" {
		stamp := strconv.FormatInt(now.UnixMilli(), 10)
		q := to.Query()
		q.Set("timestamp", stamp)
		q.Set("sign", sign(secret, stamp+"\n"+secret))
		to.RawQuery = q.Encode()
	}
	ids, mobiles := mentions(m.To)
	content := m.Text
	// Who is called must be named in the text as well.
	for _, name := range append(append([]string{}, ids...), mobiles...) {
		content += " @" + name
	}
	return &to, struct {
		Type string            `json:"msgtype"`
		Text map[string]string `json:"text"`
		At   dingtalkAt        `json:"at"`
	}{"text", map[string]string{"content": strings.TrimSpace(content)}, dingtalkAt{IDs: ids, Mobiles: mobiles}}
}

// sign is the HMAC-SHA256 of a text by a key, as base64.
func sign(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
