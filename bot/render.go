package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/faq"
	"replydesk/inbox/sla"
)

// Part is a part of an answer that gives way when the whole is too long.
type Part string

// The parts that give way, in that order.
const (
	VotePart Part = "vote"
	LinkPart Part = "link"
)

// rendered is an entry as a citizen reads it.
type rendered struct {
	text string // "" when not even the answer fits
	size int    // bytes of the whole
	left []Part // what was left out so that the rest fits
}

// answer is an entry as a citizen reads it, with the line that asks for a vote.
// When limit bytes (0: any number) do not hold it, the line and then the link
// are left out first.
func (s *Settings) answer(e faq.Content, limit int) rendered {
	link := ""
	if e.ServiceLink != "" {
		link = "\n\n办理入口：" + e.ServiceLink
	}
	footer := ""
	if s.Texts.AnswerFooter != "" && s.VoteHours > 0 {
		footer = "\n\n" + s.Texts.AnswerFooter
	}
	r := rendered{text: e.Answer + link + footer, size: len(e.Answer) + len(link) + len(footer)}
	fits := func() bool { return limit <= 0 || len(r.text) <= limit }
	if !fits() && footer != "" {
		r.text, r.left = e.Answer+link, append(r.left, VotePart)
	}
	if !fits() && link != "" {
		r.text, r.left = e.Answer, append(r.left, LinkPart)
	}
	if !fits() {
		r.text = ""
	}
	return r
}

// answerText is the text of answer.
func (s *Settings) answerText(e faq.Entry, limit int) string { return s.answer(e.Content, limit).text }

// votable reports whether a text of answerText asks for a vote.
func (s *Settings) votable(text string) bool {
	return s.VoteHours > 0 && s.Texts.AnswerFooter != "" && strings.HasSuffix(text, s.Texts.AnswerFooter)
}

// whyMenu says why a menu of these hits is offered.
func whyMenu(hits []faq.Hit) Reason {
	if slices.ContainsFunc(hits, func(h faq.Hit) bool { return h.Named }) {
		return OnlyNamed
	}
	return Ambiguous
}

// menuText numbers the questions.
func (s *Settings) menuText(hits []faq.Hit) string {
	questions := make([]string, len(hits))
	for i, h := range hits {
		questions[i] = h.Entry.Question
	}
	return s.menuOf(questions)
}

func (s *Settings) menuOf(questions []string) string {
	if len(questions) == 1 { // "which of the following" would be odd
		return strings.TrimSpace("您要问的是这个问题吗？\n1. " + questions[0] + "\n如果是，请回复 1。\n" + s.Texts.MenuFooter)
	}
	var b strings.Builder
	b.WriteString(s.Texts.MenuIntro)
	for i, question := range questions {
		b.WriteString("\n" + strconv.Itoa(i+1) + ". " + question)
	}
	if s.Texts.MenuFooter != "" {
		b.WriteString("\n" + s.Texts.MenuFooter)
	}
	return strings.TrimSpace(b.String())
}

// numbersText tells which numbers a menu of so many lines has.
func numbersText(lines int) string {
	if lines == 1 {
		return "请回复 1 选择，或直接描述您的问题。"
	}
	return "请回复 1–" + strconv.Itoa(lines) + " 选择，或直接描述您的问题。"
}

// handOverText tells the ticket's number and when people are there. The code's
// mark stays in it until it leaves.
func (s *Settings) handOverText(number, page string, holidays sla.Holidays, now time.Time) string {
	text := s.Texts.HandOver
	if !s.open(now, holidays) {
		text = s.Texts.HandOverOffHours
	}
	return strings.NewReplacer(numberMark, number, hoursMark, s.hoursText(), pageMark, page).Replace(text)
}

// hoursText is the business hours in words: days with the same times together.
func (s *Settings) hoursText() string {
	if len(s.Hours) == 0 {
		return "工作日办公时间"
	}
	var times [8]string // by weekday
	for _, h := range s.Hours {
		if times[h.Weekday] != "" {
			times[h.Weekday] += "、"
		}
		times[h.Weekday] += strings.TrimPrefix(h.From, "0") + "–" + strings.TrimPrefix(h.To, "0")
	}
	var parts []string
	for day := 1; day <= 7; {
		last := day
		for last < 7 && times[last+1] == times[day] {
			last++
		}
		if times[day] != "" {
			parts = append(parts, days(day, last)+" "+times[day])
		}
		day = last + 1
	}
	return strings.Join(parts, "；")
}

func days(first, last int) string {
	const names = "一二三四五六日"
	name := func(day int) string { return "周" + string([]rune(names)[day-1]) }
	switch {
	case first == 1 && last == 7:
		return "每天"
	case first == last:
		return name(first)
	}
	return name(first) + "至" + name(last)
}
