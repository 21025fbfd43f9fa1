package bot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
)

// Settings say how the bot works on one account.
type Settings struct {
	Thresholds  Levels            `json:"thresholds"`
	Hours       []Hours           `json:"hours"` // when people are there, Beijing time
	Texts       Texts             `json:"texts"`
	Departments []string          `json:"departments"` // whose entries it may give; none: all
	Menu        map[string]string `json:"menu"`        // event key → entry code
	VoteHours   int               `json:"vote_hours"`  // how long an answer may be voted on
	MenuMinutes int               `json:"menu_minutes"`
}

// Levels are the confidences from which the bot answers or shows a menu; 0 is
// the desk's own.
type Levels struct {
	Answer float64 `json:"answer"`
	Menu   float64 `json:"menu"`
}

// Hours are a time of a weekday, 1 Monday to 7 Sunday, "09:00" to "12:00".
type Hours struct {
	Weekday int    `json:"weekday"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// Texts are what the bot says beside the answers. {number} is the ticket's
// number, {hours} the business hours.
type Texts struct {
	Greeting         string `json:"greeting"`      // to who subscribes; "": nothing
	AnswerFooter     string `json:"answer_footer"` // asks for the vote
	MenuIntro        string `json:"menu_intro"`
	MenuFooter       string `json:"menu_footer"`
	HandOver         string `json:"hand_over"`
	HandOverOffHours string `json:"hand_over_off_hours"`
	Thanks           string `json:"thanks"` // for a helpful vote; "": nothing
}

// DefaultSettings are those of an account nobody has set anything for.
func DefaultSettings() Settings {
	s := Settings{
		Departments: []string{}, Menu: map[string]string{}, VoteHours: 24, MenuMinutes: 30,
		Texts: Texts{
			Greeting:         "您好，欢迎关注。请直接输入您要咨询的问题，例如“居住证怎么办理”；需要人工服务请回复“人工”。",
			AnswerFooter:     "以上答复对您有帮助吗？有帮助请回复 1，没有帮助请回复 2。",
			MenuIntro:        "请问您想咨询的是以下哪个问题？请回复序号：",
			MenuFooter:       "以上都不是，请换一种说法描述，或回复“人工”转工作人员。",
			HandOver:         "您的问题已登记，受理编号：{number}，工作人员将尽快答复您。工作时间：{hours}。",
			HandOverOffHours: "您的问题已登记，受理编号：{number}。现在是非工作时间，工作人员将在上班后尽快答复您。工作时间：{hours}。",
			Thanks:           "感谢您的反馈。如有其他问题，欢迎随时咨询。",
		},
	}
	for day := 1; day <= 5; day++ {
		s.Hours = append(s.Hours, Hours{day, "09:00", "12:00"}, Hours{day, "13:30", "17:30"})
	}
	return s
}

// ParseSettings reads stored settings; what they do not name is the default.
func ParseSettings(stored json.RawMessage) (Settings, error) {
	s := DefaultSettings()
	if len(stored) == 0 {
		return s, nil
	}
	err := overlay(&s, stored)
	return s, err
}

// Laid implements inbox.BotSettings.
type Laid struct{}

// Lay implements inbox.BotSettings.
func (Laid) Lay(stored, changes json.RawMessage) (json.RawMessage, error) {
	s, err := ParseSettings(stored)
	if err != nil {
		return nil, fmt.Errorf("stored bot settings: %w", err)
	}
	if len(changes) > 0 {
		if err := overlay(&s, changes); err != nil {
			return nil, desk.InvalidField("bot", "机器人设置有误：%v", err)
		}
		if err := s.validate(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(s)
}

// overlay lays a JSON object over s. Lists and maps are replaced as a whole.
func overlay(s *Settings, changes json.RawMessage) error {
	before := *s
	s.Hours, s.Departments, s.Menu = nil, nil, nil
	d := json.NewDecoder(bytes.NewReader(changes))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one object")
	}
	if s.Hours == nil {
		s.Hours = before.Hours
	}
	if s.Departments == nil {
		s.Departments = before.Departments
	}
	if s.Menu == nil {
		s.Menu = before.Menu
	}
	return nil
}

func (s *Settings) validate() error {
	return errors.Join(s.validateNumbers(), s.validateHours(), s.validateTexts(), s.validateLists())
}

func (s *Settings) validateNumbers() error {
	t := s.Thresholds
	switch {
	case t.Answer < 0 || t.Answer > 1:
		return desk.InvalidField("bot.thresholds.answer", "须在 0 到 1 之间")
	case t.Menu < 0 || t.Menu > 1:
		return desk.InvalidField("bot.thresholds.menu", "须在 0 到 1 之间")
	case s.VoteHours < 0 || s.VoteHours > maxVoteTime:
		return desk.InvalidField("bot.vote_hours", "须在 0 到 %d 小时之间", maxVoteTime)
	case s.MenuMinutes < 1 || s.MenuMinutes > maxMenuTime:
		return desk.InvalidField("bot.menu_minutes", "须在 1 到 %d 分钟之间", maxMenuTime)
	}
	if l := s.levels(); l.Menu > l.Answer {
		return desk.InvalidField("bot.thresholds.menu", "不能高于直接答复的阈值")
	}
	return nil
}

func (s *Settings) validateHours() error {
	if len(s.Hours) > maxWindows {
		return desk.InvalidField("bot.hours", "最多 %d 个时段", maxWindows)
	}
	for _, h := range s.Hours {
		from, err := clock(h.From)
		to, err2 := clock(h.To)
		if h.Weekday < 1 || h.Weekday > 7 || err != nil || err2 != nil || from >= to {
			return desk.InvalidField("bot.hours", "时段有误：星期为 1 到 7，时间写作 09:00，开始须早于结束")
		}
	}
	slices.SortFunc(s.Hours, func(a, b Hours) int {
		if a.Weekday != b.Weekday {
			return a.Weekday - b.Weekday
		}
		return strings.Compare(a.From, b.From)
	})
	return nil
}

func (s *Settings) validateTexts() error {
	t := &s.Texts
	for name, text := range map[string]*string{
		"greeting": &t.Greeting, "answer_footer": &t.AnswerFooter, "menu_intro": &t.MenuIntro, "menu_footer": &t.MenuFooter,
		"hand_over": &t.HandOver, "hand_over_off_hours": &t.HandOverOffHours, "thanks": &t.Thanks,
	} {
		*text = strings.TrimSpace(*text)
		if !utf8.ValidString(*text) || strings.ContainsRune(*text, 0) {
			return desk.InvalidField("bot.texts."+name, "含有无法识别的字符")
		}
		if n := utf8.RuneCountInString(*text); n > maxText {
			return desk.InvalidField("bot.texts."+name, "最多 %d 个字，现在是 %d 个", maxText, n)
		}
	}
	if t.HandOver == "" || t.HandOverOffHours == "" {
		return desk.InvalidField("bot.texts.hand_over", "转人工的话术不能为空")
	}
	return nil
}

func (s *Settings) validateLists() error {
	if len(s.Departments) > maxOffices || slices.ContainsFunc(s.Departments, func(d string) bool { return d == "" || len(d) > maxText }) {
		return desk.InvalidField("bot.departments", "最多 %d 个承办单位，名称不能为空", maxOffices)
	}
	if len(s.Menu) > maxItems {
		return desk.InvalidField("bot.menu", "最多 %d 个菜单项", maxItems)
	}
	for key, code := range s.Menu {
		if key == "" || code == "" || len(key) > maxName || len(code) > maxName {
			return desk.InvalidField("bot.menu", "菜单项和条目编号不能为空，最多 %d 字节", maxName)
		}
	}
	return nil
}

// levels are the thresholds in force.
func (s *Settings) levels() Thresholds {
	t := DefaultThresholds()
	if s.Thresholds.Answer > 0 {
		t.Answer = s.Thresholds.Answer
	}
	if s.Thresholds.Menu > 0 {
		t.Menu = s.Thresholds.Menu
	}
	return t
}

func (s *Settings) voteFor() time.Duration { return time.Duration(s.VoteHours) * time.Hour }

func (s *Settings) menuFor() time.Duration { return time.Duration(s.MenuMinutes) * time.Minute }

// serves reports whether entries of the department may be given.
func (s *Settings) serves(department string) bool {
	return len(s.Departments) == 0 || slices.Contains(s.Departments, department)
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

// shanghai is China's time all over the country.
func shanghai() *time.Location { return time.FixedZone("CST", 8*60*60) }

// open reports whether people are there at a time.
func (s *Settings) open(at time.Time) bool {
	at = at.In(shanghai())
	day, minute := (int(at.Weekday())+6)%7+1, at.Hour()*60+at.Minute()
	return slices.ContainsFunc(s.Hours, func(h Hours) bool {
		from, err := clock(h.From)
		to, err2 := clock(h.To)
		return err == nil && err2 == nil && h.Weekday == day && from <= minute && minute < to
	})
}
