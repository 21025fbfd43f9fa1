package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
)

// sealReply encrypts a passive reply as a desk does.
func sealReply(t *testing.T, token, app, reply string) string {
	t.Helper()
	cipher, err := wechat.Encrypt([16]byte([]byte("fedcba9876543210")), []byte(reply), app, aesKey)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>1764000001</TimeStamp><Nonce>486452656</Nonce></xml>",
		cipher, wechat.Sign(token, "1764000001", "486452656", cipher))
}

func replyXML(kind, inner string) string {
	return "<xml><ToUserName>" + citizen + "</ToUserName><FromUserName>" + original +
		"</FromUserName><CreateTime>1764000001</CreateTime><MsgType>" + kind + "</MsgType>" + inner + "</xml>"
}

func TestPassiveReplies(t *testing.T) {
	text := replyXML("text", "<Content>已收到</Content>")
	news := replyXML("news", "<ArticleCount>2</ArticleCount><Articles><item><Title>一</Title><Url>http://desk.test/1</Url></item><item><Title>二</Title></item></Articles>")
	inJSON := `{"ToUserName":"` + citizen + `","FromUserName":"` + original + `","CreateTime":1764000001,"MsgType":"text","Content":"已收到"}`
	isText := func(b simulator.Bubble) bool { return b.Type == "text" && b.Text == "已收到" && b.Passive }

	tests := []struct {
		name  string
		mode  simulator.Mode
		body  string
		shown func(simulator.Bubble) bool // nil: a service fault
	}{
		{"encrypted text", simulator.Safe, sealReply(t, hookToken, appID, text), isText},
		{"encrypted JSON", simulator.Safe, sealReply(t, hookToken, appID, inJSON), isText},
		{"plain text", simulator.Plain, text, isText},
		{"plain JSON", simulator.Plain, inJSON, isText},
		{"compatible takes plain", simulator.Compatible, text, isText},
		{"compatible takes encrypted", simulator.Compatible, sealReply(t, hookToken, appID, text), isText},
		{"only the first article", simulator.Plain, news, func(b simulator.Bubble) bool {
			return len(b.Details.Articles) == 1 && b.Details.Articles[0].Title == "一"
		}},
		{"plain in safe mode", simulator.Safe, text, nil},
		{"encrypted in plain mode", simulator.Plain, sealReply(t, hookToken, appID, text), nil},
		{"wrong signature", simulator.Safe, sealReply(t, "another-token", appID, text), nil},
		{"another account's cipher text", simulator.Safe, sealReply(t, hookToken, "wxsomebodyelse", text), nil},
		{"an encrypted nothing", simulator.Safe, sealReply(t, hookToken, appID, ""), nil},
		{"to somebody else", simulator.Plain, strings.ReplaceAll(text, citizen, original), nil},
		{"from somebody else", simulator.Plain, strings.ReplaceAll(text, original, citizen), nil},
		{"too long", simulator.Plain, replyXML("text", "<Content>"+strings.Repeat("长", 683)+"</Content>"), nil},
		{"empty", simulator.Plain, replyXML("text", "<Content></Content>"), nil},
		{"unknown type", simulator.Plain, replyXML("hologram", ""), nil},
		{"broken XML", simulator.Plain, "<xml><ToUserName>", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			receiver := newReceiver(t, func(int, delivered) (int, string) { return http.StatusOK, tt.body })
			a := testAccount(receiver.URL)
			a.Mode = tt.mode
			sim := start(t, simulator.Options{}, a)
			if _, err := sim.Say(soon(t), appID, citizen, "你好"); err != nil {
				t.Fatal(err)
			}
			thread, err := sim.WaitThread(soon(t), appID, citizen, func(thread []simulator.Bubble) bool {
				return len(thread) == 2 && thread[0].State != simulator.Sending
			})
			if err != nil {
				t.Fatal(err)
			}
			b := thread[1]
			if tt.shown == nil {
				if b.From != simulator.FromPlatform || thread[0].State != simulator.Failed || receiver.n != 1 {
					t.Errorf("got %+v after %d deliveries, want a service fault after one", thread, receiver.n)
				}
				return
			}
			if b.From != simulator.FromDesk || !tt.shown(b) || thread[0].State != simulator.Accepted {
				t.Errorf("got %+v", thread)
			}
		})
	}
}

func TestTransferToAgentsShowsNothing(t *testing.T) {
	receiver := newReceiver(t, func(int, delivered) (int, string) {
		return http.StatusOK, replyXML("transfer_customer_service", "")
	})
	a := testAccount(receiver.URL)
	a.Mode = simulator.Plain
	sim := start(t, simulator.Options{}, a)
	said, err := sim.Say(soon(t), appID, citizen, "人工")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.WaitState(soon(t), appID, citizen, said.ID, simulator.Accepted); err != nil {
		t.Fatal(err)
	}
	if thread := sim.Thread(appID, citizen); len(thread) != 1 {
		t.Errorf("the phone shows %+v", thread)
	}
}

// A message that is delivered twice is answered twice; the phone shows one.
func TestPassiveReplyShowsOnce(t *testing.T) {
	receiver := newReceiver(t, func(int, delivered) (int, string) {
		return http.StatusOK, replyXML("text", "<Content>已收到</Content>")
	})
	a := testAccount(receiver.URL)
	a.Mode = simulator.Plain
	sim := start(t, simulator.Options{}, a)
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.CallbackDuplicate, Count: 1})
	say(t, sim, "请问")
	receiver.next()
	receiver.next()
	if err := sim.WaitIdle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if replies := sim.Replies(appID, citizen); len(replies) != 1 {
		t.Errorf("the phone shows %+v", replies)
	}
}
