package mask_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/inbox/mask"
)

func TestVeil(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"居住证怎么办理？":                 "居住证怎么办理？",
		"我叫张三，电话13800138000":       "我叫张三，电话〔电话〕",
		"身份证110101199003078515，我的": "身份证〔身份证号〕，我的",
		"13800138000和13900139000":  "〔电话〕和〔电话〕",
		"身份证110101199003078515在人民路12号3单元401室": "〔地址〕",
		"邮箱 zhang@example.test 车牌京A12345":     "邮箱 〔邮箱〕 车牌〔车牌号〕",
		"卡号6222021234567890128":               "卡号〔银行卡号〕",
		"请在2026年办理，共3人":                       "请在2026年办理，共3人",
		"我的电话是1380013…":                       "我的电话是〔号码〕…",
		"邮箱是zhang.san@exam…":                  "邮箱是〔号码〕…",
		"我想问一下…":                              "我想问一下…",
	} {
		if got := mask.Veil(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Wherever a text is cut, no more than two digits of a number are left.
func TestVeilOfWhatWasCut(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		before := rapid.StringMatching(`[\p{Han}，。？]{0,60}`).Draw(r, "before")
		number := rapid.SampledFrom([]string{"13800138000", "110101199003078515", "6222021234567890128", "138-0013-8000", "１３８００１３８０００"}).Draw(r, "number")
		text := []rune(before + "号码" + number)
		cut := rapid.IntRange(0, len(text)).Draw(r, "cut")
		shown := string(text)
		if cut < len(text) {
			shown = string(text[:cut]) + "…"
		}
		got := mask.Veil(shown)
		digits := strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' || c >= '０' && c <= '９' {
				return c
			}
			return -1
		}, got)
		if len([]rune(digits)) > 2 {
			r.Fatalf("%q became %q", shown, got)
		}
	})
}

func BenchmarkVeil(b *testing.B) {
	for b.Loop() {
		mask.Veil("您好，我是外地人，2026年3月来的，想问居住证怎么办理，电话13800138000，谢谢")
	}
}
