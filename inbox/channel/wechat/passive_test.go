package wechat_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
)

const asked = `<xml><ToUserName><![CDATA[gh_desk000000001]]></ToUserName><FromUserName><![CDATA[oUser0000000000000000000000a]]></FromUserName>` +
	`<CreateTime>1764000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[居住证怎么办理]]></Content><MsgId>24700000000000001</MsgId></xml>`

const askedJSON = `{"ToUserName":"gh_desk000000001","FromUserName":"oUser0000000000000000000000a","CreateTime":1764000000,"MsgType":"text","Content":"居住证怎么办理","MsgId":24700000000000001}`

// The published vector W4.
func TestPassiveVector(t *testing.T) {
	c := open(t, wechat.Options{Freshness: -1}, nil)
	got, err := wechat.PassiveBody(c, asked, "已收到", time.Unix(1764000001, 0), [16]byte([]byte("fedcba9876543210")), "486452656")
	if err != nil {
		t.Fatal(err)
	}
	const sealed = "DpQeJfnf/MGZ/+GTIspwVAOmnYX6qV6DMqgvT8h8ilvHPDCI9z6Tl7JQTbs7UFOs7KrO63aoNlD/nHKPadef/v3ADghci5nLCglwl+eHk+1OYIi4TLKRl0xU58Df+HEkUgxrWthevT2MkqNZNQGkZipoop3ah/S1nMD33We+74s8Hi0vjPdb4SlUVTyRmru9dxLTigsk/GZXbsuxXkg6eqHO9ZZmx73y0XZBPS0IRShuCsVeR2JJGeGwzE+PexrtGBQPG+/Ovpf9WCNiG4gcrmOIlluWgtfpAAwXlhNrTJTCUHal1KZPLu1vqlC2DwIopzkF1ynsDW1a4/2SAcm8O/Lii8P8Q8PZGS0zIRHHU0P9gSWcHfOYcFiYztIdaDma"
	want := "<xml><Encrypt><![CDATA[" + sealed + "]]></Encrypt><MsgSignature><![CDATA[1a1f556947c38b33b68fb21e3f265fd212265824]]></MsgSignature>" +
		"<TimeStamp>1764000001</TimeStamp><Nonce><![CDATA[486452656]]></Nonce></xml>"
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// envelope is an encrypted reply in either format.
type envelope struct {
	Encrypt, MsgSignature, Nonce string
	TimeStamp                    json.Number
}

type passiveText struct {
	ToUserName, FromUserName, MsgType, Content string
	CreateTime                                 json.Number
}

// TestPassive packs a reply to a push of every mode and format and reads it
// back as the platform does.
func TestPassive(t *testing.T) {
	const words = "请携带身份证 & 照片 <a href=\"https://example.test/a?b=1\">办理</a>\n第二行 ]]> 完"
	const previous = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
	withKey := func(message, key string) string {
		out, err := wechat.Encrypt([16]byte([]byte("0123456789abcdef")), []byte(message), testApp, key)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	tests := []struct {
		name    string
		changes map[string]any
		push    channel.Request
		key     string // of the reply; "": plain
		read    func([]byte, any) error
	}{
		{"safe XML", nil, safePush(encrypt(t, asked)), testKey, xml.Unmarshal},
		{"safe JSON", nil, safePush(encrypt(t, askedJSON)), testKey, json.Unmarshal},
		{"the key that worked", map[string]any{"previous_aes_key": previous}, safePush(withKey(asked, previous)), previous, xml.Unmarshal},
		{"plain XML", map[string]any{"mode": "plain"}, push(asked), "", xml.Unmarshal},
		{"plain JSON", map[string]any{"mode": "plain"}, push(askedJSON), "", json.Unmarshal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, wechat.Options{Freshness: -1}, tt.changes)
			receipt, err := c.Receive(tt.push, sentAt())
			if err != nil || receipt.Passive == nil {
				t.Fatalf("receipt %+v, %v", receipt, err)
			}
			res, err := receipt.Passive(words, sentAt().Add(time.Second))
			if err != nil || res.Status != 200 {
				t.Fatalf("%+v, %v", res, err)
			}
			body := res.Body
			if tt.key != "" {
				var e envelope
				if err := tt.read(body, &e); err != nil {
					t.Fatalf("%s: %v", body, err)
				}
				if e.MsgSignature != wechat.Sign(testToken, e.TimeStamp.String(), e.Nonce, e.Encrypt) || len(e.Nonce) < 8 {
					t.Errorf("signature of %+v does not hold", e)
				}
				if body, err = wechat.Decrypt(e.Encrypt, testApp, tt.key); err != nil {
					t.Fatal(err)
				}
			}
			var r passiveText
			if err := tt.read(body, &r); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			want := passiveText{"oUser0000000000000000000000a", "gh_desk000000001", "text", words, "1764000001"}
			if r != want {
				t.Errorf("got %+v, want %+v", r, want)
			}
		})
	}
}

func TestPassiveSizes(t *testing.T) {
	c := open(t, wechat.Options{Freshness: -1}, nil)
	receipt, err := c.Receive(safePush(encrypt(t, asked)), sentAt())
	if err != nil {
		t.Fatal(err)
	}
	for size, ok := range map[int]bool{0: false, 1: true, 2048: true, 2049: false} {
		if _, err := receipt.Passive(strings.Repeat("a", size), sentAt()); (err == nil) != ok {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	first, err := receipt.Passive("a", sentAt())
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := receipt.Passive("a", sentAt()); string(again.Body) == string(first.Body) {
		t.Error("two replies are sealed alike")
	}
}
