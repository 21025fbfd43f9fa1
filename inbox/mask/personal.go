package mask

import "regexp"

// Dates and numbers that are personal by what stands beside them. A year or a
// month of birth stays: what many answers depend on is one's age.
const (
	dayForm = `(?:(?:19|20)[0-9]{2}[ ]?(?:年|[\-/.])[ ]?[0-9]{1,2}[ ]?(?:月|[\-/.])[ ]?[0-9]{1,2}[ ]?[日号]?` +
		`|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}[日号]` +
		`|[零〇○一二三四五六七八九]{2,4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十廿卅]{1,3}[日号])`
	isForm = `[ ]?(?:[是为:#]|在)?[ ]?(?:阳历|农历|公历|阴历)?[ ]?`
)

var birthForms = []*regexp.Regexp{
	regexp.MustCompile(`(?:出生(?:于|在|日期|年月日|年月|时间)|(?i:\bborn(?: on)?|\bdate of birth|\bbirthday|\bd\.?o\.?b\.?))` + isForm + `(` + dayForm + `)`),
	// Behind 发, 学 and the like 生于 and 生日 mean another thing.
	regexp.MustCompile(`(?:^|[^发学考招产养医新研业])(?:生于|生日)` + isForm + `(` + dayForm + `)`),
	regexp.MustCompile(`(` + dayForm + `)[ ]?(?:出生|生人|生的(?:[^病气]|$)|生(?:[,，。.;；、!！?？ \n)]|$))`),
	regexp.MustCompile(`(?:^|[^0-9])((?:0?[1-9]|1[0-2])[/\-.](?:0?[1-9]|[12][0-9]|3[01])[/\-.](?:19|20)[0-9]{2})[ ]?(?:出生|生人|生的)`),
}

// births finds the days people say they, or others, were born.
func births(s string) []span {
	var out []span
	for _, form := range birthForms {
		out = append(out, captured(form, s, Birth)...)
	}
	return out
}

var numberedForms = []struct {
	kind Kind
	form *regexp.Regexp
}{
	{Insured, regexp.MustCompile(`(?:社保|医保|社会保障|社会保险|养老保险|医疗保险|公积金|参保人?)(?:卡|个人)?(?:号码|编号|账号|帐号|账户|号)` + isForm + `([A-Za-z]{0,2}[0-9]{6,14})`)},
	{Vehicle, regexp.MustCompile(`(?:车架号码?|车辆识别(?:代号|代码|码)|发动机号码?|(?i:\bvin(?:码|号)?))` + isForm + `([A-Za-z0-9]{6,17})`)},
	// Made in China, and 17 signs without I, O and Q of which the last are digits.
	{Vehicle, regexp.MustCompile(`\b(L[A-HJ-NPR-Z0-9]{12}[0-9]{4})\b`)},
	{Number, regexp.MustCompile(`(?:准考证|考生|学籍|驾驶证档案|驾照档案|病历|住院|门诊|就诊卡|残疾证|退休证|户口[本簿]|户)(?:号码|编号|号)` + isForm + `([A-Za-z]{0,2}[0-9]{6,14})`)},
	{Phone, regexp.MustCompile(`(\(0[0-9]{2,3}\)[ ]?[0-9]{7,8})`)},
	{Phone, regexp.MustCompile(`(?:^|[^0-9])((?:(?:\+|00)86[ \-]?0?[1-9][0-9]{1,2}[ \-]?|86[ \-]0?[1-9][0-9]{1,2}[ \-])[2-8][0-9]{6,7})`)},
	{Phone, regexp.MustCompile(`(?:我|本人|家)(?:家|的|里的?)?(?:电话|座机|固话)` + isForm + `([2-8][0-9]{2,3}[ \-][0-9]{4})`)},
	// A local number is somebody's own only where they say so.
	{Phone, regexp.MustCompile(`(?:我|本人|家)(?:家|的|里的?)?(?:联系|固定)?(?:电话|座机|固话)(?:号码|号)?` + isForm + `([2-8][0-9]{6,7})`)},
	{Social, regexp.MustCompile(`(?i)加(?:我|一下)?[ ]?q[ ]?([1-9][0-9]{4,11})`)},
	{Social, regexp.MustCompile(`(?i)(?:^|[^A-Za-z])q[号:][ ]?[是为: ]{0,2}([1-9][0-9]{4,11})`)},
}

// numbered finds numbers that are personal by what they are called.
func numbered(s string) []span {
	var out []span
	for _, n := range numberedForms {
		out = append(out, captured(n.form, s, n.kind)...)
	}
	return out
}
