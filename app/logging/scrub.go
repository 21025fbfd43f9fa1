package logging

import (
	"regexp"
	"strings"
)

// masks are looks of secrets; the first group of each is what stays.
type masks []*regexp.Regexp

func compile(looks ...string) masks {
	out := make(masks, len(looks))
	for i, look := range looks {
		out[i] = regexp.MustCompile(look)
	}
	return out
}

func (m masks) apply(s string) string {
	for _, look := range m {
		s = look.ReplaceAllString(s, "${1}"+Redacted)
	}
	return s
}

var (
	// queries are parameters of platforms whose names are too short for labelled.
	queries = compile(`(?i)([?&](?:key|code|ticket|sign|signature|msg_signature)=)[^\s&"'<>]+`)
	// addresses are URLs with a user in them. A database password is often pasted in
	// without encoding, so everything up to the last @ goes there.
	addresses = compile(
		`(?i)((?:postgres|postgresql|redis|rediss|mysql|amqp)://)[^\s"'<>]*@`,
		`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/"'<>@]+@`,
	)
	mails   = compile(`()[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	bearers = compile(`(?i)(bearer\s+)[\w.~+/=-]{8,}`)
	// elements hold what a citizen sent, in the platform's XML.
	elements = compile(`(?is)(<(?:content|fromusername|tousername|encrypt|recognition|label)>)(?:<!\[CDATA\[.*?(?:\]\]>|$)|[^<]+)`)
	// digits are mobile and identity card numbers of China.
	digits = compile(
		`()\b(?:86)?1[3-9]\d{9}\b`,
		`()\b[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b`,
	)
	// tokens are OpenAI-like keys and WeChat openids.
	tokens = compile(`()\bsk-[\w-]{16,}`, `()\bo[\w-]{27}\b`)
)

// Scrub takes out of a text what looks like a password, key, token, cookie, URL
// with a user, mail address, mobile number, identity card or openid. An ordinary
// text comes back as it is, without a copy.
func Scrub(s string) string {
	look := inspect(s)
	if look.separator {
		s = scrubLabelled(s)
	}
	if look.query {
		s = queries.apply(s)
	}
	if look.at {
		s = mails.apply(addresses.apply(s))
	}
	if look.angle {
		s = elements.apply(s)
	}
	if look.number {
		s = digits.apply(s)
	}
	if look.run {
		s = tokens.apply(s)
	}
	if strings.Contains(s, "earer ") || strings.Contains(s, "EARER ") {
		s = bearers.apply(s)
	}
	return s
}

// outline says which masks can match at all.
type outline struct {
	separator, query, at, angle bool
	number                      bool // 11 digits in a row
	run                         bool // 19 letters, digits, - or _ in a row
}

func inspect(s string) outline {
	var o outline
	run, number := 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			run, number = run+1, number+1
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-':
			run, number = run+1, 0
		default:
			run, number = 0, 0
			o.separator = o.separator || c == '=' || c == ':' || c == '%'
			o.query = o.query || c == '?' || c == '&'
			o.at = o.at || c == '@'
			o.angle = o.angle || c == '<'
		}
		o.number = o.number || number >= 11
		o.run = o.run || run >= 19
	}
	return o
}
