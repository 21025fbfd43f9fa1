package text_test

import (
	"slices"
	"strings"
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
		{"开店不需要什么", "需"},
		{"不可以吗", ""},
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

func TestRefrains(t *testing.T) {
	c := lexicon(t).Contrasts()
	for text, want := range map[string]bool{
		"可以不缴吗": true, "能不缴吗": true, "不预约行吗": true, "不补办会怎样": true,
		"能不能缴": false, "可以不可以缴": false, "不能缴吗": false, "单位不缴怎么投诉": false, "没补办会怎样": false,
	} {
		if got := c.Denials(text).Refrains(); got != want {
			t.Errorf("%s asks for leaving out: %v", text, got)
		}
	}
}

func TestApart(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		message, wording, answer string
		want                     bool
	}{
		{"离婚证丢了", "结婚证丢了", "", true},
		{"离婚证丢了", "结婚证丢了", "离婚证也一样", false},
		{"离婚后再结婚", "结婚登记", "", false},
		{"结婚证丢了", "结婚证遗失", "", false},
		{"民办幼儿园报名", "公办幼儿园报名", "民办园自主招生", true},
		{"公立幼儿园报名", "公办幼儿园报名", "", false},
		{"初中转学", "中小学转学", "", false},
		{"高中转学", "中小学转学", "", true},
		{"自行车上牌", "电动自行车上牌", "", true},
		{"没带身份证，驾驶证丢了", "驾驶证丢了", "", false},
		{"房子赠与父母", "房子赠与子女", "父母子女之间免税", true},
		{"房子送给儿子", "房子赠与子女", "", false},
		{"父母的房子赠与子女", "房子赠与子女", "", false},
	} {
		if got := c.Apart(tt.message, tt.wording, tt.wording, tt.wording+"|"+tt.answer); got != tt.want {
			t.Errorf("%s and %s (%s) apart: %v", tt.message, tt.wording, tt.answer, got)
		}
	}
}

func TestAnother(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		message  string
		wordings []string
		answer   string
		want     bool
	}{
		{"船舶年检怎么办", []string{"机动车年检怎么办"}, "", true},
		{"船舶年检怎么办", []string{"机动车年检怎么办"}, "船舶到海事处", false},    // the entry knows it
		{"船舶年检怎么办", []string{"机动车年检怎么办", "年检在哪里"}, "", false}, // and means any
		{"律师资格证怎么认定", []string{"教师资格证怎么认定"}, "", true},
		{"高中教师资格证怎么认定", []string{"教师资格证怎么认定"}, "", false},
		{"我家驾驶证丢了", []string{"驾驶证丢了"}, "", false},
		{"我的驾驶证丢了", []string{"机动车驾驶证丢了"}, "", false},
		{"|渔业保险怎么报销", []string{"|大病保险怎么报销"}, "", true},
		{"怎么报销", []string{"大病保险怎么报销"}, "", false},
	} {
		if got := c.Another(tt.message, tt.wordings, strings.Join(tt.wordings, "|")+"|"+tt.answer); got != tt.want {
			t.Errorf("%s and %q (%s): another thing %v", tt.message, tt.wordings, tt.answer, got)
		}
	}
}

func TestReversed(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		message, wording string
		want             bool
	}{
		{"公积金怎么从安澜转到外地", "公积金怎么从外地转到安澜", true},
		{"公积金怎么转到外地", "公积金怎么从外地转到安澜", true},
		{"养老保险从安澜转出", "养老保险怎么转移到安澜", true},
		{"户口迁出安澜", "户口怎么迁到安澜", true},
		{"公积金贷款转商业贷款", "商业贷款怎么转成公积金贷款", true},
		{"外地的公积金转到安澜", "公积金怎么从外地转到安澜", false},
		{"商贷转公积金贷款", "商业贷款怎么转成公积金贷款", false},
		{"我在安澜，公积金怎么转到安澜", "公积金怎么从外地转到安澜", false},
		{"公积金怎么转", "公积金怎么从外地转到安澜", false},
		{"公积金余额", "公积金怎么从外地转到安澜", false},
	} {
		if got := c.Reversed(tt.message, tt.wording); got != tt.want {
			t.Errorf("%s and %s are each other's way back: %v", tt.message, tt.wording, got)
		}
	}
}

func TestDoes(t *testing.T) {
	c := lexicon(t).Contrasts()
	for _, tt := range []struct {
		message, wording string
		want             bool
	}{
		{"怎么占道经营", "占道经营怎么举报", true},
		{"怎么申请夜间施工", "夜间施工噪音扰民怎么投诉", true},
		{"怎么举报占道经营", "占道经营怎么举报", false},
		{"占道经营怎么办", "占道经营怎么举报", false},
		{"怎么处理占道经营", "占道经营怎么举报", false},
		{"怎么占道经营", "占道经营要许可吗", false},
	} {
		if got := c.Does(tt.message, tt.wording); got != tt.want {
			t.Errorf("%s does what %s complains of: %v", tt.message, tt.wording, got)
		}
	}
}
