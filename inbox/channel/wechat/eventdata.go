package wechat

import (
	"encoding/json"
	"strings"
	"time"
)

// eventData is what of an event has no place in channel.Inbound. Which members
// are set depends on the event; counts and codes keep the platform's digits.
type eventData struct {
	Key       string          `json:"event_key,omitempty"`
	Scene     string          `json:"scene,omitempty"` // of a parametric QR code
	Ticket    string          `json:"ticket,omitempty"`
	MenuID    string          `json:"menu_id,omitempty"`
	Scan      *scanData       `json:"scan,omitempty"`
	Pictures  *pictureData    `json:"pictures,omitempty"`
	Place     *placeData      `json:"place,omitempty"`
	MessageID string          `json:"message_id,omitempty"`
	Status    string          `json:"status,omitempty"`
	Total     json.RawMessage `json:"total_count,omitempty"`
	Filtered  json.RawMessage `json:"filter_count,omitempty"`
	Sent      json.RawMessage `json:"sent_count,omitempty"`
	Failed    json.RawMessage `json:"error_count,omitempty"`
	Copyright *copyrightData  `json:"copyright,omitempty"`
	PublishID string          `json:"publish_id,omitempty"`
	ArticleID string          `json:"article_id,omitempty"`
	Articles  []articleData   `json:"articles,omitempty"`
	FailIndex []string        `json:"fail_index,omitempty"`
	Templates []templateData  `json:"templates,omitempty"`
	AppID     string          `json:"app_id,omitempty"`
	Revoked   string          `json:"revoke_info,omitempty"`

	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	FailedAt   *time.Time `json:"failed_at,omitempty"`
	FailReason string     `json:"fail_reason,omitempty"`

	Agent     string `json:"agent,omitempty"`
	FromAgent string `json:"from_agent,omitempty"`
}

type scanData struct {
	Type   string `json:"type,omitempty"`
	Result string `json:"result,omitempty"`
}

type pictureData struct {
	Count json.RawMessage `json:"count,omitempty"`
	MD5   []string        `json:"md5,omitempty"`
}

// copyrightData is the originality check of a mass send (原创校验).
type copyrightData struct {
	State json.RawMessage      `json:"check_state,omitempty"`
	Rows  []copyrightRowFields `json:"articles,omitempty"`
}

type copyrightRowFields struct {
	Index      string `json:"index,omitempty"` // 1-based
	Audit      string `json:"audit_state,omitempty"`
	URL        string `json:"original_url,omitempty"`
	CanReprint string `json:"can_reprint,omitempty"`
}

type articleData struct {
	Index string `json:"index,omitempty"` // 1-based
	URL   string `json:"url,omitempty"`
}

// templateData is one template of a subscription notice.
type templateData struct {
	ID        string `json:"id,omitempty"`
	Status    string `json:"status,omitempty"`
	Scene     string `json:"scene,omitempty"`
	MessageID string `json:"message_id,omitempty"`
	ErrorCode string `json:"error_code,omitempty"`
}

// read takes the fields that the event has.
func (d *eventData) read(event string, n *node) {
	d.Ticket, d.MenuID = n.get("Ticket"), n.get("MenuId", "MenuID")
	switch event {
	case "subscribe":
		d.Scene = strings.TrimPrefix(d.Key, "qrscene_")
	case "scan":
		d.Scene = d.Key
	case "scancode_push", "scancode_waitmsg":
		if k := n.kid("ScanCodeInfo"); k != nil {
			d.Scan = &scanData{Type: k.get("ScanType"), Result: k.get("ScanResult")}
		}
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		d.readPictures(n.kid("SendPicsInfo"))
	case "location_select":
		if k := n.kid("SendLocationInfo"); k != nil {
			place := placeOf(k)
			d.Place = &place
		}
	case "templatesendjobfinish":
		d.MessageID, d.Status = n.get("MsgID", "MsgId"), n.get("Status")
	case "masssendjobfinish":
		d.readMassSend(n)
	case "publishjobfinish":
		d.readPublish(n.kid("PublishEventInfo"))
	case "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event":
		d.readTemplates(n)
	case "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation":
		d.AppID, d.Revoked = n.get("AppID", "AppId"), n.get("RevokeInfo")
	case "kf_create_session", "kf_close_session", "kf_switch_session":
		d.Agent, d.FromAgent = n.get("KfAccount", "ToKfAccount"), n.get("FromKfAccount")
	default:
		d.ExpiresAt, d.FailedAt = timeOf(n, "ExpiredTime"), timeOf(n, "FailTime")
		d.FailReason = n.get("FailReason")
	}
}

func (d *eventData) readPictures(n *node) {
	if n == nil {
		return
	}
	d.Pictures = &pictureData{Count: number(n.get("Count"))}
	for _, row := range n.holders("PicMd5Sum") {
		d.Pictures.MD5 = append(d.Pictures.MD5, row.get("PicMd5Sum"))
	}
}

func (d *eventData) readMassSend(n *node) {
	d.MessageID, d.Status = n.get("MsgID", "MsgId"), n.get("Status")
	d.Total, d.Filtered = number(n.get("TotalCount")), number(n.get("FilterCount"))
	d.Sent, d.Failed = number(n.get("SentCount")), number(n.get("ErrorCount"))
	if k := n.kid("CopyrightCheckResult"); k != nil {
		d.Copyright = &copyrightData{State: number(k.get("CheckState"))}
		for _, row := range k.holders("ArticleIdx") {
			d.Copyright.Rows = append(d.Copyright.Rows, copyrightRowFields{
				Index: row.get("ArticleIdx"), Audit: row.get("AuditState"),
				URL: row.get("OriginalArticleUrl"), CanReprint: row.get("CanReprint"),
			})
		}
	}
	for _, row := range n.kid("ArticleUrlResult").holders("ArticleUrl") {
		d.Articles = append(d.Articles, articleData{Index: row.get("ArticleIdx"), URL: row.get("ArticleUrl")})
	}
}

func (d *eventData) readPublish(n *node) {
	d.PublishID, d.Status, d.ArticleID = n.get("publish_id"), n.get("publish_status"), n.get("article_id")
	for _, row := range n.holders("article_url") {
		d.Articles = append(d.Articles, articleData{Index: row.get("idx"), URL: row.get("article_url")})
	}
	if n == nil {
		return
	}
	for i := range n.kids { // repeated in XML, an array in JSON
		k := &n.kids[i]
		if string(k.name) != "fail_idx" {
			continue
		}
		if len(k.kids) == 0 && len(k.text) > 0 {
			d.FailIndex = append(d.FailIndex, string(k.text))
		}
		for j := range k.kids {
			d.FailIndex = append(d.FailIndex, string(k.kids[j].text))
		}
	}
}

func (d *eventData) readTemplates(n *node) {
	for _, row := range n.holders("TemplateId") {
		d.Templates = append(d.Templates, templateData{
			ID: row.get("TemplateId"), Status: row.get("SubscribeStatusString", "ErrorStatus"),
			Scene: row.get("PopupScene"), MessageID: row.get("MsgID"), ErrorCode: row.get("ErrorCode"),
		})
	}
}

// timeOf reads a unix time, nil when there is none.
func timeOf(n *node, name string) *time.Time {
	at, ok := unixTime(n.get(name))
	if !ok {
		return nil
	}
	return &at
}
