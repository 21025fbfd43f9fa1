package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Message is one thing a citizen does: a message of any type, or an event. The
// platform's common fields (ToUserName, FromUserName, CreateTime, MsgType,
// MsgId) are filled in; set the fields that the type has, and use Extra for
// what has no field of its own here.
type Message struct {
	OpenID string
	// Type is the platform's MsgType: text, image, voice, video, shortvideo,
	// location, link, event, or anything else to play a type of the future.
	Type string

	Content string // text
	MenuID  string // text: bizmsgmenuid, after tapping an item of a msgmenu

	PicURL       string // image
	MediaID      string // image, voice, video, shortvideo
	Format       string // voice: amr or speex
	ThumbMediaID string // video, shortvideo

	Latitude, Longitude float64 // location
	Scale               int     // location
	Label               string  // location

	Title, Description, URL string // link

	Event    string // event: subscribe, unsubscribe, SCAN, CLICK, VIEW …
	EventKey string // event
	Ticket   string // event: of the QR code

	MsgDataID int64 // set with Idx when the message was written on an article page
	Idx       int   // 1-based position of the article

	Extra Fields

	MsgID int64     // 0: the next number. Events never carry one
	At    time.Time // zero: now. The wire has whole seconds
}

// Field is one named value of a payload. Value is a string, an int, an int64,
// a float64 or nested Fields.
type Field struct {
	Name  string
	Value any
}

// Fields is an ordered payload, written as XML or as JSON.
type Fields []Field

// isEvent says whether the message is of the kind without MsgId.
func (m Message) isEvent() bool { return m.Type == "event" }

// payload lists the message's fields in the order the platform writes them.
func (m Message) payload(originalID string) Fields {
	f := Fields{
		{"ToUserName", originalID},
		{"FromUserName", m.OpenID},
		{"CreateTime", m.At.Unix()},
		{"MsgType", m.Type},
	}
	f = append(f, m.ofType()...)
	f = append(f, m.Extra...)
	if !m.isEvent() {
		f = append(f, Field{"MsgId", m.MsgID})
	}
	if m.MsgDataID != 0 {
		f = append(f, Field{"MsgDataId", m.MsgDataID}, Field{"Idx", m.Idx})
	}
	return f
}

// ofType lists the fields that belong to the message's type.
func (m Message) ofType() Fields {
	switch m.Type {
	case "text":
		f := Fields{{"Content", m.Content}}
		if m.MenuID != "" {
			f = append(f, Field{"bizmsgmenuid", m.MenuID})
		}
		return f
	case "image":
		return Fields{{"PicUrl", m.PicURL}, {"MediaId", m.MediaID}}
	case "voice":
		return Fields{{"MediaId", m.MediaID}, {"Format", m.Format}, {"MediaId16K", m.MediaID}}
	case "video", "shortvideo":
		return Fields{{"MediaId", m.MediaID}, {"ThumbMediaId", m.ThumbMediaID}}
	case "location":
		return Fields{{"Location_X", m.Latitude}, {"Location_Y", m.Longitude}, {"Scale", m.Scale}, {"Label", m.Label}}
	case "link":
		return Fields{{"Title", m.Title}, {"Description", m.Description}, {"Url", m.URL}}
	case "event":
		f := Fields{{"Event", m.Event}, {"EventKey", m.EventKey}}
		if m.Ticket != "" {
			f = append(f, Field{"Ticket", m.Ticket})
		}
		return f
	}
	return nil
}

// encode writes fields in the account's data format.
func (f Fields) encode(format Format) []byte {
	var b bytes.Buffer
	if format == JSON {
		f.writeJSON(&b)
		return b.Bytes()
	}
	b.WriteString("<xml>")
	f.writeXML(&b)
	b.WriteString("</xml>")
	return b.Bytes()
}

func (f Fields) writeXML(b *bytes.Buffer) {
	for _, field := range f {
		b.WriteByte('<')
		b.WriteString(field.Name)
		b.WriteByte('>')
		switch v := field.Value.(type) {
		case string:
			b.WriteString("<![CDATA[")
			b.WriteString(cdata(v))
			b.WriteString("]]>")
		case Fields:
			v.writeXML(b)
		default:
			b.WriteString(number(v))
		}
		b.WriteString("</")
		b.WriteString(field.Name)
		b.WriteByte('>')
	}
}

func (f Fields) writeJSON(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, field := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(field.Name))
		b.WriteByte(':')
		switch v := field.Value.(type) {
		case string:
			b.WriteString(quote(v))
		case Fields:
			v.writeJSON(b)
		default:
			b.WriteString(number(v))
		}
	}
	b.WriteByte('}')
}

// number writes the numeric values a Field may hold; anything else is a
// mistake in the calling program.
func number(v any) string {
	switch n := v.(type) {
	case int:
		return strconv.Itoa(n)
	case int64:
		return strconv.FormatInt(n, 10)
	case float64:
		return strconv.FormatFloat(n, 'f', 6, 64)
	}
	panic(fmt.Sprintf("simulator: a payload field cannot hold %T", v))
}

// cdata makes text fit for a CDATA section: the end mark is split, and what
// XML 1.0 cannot carry at all is dropped, as the platform does.
func cdata(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	return strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>")
}

// quote writes a JSON string the way the platform does: raw UTF-8, and no
// escapes for < > &.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
