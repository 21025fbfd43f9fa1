package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Limits of the settings.
const (
	maxText     = 600 // characters of one text
	maxWindows  = 28
	maxOffices  = 200
	maxItems    = 50
	maxName     = 128
	maxVoteTime = 7 * 24 // hours
	maxMenuTime = 24 * 60
	minAnswer   = 0.5 // an answer less likely than not is a wrong one
	minCrisis   = 10  // characters that can tell where help is
)

// What the texts of the hand-over may hold.
const (
	numberMark = "{number}"
	hoursMark  = "{hours}"
	pageMark   = "{page}" // the address of the progress page, in a line of its own
)

// faults collects what is wrong with the settings, by field.
type faults []desk.Field

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, desk.Field{Name: "bot." + field, Message: fmt.Sprintf(format, args...)})
}

// err is one Invalid error with all of them, nil when there are none.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	told := make([]string, len(f))
	for i, field := range f {
		told[i] = field.Name + ": " + field.Message
	}
	return &desk.Error{Code: desk.Invalid, Message: strings.Join(told, "; "), Fields: f}
}

// check tidies the settings and finds what is wrong with them, and what they name
// that is not there, unless the settings before named it.
func (s *Settings) check(ctx context.Context, names Directory, before Settings) error {
	var f faults
	s.checkNumbers(&f)
	s.checkHours(&f)
	s.checkTexts(&f)
	if err := errors.Join(s.checkDepartments(ctx, &f, names, before), s.checkMenu(ctx, &f, names, before)); err != nil {
		return err
	}
	return f.err()
}

func (s *Settings) checkNumbers(f *faults) {
	t := s.Thresholds
	sure := t.Answer == 0 || t.Answer >= minAnswer && t.Answer <= 1
	if !sure {
		f.add("thresholds.answer", "须在 %v 到 1 之间", minAnswer)
	}
	if t.Menu < 0 || t.Menu > 1 {
		f.add("thresholds.menu", "须在 0 到 1 之间")
	} else if l := s.levels(); sure && l.Menu > l.Answer {
		f.add("thresholds.menu", "不能高于直接答复的阈值")
	}
	if s.VoteHours < 0 || s.VoteHours > maxVoteTime {
		f.add("vote_hours", "须在 0 到 %d 小时之间", maxVoteTime)
	}
	if s.MenuMinutes < 1 || s.MenuMinutes > maxMenuTime {
		f.add("menu_minutes", "须在 1 到 %d 分钟之间", maxMenuTime)
	}
}

func (s *Settings) checkHours(f *faults) {
	if len(s.Hours) > maxWindows {
		f.add("hours", "最多 %d 个时段", maxWindows)
		return
	}
	for _, h := range s.Hours {
		from, err := clock(h.From)
		to, err2 := clock(h.To)
		if h.Weekday < 1 || h.Weekday > 7 || err != nil || err2 != nil || from >= to {
			f.add("hours", "时段有误：星期为 1 到 7，时间写作 09:00，开始须早于结束")
			return
		}
	}
	s.Hours = slices.Clone(s.Hours)
	slices.SortFunc(s.Hours, func(a, b Hours) int {
		if a.Weekday != b.Weekday {
			return a.Weekday - b.Weekday
		}
		return strings.Compare(a.From, b.From)
	})
	for i, h := range s.Hours[min(1, len(s.Hours)):] {
		if before := s.Hours[i]; before.Weekday == h.Weekday && h.From < before.To {
			f.add("hours", "%s的时段 %s–%s 与 %s–%s 重叠", days(h.Weekday, h.Weekday), before.From, before.To, h.From, h.To)
			return
		}
	}
}

// checkedText is what is asked of one of the texts.
type checkedText struct {
	name  string
	text  *string
	empty bool     // it may be
	marks []string // placeholders it may hold; of several the first it must
}

func (t *Texts) checked() []checkedText {
	handOver := []string{numberMark, hoursMark, inbox.CodeMark, pageMark}
	return []checkedText{
		{name: "greeting", text: &t.Greeting, empty: true},
		{name: "answer_footer", text: &t.AnswerFooter, empty: true},
		{name: "menu_intro", text: &t.MenuIntro, empty: true},
		{name: "menu_footer", text: &t.MenuFooter, empty: true},
		{name: "hand_over", text: &t.HandOver, marks: handOver},
		{name: "hand_over_off_hours", text: &t.HandOverOffHours, marks: handOver},
		{name: "thanks", text: &t.Thanks, empty: true},
		{name: "menu_gone", text: &t.MenuGone},
		{name: "courtesy", text: &t.Courtesy},
		{name: "crisis", text: &t.Crisis},
	}
}

func (s *Settings) checkTexts(f *faults) {
	for _, c := range s.Texts.checked() {
		written := *c.text
		*c.text = strings.TrimSpace(written)
		fault := c.fault()
		if fault == "" && *c.text == "" && written != "" {
			fault = "不能只有空格；不需要这段话请留空"
		}
		if fault == "" {
			fault = s.faultOf(c)
		}
		if fault != "" {
			f.add("texts."+c.name, "%s", fault)
		}
	}
}

// faultOf is what is wrong with a text because of what it is for, "" for nothing.
func (s *Settings) faultOf(c checkedText) string {
	switch {
	case c.text == &s.Texts.Crisis && utf8.RuneCountInString(*c.text) < minCrisis:
		return fmt.Sprintf("至少 %d 个字，须说明到哪里求助", minCrisis)
	case c.text == &s.Texts.AnswerFooter && *c.text != "" && s.VoteHours > 0 &&
		(!strings.ContainsAny(*c.text, "1１") || !strings.ContainsAny(*c.text, "2２")):
		return "须写明回复 1 为有帮助、2 为没有帮助；不需要评价请留空"
	}
	return ""
}

// braced is a placeholder, or what was meant as one: in other braces, or one that
// is not closed.
var braced = regexp.MustCompile(`[{｛][^{}｛｝]*[}｝]?|[}｝]`)

// fault says what is wrong with the text, "" for nothing. Braces are for
// placeholders only: a mistyped one would go out to citizens as it stands.
func (c checkedText) fault() string {
	n := utf8.RuneCountInString(*c.text)
	switch {
	case !utf8.ValidString(*c.text) || strings.ContainsRune(*c.text, 0):
		return "含有无法识别的字符"
	case n == 0 && !c.empty:
		return "不能为空"
	case n > maxText:
		return fmt.Sprintf("最多 %d 个字，现在是 %d 个", maxText, n)
	}
	for _, mark := range braced.FindAllString(*c.text, -1) {
		if slices.Contains(c.marks, mark) {
			continue
		}
		if len(c.marks) == 0 {
			return fmt.Sprintf("这段话没有占位符，不能写“%s”", mark)
		}
		return fmt.Sprintf("没有“%s”这个占位符，可用的是 %s", mark, strings.Join(c.marks, "、"))
	}
	if len(c.marks) > 0 && !strings.Contains(*c.text, c.marks[0]) {
		return fmt.Sprintf("须写明受理编号，即占位符 %s", c.marks[0])
	}
	return ""
}

func (s *Settings) checkDepartments(ctx context.Context, f *faults, names Directory, before Settings) error {
	if len(s.Departments) > maxOffices || slices.ContainsFunc(s.Departments, func(d string) bool { return d == "" || len(d) > maxText }) {
		f.add("departments", "最多 %d 个承办单位，名称不能为空", maxOffices)
		return nil
	}
	added := slices.DeleteFunc(slices.Clone(s.Departments), func(d string) bool { return slices.Contains(before.Departments, d) })
	if len(added) == 0 {
		return nil
	}
	known, err := names.DepartmentNames(ctx)
	if err != nil {
		return fmt.Errorf("departments of the bot's settings: %w", err)
	}
	unknown := slices.DeleteFunc(added, func(d string) bool { return slices.Contains(known, d) })
	if len(unknown) > 0 {
		f.add("departments", "没有承办单位“%s”", strings.Join(unknown, "”“"))
	}
	return nil
}

func (s *Settings) checkMenu(ctx context.Context, f *faults, names Directory, before Settings) error {
	if len(s.Menu) > maxItems {
		f.add("menu", "最多 %d 个菜单项", maxItems)
		return nil
	}
	for _, key := range s.keys() {
		code := s.Menu[key]
		if key == "" || code == "" || len(key) > maxName || len(code) > maxName {
			f.add("menu", "菜单项和条目编号不能为空，最多 %d 字节", maxName)
			return nil
		}
		if before.Menu[key] == code {
			continue
		}
		_, err := names.EntryByCode(ctx, code)
		switch {
		case desk.CodeOf(err) == desk.NotFound:
			f.add("menu", "菜单项“%s”：知识库里没有编号为“%s”的条目", key, code)
			return nil
		case err != nil:
			return fmt.Errorf("entry of a menu item: %w", err)
		}
	}
	return nil
}

// clock reads a time of day in minutes; "24:00" ends a day.
func clock(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("time of day %q", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}
