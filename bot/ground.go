package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"replydesk/faq"
)

// What a citizen acts on, and what an attacker would want to place: each is held
// against the cited entries. Texts are folded and counted first.
var (
	dateForm     = regexp.MustCompile(`(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})(?:[日号]|\b)`)
	monthForm    = regexp.MustCompile(`(\d{4})年度?(\d{1,2})月`)
	dayForm      = regexp.MustCompile(`(\d{1,2})月(\d{1,2})[日号]`)
	timeForm     = regexp.MustCompile(`(上午|早上|中午|下午|晚上|晚)?(\d{1,2})(?::(\d{2})|[时点](\d{1,2})分?|[时点](半)|[时点](?:钟|整|前|后|到|至|起|开|以|之|-))|(上午|早上|中午|下午|晚上|晚)(\d{1,2})[时点]`)
	weekdayForm  = regexp.MustCompile(`(?:周|星期|礼拜)([1-7日天])`)
	unitForm     = regexp.MustCompile(`(\d+(?:\.\d+)?|半)(?:多|余)?(?:个)?(工作日|自然日|日历日|月|年|季度|周|星期|礼拜|小时|钟头|百分点|学期)|(\d+(?:\.\d+)?|半)(?:多|余)?(周岁|岁|日|天|号|年|月|周|小时|分钟|秒|美元|港元|元|块|圆|角|分|%|‰|折|倍|份|张|次|人|名|户|套|间|件|本|页|寸|平方米|平米|㎡|立方米|米|公里|公斤|千克|吨|升|处|级|册|枚|辆|台|条|款|门|所|家|楼|层|室|栋|幢|座|单元|路|度|期|批|年级|学分|课时)`)
	moneyForm    = regexp.MustCompile(`(?:¥|￥|rmb|人民币)(\d+(?:\.\d+)?)`)
	paperForm    = regexp.MustCompile(`(\p{Han}{0,12})[〔\[(【](\d{4})[〕\])】](?:第)?(\d+)号`)
	houseForm    = regexp.MustCompile(`[\p{Han}\d]{2}(?:大道|路|街|巷|弄|道|里|村|胡同)(?:\d+弄)?\d+(?:-\d+)?号`)
	mailForm     = regexp.MustCompile(`[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+`)
	handleForm   = regexp.MustCompile(`[a-z][a-z0-9_\-]*[0-9_][a-z0-9_\-]*`)
	accountForm  = regexp.MustCompile(`(?:微信|公众号|qq群?|wechat|\bvx|抖音|快手|微博|支付宝|小红书|账号|帐号|账户|帐户|卡号|户名|开户行|收款人)(?:公众号|号码|名称|号|id)?(?:[是为叫:]{0,2}[“"「『《]([^”"」』》]{1,30})|[是为叫:]{0,2}([a-z0-9_\-]{4,})|:([^,。;、:\s“"「『《]{2,30}))`)
	numberForm   = regexp.MustCompile(`\d+(?:\.\d+)?`)
	sentenceEnd  = regexp.MustCompile(`[。!?;\n]+`)
	listForm     = regexp.MustCompile(`(?m)^[ ]*(?:\d{1,2}[.、)][ ]*|[(]\d{1,2}[)]|[-•·][ ]*)`)
	repeatedForm = regexp.MustCompile(`您(?:反映|提到|说|所|咨询|询问|描述|来信|留言|已)`)
)

// transfers are ways to lose money or an account: an answer names one only when
// the library does.
var transfers = []string{
	"转账", "汇款", "打款", "转给", "汇至", "汇到", "汇入", "收款", "付款码", "保证金", "押金", "定金", "验证码", "密码", "红包", "加微信", "添加微信", "加好友", "加qq", "扫码支付", "扫码付",
}

// ground is what an answer may say: what the cited entries have and, where that
// does no harm, the figures the citizen named.
type ground struct {
	text    string // of the entries, counted
	figures map[string]bool
	numbers map[string]bool
	citizen map[string]bool
}

func newGround(cited []faq.Entry, citizen []string) ground {
	var all strings.Builder
	for _, e := range cited {
		fmt.Fprintf(&all, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n", e.Question, e.Answer, e.Department, e.DocumentNumber, e.ServiceLink, e.ValidFrom, e.ValidTo)
	}
	plain := folded(all.String())
	g := ground{text: counted(plain), figures: map[string]bool{}, numbers: map[string]bool{}, citizen: map[string]bool{}}
	for _, n := range numberForm.FindAllString(plain+" "+g.text, -1) {
		g.numbers[trimZeros(n)] = true
	}
	for _, f := range figuresIn(g.text, true) {
		g.figures[f.token] = true
	}
	for _, words := range citizen {
		for _, f := range figuresIn(counted(folded(words)), true) {
			g.citizen[f.token] = true
		}
	}
	return g
}

// covers refuses what the ground does not have, naming it.
func (g ground) covers(text string) error {
	for _, sentence := range sentenceEnd.Split(listForm.ReplaceAllString(folded(text), ""), -1) {
		if err := g.coversSentence(sentence); err != nil {
			return err
		}
	}
	return nil
}

func (g ground) coversSentence(plain string) error {
	sentence := counted(plain)
	for _, word := range transfers {
		if strings.Contains(sentence, word) && !strings.Contains(g.text, word) {
			return missing("付款或账户要求", word)
		}
	}
	for _, forms := range []struct {
		what string
		form *regexp.Regexp
	}{{"邮箱", mailForm}, {"地址", houseForm}} {
		for _, found := range forms.form.FindAllString(sentence, -1) {
			if !strings.Contains(g.text, found) {
				return missing(forms.what, found)
			}
		}
	}
	for _, found := range paperForm.FindAllStringSubmatch(sentence, -1) {
		if !slices.ContainsFunc(paperForm.FindAllStringSubmatch(g.text, -1), func(had []string) bool { return samePaper(found, had) }) {
			return missing("文号", found[0])
		}
	}
	for _, found := range accountForm.FindAllStringSubmatch(sentence, -1) {
		if id := found[1] + found[2] + found[3]; !strings.Contains(g.text, id) {
			return missing("账号", id)
		}
	}
	for _, handle := range handleForm.FindAllString(sentence, -1) {
		if len(handle) >= 4 && !strings.Contains(g.text, handle) {
			return missing("账号", handle)
		}
	}
	mayRepeat := repeatedForm.MatchString(sentence)
	for _, f := range figuresIn(paperForm.ReplaceAllString(sentence, " "), false) {
		if !g.figures[f.token] && !(g.citizen[f.token] && (mayRepeat || !f.grave)) {
			return missing("数字或日期", f.text)
		}
	}
	return g.coversNumbers(plain)
}

// coversNumbers holds the numbers that stand without a unit, of two digits and
// more; what is longer or a date was held against the entries before.
func (g ground) coversNumbers(plain string) error {
	for _, form := range []*regexp.Regexp{linkForm, dateForm, timeForm, unitForm, figureForm, handleForm} {
		plain = form.ReplaceAllString(plain, "　")
	}
	for _, at := range numberForm.FindAllStringIndex(plain, -1) {
		n := plain[at[0]:at[1]]
		scaled := strings.IndexAny(plain[at[1]:], "十百千万亿") == 0 // a part of a number, not one
		if len(n) > 1 && !scaled && !g.numbers[trimZeros(n)] {
			return missing("数字", n)
		}
	}
	return nil
}

func missing(what, found string) error {
	return notGrounded(fmt.Sprintf("草稿中有知识条目里没有的%s“%s”", what, cut(found, 30)))
}

// samePaper reports whether two finds of paperForm are one document. Before the
// name of who issued it other words may stand (根据安公规〔2025〕3号).
func samePaper(a, b []string) bool {
	issuer := func(s string) string {
		for _, word := range []string{"根据", "依据", "按照", "依照", "参照"} {
			if i := strings.LastIndex(s, word); i >= 0 {
				s = s[i+len(word):]
			}
		}
		return s
	}
	first, second := issuer(a[1]), issuer(b[1])
	return a[2] == b[2] && trimZeros(a[3]) == trimZeros(b[3]) && (strings.HasSuffix(first, second) || strings.HasSuffix(second, first))
}

// figure is a number with its unit, a date or a time. A grave one is what people
// pay, or when they must come.
type figure struct {
	token, text string
	grave       bool
}

// units that mean the same.
var units = map[string]string{
	"块": "元", "圆": "元", "自然日": "日", "日历日": "日", "天": "日", "星期": "周", "礼拜": "周", "钟头": "小时", "平米": "平方米", "㎡": "平方米",
	"周岁": "岁", "名": "人", "百分点": "%", "千克": "公斤", "层": "楼",
}

// figuresIn finds the figures of a counted text. With parts also what they are made
// of: who has a date has its month.
func figuresIn(s string, parts bool) []figure {
	var out []figure
	year := ""
	take := func(form *regexp.Regexp, tokens func(m []string) []string, grave bool) {
		s = form.ReplaceAllStringFunc(s, func(found string) string {
			for i, token := range tokens(form.FindStringSubmatch(found)) {
				if i == 0 || parts {
					out = append(out, figure{token, found, grave})
				}
			}
			return "　"
		})
	}
	take(dateForm, func(m []string) []string {
		y, mo, d := trimZeros(m[1]), trimZeros(m[2]), trimZeros(m[3])
		year = y
		return []string{y + "-" + mo + "-" + d, mo + "-" + d, y + "-" + mo, y + "年", mo + "月"}
	}, true)
	take(monthForm, func(m []string) []string {
		year = m[1]
		return []string{m[1] + "-" + trimZeros(m[2]), m[1] + "年", trimZeros(m[2]) + "月"}
	}, true)
	take(dayForm, func(m []string) []string {
		mo, d := trimZeros(m[1]), trimZeros(m[2])
		// A day without its year mostly ends a span that began with one.
		return []string{mo + "-" + d, year + "-" + mo + "-" + d, mo + "月"}
	}, true)
	take(timeForm, clockTokens, true)
	take(weekdayForm, func(m []string) []string {
		return []string{"周" + strings.NewReplacer("日", "7", "天", "7").Replace(m[1])}
	}, true)
	take(moneyForm, func(m []string) []string { return []string{trimZeros(m[1]) + "元"} }, true)
	take(unitForm, func(m []string) []string {
		unit := m[2] + m[4]
		if m[2] == "月" && strings.Contains(m[0], "个") {
			unit = "个月"
		}
		if same := units[unit]; same != "" {
			unit = same
		}
		return []string{trimZeros(m[1]+m[3]) + unit}
	}, true)
	for i := range out {
		out[i].grave = !slices.ContainsFunc([]string{"人", "岁", "户", "套", "平方米", "级", "年级", "年", "张", "份", "次"}, func(unit string) bool {
			return strings.HasSuffix(out[i].token, unit)
		})
	}
	return out
}

// clockTokens is the time of a day by 24 hours.
func clockTokens(m []string) []string {
	hour, _ := strconv.Atoi(m[2] + m[7])
	if part := m[1] + m[6]; hour < 12 && (part == "下午" || part == "晚上" || part == "晚") {
		hour += 12
	}
	minute := m[3] + m[4]
	if m[5] != "" {
		minute = "30"
	}
	if minute == "" {
		minute = "00"
	}
	token := fmt.Sprintf("%02d:%02s", hour, minute)
	if hour > 12 {
		return []string{token, fmt.Sprintf("%02d:%02s", hour-12, minute)}
	}
	return []string{token}
}

func trimZeros(n string) string {
	if strings.Contains(n, ".") {
		n = strings.TrimRight(strings.TrimRight(n, "0"), ".")
	}
	if n = strings.TrimLeft(n, "0"); n == "" || n[0] == '.' {
		n = "0" + n
	}
	return n
}
