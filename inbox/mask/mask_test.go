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
		{"a name of the family", "我老婆叫陈美丽，我表弟叫司马光明，邻居叫孙大强", "我老婆叫〔姓名1〕，我表弟叫〔姓名2〕，邻居叫〔姓名3〕"},
		{"called to do", "老公叫我来问，儿子叫他去派出所", "老公叫我来问，儿子叫他去派出所"},
		{"family name first", "我姓李，叫李雷，想问社保", "我姓李，叫〔姓名1〕，想问社保"},
		{"family name first, said politely", "免贵姓欧阳, 名叫欧阳建国", "免贵姓欧阳, 名叫〔姓名1〕"},
		{"family name first, of another", "孩子姓韩。名字叫韩梅梅", "孩子姓韩。名字叫〔姓名1〕"},
		{"two-part name", "我叫欧阳建国", "我叫〔姓名1〕"},
		{"two-part names", "姓名：司马懿，我是上官婉儿，", "姓名：〔姓名1〕，我是〔姓名2〕，"},
		{"a family name alone", "我叫欧阳，想问", "我叫〔姓名1〕，想问"},
		{"Latin name", "My name is John Smith and I live here. Smith asks.", "My name is 〔姓名1〕 and I live here. 〔姓名2〕 asks."},
		{"Latin name in Chinese", "我叫 john smith，John Smith 的签证", "我叫 〔姓名1〕，〔姓名1〕 的签证"},
		{"spoken phone", "电话一三八一二三四五六七八，或138一二三四5678", "电话〔电话1〕，或〔电话1〕"},
		{"spoken phone after a numeral", "电话一一三八一二三四五六七八", "电话〔电话1〕"},
		{"passport", "护照E12345678，港澳通行证C01234567，护照号：12345678", "护照〔证件号1〕，港澳通行证〔证件号2〕，护照号：〔证件号3〕"},
		{"WeChat", "微信lilei_88，微信号：lileilei，加 wxid_hack99", "微信〔账号1〕，微信号：〔账号2〕，加 〔账号3〕"},
		{"QQ", "QQ 123456789", "QQ 〔账号1〕"},
		{"mail, spaced", "zhang @ qq.com", "〔邮箱1〕"},
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

// What a person gives is gone, whatever kind it is and whatever stands around it.
func TestNothingStays(t *testing.T) {
	twoPart := []string{"欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "令狐", "东方", "南宫", "申屠", "西门", "鲜于"}
	kinds := map[string]func(*rapid.T) (before, secret string){
		"two-part name": func(t *rapid.T) (string, string) {
			cue := rapid.SampledFrom([]string{"我叫", "姓名：", "姓名", "孩子叫", "联系人："}).Draw(t, "cue")
			return cue, rapid.SampledFrom(twoPart).Draw(t, "family") + rapid.SampledFrom([]string{"娜娜", "婉儿", "亮", "建国"}).Draw(t, "given")
		},
		"two-part name, weak": func(t *rapid.T) (string, string) {
			return "我是", rapid.SampledFrom(twoPart[:7]).Draw(t, "family") + rapid.SampledFrom([]string{"娜娜", "婉儿", "亮"}).Draw(t, "given")
		},
		"latin name": func(t *rapid.T) (string, string) {
			cue := rapid.SampledFrom([]string{"I am ", "my name is ", "My name is ", "我叫 ", "我叫", "I'm ", "姓名："}).Draw(t, "cue")
			return cue, rapid.StringMatching(`[B-H][b-h]{2,8} [J-R][j-r]{2,8}`).Draw(t, "name")
		},
		"spoken phone": func(t *rapid.T) (string, string) {
			number := "1" + rapid.StringMatching(`[3-9][0-9]{9}`).Draw(t, "number")
			var out strings.Builder
			for i, d := range number {
				if i == 0 || rapid.IntRange(0, 4).Draw(t, "han") > 0 {
					out.WriteString(string([]rune("零一二三四五六七八九")[d-'0']))
				} else {
					out.WriteRune(d)
				}
			}
			return rapid.SampledFrom([]string{"", "电话", "请打 "}).Draw(t, "cue"), out.String()
		},
		"passport": func(t *rapid.T) (string, string) {
			cue := rapid.SampledFrom([]string{"护照", "护照号：", "港澳通行证", "我的护照号码是", "passport no. ", ""}).Draw(t, "cue")
			return cue, rapid.StringMatching(`(E[0-9]{8}|E[A-H][0-9]{7}|C[0-9]{8}|H[0-9]{8})`).Draw(t, "number")
		},
		"wechat": func(t *rapid.T) (string, string) {
			cue := rapid.SampledFrom([]string{"微信", "微信号：", "加微信 ", "WeChat: ", "vx ", "微信号是"}).Draw(t, "cue")
			return cue, rapid.StringMatching(`[a-z]{2,6}[0-9_][a-z0-9_]{3,8}`).Draw(t, "id")
		},
		"qq": func(t *rapid.T) (string, string) {
			return rapid.SampledFrom([]string{"QQ", "qq：", "QQ 号 ", "我的QQ号是", "QQ "}).Draw(t, "cue"), rapid.StringMatching(`[1-9][0-9]{5,9}`).Draw(t, "id")
		},
		"mail": func(t *rapid.T) (string, string) {
			sign := rapid.SampledFrom([]string{"@", "＠", " @ ", "(at)"}).Draw(t, "sign")
			return rapid.SampledFrom([]string{"", "邮箱", "发到 "}).Draw(t, "cue"), rapid.StringMatching(`[a-z]{3,8}[0-9]{0,4}`).Draw(t, "who") + sign +
				rapid.StringMatching(`[a-z]{2,6}\.(com|cn|com\.cn)`).Draw(t, "host")
		},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				before, secret := kind(t)
				in := rapid.SampledFrom([]string{"", "你好，", "请问。"}).Draw(t, "first") + before + secret +
					rapid.SampledFrom([]string{"", "，想办居住证", "。谢谢", "想问一下"}).Draw(t, "then")
				if got := mask.New().Text(in); strings.Contains(got, secret) || !strings.Contains(got, "〔") || len(secret) > 6 && strings.Contains(got, secret[3:]) {
					t.Fatalf("%s → %s", in, got)
				}
			})
		})
	}
}

// What names nobody stays.
func TestOrdinaryWordsStay(t *testing.T) {
	for _, s := range []string{
		"我是江西人，想落户", "我是单身，想买房", "我是程序员，公积金怎么提取", "我是施工方，怎么办", "我是东方小区的业主", "我是武汉的，", "我是高中生，",
		"我叫了出租车", "我叫不到救护车", "我叫不到车", "我是外地人", "房东姓李，叫我等通知", "她姓王，叫停了施工", "本人单位没有缴社保", "I am a student from Beijing", "I am Chinese, how do I apply?", "I am in Shanghai", "My question is about visas",
		"我是 VIP 用户", "我是 HR，想咨询", "微信公众号怎么关注", "微信小程序打不开", "微信支付失败", "微信 WeChat 登录不了", "微信12345没有回应", "QQ登录不了",
		"QQ音乐", "护照怎么办理", "护照2024年到期", "港澳通行证过期5年", "二〇二六年十一月二十二日", "一二三四五", "十五个工作日", "三百六十五天", "一九九〇年一月", "办事编码 D00001",
		"http://example.gov.cn/E1234567/a", "订单SF1234567890123", "第五条", "百里挑一", "I'm sorry, I need help", "call me", "GB123456标准", "在3@4点", "A4纸打印2份",
	} {
		if got := mask.New().Text(s); got != s {
			t.Errorf("%s → %s", s, got)
		}
	}
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
