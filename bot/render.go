package bot

import (
	"strconv"
	"strings"
	"time"

	"replydesk/faq"
)

// answerText is an entry as a citizen reads it, with the line that asks for a
// vote. It is "" when limit bytes (0: any number) do not hold the answer; the
// line and then the link are left out first.
func (s *Settings) answerText(e faq.Entry, limit int) string {
	link := ""
	if e.ServiceLink != "" {
		link = "\n\n办理入口：" + e.ServiceLink
	}
	footer := ""
	if s.Texts.AnswerFooter != "" && s.VoteHours > 0 {
		footer = "\n\n" + s.Texts.AnswerFooter
	}
	for _, text := range []string{e.Answer + link + footer, e.Answer + link, e.Answer} {
		if limit <= 0 || len(text) <= limit {
			return text
		}
	}
	return ""
}

// votable reports whether a text of answerText asks for a vote.
func (s *Settings) votable(text string) bool {
	return s.VoteHours > 0 && s.Texts.AnswerFooter != "" && strings.HasSuffix(text, s.Texts.AnswerFooter)
}

// menuText numbers the questions.
func (s *Settings) menuText(hits []faq.Hit) string {
	var b strings.Builder
	b.WriteString(s.Texts.MenuIntro)
	for i, h := range hits {
		b.WriteString("\n" + strconv.Itoa(i+1) + ". " + h.Entry.Question)
	}
	if s.Texts.MenuFooter != "" {
		b.WriteString("\n" + s.Texts.MenuFooter)
	}
	return strings.TrimSpace(b.String())
}

// handOverText tells the ticket's number and when people are there.
func (s *Settings) handOverText(number string, now time.Time) string {
	text := s.Texts.HandOver
	if !s.open(now) {
		text = s.Texts.HandOverOffHours
	}
	return strings.NewReplacer("{number}", number, "{hours}", s.hoursText()).Replace(text)
}

// hoursText is the business hours in words: days with the same times together.
func (s *Settings) hoursText() string {
	if len(s.Hours) == 0 {
		return "暂无人工服务时间"
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
