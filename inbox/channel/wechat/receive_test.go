package wechat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

func TestVerification(t *testing.T) {
	account := open(t, wechat.Options{}, nil)
	receipt, err := account.Receive(channel.Request{Method: http.MethodGet, Query: query("echostr", "5837397520665436")}, sentAt())
	if err != nil {
		t.Fatal(err)
	}
	answer := receipt.Challenge
	if answer == nil || answer.Status != 200 || answer.ContentType != "text/plain; charset=utf-8" || string(answer.Body) != "5837397520665436" {
		t.Errorf("Challenge = %+v, want the echo as plain text", answer)
	}
	if receipt.Items != nil || receipt.Dead != nil {
		t.Errorf("Receipt = %+v, want nothing to store", receipt)
	}
	tests := []struct {
		name string
		req  channel.Request
		want desk.Code
	}{
		{"wrong signature", channel.Request{Method: "GET", Query: query("echostr", "1", "signature", "9c615039c2dafa93cdac9fbb24f006a0b145c338")}, desk.Forbidden},
		{"signature in upper case", channel.Request{Method: "GET", Query: query("echostr", "1", "signature", "9C615039C2DAFA93CDAC9FBB24F006A0B145C337")}, desk.Forbidden},
		{"no query at all", channel.Request{Method: "GET"}, desk.Forbidden},
		{"no echo", channel.Request{Method: "GET", Query: query()}, desk.Invalid},
		{"huge echo", channel.Request{Method: "GET", Query: query("echostr", strings.Repeat("1", 2000))}, desk.Invalid},
		{"another method", channel.Request{Method: "PUT", Query: query("echostr", "1")}, desk.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refuses(t, account, test.req, sentAt(), test.want)
		})
	}
}

// refuses checks that a request is refused with the code and leaves nothing.
func refuses(t *testing.T, account channel.Channel, req channel.Request, now time.Time, want desk.Code) {
	t.Helper()
	receipt, err := account.Receive(req, now)
	if desk.CodeOf(err) != want {
		t.Errorf("Receive = %v, want %s", err, want)
	}
	if receipt.Challenge != nil || receipt.Items != nil || receipt.Dead != nil {
		t.Errorf("Receipt = %+v, want nothing", receipt)
	}
	for _, secret := range []string{testToken, testKey, testSecret} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error %q holds a secret", err)
		}
	}
}

func TestReceiveVectors(t *testing.T) {
	compatible := safePush(cipherW2)
	compatible.Body = []byte(strings.Replace(inboundXML, "</xml>", "<Encrypt><![CDATA["+cipherW2+"]]></Encrypt></xml>", 1))
	jsonPush := safePush(cipherW5)
	jsonPush.Query.Set("msg_signature", "0056fd11798957b336254909792e8f014963d7ce")
	jsonPush.Body = []byte(` {"ToUserName":"gh_desk000000001","Encrypt":"` + cipherW5 + `"}`)
	escaped := jsonPush
	escaped.Body = []byte(`{"Encrypt":"` + strings.ReplaceAll(cipherW5, "/", `\/`) + `"}`)
	bare := push(inboundXML)
	bare.Query.Set("encrypt_type", "raw")
	tests := []struct {
		name    string
		changes map[string]any
		req     channel.Request
		raw     string
	}{
		{"W2, safe", nil, safePush(cipherW2), inboundXML},
		{"W2, compatible takes the encrypted part", map[string]any{"mode": "compatible"}, compatible, inboundXML},
		{"W5, safe JSON", nil, jsonPush, inboundJSON},
		{"W5 with escaped slashes", nil, escaped, inboundJSON},
		{"safe is the default", map[string]any{"mode": nil}, safePush(cipherW2), inboundXML},
		{"plain XML", map[string]any{"mode": "plain"}, push(inboundXML), inboundXML},
		{"plain JSON", map[string]any{"mode": "plain"}, push(inboundJSON), inboundJSON},
		{"plain, said to be raw", map[string]any{"mode": "plain"}, bare, inboundXML},
		{"plain without a key", map[string]any{"mode": "plain", "encoding_aes_key": nil}, push("\ufeff\n" + inboundXML), "\ufeff\n" + inboundXML},
		{"plain with a key takes an encrypted push", map[string]any{"mode": "plain"}, safePush(cipherW2), inboundXML},
		{"previous key", map[string]any{"encoding_aes_key": otherKey, "previous_aes_key": testKey}, safePush(cipherW2), inboundXML},
		{"current key while a previous one is set", map[string]any{"previous_aes_key": otherKey}, safePush(cipherW2), inboundXML},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			receipt, err := open(t, wechat.Options{}, test.changes).Receive(test.req, sentAt())
			if err != nil {
				t.Fatal(err)
			}
			if string(receipt.Ack.Body) != "success" || receipt.Ack.Status != 200 || receipt.Ack.ContentType != "text/plain; charset=utf-8" {
				t.Errorf("Ack = %+v, want success", receipt.Ack)
			}
			if len(receipt.Items) != 1 || receipt.Dead != nil || receipt.Challenge != nil {
				t.Fatalf("Receipt = %+v, want one item", receipt)
			}
			item := receipt.Items[0]
			if item.ExternalID != "24700000000000001" || item.ContactID != "oUser0000000000000000000000a" ||
				item.Text != "居住证怎么办理" || item.Type != channel.Text || item.Kind != channel.Private || !item.SentAt.Equal(sentAt()) {
				t.Errorf("item = %+v", item)
			}
			if string(item.Raw) != test.raw {
				t.Errorf("Raw = %s, want %s", item.Raw, test.raw)
			}
		})
	}
}

// TestReceiveRefuses holds the negative cases of the platform's rules.
func TestReceiveRefuses(t *testing.T) {
	flipped := []byte(cipherW2)
	flipped[100] ^= 1
	flippedOnly := safePush(cipherW2) // the signature is of the unflipped text
	flippedOnly.Body = safePush(string(flipped)).Body
	noSignature := safePush(cipherW2)
	noSignature.Query.Del("msg_signature")
	noType := safePush(cipherW2)
	noType.Query.Del("encrypt_type")
	otherType := safePush(cipherW2)
	otherType.Query.Set("encrypt_type", "rsa")
	badQuery := safePush(cipherW2)
	badQuery.Query.Set("signature", strings.Repeat("0", 40))
	notCipher := safePush(cipherW2)
	notCipher.Body = []byte("hello")
	noEncrypt := safePush(cipherW2)
	noEncrypt.Body = []byte("<xml><ToUserName>gh_desk000000001</ToUserName></xml>")
	other, err := wechat.Encrypt([16]byte{}, []byte(inboundXML), "wxdeskreply0000002", testKey)
	if err != nil {
		t.Fatal(err)
	}
	huge := push(strings.Repeat(" ", 1<<20+1))
	empty := push("")
	compatible := map[string]any{"mode": "compatible"}
	plain := map[string]any{"mode": "plain"}
	tests := []struct {
		name    string
		changes map[string]any
		req     channel.Request
		want    desk.Code
	}{
		{"one flipped byte under the old signature", nil, flippedOnly, desk.Forbidden},
		{"one flipped byte with a right signature", nil, safePush(string(flipped)), desk.Forbidden},
		{"right signature but no msg_signature", nil, noSignature, desk.Forbidden},
		{"no msg_signature in compatible mode", compatible, noSignature, desk.Forbidden},
		{"plain body to a safe account", nil, push(inboundXML), desk.Forbidden},
		{"plain JSON to a safe account", nil, push(inboundJSON), desk.Forbidden},
		{"plain body to a compatible account", compatible, push(inboundXML), desk.Forbidden},
		{"encrypted body without encrypt_type", nil, noType, desk.Forbidden},
		{"unknown encrypt_type", nil, otherType, desk.Invalid},
		{"wrong signature", nil, badQuery, desk.Forbidden},
		{"app id of another account", nil, safePush(other), desk.Forbidden},
		{"no multiple of 32", nil, safePush(cipherW3[:len(cipherW3)-24]), desk.Forbidden},
		{"length larger than the buffer", nil, safePush(sealed(t, 1<<20, "short"+testApp, 0)), desk.Forbidden},
		{"key unknown", map[string]any{"encoding_aes_key": otherKey}, safePush(cipherW2), desk.Forbidden},
		{"both keys unknown", map[string]any{"encoding_aes_key": otherKey, "previous_aes_key": otherKey}, safePush(cipherW2), desk.Forbidden},
		{"envelope neither XML nor JSON", nil, notCipher, desk.Invalid},
		{"envelope without Encrypt", nil, noEncrypt, desk.Invalid},
		{"more than 1 MiB", plain, huge, desk.Invalid},
		{"empty body", plain, empty, desk.Invalid},
		{"plain, one wrong digit in the signature", plain, badQuery, desk.Forbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refuses(t, open(t, wechat.Options{}, test.changes), test.req, sentAt(), test.want)
		})
	}
}

func TestFreshness(t *testing.T) {
	tests := []struct {
		name    string
		options wechat.Options
		now     time.Time
		ok      bool
	}{
		{"at the edge", wechat.Options{}, sentAt().Add(10 * time.Minute), true},
		{"older", wechat.Options{}, sentAt().Add(10*time.Minute + time.Second), false},
		{"in the future at the edge", wechat.Options{}, sentAt().Add(-10 * time.Minute), true},
		{"too far in the future", wechat.Options{}, sentAt().Add(-11 * time.Minute), false},
		{"own limit", wechat.Options{Freshness: time.Hour}, sentAt().Add(59 * time.Minute), true},
		{"switched off", wechat.Options{Freshness: -1}, sentAt().Add(1000 * time.Hour), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			account := open(t, test.options, nil)
			if !test.ok {
				refuses(t, account, safePush(cipherW2), test.now, desk.Forbidden)
				return
			}
			if receipt, err := account.Receive(safePush(cipherW2), test.now); err != nil || len(receipt.Items) != 1 {
				t.Errorf("Receive = %+v, %v, want one item", receipt, err)
			}
		})
	}
	for _, word := range []string{"", "x", "-1764000000", "99999999999999999999", "9223372036854775807", "1.764e9"} {
		req := safePush(cipherW2)
		req.Query.Set("timestamp", word)
		req.Query.Set("signature", wechat.Sign(testToken, word, testNonce))
		refuses(t, open(t, wechat.Options{}, nil), req, sentAt(), desk.Forbidden)
	}
}

func TestDeadLetters(t *testing.T) {
	plain := map[string]any{"mode": "plain", "encoding_aes_key": nil}
	sealedBody := `<xml><ToUserName>gh_desk000000001</ToUserName><Encrypt>` + cipherW2 + `</Encrypt></xml>`
	sealedPush := push(sealedBody)
	sealedPush.Query.Set("encrypt_type", "aes")
	tests := []struct {
		name    string
		changes map[string]any
		req     channel.Request
		raw, id string // id "": a hash
	}{
		{"no format", plain, push("hello"), "hello", ""},
		{"blank", plain, push(" \n"), " \n", ""},
		{"torn XML", nil, safePush(encrypt(t, inboundXML[:200])), inboundXML[:200], ""},
		{"torn JSON", nil, safePush(encrypt(t, inboundJSON[:100])), inboundJSON[:100], ""},
		{"JSON array", plain, push("[1]"), "[1]", ""},
		{"JSON with a tail", plain, push(inboundJSON + "x"), inboundJSON + "x", ""},
		{"empty message", nil, safePush(encrypt(t, "")), "", ""},
		{"no MsgType", plain, push("<xml><MsgId>12</MsgId></xml>"), "<xml><MsgId>12</MsgId></xml>", "12"},
		{"no sender", plain, push(`{"ToUserName":"gh_desk000000001","MsgType":"text","MsgId":13}`),
			`{"ToUserName":"gh_desk000000001","MsgType":"text","MsgId":13}`, "13"},
		{"endless sender", plain, push(`{"MsgType":"text","FromUserName":"` + strings.Repeat("o", 200) + `"}`),
			`{"MsgType":"text","FromUserName":"` + strings.Repeat("o", 200) + `"}`, ""},
		{"another account", map[string]any{"original_id": "gh_other"}, safePush(cipherW2), inboundXML, "24700000000000001"},
		{"encrypted for an account without key", plain, sealedPush, sealedBody, ""},
		{"document type", plain, push(`<!DOCTYPE xml [<!ENTITY a "b">]>` + inboundXML), `<!DOCTYPE xml [<!ENTITY a "b">]>` + inboundXML, ""},
		{"too deep", plain, push(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)), strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), ""},
		{"too deep JSON", plain, push(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)), strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), ""},
		{"too many elements", plain, push("<a>" + strings.Repeat("<b></b>", 5000) + "</a>"), "<a>" + strings.Repeat("<b></b>", 5000) + "</a>", ""},
		{"too many values", plain, push(`{"a":[` + strings.Repeat("1,", 5000) + "1]}"), `{"a":[` + strings.Repeat("1,", 5000) + "1]}", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			account := open(t, wechat.Options{}, test.changes)
			receipt, err := account.Receive(test.req, sentAt())
			if err != nil {
				t.Fatal(err)
			}
			dead := receipt.Dead
			if dead == nil || receipt.Items != nil || string(receipt.Ack.Body) != "success" {
				t.Fatalf("Receipt = %+v, want a dead letter and success", receipt)
			}
			if string(dead.Raw) != test.raw || dead.Reason == "" {
				t.Errorf("Dead = %+v, want the payload and a reason", dead)
			}
			if test.id == "" && !(strings.HasPrefix(dead.ExternalID, "sha256:") && len(dead.ExternalID) == 71) || test.id != "" && dead.ExternalID != test.id {
				t.Errorf("ExternalID = %q, want %q or a hash", dead.ExternalID, test.id)
			}
			if again, _ := account.Receive(test.req, sentAt()); again.Dead.ExternalID != dead.ExternalID {
				t.Error("a retry has another id")
			}
			var told *desk.Error
			if _, err := account.Parse(dead.Raw, sentAt()); !errors.As(err, &told) || told.Code != desk.Invalid || told.Message != "仍然无法读取："+dead.Reason {
				t.Errorf("Parse = %v, want Invalid that gives the reason %q to a person", err, dead.Reason)
			}
		})
	}
}

// TestReplay: what was laid aside can be read once the settings are right.
func TestReplay(t *testing.T) {
	received := sentAt().Add(time.Hour)
	account := open(t, wechat.Options{}, nil)
	for _, raw := range []string{
		inboundXML, inboundJSON,
		`<xml><ToUserName>gh_desk000000001</ToUserName><Encrypt>` + cipherW2 + `</Encrypt></xml>`,
		`{"Encrypt":"` + cipherW5 + `"}`,
	} {
		item, err := account.Parse([]byte(raw), received)
		if err != nil || item.Text != "居住证怎么办理" || item.ExternalID != "24700000000000001" || !item.SentAt.Equal(sentAt()) {
			t.Errorf("Parse(%.40s) = %+v, %v", raw, item, err)
		}
		if bytes.Contains(item.Raw, []byte("Encrypt")) {
			t.Errorf("Raw of %.40s is still encrypted", raw)
		}
	}
	if _, err := account.Parse([]byte(`{"Encrypt":"AAAA"}`), received); desk.CodeOf(err) == "" {
		t.Error("Parse took a cipher text that cannot be opened")
	}
	item, err := account.Parse([]byte(`{"ToUserName":"gh_desk000000001","FromUserName":"o1","MsgType":"text","Content":"x","CreateTime":99999999999999999}`), received)
	if err != nil || !item.SentAt.Equal(received) {
		t.Errorf("Parse = %+v, %v, want the time of receipt for an impossible CreateTime", item, err)
	}
}

// TestEventIDs: a retry has the same id, two events of one second have not.
func TestEventIDs(t *testing.T) {
	account := open(t, wechat.Options{}, nil)
	id := func(fields string) string {
		t.Helper()
		raw := `{"ToUserName":"gh_desk000000001","FromUserName":"o1","CreateTime":1764000000,"MsgType":"event",` + fields + `}`
		item, err := account.Parse([]byte(raw), sentAt())
		if err != nil {
			t.Fatal(err)
		}
		if len(item.ExternalID) > 128 || !json.Valid(fmt.Appendf(nil, "%q", item.ExternalID)) {
			t.Errorf("ExternalID = %q", item.ExternalID)
		}
		return item.ExternalID
	}
	long := strings.Repeat("k", 300)
	seen := map[string]string{}
	for _, fields := range []string{
		`"Event":"CLICK","EventKey":"a"`,
		`"Event":"CLICK","EventKey":"b"`,
		`"Event":"CLICK","EventKey":"` + long + `1"`,
		`"Event":"CLICK","EventKey":"` + long + `2"`,
		`"Event":"VIEW","EventKey":"a"`,
		`"Event":"TEMPLATESENDJOBFINISH","MsgID":1`,
		`"Event":"TEMPLATESENDJOBFINISH","MsgID":2`,
		`"Event":"user_authorization_revoke","OpenID":"o2"`,
		`"Event":"user_authorization_revoke","OpenID":"o3"`,
		`"Event":"PUBLISHJOBFINISH","PublishEventInfo":{"publish_id":1}`,
		`"Event":"PUBLISHJOBFINISH","PublishEventInfo":{"publish_id":2}`,
		`"Event":"subscribe_msg_sent_event","SubscribeMsgSentEvent":{"List":[{"TemplateId":"t","MsgID":"1"}]}`,
		`"Event":"subscribe_msg_sent_event","SubscribeMsgSentEvent":{"List":[{"TemplateId":"t","MsgID":"2"}]}`,
	} {
		got := id(fields)
		if got != id(fields) {
			t.Errorf("%s: two ids for one event", fields)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%s and %s have the same id %q", fields, other, got)
		}
		seen[got] = fields
	}
	if got := id(`"Event":"CLICK","EventKey":"a"`); got != id(`"Event":"click","EventKey":"a"`) {
		t.Error("the letter case of Event makes another id")
	}
}

// TestPositionIsNotKept: the coordinates of a LOCATION event are nowhere.
func TestPositionIsNotKept(t *testing.T) {
	account := open(t, wechat.Options{}, map[string]any{"mode": "plain"})
	for _, body := range []string{
		`<xml><ToUserName><![CDATA[gh_desk000000001]]></ToUserName><FromUserName><![CDATA[o&1]]></FromUserName><CreateTime>1764000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[LOCATION]]></Event><Latitude>23.137466</Latitude><Longitude>113.352425</Longitude><Precision>119.385040</Precision></xml>`,
		`{"ToUserName":"gh_desk000000001","FromUserName":"o&1","CreateTime":1764000000,"MsgType":"event","Event":"LOCATION","Latitude":23.137466,"longitude":113.352425,"Precision":119.385040}`,
	} {
		receipt, err := account.Receive(push(body), sentAt())
		if err != nil || len(receipt.Items) != 1 {
			t.Fatalf("Receive = %+v, %v", receipt, err)
		}
		item := receipt.Items[0]
		all := fmt.Sprintf("%s %s %s %s", item.Raw, item.Data, item.Text, item.ExternalID)
		for _, part := range []string{"137466", "352425", "385040"} {
			if strings.Contains(all, part) {
				t.Errorf("%q holds the position", all)
			}
		}
		again, err := account.Parse(item.Raw, sentAt())
		if err != nil || again.ExternalID != item.ExternalID || again.ContactID != "o&1" || again.Event != "location" {
			t.Errorf("Parse of the kept payload = %+v, %v", again, err)
		}
	}
}

func TestMenuTapWindow(t *testing.T) {
	raw := []byte(strings.Replace(inboundXML, "</xml>", "<bizmsgmenuid>101</bizmsgmenuid></xml>", 1))
	for _, test := range []struct {
		option bool
		want   channel.Window
	}{
		{false, channel.Window{Name: "menu", Limit: 3, Until: sentAt().Add(time.Minute)}},
		{true, channel.Window{Name: "message", Limit: 5, Until: sentAt().Add(48 * time.Hour)}},
	} {
		account := open(t, wechat.Options{MenuTapOpensMessageWindow: test.option}, nil)
		item, err := account.Parse(raw, sentAt())
		if err != nil || len(item.Effects.Windows) != 1 || item.Effects.Windows[0] != test.want {
			t.Errorf("option %v: Windows = %+v, %v, want %+v", test.option, item.Effects.Windows, err, test.want)
		}
	}
}

func BenchmarkReceiveSafe(b *testing.B) {
	account := open(b, wechat.Options{}, nil)
	req := safePush(encrypt(b, inboundXML))
	b.ReportAllocs()
	for b.Loop() {
		if receipt, err := account.Receive(req, sentAt()); err != nil || len(receipt.Items) != 1 {
			b.Fatal(receipt, err)
		}
	}
}

func BenchmarkReceiveSafeJSON(b *testing.B) {
	account := open(b, wechat.Options{}, nil)
	req := safePush(encrypt(b, inboundJSON))
	b.ReportAllocs()
	for b.Loop() {
		if receipt, err := account.Receive(req, sentAt()); err != nil || len(receipt.Items) != 1 {
			b.Fatal(receipt, err)
		}
	}
}

// TestPlainBodiesAreBound: a plain account's signature holds for one body,
// however its digits are cut into timestamp and nonce; a cipher text needs none.
func TestPlainBodiesAreBound(t *testing.T) {
	plain := open(t, wechat.Options{}, map[string]any{"mode": "plain"})
	bound := func(req channel.Request) channel.Binding {
		t.Helper()
		receipt, err := plain.Receive(req, sentAt())
		if err != nil || receipt.Binding == nil {
			t.Fatalf("Receive = %+v, %v, want a binding", receipt, err)
		}
		return *receipt.Binding
	}
	first := bound(push(inboundXML))
	if again := bound(push(inboundXML)); again != first {
		t.Errorf("a retry is bound by %+v, the first try by %+v", again, first)
	}
	if first.For < 20*time.Minute {
		t.Errorf("bound for %v, but the signature is good for 20 minutes", first.For)
	}
	other := bound(push(inboundJSON))
	if other.Key != first.Key || other.Body == first.Body {
		t.Errorf("another body is bound by %+v, the first by %+v", other, first)
	}
	verification := bound(channel.Request{Method: http.MethodGet, Query: query("echostr", "1")})
	if verification.Key != first.Key || verification.Body == first.Body {
		t.Errorf("a verification is bound by %+v", verification)
	}
	dead := push("<xml")
	if b := bound(dead); b.Key != first.Key {
		t.Errorf("a dead letter is bound by %+v", b)
	}

	nonce := "486452656"
	whole, cut := push(inboundXML), push(inboundJSON)
	signature := wechat.Sign(testToken, testStamp, nonce)
	whole.Query.Set("signature", signature)
	whole.Query.Set("nonce", nonce)
	cut.Query.Set("signature", signature)
	cut.Query.Set("timestamp", testStamp+nonce[:3]) // taken for milliseconds
	cut.Query.Set("nonce", nonce[3:])
	if a, b := bound(whole), bound(cut); a.Key != b.Key {
		t.Errorf("a signature cut in another way has the key %q, first %q", b.Key, a.Key)
	}

	for mode, req := range map[string]channel.Request{"safe": safePush(cipherW2), "plain": safePush(cipherW2)} {
		receipt, err := open(t, wechat.Options{}, map[string]any{"mode": mode}).Receive(req, sentAt())
		if err != nil || receipt.Binding != nil {
			t.Errorf("%s, encrypted: %+v, %v, want no binding", mode, receipt.Binding, err)
		}
	}
}
