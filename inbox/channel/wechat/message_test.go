package wechat_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
)

// TestOddFields: what the recorded payloads do not show, a field missing or not
// as documented, still gives something to read.
func TestOddFields(t *testing.T) {
	account := open(t, wechat.Options{}, map[string]any{"original_id": nil})
	long := strings.Repeat("长", 40)
	tests := []struct{ name, fields, text, data string }{
		{"link without title", `"MsgType":"link","Description":"说明","Url":"u"`, "说明", `{"description":"说明","url":"u"}`},
		{"link with a URL only", `"MsgType":"link","Url":"https://example.invalid"`, "https://example.invalid", `{"url":"https://example.invalid"}`},
		{"link without anything", `"MsgType":"link"`, "［链接］", ""},
		{"place without anything", `"MsgType":"location"`, "［位置］", ""},
		{"coordinates that are no numbers", `"MsgType":"location","Location_X":"<北>","Location_Y":"NaN","Scale":"0x1"`,
			`［位置］"<北>", "NaN"`, `{"latitude":"<北>","longitude":"NaN","scale":"0x1"}`},
		{"numbers instead of strings", `"MsgType":"location","Location_X":23.10,"Location_Y":-113,"Label":"x"`, "x", `{"latitude":23.10,"longitude":-113,"label":"x"}`},
		{"long unknown type", `"MsgType":"` + long + `"`, "［暂不支持的消息类型：" + strings.Repeat("长", 22) + "］", `{"message_type":"` + strings.Repeat("长", 22) + `"}`},
		{"type in capitals", `"MsgType":"TEXT","Content":"x"`, "x", ""},
		{"event without name", `"MsgType":"event"`, "［平台事件：］", ""},
		{"scan event without details", `"MsgType":"event","Event":"scancode_push"`, "从菜单扫码", ""},
		{"photo event without details", `"MsgType":"event","Event":"pic_weixin"`, "从菜单选择微信图片", ""},
		{"place event without details", `"MsgType":"event","Event":"location_select"`, "从菜单选择了位置", ""},
		{"publish event without details", `"MsgType":"event","Event":"PUBLISHJOBFINISH"`, "文章发布完成", ""},
		{"unknown publish state", `"MsgType":"event","Event":"PUBLISHJOBFINISH","PublishEventInfo":{"publish_status":9}`, "文章发布结果：9", `{"status":"9"}`},
		{"mass send without details", `"MsgType":"event","Event":"MASSSENDJOBFINISH"`, "群发完成", ""},
		{"renewal without a day", `"MsgType":"event","Event":"annual_renew"`, "公众号认证需要年审", ""},
		{"lists that are objects", `"MsgType":"event","Event":"subscribe_msg_change_event","SubscribeMsgChangeEvent":{"List":{"TemplateId":"t","SubscribeStatusString":"reject"}}`,
			"更改了订阅通知设置", `{"templates":[{"id":"t","status":"reject"}]}`},
		{"lists without a wrapper", `"MsgType":"event","Event":"pic_weixin","SendPicsInfo":{"PicList":[{"PicMd5Sum":"m"}]}`,
			"从菜单选择微信图片", `{"pictures":{"md5":["m"]}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			item, err := account.Parse([]byte(`{"FromUserName":"o1","CreateTime":1764000000,`+test.fields+`}`), sentAt())
			if err != nil {
				t.Fatal(err)
			}
			if item.Text != test.text || string(item.Data) != test.data {
				t.Errorf("Text = %q, Data = %s, want %q, %s", item.Text, item.Data, test.text, test.data)
			}
		})
	}
}

func TestOddCommonFields(t *testing.T) {
	account := open(t, wechat.Options{}, map[string]any{"original_id": nil})
	received := sentAt().Add(time.Hour)
	parse := func(fields string) channel.Inbound {
		t.Helper()
		item, err := account.Parse([]byte(`{"FromUserName":"o1","MsgType":"image",`+fields+`}`), received)
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	for fields, want := range map[string]time.Time{
		`"CreateTime":1764000000123`: sentAt().Add(123 * time.Millisecond),
		`"CreateTime":"1764000000"`:  sentAt(),
		`"CreateTime":0`:             received,
		`"CreateTime":-1`:            received,
		`"CreateTime":"soon"`:        received,
	} {
		if got := parse(fields).SentAt; !got.Equal(want) {
			t.Errorf("%s: SentAt = %s, want %s", fields, got, want)
		}
	}
	for fields, want := range map[string]string{
		`"MsgDataId":"5"`: "5_1", `"MsgDataId":"5","Idx":0`: "5_1", `"MsgDataId":5,"Idx":2`: "5_2", `"MsgDataId":5,"Idx":"x"`: "5_1",
	} {
		if got := parse(fields).Post; got == nil || got.ExternalID != want {
			t.Errorf("%s: Post = %+v, want %s", fields, got, want)
		}
	}
	for _, fields := range []string{`"Idx":1`, `"MsgDataId":"x"`, `"MsgDataId":0`} {
		if got := parse(fields).Post; got != nil {
			t.Errorf("%s: Post = %+v without an article", fields, got)
		}
	}
	if got := parse(`"Format":"x"`).Media; got != nil {
		t.Errorf("Media = %+v without id and URL", got)
	}
	if got := parse(`"PicUrl":"http://mmbiz.qpic.cn/a"`).Media; len(got) != 1 || got[0].URL == "" || got[0].ExternalID != "" {
		t.Errorf("Media = %+v, want the URL", got)
	}
	long := strings.Repeat("9", 200)
	if got := parse(`"MsgId":"` + long + `"`).ExternalID; !strings.HasPrefix(got, "sha256:") {
		t.Errorf("ExternalID = %q, want a hash", got)
	}
}
