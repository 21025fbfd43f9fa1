package mask

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// worth is what any personal datum has some of: letters and digits of any
// writing, an at sign.
var worth = regexp.MustCompile(`[0-9A-Za-z０-９Ａ-Ｚａ-ｚ@＠` + hanDigits + `十百]`)

// cutOff is what may be the beginning of a number or an address of e-mail where
// a text was cut.
var cutOff = regexp.MustCompile(`(?:\+?[0-9` + hanDigits + `](?:[ \-.·—–、]{0,2}[0-9` + hanDigits + `]){2,}|[A-Za-z0-9._%+\-]+[ ]?@[A-Za-z0-9.\-]*|[A-Za-z][A-Za-z0-9_\-]*[0-9_\-][A-Za-z0-9_\-]*)[ \-.·]*…$`)

// finders are those of the rules that can find something in a text: lists veil
// many texts, and most have little of what a rule needs.
func finders(s string) (out []func(string) []span) {
	var digits, numerals, letters, marks int
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters++
		case r == '@' || r == ')' || r == ']':
			marks++
		case strings.ContainsRune(hanDigits+"十百", r):
			numerals++
		}
	}
	for _, rule := range []struct {
		find func(string) []span
		may  bool
	}{
		{mails, marks > 0 && letters > 0},
		{numbers, digits >= 7},
		{spoken, numerals > 0 && digits+numerals >= 7},
		{plates, letters > 0 && digits+letters >= 6},
		{passports, digits >= 6},
		{socials, letters+digits >= 5},
		{births, digits+numerals >= 4},
		{numbered, digits >= 5},
		{addresses, digits+numerals > 0 && strings.ContainsAny(s, "号弄栋幢座楼层单元室户门")},
	} {
		if rule.may {
			out = append(out, rule.find)
		}
	}
	return out
}

// Veil returns a text as it is shown to who is not to read personal data in it:
// what Text takes out gives way to its kind, such as 〔电话〕; names stay. The text
// may have been cut, which an ellipsis at its end says: a number that may go on
// there is taken out too.
func Veil(s string) string {
	if !worth.MatchString(s) {
		return s
	}
	folded, back := fold(s)
	var spans []span
	for _, find := range finders(folded) {
		spans = append(spans, find(folded)...)
	}
	if at := cutOff.FindStringIndex(folded); at != nil {
		spans = append(spans, span{at[0], at[1] - len("…"), Number, ""})
	}
	if len(spans) == 0 {
		return s
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var out strings.Builder
	end := 0
	for _, p := range spans {
		if p.from < end {
			end = max(end, p.to)
			continue
		}
		out.WriteString(s[back[end]:back[p.from]])
		out.WriteString("〔" + labels[p.kind] + "〕")
		end = p.to
	}
	out.WriteString(s[back[end]:])
	return out.String()
}
