package mask_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/inbox/mask"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"identity number", "身份证110101199003078515能办吗", "身份证〔身份证号1〕能办吗"},
		{"identity number with X", "号码是11010519491231002X。", "号码是〔身份证号1〕。"},
		{"mistyped identity number", "110101199003078516", "〔身份证号1〕"},
		{"old identity number", "110105491231002", "〔身份证号1〕"},
		{"full width", "１１０１０１１９９００３０７８５１５", "〔身份证号1〕"},
		{"mobile", "电话13800138000，请回电", "电话〔电话1〕，请回电"},
		{"mobile in groups", "138 0013 8000 或 138-0013-8000", "〔电话1〕 或 〔电话1〕"},
		{"with country", "+86 13800138000", "〔电话1〕"},
		{"landline", "010-12345678", "〔电话1〕"},
		{"two phones", "13800138000和13900139000", "〔电话1〕和〔电话2〕"},
		{"bank card", "工资卡 6222 0212 3456 7890 128 没到账", "工资卡 〔银行卡号1〕 没到账"},
		{"long number", "流水 2026112200000000000123456", "流水 〔号码1〕"},
		{"plate", "车牌京A12345违章，粤BD12345是新能源，鲁B·8888挂", "车牌〔车牌号1〕违章，〔车牌号2〕是新能源，〔车牌号3〕"},
		{"mail", "发到 Zhang.San@example.com 行吗", "发到 〔邮箱1〕 行吗"},
		{"address", "我住在幸福路12号3栋2单元501室，暖气不热", "我住在〔地址1〕，暖气不热"},
		{"address with district", "地址：云州市江北区学府街道书院巷8号", "地址：〔地址1〕"},
		{"room", "翠湖3栋501漏水", "翠湖〔地址1〕漏水"},
		{"name", "我叫王小明，想办居住证", "我叫〔姓名1〕，想办居住证"},
		{"name of two", "姓名：李强 电话13800138000", "姓名：〔姓名1〕 电话〔电话1〕"},
		{"two-part name", "我叫欧阳建国", "我叫〔姓名1〕"},
		{"name again", "我叫王小明。王小明的社保断了", "我叫〔姓名1〕。〔姓名1〕的社保断了"},
		{"weak cue", "我是张伟，社保断了", "我是〔姓名1〕，社保断了"},
		{"weak cue, no name", "我是高三学生家长", "我是高三学生家长"},
		{"not a name", "我是外地人，本人想落户", "我是外地人，本人想落户"},
		{"what stays", "2026年11月22日，工单20261122-0042，云政发〔2026〕12号，12345热线，8000元", "2026年11月22日，工单20261122-0042，云政发〔2026〕12号，12345热线，8000元"},
		{"a way alone", "人民路什么时候修好", "人民路什么时候修好"},
		{"nothing", "居住证怎么办理？", "居住证怎么办理？"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mask.New().Text(c.in); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOneThread(t *testing.T) {
	m := mask.New("快乐的鱼")
	first := m.Text("我叫王小明，13800138000")
	second := m.Text("我是快乐的鱼，王小明的电话 １３８００１３８０００ 打不通")
	if first != "我叫〔姓名1〕，〔电话1〕" {
		t.Errorf("first: %s", first)
	}
	if strings.Contains(second, "王小明") || strings.Contains(second, "快乐的鱼") || !strings.Contains(second, "〔电话1〕") {
		t.Errorf("second: %s", second)
	}
	if n := m.Counts()[mask.Phone]; n != 2 {
		t.Errorf("phones = %d, want 2", n)
	}
}

// Numbers of a person are gone wherever they stand and however they are written.
func TestNumbersNeverStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := "1" + rapid.StringMatching(`[3-9][0-9]{9}`).Draw(t, "phone")
		identity := rapid.StringMatching(`[1-6][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}[0-9X]`).Draw(t, "identity")
		words := rapid.SampledFrom([]string{"", "你好，", "请问 ", "电话：", "我的号码", "(", "abc "})
		in := words.Draw(t, "before") + wide(t, phone) + rapid.SampledFrom([]string{"，", "。", " 还有，", "；身份证"}).Draw(t, "between") +
			wide(t, identity) + rapid.SampledFrom([]string{"", "。", " 谢谢", "）"}).Draw(t, "after")
		got := mask.New().Text(in)
		if strings.ContainsAny(got, "3456789") || !strings.Contains(got, "电话1") || !strings.Contains(got, "身份证号1") {
			t.Fatalf("%s → %s", in, got)
		}
	})
}

// wide writes some of the digits in full width.
func wide(t *rapid.T, s string) string {
	return strings.Map(func(r rune) rune {
		if r < 'A' && rapid.Bool().Draw(t, "wide") {
			return r - '0' + '０'
		}
		return r
	}, s)
}

// Whatever it is given, it ends, leaves valid text valid and does not mask what
// is masked already.
func FuzzText(f *testing.F) {
	for _, s := range []string{"我叫王小明，13800138000", "〔电话1〕", "\xff\xfe１", "3栋501 110101199003078515x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := mask.New().Text(s)
		if len(s) == 0 && once != "" {
			t.Error("something out of nothing")
		}
		if again := mask.New().Text(once); strings.Count(again, "〔") < strings.Count(once, "〔") {
			t.Errorf("placeholders went missing: %q → %q", once, again)
		}
	})
}
