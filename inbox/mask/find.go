package mask

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// Also with spaces around the sign, or the sign in words.
	mailForm = regexp.MustCompile(`[A-Za-z0-9._%+\-]+(?:[ ]?@[ ]?|[ ]?[(\[](?i:at)[)\]][ ]?)[A-Za-z0-9\-]+(?:[ ]?[.。][ ]?(?i:com|cn|net|org|edu|gov)|\.[A-Za-z0-9\-]+)+`)
	// Digits, also in groups: 138 0013 8000, 6222-0212-….
	digitsForm = regexp.MustCompile(`\+?\d(?:[ \-.·—–]{0,2}\d){6,}(?:[ ]?[xX])?`)
	plateForm  = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Za-z][ ·•\-.]?[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]`)
)

func mails(s string) []span {
	return spans(mailForm, s, Mail, func(found string) string { return strings.ToLower(strings.ReplaceAll(found, " ", "")) })
}

func plates(s string) []span { return spans(plateForm, s, Plate, plain) }

func spans(form *regexp.Regexp, s string, kind Kind, same func(string) string) []span {
	var out []span
	for _, at := range form.FindAllStringIndex(s, -1) {
		out = append(out, span{at[0], at[1], kind, same(s[at[0]:at[1]])})
	}
	return out
}

// plain leaves letters and digits, in upper case.
func plain(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' || r == '·' || r == '•' || r == '—' || r == '–' || r == '+' {
			return -1
		}
		return r
	}, s))
}

// numbers finds identity numbers, phones, cards and other long numbers.
func numbers(s string) []span {
	var out []span
	for _, at := range digitsForm.FindAllStringIndex(s, -1) {
		from, to := at[0], at[1]
		value := plain(s[from:to])
		kind, ok := classify(value)
		if !ok && strings.HasSuffix(value, "X") {
			value = strings.TrimSuffix(value, "X")
			to = from + strings.LastIndexAny(s[from:to], "0123456789") + 1
			kind, ok = classify(value)
		}
		if ok {
			out = append(out, span{from, to, kind, value})
		}
	}
	return out
}

var (
	mobileForm   = regexp.MustCompile(`^(?:0{0,2}86)?1[3-9]\d{9}$`)
	landlineForm = regexp.MustCompile(`^(?:0{0,2}86)?0\d{9,11}$`)
)

// longNumber is from how many digits on a number is taken out whatever it
// means: mistyped identity numbers and cards are personal data too. Dates,
// amounts, document and ticket numbers are shorter.
const longNumber = 15

// classify tells what a number without its separators is; ok is false for one
// that may stay.
func classify(n string) (kind Kind, ok bool) {
	digits := strings.TrimSuffix(n, "X")
	switch {
	case mobileForm.MatchString(n), landlineForm.MatchString(n):
		return Phone, true
	case len(n) == 18 && birthday(n[6:14]):
		return Identity, true
	case len(n) == 15 && digits == n && birthday("19"+n[6:12]):
		return Identity, true
	case len(n) != len(digits):
		return "", false
	case len(n) >= longNumber && len(n) <= 19 && luhn(n):
		return Card, true
	case len(n) >= longNumber:
		return Number, true
	}
	// Seven or eight digits may be a local phone number, a date or an amount:
	// which, only the words around tell, and a local number alone names nobody.
	return "", false
}

func birthday(yyyymmdd string) bool {
	day, err := time.Parse("20060102", yyyymmdd)
	return err == nil && day.Year() >= 1900 && day.Year() < 2100
}

// luhn is the check that bank card numbers pass (ISO/IEC 7812-1).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d, _ := strconv.Atoi(digits[len(digits)-1-i : len(digits)-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
