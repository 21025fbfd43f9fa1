package faq

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// Limits of an entry, in characters where nothing else is said.
const (
	MaxQuestion = 200
	MaxSimilar  = 50 // wordings
	MaxAnswer   = 4000
	MaxLabel    = 100 // category, department, document number
	MaxLink     = 500
	MaxCode     = 64
)

// Clean returns c as it is kept: no control characters, LF line ends, no space
// around, single-line fields on one line, similar questions without blanks and
// without those that key says repeat another wording.
func (c Content) Clean(key func(string) string) Content {
	c.Code = line(c.Code)
	c.Question = line(c.Question)
	c.Answer = lines(c.Answer)
	c.Category = line(c.Category)
	c.Department = line(c.Department)
	c.DocumentNumber = line(c.DocumentNumber)
	c.ServiceLink = line(c.ServiceLink)
	c.ValidFrom = Day(line(string(c.ValidFrom)))
	c.ValidTo = Day(line(string(c.ValidTo)))
	seen := map[string]bool{key(c.Question): true}
	var similar []string
	for _, s := range c.Similar {
		s = line(s)
		if k := key(s); s != "" && !seen[k] {
			seen[k] = true
			similar = append(similar, s)
		}
	}
	c.Similar = similar
	return c
}

// line makes s one line without control characters or space around.
func line(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case !printable(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// lines is line for texts of several lines.
func lines(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r != '\n' && r != '\t' && !printable(r):
			return -1
		}
		return r
	}, s))
}

// printable reports whether r may stand in a text: no control characters, no
// byte order mark and nothing that XML, and so a spreadsheet, cannot carry.
func printable(r rune) bool {
	return !unicode.IsControl(r) && r != '\uFEFF' && r != '\uFFFE' && r != '\uFFFF'
}

// Validate returns an Invalid error that names every field at fault, or nil.
// The answer may be empty: only publishing asks for one.
func (c Content) Validate() error { return c.faults().err() }

func (c Content) faults() (faults faults) {
	faults.length("code", c.Code, MaxCode)
	if strings.ContainsFunc(c.Code, unicode.IsSpace) {
		faults.add("code", "编号中不能有空格")
	}
	if c.Question == "" {
		faults.add("question", "请填写问题")
	}
	faults.length("question", c.Question, MaxQuestion)
	if len(c.Similar) > MaxSimilar {
		faults.add("similar_questions", "相似问法最多 50 条")
	}
	for _, s := range c.Similar {
		if utf8.RuneCountInString(s) > MaxQuestion {
			faults.add("similar_questions", "每条相似问法最多 200 字")
			break
		}
	}
	faults.length("answer", c.Answer, MaxAnswer)
	faults.length("category", c.Category, MaxLabel)
	faults.length("department", c.Department, MaxLabel)
	faults.length("document_number", c.DocumentNumber, MaxLabel)
	faults.link(c.ServiceLink)
	faults.days(c.ValidFrom, c.ValidTo)
	return faults
}

// publishable returns an Invalid error unless the content may go to citizens.
func (c Content) publishable() error {
	faults := c.faults()
	if c.Answer == "" {
		faults.add("answer", "没有答案的条目不能发布")
	}
	return faults.err()
}

// faults collects what is wrong, by field.
type faults []desk.Field

func (f *faults) add(name, message string) {
	*f = append(*f, desk.Field{Name: name, Message: message})
}

func (f *faults) length(name, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		*f = append(*f, desk.InvalidField(name, "最多 %d 字", most).Fields...)
	}
}

func (f *faults) link(link string) {
	f.length("service_link", link, MaxLink)
	if link == "" {
		return
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		f.add("service_link", "请填写 http 或 https 开头的网址")
	}
}

func (f *faults) days(from, to Day) {
	f.day("valid_from", from)
	f.day("valid_to", to)
	if from.valid() && to.valid() && from != "" && to != "" && to < from {
		f.add("valid_to", "截止日期早于开始日期")
	}
}

// The first and the last day that can be meant; what lies outside is a slip.
const firstDay, lastDay Day = "1949-01-01", "2100-12-31"

func (f *faults) day(name string, d Day) {
	switch {
	case !d.valid():
		f.add(name, "日期格式为 2026-01-31")
	case d != "" && (d < firstDay || d > lastDay):
		f.add(name, "日期须在 1949 年至 2100 年之间")
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	messages := make([]string, len(f))
	for i, field := range f {
		messages[i] = field.Name + ": " + field.Message
	}
	return &desk.Error{Code: desk.Invalid, Message: strings.Join(messages, "；"), Fields: f}
}
