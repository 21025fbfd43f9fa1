package simulator

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"replydesk/inbox/channel/wechat"
)

// textLimit is the longest text of a reply, in bytes.
const textLimit = 2048

// sealedReply is the encrypted envelope; the names are the same in JSON.
type sealedReply struct {
	Encrypt      string      `xml:"Encrypt" json:"Encrypt"`
	MsgSignature string      `xml:"MsgSignature" json:"MsgSignature"`
	TimeStamp    json.Number `xml:"TimeStamp" json:"TimeStamp"`
	Nonce        string      `xml:"Nonce" json:"Nonce"`
}

// passiveReply is a reply in the answer to a callback.
type passiveReply struct {
	ToUserName   string      `xml:"ToUserName"`
	FromUserName string      `xml:"FromUserName"`
	CreateTime   json.Number `xml:"CreateTime"`
	MsgType      string      `xml:"MsgType"`
	Content      string      `xml:"Content"`
	Image        passiveFile `xml:"Image"`
	Voice        passiveFile `xml:"Voice"`
	Video        passiveFile `xml:"Video"`
	Music        struct {
		Title, Description, MusicUrl, HQMusicUrl string
	} `xml:"Music"`
	Articles passiveNews `xml:"Articles"`
}

type passiveFile struct {
	MediaID     string `xml:"MediaId" json:"MediaId"`
	Title       string `xml:"Title"`
	Description string `xml:"Description"`
}

type passiveCard struct {
	Title       string `xml:"Title"`
	Description string `xml:"Description"`
	PicURL      string `xml:"PicUrl" json:"PicUrl"`
	URL         string `xml:"Url" json:"Url"`
}

// passiveNews reads {"item":[…]} and, in JSON, a bare list as well.
type passiveNews struct {
	Items []passiveCard `xml:"item" json:"item"`
}

func (n *passiveNews) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return json.Unmarshal(raw, &n.Items)
	}
	type plain passiveNews
	return json.Unmarshal(raw, (*plain)(n))
}

// readPassive opens and checks a passive reply. The bubble is nil for a
// transfer to the platform's own agents. plain is what was inside a cipher
// text. An error is what the citizen sees as a service fault.
func readPassive(acct Account, openID string, answer []byte) (bubble *Bubble, plain string, err error) {
	var sealed sealedReply
	if err := decodeAny(answer, &sealed); err != nil {
		return nil, "", fmt.Errorf("the answer is neither success nor a reply: %w", err)
	}
	body := answer
	switch {
	case sealed.Encrypt == "" && acct.Mode == Safe:
		return nil, "", errors.New("the reply is not encrypted, and the account is in safe mode")
	case sealed.Encrypt != "" && acct.Mode == Plain:
		return nil, "", errors.New("the reply is encrypted, and the account is in plain mode")
	case sealed.Encrypt != "":
		if body, err = unseal(acct, sealed); err != nil {
			return nil, "", err
		}
		plain = string(body)
	}
	var reply passiveReply
	if err := decodeAny(body, &reply); err != nil {
		return nil, plain, fmt.Errorf("the reply cannot be read: %w", err)
	}
	if reply.ToUserName != openID || reply.FromUserName != acct.OriginalID {
		return nil, plain, errors.New("the reply's ToUserName and FromUserName are not those of the message, swapped")
	}
	if _, err := reply.CreateTime.Int64(); err != nil {
		return nil, plain, errors.New("the reply's CreateTime is not a number")
	}
	bubble, err = reply.bubble()
	return bubble, plain, err
}

// unseal checks the signature of an encrypted reply and decrypts it.
func unseal(acct Account, sealed sealedReply) ([]byte, error) {
	want := wechat.Sign(acct.Token, sealed.TimeStamp.String(), sealed.Nonce, sealed.Encrypt)
	if subtle.ConstantTimeCompare([]byte(want), []byte(sealed.MsgSignature)) != 1 {
		return nil, errors.New("the reply's MsgSignature is wrong")
	}
	body, err := wechat.Decrypt(sealed.Encrypt, acct.AppID, acct.EncodingAESKey)
	if err != nil {
		return nil, fmt.Errorf("the reply cannot be decrypted: %w", err)
	}
	return body, nil
}

// bubble turns the reply into what the citizen sees.
func (r passiveReply) bubble() (*Bubble, error) {
	b := &Bubble{From: FromDesk, Type: r.MsgType, Passive: true}
	switch r.MsgType {
	case "text":
		if r.Content == "" || len(r.Content) > textLimit {
			return nil, fmt.Errorf("the reply's text has %d bytes, not 1 to %d", len(r.Content), textLimit)
		}
		b.Text = r.Content
	case "image":
		b.Details = r.Image.details()
	case "voice":
		b.Details = r.Voice.details()
	case "video":
		b.Details = r.Video.details()
	case "music":
		b.Details = &Details{Title: r.Music.Title, Description: r.Music.Description, URL: r.Music.MusicUrl}
	case "news":
		if len(r.Articles.Items) == 0 {
			return nil, errors.New("the news reply has no article")
		}
		// In answer to a message the platform shows only the first.
		first := r.Articles.Items[0]
		b.Details = &Details{Articles: []Card{{
			Title: first.Title, Description: first.Description, URL: first.URL, PicURL: first.PicURL,
		}}}
	case "transfer_customer_service":
		return nil, nil
	default:
		return nil, fmt.Errorf("the reply's MsgType %q is unknown", r.MsgType)
	}
	return b, nil
}

func (f passiveFile) details() *Details {
	return &Details{MediaID: f.MediaID, Title: f.Title, Description: f.Description}
}

// decodeAny reads XML or JSON by the first byte.
func decodeAny(body []byte, into any) error {
	text := strings.TrimSpace(string(body))
	switch {
	case strings.HasPrefix(text, "{"):
		return json.Unmarshal([]byte(text), into)
	case strings.HasPrefix(text, "<xml>"):
		return xml.Unmarshal([]byte(text), into)
	}
	return errors.New("it begins with neither <xml> nor {")
}
