package mask

import (
	"regexp"
	"strings"
)

const (
	hanDigits   = "零〇○一幺壹二贰两三叁四肆五伍六陆七柒八捌九玖"
	plainDigits = "00011122233445566778899"
)

// spokenForm is a number of which some digits are Chinese numerals.
var (
	spokenForm = regexp.MustCompile(`[0-9` + hanDigits + `](?:[ \-.·—–、]{0,2}[0-9` + hanDigits + `]){6,}`)
	mobileIn   = regexp.MustCompile(`1[3-9]\d{9}`)
)

// spoken finds numbers written in Chinese numerals, all of them or some.
func spoken(s string) []span {
	digits := map[rune]byte{}
	at := 0
	for _, r := range hanDigits {
		digits[r] = plainDigits[at]
		at++
	}
	var out []span
	for _, at := range spokenForm.FindAllStringIndex(s, -1) {
		var number strings.Builder
		for _, r := range s[at[0]:at[1]] {
			if d, ok := digits[r]; ok {
				number.WriteByte(d)
			} else if r >= '0' && r <= '9' {
				number.WriteRune(r)
			}
		}
		value := number.String()
		kind, ok := classify(value)
		if !ok && strings.ContainsAny(s[at[0]:at[1]], hanDigits) {
			// The numeral before a number may count it: 电话一一三八….
			kind, ok = Phone, mobileIn.MatchString(value)
		}
		if ok && strings.ContainsAny(s[at[0]:at[1]], hanDigits) {
			out = append(out, span{at[0], at[1], kind, value})
		}
	}
	return out
}

var (
	// The number of a passport or pass after its name …
	passportCue = regexp.MustCompile(`(?i)(?:护照|passport|通行证|回乡证|台胞证|台湾居民居住证|军官证|居留证|居留许可|永居证)(?:号码|证号|编号|号|number|no\.?)?[是为: #]{0,3}([a-z]{0,3}[ ]?[0-9](?:[ ]?[0-9]){5,9})`)
	// … and what can hardly be anything else.
	passportForm = regexp.MustCompile(`\b(?:[EGDSPegdsp][A-Za-z]?[0-9]{7,8}|[HMChmc][A-Za-z]?[0-9]{7,10}|[A-Z]{1,2}[0-9]{6}\([0-9A]\))`)
	wordRune     = regexp.MustCompile(`^[A-Za-z0-9_\-/]`)
)

// passports finds numbers of travel documents.
func passports(s string) []span {
	out := captured(passportCue, s, Passport)
	for _, at := range passportForm.FindAllStringIndex(s, -1) {
		if !wordRune.MatchString(s[at[1]:]) && (at[0] == 0 || !strings.ContainsRune("_-/", rune(s[at[0]-1]))) {
			out = append(out, span{at[0], at[1], Passport, plain(s[at[0]:at[1]])})
		}
	}
	return out
}

var socialForms = []*regexp.Regexp{
	// Said to be an id: whatever follows is one.
	regexp.MustCompile(`(?i)(?:微信|薇信|威信|v信|\bwechat|\bweixin|抖音|快手|支付宝|微博|小红书)[ ]?(?:(?:号码|账号|帐号|账户|号|[ ]?id)[ ]?[是为: ]{0,3}|[ ]?[是为:][ ]{0,2})([a-z][a-z0-9_\-]{4,31}|[0-9]{5,14})`),
	// Only named: an id has something that words have not.
	regexp.MustCompile(`(?i)(?:微信|薇信|威信|v信|\bwechat|\bweixin|\bvx|\bwx|加v|薇|绿泡泡)[是为: ]{0,3}([a-z][a-z]*[0-9_\-][a-z0-9_\-]{1,31})`),
	regexp.MustCompile(`(?i)(?:^|[^a-z])(?:vx|wx|v|薇|绿泡泡)[ ]?:[ ]{0,2}([a-z][a-z0-9_\-]{5,31})`),
	regexp.MustCompile(`(?i)(?:\bqq|扣扣|企鹅号)[ ]?(?:号码|账号|帐号|群号|群|号)?[是为: ]{0,3}([0-9]{5,12})`),
	regexp.MustCompile(`(?i)(\bwxid_[a-z0-9_\-]+)`),
}

// socials finds ids by which somebody is found elsewhere.
func socials(s string) []span {
	var out []span
	for _, form := range socialForms {
		out = append(out, captured(form, s, Social)...)
	}
	return out
}

// captured are the spans of the first group of a form.
func captured(form *regexp.Regexp, s string, kind Kind) []span {
	var out []span
	for _, at := range form.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, span{at[2], at[3], kind, plain(s[at[2]:at[3]])})
	}
	return out
}
