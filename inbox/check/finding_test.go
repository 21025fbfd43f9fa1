package check_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"replydesk/inbox/check"
)

func checker(t *testing.T) check.Checker {
	t.Helper()
	empty, err := check.LoadPhrases(folder(), os.DirFS("../../configs/words"), "empty.txt")
	if err != nil {
		t.Fatal(err)
	}
	return check.Checker{List: list(t, check.Word{ID: 4, Text: "闭嘴", Level: check.Block, Direction: check.Out, Category: "不当用语"}), Empty: empty}
}

func TestOutbound(t *testing.T) {
	c := checker(t)
	desk := check.Scene{
		Account: "云州发布", Platform: "wechat", Others: []string{"江北发布", "云州", "发布"}, Departments: []string{"数据资源管理中心"},
		Hosts: []string{"gov.cn"}, Retired: []string{"https://www.yunzhou.gov.cn/old"},
	}
	public := desk
	public.Public = true
	short := desk
	short.MaxRunes = 3
	bytes := desk
	bytes.MaxBytes = 7
	for _, tt := range []struct {
		name, in string
		scene    check.Scene
		want     []string // rule kind level place
	}{
		{"clean", "您好，请携带身份证到户籍窗口办理，电话 0571-88886666。", desk, nil},
		{"word", "请闭嘴", desk, []string{"word 不当用语 block 闭嘴"}},
		{"mobile", "请联系 138-0013-8000", desk, []string{"personal phone warn 138-0013-8000"}},
		{"mobile in public", "请联系１３８００１３８０００", public, []string{"personal phone approve １３８００１３８０００"}},
		{"identity in public", "您的身份证11010519491231002X已通过", public, []string{"personal identity block 11010519491231002X"}},
		{"identity in private", "您的身份证11010519491231002X已通过", desk, []string{"personal identity warn 11010519491231002X"}},
		{"an office's address and mail", "地址：云州市江北区书院巷8号，邮箱 banshi@yunzhou.gov.cn", public, nil},
		{"empty phrase", "您好，请咨询相关部门。", desk, []string{"empty_phrase  warn 请咨询相关部门"}},
		{"empty phrase, spread", "请 咨 询 相 关 部 门", desk, []string{"empty_phrase  warn 请 咨 询 相 关 部 门"}},
		{"empty phrase with a body", "请咨询相关部门（云州市公安局户籍科）", desk, nil},
		{"empty phrase with a generic body", "请咨询相关部门或当地主管局", desk, []string{"empty_phrase  warn 请咨询相关部门"}},
		{"empty phrase with a number", "请咨询相关部门，电话12345", desk, nil},
		{"empty phrase with a department of the desk", "请联系有关部门：数据资源管理中心", desk, nil},
		{"empty phrase with a body far away", "请咨询相关部门。" + strings.Repeat("字", 60) + "市公安局", desk, []string{"empty_phrase  warn 请咨询相关部门"}},
		{"good link", "见 https://zwfw.yunzhou.gov.cn/a?b=1。", desk, nil},
		{"link without a host", "见 http:///a", desk, []string{"link broken warn http:///a"}},
		{"link with a hole", "https//www.gov.cn", desk, []string{"link broken warn https//www.gov.cn"}},
		{"plain link", "http://www.gov.cn/x", desk, []string{"link not_https warn http://www.gov.cn/x"}},
		{"foreign link", "https://gov.cn.example.com", desk, []string{"link unknown_host warn https://gov.cn.example.com"}},
		{"retired service", "办理：https://www.yunzhou.gov.cn/old", desk, []string{"link retired warn https://www.yunzhou.gov.cn/old"}},
		{"another account", "【江北发布】您好", desk, []string{"account other_account warn 江北发布"}},
		{"the own account", "【云州发布】您好", desk, nil},
		{"another platform", "欢迎关注微博", desk, []string{"account other_platform warn 关注微博"}},
		{"the own platform", "欢迎关注公众号", desk, nil},
		{"too many characters", "一二三四", short, []string{"length runes block 四"}},
		{"too many bytes", "一二三", bytes, []string{"length bytes block 三"}},
		{"a blank", "【请填写：市民称呼】您好", desk, []string{"blank  block 【请填写：市民称呼】"}},
		{"a filled blank", "【温馨提示】请填写：姓名", desk, nil},
		{"the gravest first", "请咨询相关部门，闭嘴", desk, []string{"word 不当用语 block 闭嘴", "empty_phrase  warn 请咨询相关部门"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			runes := []rune(tt.in)
			for _, f := range c.Outbound(tt.in, tt.scene) {
				got = append(got, fmt.Sprintf("%s %s %s %s", f.Rule, f.Kind, f.Level, string(runes[f.From:f.To])))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestGravest(t *testing.T) {
	for _, tt := range []struct {
		levels []check.Level
		want   check.Level
	}{
		{nil, ""}, {[]check.Level{check.Urgent}, ""}, {[]check.Level{check.Warn, check.Approve}, check.Approve},
		{[]check.Level{check.Approve, check.Block, check.Warn}, check.Block},
	} {
		var found []check.Finding
		for _, l := range tt.levels {
			found = append(found, check.Finding{Level: l})
		}
		if got := check.Gravest(found); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.levels, got, tt.want)
		}
	}
}

func TestAlike(t *testing.T) {
	f := folder()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"学府街今天停水，什么时候恢复？", "学府街今天又停水了 什么时候恢复", true},
		{"学府街今天停水，什么时候恢复？", "居住证怎么办理，要什么材料", false},
		{"你好", "你好", false},
		{"", "", false},
	} {
		if got := f.Shape(tt.a).Alike(f.Shape(tt.b)); got != tt.want {
			t.Errorf("%q and %q: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
