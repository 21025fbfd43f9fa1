package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
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

// Texts are what the bot says beside the answers. In the two of the hand-over
// {number} is the ticket's number, which they must tell, {hours} the business
// hours, {code} the code with which the citizen asks how far the ticket is, and
// {page} a line with the address to ask at; the others have no placeholders.
type Texts struct {
	Greeting         string `json:"greeting"`      // to who subscribes; "": nothing
	AnswerFooter     string `json:"answer_footer"` // asks for the vote
	MenuIntro        string `json:"menu_intro"`
	MenuFooter       string `json:"menu_footer"`
	HandOver         string `json:"hand_over"`
	HandOverOffHours string `json:"hand_over_off_hours"`
	Thanks           string `json:"thanks"`    // for a helpful vote; "": nothing
	MenuGone         string `json:"menu_gone"` // to a click on a menu item whose entry may not be given
	Courtesy         string `json:"courtesy"`  // to small talk
	// Crisis is for who may hurt themselves, at whatever hour: never that
	// somebody answers after work.
	Crisis string `json:"crisis"`
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
			HandOver:         "您的问题已登记，受理编号：{number}，查询码：{code}，工作人员将尽快答复您。工作时间：{hours}。{page}",
			HandOverOffHours: "您的问题已登记，受理编号：{number}，查询码：{code}。现在是非工作时间，工作人员将在上班后尽快答复您。工作时间：{hours}。{page}",
			Thanks:           "感谢您的反馈。如有其他问题，欢迎随时咨询。",
			MenuGone:         "您点选的内容正在更新，暂时无法提供。请直接输入您要咨询的问题；需要人工服务请回复“人工”。",
			Courtesy:         "您好，请直接输入您要咨询的问题；需要人工服务请回复“人工”。",
			Crisis:           "我们看到了您的话，非常关心您。请马上拨打全国统一心理援助热线 12356（免费、保密）；如有紧急危险，请立即拨打 110 或 120，或告诉身边的人。您的情况已优先转给工作人员。",
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
type Laid struct{ Names Directory }

// Lay implements inbox.BotSettings. What the changes name must exist; a name that
// stood there before and is gone since stays, for who changes a text or turns the
// bot off has nothing to do with it.
func (l Laid) Lay(ctx context.Context, stored, changes json.RawMessage) (json.RawMessage, error) {
	before, err := ParseSettings(stored)
	if err != nil {
		return nil, fmt.Errorf("stored bot settings: %w", err)
	}
	s := before
	var named map[string]json.RawMessage
	if len(changes) > 0 {
		if err := errors.Join(json.Unmarshal(changes, &named), overlay(&s, changes)); err != nil {
			return nil, desk.InvalidField("bot", "机器人设置有误：%v", err)
		}
	}
	if len(named) > 0 {
		if err := s.check(ctx, l.Names, before); err != nil {
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

// keys are the keys of the menu's items, in order.
func (s *Settings) keys() []string { return slices.Sorted(maps.Keys(s.Menu)) }

// serves reports whether entries of the department may be given.
func (s *Settings) serves(department string) bool {
	return len(s.Departments) == 0 || slices.Contains(s.Departments, department)
}

// shanghai is China's time all over the country.
func shanghai() *time.Location { return time.FixedZone("CST", 8*60*60) }

// open reports whether people are there at a time: not on a holiday, and on a
// make-up day as on a Monday.
func (s *Settings) open(at time.Time, holidays sla.Holidays) bool {
	var week sla.Week
	for _, h := range s.Hours {
		from, err := clock(h.From)
		to, err2 := clock(h.To)
		if err == nil && err2 == nil {
			week[h.Weekday%7] = append(week[h.Weekday%7], sla.Window{From: from, To: to})
		}
	}
	at = at.In(shanghai())
	windows, _, _ := sla.NewCalendar(week, holidays, shanghai()).DayOf(at)
	minute := at.Hour()*60 + at.Minute()
	return slices.ContainsFunc(windows, func(w sla.Window) bool { return w.From <= minute && minute < w.To })
}
