package bot

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"replydesk/configs/bot"
	"replydesk/faq"
)

func claims(t *testing.T) *Claims {
	t.Helper()
	c, err := LoadClaims(bot.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// office is an entry that claims a good deal.
var office = entry("残疾人证怎么办理",
	"残疾人证免费办理，无需预约。申请时须本人到场，不得由他人代领。请携带身份证、户口本和两寸照片。行动不便的，可以预约上门评定。"+
		"材料齐全的当场受理，10个工作日内办结。证件遗失的应当及时补办。服务窗口只在工作日开放。", "", "")

// What a draft claims in words is held against its grounds.
func TestClaims(t *testing.T) {
	c := claims(t)
	for _, tt := range []struct {
		draft string
		want  []string
	}{
		{"残疾人证不需要任何材料。", []string{"残疾人证不需要任何材料"}},
		{"办理时无需携带户口本。", []string{"办理时无需携带户口本"}},
		{"两寸照片不用准备，现场免费拍摄。", []string{"两寸照片不用准备", "现场免费拍摄"}},
		{"上门评定是免费的。", []string{"上门评定是免费的"}},
		{"补办必须重新评定等级。", []string{"补办必须重新评定等级"}},
		{"只能网上申请。", []string{"只能网上申请"}},
		{"外地户籍的不能办理此项业务。", []string{"外地户籍的不能办理此项业务"}},
		{"我们保证一定通过评定。", []string{"我们保证一定通过评定"}},
		{"补办的证件马上寄出。", []string{"补办的证件马上寄出"}},
		{"残疾人证永久有效。", []string{"残疾人证永久有效"}},
		{"您可以凭此证报销机票。", []string{"您可以凭此证报销机票"}},
		{"身份证和户口本可以不带。", []string{"身份证和户口本可以不带"}},
		{"王小明您好，残疾人证免费办理。", []string{"王小明您好"}},
		{"尊敬的王女士，您好！\n残疾人证免费办理。", []string{"尊敬的王女士，您好"}},
		{"欧阳建国先生您好：残疾人证免费办理。", []string{"欧阳建国先生您好"}},

		{"办理残疾人证不收费，也不需要预约。", nil},
		{"您好！残疾人证免费办理，无须预约。", nil},
		{"申请时必须本人到场。", nil},
		{"请务必本人到场申请。", nil},
		{"他人不能代领。", nil},
		{"材料齐全的，当场受理。", nil},
		{"行动不便的可以预约上门评定。", nil},
		{"行动不便的，您可以预约上门。", nil},
		{"市民您好，窗口只在工作日开放。", nil},
		{"网友您好：残疾人证免费办理。", nil},
		{"证件遗失的，务必及时补办。", nil},
		{"如有疑问，欢迎随时留言。", nil},
		{"李强您好，残疾人证免费办理。", nil}, // the citizen said so
		{"您反映的必须交钱一事，残疾人证免费办理。", nil},
		{"请携带身份证、户口本和两寸照片。", nil},
	} {
		got := c.doubts(tt.draft, []faq.Entry{office}, []string{"我是李强，残疾人证要交钱吗"})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: doubts %q, want %q", tt.draft, got, tt.want)
		}
		for _, d := range got {
			if !strings.Contains(tt.draft, d) {
				t.Errorf("%q does not stand in %q", d, tt.draft)
			}
		}
	}
}

// A claim word that the grounds say of another thing supports nothing.
func TestClaimsOfAnotherThing(t *testing.T) {
	c := claims(t)
	grounds := []faq.Entry{
		entry("驾驶证遗失怎么补领", "驾驶证遗失的，持身份证到车管所窗口办理，补领不需要体检、照片。补领工本费10元。领取新证必须交回旧证，不得委托他人代领。", "", ""),
		entry("老年证怎么办", "携带户口本即可免费领取老年证，凭身份证当场办理无需预约。", "", ""),
	}
	for _, tt := range []struct {
		draft string
		want  []string
	}{
		{"免费补领，不需要身份证。", []string{"免费补领", "不需要身份证"}},
		{"补领驾驶证无须身份证", []string{"补领驾驶证无须身份证"}},
		{"凭身份证办理必须体检", []string{"凭身份证办理必须体检"}},
		{"不得持身份证到窗口办理", []string{"不得持身份证到窗口办理"}},
		{"办理老年证无需户口本", []string{"办理老年证无需户口本"}},
		{"无需凭身份证", []string{"无需凭身份证"}},
		{"补领不需要体检，也无须照片。", nil},
		{"领新证时务必交回旧证。", nil},
		{"不能委托他人代领。", nil},
		{"老年证免费领取，不需要预约。", nil},
		{"当场办理，不用预约。", nil},
	} {
		if got := c.doubts(tt.draft, grounds, nil); !slices.Equal(got, tt.want) {
			t.Errorf("%s: doubts %q, want %q", tt.draft, got, tt.want)
		}
	}
}

// An answer of the library is never in doubt by itself, as it stands or with its
// sentences in another order.
func TestLibraryClaimsItself(t *testing.T) {
	c := claims(t)
	files := []string{"../configs/demo/library.jsonl"}
	if more := os.Getenv("DESK_EVAL_DATA"); more != "" {
		files = append(files, more+"/seed/guangdong-services.jsonl")
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		n := 0
		for lines.Scan() {
			var e struct{ Question, Answer string }
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			n++
			sentences := strings.Split(e.Answer, "。")
			slices.Reverse(sentences)
			for _, draft := range []string{e.Answer, strings.Join(sentences, "。\n"), "您好！" + strings.ReplaceAll(e.Answer, "1", "１")} {
				if got := c.doubts(draft, []faq.Entry{entry(e.Question, e.Answer, "", "")}, nil); len(got) > 0 {
					t.Errorf("%s: %q in doubt", e.Answer, got)
				}
			}
		}
		if n < 100 {
			t.Errorf("%s: %d entries", file, n)
		}
	}
}
