package wechat

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel"
)

// Content types of a passive reply, by the format of the push.
const (
	asXML  = "text/xml; charset=utf-8"
	asJSON = "application/json; charset=utf-8"
)

// errPassiveSize refuses a text the platform would show as a fault.
var errPassiveSize = fmt.Errorf("a passive reply has 1 to %d bytes of text", maxText)

// answering packs passive replies to one push: in its format, with its names
// swapped, and sealed with the key that opened it.
type answering struct {
	from, to string // the account's original id, the citizen
	json     bool
	token    string
	appID    string
	key      *messageKey // nil: the push was not encrypted, nor is the reply
}

// answering returns what packs replies to a push that was read as n; key is the
// one that opened it, nil for a plain one.
func (o *official) answering(n *node, key *messageKey) answering {
	return answering{
		from: n.get("ToUserName"), to: n.get("FromUserName"), json: len(n.name) == 0,
		token: o.settings.Token, appID: o.settings.AppID, key: key,
	}
}

// pack is channel.Receipt's Passive.
func (a answering) pack(text string, now time.Time) (channel.Response, error) {
	var random [randomSize]byte
	var nonce [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return channel.Response{}, err
	}
	if _, err := rand.Read(nonce[:]); err != nil {
		return channel.Response{}, err
	}
	body, err := a.body(text, now, random, hex.EncodeToString(nonce[:]))
	if err != nil {
		return channel.Response{}, err
	}
	res := channel.Response{Status: http.StatusOK, ContentType: asXML, Body: body}
	if a.json {
		res.ContentType = asJSON
	}
	return res, nil
}

func (a answering) body(text string, now time.Time, random [randomSize]byte, nonce string) ([]byte, error) {
	if text == "" || len(text) > maxText {
		return nil, errPassiveSize
	}
	at := now.Unix()
	message, err := a.write(
		field{"ToUserName", a.to}, field{"FromUserName", a.from}, field{"CreateTime", at},
		field{"MsgType", "text"}, field{"Content", text})
	if err != nil || a.key == nil {
		return message, err
	}
	secret, err := a.key.seal(random, message, a.appID)
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(at, 10)
	return a.write(field{"Encrypt", secret}, field{"MsgSignature", Sign(a.token, stamp, nonce, secret)},
		field{"TimeStamp", at}, field{"Nonce", nonce})
}

// field is one member of a reply: a string or an int64.
type field struct {
	name  string
	value any
}

// write is the fields as one XML element or JSON object, in their order.
func (a answering) write(fields ...field) ([]byte, error) {
	var out bytes.Buffer
	if a.json {
		return writeJSON(&out, fields)
	}
	out.WriteString("<xml>")
	for _, f := range fields {
		out.WriteString("<" + f.name + ">")
		switch value := f.value.(type) {
		case int64:
			out.WriteString(strconv.FormatInt(value, 10))
		case string:
			if err := writeText(&out, value); err != nil {
				return nil, err
			}
		default:
			return nil, errors.New("a reply has strings and numbers only")
		}
		out.WriteString("</" + f.name + ">")
	}
	out.WriteString("</xml>")
	return out.Bytes(), nil
}

// writeText writes a text as the platform does, in a CDATA section; what cannot
// stand in one is escaped.
func writeText(out *bytes.Buffer, text string) error {
	text = clean(text)
	if strings.Contains(text, "]]>") {
		return xml.EscapeText(out, []byte(text))
	}
	out.WriteString("<![CDATA[" + text + "]]>")
	return nil
}

func writeJSON(out *bytes.Buffer, fields []field) ([]byte, error) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false) // a link in a text stays as it is written
	for i, f := range fields {
		out.WriteByte("{,"[min(i, 1)])
		out.WriteString(`"` + f.name + `":`)
		if err := encoder.Encode(f.value); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
