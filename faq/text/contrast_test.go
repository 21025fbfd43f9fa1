package text_test

import (
	"slices"
	"testing"
)

func TestDenials(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct{ text, denied string }{
		{"身份证没丢怎么补办", "丢"},
		{"单位没有再拖欠工资", "拖"},
		{"不能按时缴费", "缴"},
		{"能不能办", ""},
		{"不动产权证", ""},
		{"证没了", ""},
		{"办了没", ""},
		{"居住证怎么办", ""},
		{"没结婚，不想办", "结办"},
	} {
		if got := string(c.Denials(tt.text).Denied()); got != tt.denied {
			t.Errorf("%s denies %q, want %q", tt.text, got, tt.denied)
		}
	}
	d := c.Denials("没丢的证和丢了的证")
	if !d.Any() || !d.Denies('丢') || !d.Asserts('丢') || d.Denies('证') {
		t.Errorf("reads %+v", d)
	}
	for text, want := range map[string]bool{"违反合同": true, "拒绝办理": true, "不动产": false, "丢失": false, "是不是": false} {
		if got := c.Denials(text).Any(); got != want {
			t.Errorf("%s denies something: %v", text, got)
		}
	}
}

func TestMarks(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"外国人居住证", []string{"外国人"}},
		{"怎么取消申领", []string{"取消"}},
		{"上海退役军人", []string{"上海", "退役", "军人"}},
		{"南京路路灯不亮", nil},
		{"上海东路的井盖", nil},
		{"什么办法国家才管", nil},
		{"居住证怎么办理", nil},
	} {
		var got []string
		for _, m := range c.Marks(tt.text) {
			got = append(got, m.Word)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s names %q, want %q", tt.text, got, tt.want)
		}
	}
	m := c.Marks("在上海交的社保")[0]
	if !m.Place || m.After != "交的社保" || !c.Names("去上海办", m) || c.Names("去北京办", m) {
		t.Errorf("mark %+v", m)
	}
	if m := c.Marks("怎么撤回")[0]; m.Place || !c.Names("可以取消", m) || c.Names("可以停止", m) {
		t.Errorf("mark %+v", m)
	}
	if c.Anywhere("本市办理") || !c.Anywhere("外省户籍也可以") {
		t.Error("who speaks of all places is not known")
	}
}

func TestApart(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		message, wording, entry string
		want                    bool
	}{
		{"离婚证丢了", "结婚证丢了", "结婚证丢了", true},
		{"离婚证丢了", "结婚证丢了", "结婚证丢了|离婚证也一样", false},
		{"离婚后再结婚", "结婚登记", "结婚登记", false},
		{"结婚证丢了", "结婚证遗失", "结婚证遗失", false},
	} {
		if got := c.Apart(tt.message, tt.wording, tt.entry); got != tt.want {
			t.Errorf("%s and %s apart: %v", tt.message, tt.entry, got)
		}
	}
}
