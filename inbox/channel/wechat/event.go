package wechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strings"
	"time"

	"replydesk/inbox/channel"
)

// readEvent fills in an event. Any event, known or not, becomes a Notice; the
// ones the desk must act on carry effects.
func readEvent(in *channel.Inbound, n *node) {
	in.Type = channel.Notice
	in.Event = strings.ToLower(n.get("Event"))
	// The events about an authorization name the person apart from the sender,
	// which is then a system account.
	if person := n.get("OpenID"); person != "" && len(person) <= maxID {
		in.ContactID = person
	}
	in.ExternalID = eventID(in, n)
	data := eventData{Key: n.get("EventKey")}
	data.read(in.Event, n)
	in.Text = eventText(in.Event, &data)
	in.Effects = eventEffects(in, &data)
	if fromPlatform(in.Event) {
		in.ContactID = ""
	}
	if in.Event == "location" {
		// Where a citizen is, told without their asking: not ours to keep.
		in.Raw, data = withoutPosition(n), eventData{}
	}
	in.Data = toJSON(data)
}

// eventID identifies an event, which has no MsgId: a retry gives the same id,
// and two events of one second differ in what they are about. It is a hash
// because the id outlives the erasure of the person that it is made of.
func eventID(in *channel.Inbound, n *node) string {
	parts := []string{in.ContactID, n.get("CreateTime"), in.Event, n.get("EventKey"), n.get("MsgID"), n.get("MsgId"),
		n.kid("PublishEventInfo").get("publish_id")}
	for _, row := range n.holders("TemplateId") {
		parts = append(parts, row.get("TemplateId"), row.get("MsgID"))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "event:" + hex.EncodeToString(sum[:])
}

// fromPlatform reports whether an event's sender is the platform itself, not a
// citizen.
func fromPlatform(event string) bool {
	switch event {
	case "masssendjobfinish", "publishjobfinish":
		return true
	}
	return strings.HasPrefix(event, "qualification_verify_") || strings.HasPrefix(event, "naming_verify_") ||
		event == "annual_renew" || event == "verify_expired"
}

// eventEffects are the send windows an action opens and what the desk must do.
func eventEffects(in *channel.Inbound, data *eventData) channel.Effects {
	var effects channel.Effects
	yes, no := true, false
	window := ""
	switch in.Event {
	case "subscribe":
		effects.Subscribed, window = &yes, "subscribe"
	case "unsubscribe":
		// The platform's rule: delete all information of who leaves.
		effects.Subscribed, effects.EraseContact = &no, true
	case "user_authorization_revoke", "user_authorization_cancellation":
		effects.EraseContact = true
	case "scan":
		window = "scan"
	case "click", "scancode_push", "scancode_waitmsg":
		window = "menu"
	case "qualification_verify_success", "qualification_verify_fail", "naming_verify_success",
		"naming_verify_fail", "annual_renew", "verify_expired":
		effects.Alert = eventText(in.Event, data)
	}
	if window != "" {
		effects.Windows = []channel.Window{actionWindowOf(window, in.SentAt)}
	}
	return effects
}

// sentence tells an event in the thread: alone, or with what it is about at the
// end. An empty about says that nothing is added.
type sentence struct{ alone, about string }

var sentences = map[string]sentence{
	"subscribe":                       {"关注了公众号", "扫码关注了公众号："},
	"unsubscribe":                     {"取消关注了公众号", ""},
	"scan":                            {"扫描了带参数二维码", "扫描了带参数二维码："},
	"location":                        {"上报了地理位置（未保存）", ""},
	"click":                           {"点击了菜单", "点击了菜单："},
	"view":                            {"点击了菜单链接", "点击了菜单链接："},
	"view_miniprogram":                {"从菜单打开了小程序", "从菜单打开了小程序："},
	"scancode_push":                   {"从菜单扫码", "从菜单扫码："},
	"scancode_waitmsg":                {"从菜单扫码", "从菜单扫码："},
	"pic_sysphoto":                    {"从菜单拍照发图", ""},
	"pic_photo_or_album":              {"从菜单拍照或选图", ""},
	"pic_weixin":                      {"从菜单选择微信图片", ""},
	"location_select":                 {"从菜单选择了位置", "从菜单选择了位置："},
	"templatesendjobfinish":           {"模板消息发送完成", "模板消息发送结果："},
	"masssendjobfinish":               {"群发完成", "群发结果："},
	"publishjobfinish":                {"文章发布完成", "文章发布结果："},
	"subscribe_msg_popup_event":       {"操作了订阅通知弹窗", ""},
	"subscribe_msg_change_event":      {"更改了订阅通知设置", ""},
	"subscribe_msg_sent_event":        {"订阅通知发送完成", ""},
	"user_info_modified":              {"用户资料有变更", ""},
	"user_authorization_revoke":       {"用户撤回授权，按规定删除其个人信息", ""},
	"user_authorization_cancellation": {"用户注销账号，按规定删除其个人信息", ""},
	"qualification_verify_success":    {"公众号资质认证成功", "公众号资质认证成功，有效期至 "},
	"qualification_verify_fail":       {"公众号资质认证失败", "公众号资质认证失败："},
	"naming_verify_success":           {"公众号名称认证成功", "公众号名称认证成功，有效期至 "},
	"naming_verify_fail":              {"公众号名称认证失败", "公众号名称认证失败："},
	"annual_renew":                    {"公众号认证需要年审", "公众号认证需要年审，到期日 "},
	"verify_expired":                  {"公众号认证已过期，接口权限可能失效", "公众号认证已过期，接口权限可能失效，到期日 "},
	"kf_create_session":               {"接入了微信客服会话", "接入了微信客服会话："},
	"kf_close_session":                {"结束了微信客服会话", "结束了微信客服会话："},
	"kf_switch_session":               {"转接了微信客服会话", "转接了微信客服会话："},
}

// eventText is the sentence for an event.
func eventText(event string, data *eventData) string {
	s, known := sentences[event]
	if !known {
		return "［平台事件：" + shorten(event) + "］"
	}
	if subject := data.subject(event); subject != "" && s.about != "" {
		return s.about + subject
	}
	return s.alone
}

// publishStates are the values of publish_status.
var publishStates = map[string]string{
	"0": "成功", "1": "发布中", "2": "原创审核不通过", "3": "失败", "4": "平台审核不通过", "5": "已被作者删除", "6": "已被系统封禁",
}

// subject is what an event is about, for people.
func (d *eventData) subject(event string) string {
	switch event {
	case "subscribe", "scan":
		return d.Scene
	case "scancode_push", "scancode_waitmsg":
		if d.Scan != nil {
			return d.Scan.Result
		}
	case "location_select":
		if d.Place != nil {
			return d.Place.text()
		}
	case "templatesendjobfinish", "masssendjobfinish":
		return d.Status
	case "publishjobfinish":
		if state := publishStates[d.Status]; state != "" {
			return state
		}
		return d.Status
	case "qualification_verify_fail", "naming_verify_fail":
		return d.FailReason
	case "qualification_verify_success", "naming_verify_success", "annual_renew", "verify_expired":
		return d.until()
	case "kf_create_session", "kf_close_session", "kf_switch_session":
		return d.Agent
	}
	return d.Key
}

// until is the day of ExpiresAt in Beijing, where the platform is.
func (d *eventData) until() string {
	if d.ExpiresAt == nil {
		return ""
	}
	return d.ExpiresAt.In(beijing()).Format(time.DateOnly)
}

// beijing is the platform's time zone; it has no daylight saving time.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

// withoutPosition rebuilds a LOCATION event from its common fields alone, in
// the format it came in.
func withoutPosition(n *node) []byte {
	names := []string{"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}
	if len(n.name) == 0 { // JSON has no root element
		fields := map[string]json.RawMessage{}
		for _, name := range names {
			fields[name] = toJSON(n.get(name))
		}
		if at := n.get("CreateTime"); at != "" {
			fields["CreateTime"] = number(at)
		}
		return toJSON(fields)
	}
	var out bytes.Buffer
	out.WriteString("<xml>")
	for _, name := range names {
		out.WriteString("<" + name + ">")
		if err := xml.EscapeText(&out, n.bytes(name)); err != nil {
			return nil // a bytes.Buffer does not fail
		}
		out.WriteString("</" + name + ">")
	}
	out.WriteString("</xml>")
	return out.Bytes()
}
