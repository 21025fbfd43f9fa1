package robot

import (
	"net/url"
	"time"

	"replydesk/inbox/notice"
)

// wecom is 企业微信: the key stands in the address, nothing is signed.
type wecom struct{}

type wecomText struct {
	Content string   `json:"content"`
	IDs     []string `json:"mentioned_list,omitempty"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

func (wecom) request(address *url.URL, _ string, m notice.Message, _ time.Time) (*url.URL, any) {
	ids, mobiles := mentions(m.To)
	return address, struct {
		Type string    `json:"msgtype"`
		Text wecomText `json:"text"`
	}{"text", wecomText{m.Text, ids, mobiles}}
}
