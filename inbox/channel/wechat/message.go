package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// maxID bounds the ids we take over; the platform's have 17 to 28 characters.
const maxID = 128

// Why a genuine payload cannot be read, for who looks after it.
var (
	errNoType   = errors.New("消息里没有 MsgType")
	errNoSender = errors.New("消息里没有可用的 FromUserName")
	errNoKey    = errors.New("消息是密文而没有解开：账号没有填写 EncodingAESKey，或推送没有注明加密")
	errKeys     = errors.New("账号的 EncodingAESKey 解不开这条消息")
)

// Send windows (客服消息下发条数限制), by what the citizen did. The platform's own
// answers 45015 and 45047 have the last word.
const (
	messageLimit  = 5
	messageWindow = 48 * time.Hour
	actionLimit   = 3
	actionWindow  = time.Minute
)

// Parse implements channel.Channel. raw is a decrypted payload, or the whole
// encrypted body that an account without a key had to lay aside. The error is
// Invalid and says what is missing.
func (o *official) Parse(raw []byte, received time.Time) (channel.Inbound, error) {
	tree, err := parsePayload(raw)
	if err == nil && isEnvelope(tree) && len(o.keys) > 0 {
		if raw, _, err = o.decrypt(tree.get("Encrypt")); err != nil {
			return channel.Inbound{}, unreadable(errKeys)
		}
		tree, err = parsePayload(raw)
	}
	if err != nil {
		return channel.Inbound{}, unreadable(err)
	}
	item, err := o.inbound(tree, raw, received)
	if err != nil {
		return channel.Inbound{}, unreadable(err)
	}
	return item, nil
}

// unreadable tells a person why a payload cannot be read. The reasons hold
// nothing of what a citizen wrote.
func unreadable(why error) error { return desk.Errorf(desk.Invalid, "仍然无法读取：%v", why) }

// isEnvelope reports whether a payload is nothing but a cipher text.
func isEnvelope(n *node) bool {
	return n.get("MsgType") == "" && n.get("Encrypt") != ""
}

// inbound turns a payload into what the desk stores. received stands in for a
// CreateTime that is missing or impossible.
func (o *official) inbound(n *node, raw []byte, received time.Time) (channel.Inbound, error) {
	if isEnvelope(n) {
		return channel.Inbound{}, errNoKey
	}
	kind := strings.ToLower(n.get("MsgType"))
	if kind == "" {
		return channel.Inbound{}, errNoType
	}
	sender := n.get("FromUserName")
	if sender == "" || len(sender) > maxID {
		return channel.Inbound{}, errNoSender
	}
	if to := n.get("ToUserName"); o.settings.OriginalID != "" && to != o.settings.OriginalID {
		return channel.Inbound{}, fmt.Errorf("消息是发给 %.32q 的，而账号设置的原始 ID 是 %q", to, o.settings.OriginalID)
	}
	in := channel.Inbound{Kind: channel.Private, ContactID: sender, SentAt: received.UTC(), Raw: raw}
	if at, ok := unixTime(n.get("CreateTime")); ok {
		in.SentAt = at
	}
	if kind == "event" {
		readEvent(&in, n)
		return in, nil
	}
	in.ExternalID = n.get("MsgId")
	if in.ExternalID == "" || len(in.ExternalID) > maxID {
		in.ExternalID = digest(raw)
	}
	in.Post = articleOf(n)
	in.Effects.Windows = []channel.Window{o.messageWindow(n, in.SentAt)}
	readMessage(&in, kind, n)
	return in, nil
}

// readMessage fills in what depends on the message type.
func readMessage(in *channel.Inbound, kind string, n *node) {
	switch kind {
	case "text":
		in.Type, in.Text = channel.Text, n.get("Content")
		if menu := n.get("bizmsgmenuid"); menu != "" {
			in.Data = toJSON(messageData{MenuID: menu})
		}
	case "image":
		in.Type, in.Media = channel.Image, mediaOf(channel.Image, n)
	case "voice":
		in.Type, in.Media = channel.Voice, mediaOf(channel.Voice, n)
		in.Text = n.get("Recognition")
		in.Data = toJSON(messageData{MediaID16K: n.get("MediaId16K")})
	case "video", "shortvideo":
		in.Type, in.Media = channel.Video, mediaOf(channel.Video, n)
		in.Data = toJSON(messageData{ThumbMediaID: n.get("ThumbMediaId"), Short: kind == "shortvideo"})
	case "location":
		place := placeOf(n)
		in.Type, in.Text, in.Data = channel.Location, place.text(), toJSON(place)
	case "link":
		link := linkData{Title: n.get("Title"), Description: n.get("Description"), URL: n.get("Url")}
		in.Type, in.Text, in.Data = channel.Link, link.text(), toJSON(link)
	default:
		in.Type, in.Text = channel.Unknown, "［暂不支持的消息类型："+shorten(kind)+"］"
		in.Data = toJSON(messageData{MessageType: shorten(kind)})
	}
}

// messageWindow is the window that a citizen's message opens.
func (o *official) messageWindow(n *node, at time.Time) channel.Window {
	if n.get("bizmsgmenuid") != "" && !o.options.MenuTapOpensMessageWindow {
		return actionWindowOf("menu", at)
	}
	return channel.Window{Name: "message", Limit: messageLimit, Until: at.Add(messageWindow)}
}

func actionWindowOf(name string, at time.Time) channel.Window {
	return channel.Window{Name: name, Limit: actionLimit, Until: at.Add(actionWindow)}
}

// articleOf is the article a message was written from.
func articleOf(n *node) *channel.Post {
	group, err := strconv.ParseUint(n.get("MsgDataId"), 10, 63)
	if err != nil || group == 0 {
		return nil
	}
	position, err := strconv.ParseUint(n.get("Idx"), 10, 8)
	if err != nil || position == 0 {
		position = 1
	}
	return &channel.Post{ExternalID: ArticleID{MsgDataID: int64(group), Index: int(position)}.String()}
}

// mediaOf is the file of a message, none when neither id nor URL is told.
func mediaOf(kind channel.Type, n *node) []channel.Media {
	m := channel.Media{Kind: kind, ExternalID: n.get("MediaId"), Format: n.get("Format")}
	if kind == channel.Image {
		m.URL = n.get("PicUrl")
	}
	if m.ExternalID == "" && m.URL == "" {
		return nil
	}
	return []channel.Media{m}
}

// messageData is what of a message has no place in channel.Inbound.
type messageData struct {
	MenuID       string `json:"menu_id,omitempty"` // of the msgmenu item tapped
	MediaID16K   string `json:"media_id_16k,omitempty"`
	ThumbMediaID string `json:"thumb_media_id,omitempty"`
	Short        bool   `json:"short,omitempty"`
	MessageType  string `json:"message_type,omitempty"` // of an unknown type
}

type linkData struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

func (l linkData) text() string {
	for _, s := range []string{l.Title, l.Description, l.URL} {
		if s != "" {
			return s
		}
	}
	return "［链接］"
}

type placeData struct {
	Latitude  json.RawMessage `json:"latitude,omitempty"`
	Longitude json.RawMessage `json:"longitude,omitempty"`
	Scale     json.RawMessage `json:"scale,omitempty"`
	Label     string          `json:"label,omitempty"`
	Name      string          `json:"name,omitempty"`
}

// placeOf reads a place the citizen chose to send.
func placeOf(n *node) placeData {
	return placeData{
		Latitude: number(n.get("Location_X")), Longitude: number(n.get("Location_Y")), Scale: number(n.get("Scale")),
		Label: n.get("Label"), Name: n.get("Poiname"),
	}
}

func (p placeData) text() string {
	if text := strings.TrimSpace(p.Name + " " + p.Label); text != "" {
		return text
	}
	if p.Latitude != nil && p.Longitude != nil {
		return fmt.Sprintf("［位置］%s, %s", p.Latitude, p.Longitude)
	}
	return "［位置］"
}

// number is text as a JSON number with all its digits; as a JSON string when
// it is none; nil when empty.
func number(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return toJSON(text)
}

// toJSON marshals a plain value, nil for an object without members.
func toJSON(v any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("wechat: data of a message: " + err.Error()) // plain structs always marshal
	}
	text := bytes.TrimSpace(out.Bytes())
	if string(text) == "{}" {
		return nil
	}
	return json.RawMessage(text)
}

// shorten keeps a platform's word short enough for a sentence.
func shorten(s string) string {
	const limit = 64
	for i := range s {
		if i > limit {
			return s[:i]
		}
	}
	return s
}
