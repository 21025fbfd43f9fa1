package bot

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// numerals are the Chinese figures, the formal ones too.
var numerals = map[rune]int64{
	'零': 0, '〇': 0, '○': 0, '一': 1, '壹': 1, '二': 2, '贰': 2, '两': 2, '三': 3, '叁': 3, '四': 4, '肆': 4, '五': 5, '伍': 5,
	'六': 6, '陆': 6, '七': 7, '柒': 7, '八': 8, '捌': 8, '九': 9, '玖': 9,
}

// powers are the characters that multiply what stands before them.
var powers = map[rune]float64{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 1e4, '萬': 1e4, '亿': 1e8}

var (
	thousands  = regexp.MustCompile(`(\d),(\d{3})\b`)
	weekdays   = regexp.MustCompile(`(周|星期|礼拜)([一二三四五六])`)
	partsOf100 = regexp.MustCompile(`百分之(\d+(?:\.\d+)?)`)
)

// folded is a text with plain letters and digits in lower case, and without the
// spaces that separate no words and no numbers.
func folded(s string) string {
	wide := []rune(strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s)))
	plain := func(i int) bool { return i >= 0 && i < len(wide) && wide[i] > ' ' && wide[i] < unicode.MaxASCII }
	var out strings.Builder
	for i, r := range wide {
		if r != ' ' || plain(i-1) && plain(i+1) {
			out.WriteRune(r)
		}
	}
	return thousands.ReplaceAllString(out.String(), "$1$2")
}

// counted is a folded text with every Chinese number in digits: 五个工作日 and 5个工作日
// are one, so are 1.5万元 and 15000元. Words that only begin like a number (万一) stay.
func counted(s string) string {
	var out strings.Builder
	runes := []rune(weekdays.ReplaceAllString(s, "$1$2 ")) // 周五9:00 is not 59:00
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && inNumber(runes, end) {
			end++
		}
		if end == i {
			out.WriteRune(runes[i])
			i++
			continue
		}
		run := string(runes[i:end])
		if run == "十" && strings.HasPrefix(string(runes[end:]), "分") && !strings.HasPrefix(string(runes[end:]), "分钟") {
			out.WriteString(run) // 十分: very
		} else {
			out.WriteString(value(runes[i:end]))
		}
		i = end
	}
	return partsOf100.ReplaceAllString(out.String(), "$1%")
}

func inNumber(runes []rune, i int) bool {
	r := runes[i]
	if r == '.' { // of a decimal
		return i > 0 && i+1 < len(runes) && digit(runes[i-1]) && digit(runes[i+1])
	}
	_, numeral := numerals[r]
	_, power := powers[r]
	return digit(r) || numeral || power
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

// value is a run of figures in digits, or the run when it is no number.
func value(run []rune) string {
	digits, scaled := "", false
	sum, section := 0.0, 0.0
	for i, r := range run {
		power, ok := powers[r]
		if !ok {
			if n, numeral := numerals[r]; numeral {
				digits += strconv.FormatInt(n, 10)
			} else {
				digits += string(r)
			}
			continue
		}
		if i == 0 && power != 10 {
			return string(run)
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			n = 0
			if power == 10 {
				n = 1
			}
		}
		digits, scaled = "", true
		if power < 1e4 {
			section += n * power
		} else {
			sum, section = sum+(section+n)*power, 0
		}
	}
	if !scaled {
		return digits
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		n = 0
	}
	return strconv.FormatFloat(sum+section+n, 'f', -1, 64)
}
