package api

import (
	"context"
	"encoding/json"
	"net/http"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/inbox"
)

// Bot is how the bot works on an account.
type Bot struct {
	Enabled     bool              `json:"enabled"`
	Thresholds  BotThresholds     `json:"thresholds"`
	Defaults    BotThresholds     `json:"default_thresholds" doc:"what counts where a threshold is 0"`
	Hours       []BotHours        `json:"hours" doc:"when people are there, Beijing time"`
	Texts       BotTexts          `json:"texts"`
	Departments []string          `json:"departments" doc:"whose entries it may give; empty: all"`
	Menu        map[string]string `json:"menu" doc:"event key of the account's menu to the code of an entry"`
	VoteHours   int               `json:"vote_hours" doc:"how long an answer may be voted on; 0: it asks for no vote"`
	MenuMinutes int               `json:"menu_minutes" doc:"how long a number chooses from a menu"`
}

// BotThresholds are confidences; 0 is the desk's own.
type BotThresholds struct {
	Answer float64 `json:"answer" minimum:"0" maximum:"1" doc:"from here on it answers"`
	Menu   float64 `json:"menu" minimum:"0" maximum:"1" doc:"from here on it offers a menu"`
}

// BotHours are a time of a weekday.
type BotHours struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday"`
	From    string `json:"from" example:"09:00"`
	To      string `json:"to" example:"12:00"`
}

// BotTexts are what the bot says beside the answers.
type BotTexts struct {
	Greeting         string `json:"greeting" doc:"to who subscribes; empty: nothing"`
	AnswerFooter     string `json:"answer_footer" doc:"asks for the vote, below an answer"`
	MenuIntro        string `json:"menu_intro"`
	MenuFooter       string `json:"menu_footer"`
	HandOver         string `json:"hand_over" doc:"with {number}, the ticket's number; {hours} are the business hours, {code} the code to look the ticket up with, {page} the address of that page. No other text has placeholders"`
	HandOverOffHours string `json:"hand_over_off_hours"`
	Thanks           string `json:"thanks" doc:"for a helpful vote; empty: nothing"`
	MenuGone         string `json:"menu_gone" doc:"to a click on a menu item whose entry may not be given"`
	Courtesy         string `json:"courtesy" doc:"to small talk"`
	Crisis           string `json:"crisis" doc:"to who may hurt themselves, at whatever hour"`
}

// botBody is a change of the bot's settings; what is absent stays as it is.
type botBody struct {
	Enabled     *bool              `json:"enabled,omitempty"`
	Thresholds  *botLevelsBody     `json:"thresholds,omitempty"`
	Hours       *[]BotHours        `json:"hours,omitempty"`
	Texts       *botTextsBody      `json:"texts,omitempty"`
	Departments *[]string          `json:"departments,omitempty"`
	Menu        *map[string]string `json:"menu,omitempty"`
	VoteHours   *int               `json:"vote_hours,omitempty"`
	MenuMinutes *int               `json:"menu_minutes,omitempty"`
}

type botLevelsBody struct {
	Answer *float64 `json:"answer,omitempty"`
	Menu   *float64 `json:"menu,omitempty"`
}

type botTextsBody struct {
	Greeting         *string `json:"greeting,omitempty"`
	AnswerFooter     *string `json:"answer_footer,omitempty"`
	MenuIntro        *string `json:"menu_intro,omitempty"`
	MenuFooter       *string `json:"menu_footer,omitempty"`
	HandOver         *string `json:"hand_over,omitempty"`
	HandOverOffHours *string `json:"hand_over_off_hours,omitempty"`
	Thanks           *string `json:"thanks,omitempty"`
	MenuGone         *string `json:"menu_gone,omitempty"`
	Courtesy         *string `json:"courtesy,omitempty"`
	Crisis           *string `json:"crisis,omitempty"`
}

// input lays the change into an account's.
func (b *botBody) input(in *inbox.AccountInput) error {
	if b == nil {
		return nil
	}
	in.BotEnabled = b.Enabled
	changes := *b
	changes.Enabled = nil
	var err error
	in.Bot, err = json.Marshal(changes)
	return err
}

// botOf is the bot of an account.
func botOf(a inbox.Account) (Bot, error) {
	s, err := bot.ParseSettings(a.Bot)
	if err != nil {
		return Bot{}, err
	}
	level := bot.DefaultThresholds()
	return Bot{
		Enabled: a.BotEnabled, Thresholds: BotThresholds(s.Thresholds), Defaults: BotThresholds{level.Answer, level.Menu},
		Hours: each(s.Hours, func(h bot.Hours) BotHours { return BotHours(h) }), Texts: BotTexts(s.Texts),
		Departments: append([]string{}, s.Departments...), Menu: s.Menu, VoteHours: s.VoteHours, MenuMinutes: s.MenuMinutes,
	}, nil
}

// BotTrial is what the bot would do with a message, and why.
type BotTrial struct {
	Action     string        `json:"action" enum:"answer,menu,hand_over,courtesy"`
	Reason     string        `json:"reason" example:"below_threshold"`
	Confidence float64       `json:"confidence" doc:"of the best hit"`
	Thresholds BotThresholds `json:"thresholds" doc:"in force"`
	Text       string        `json:"text" doc:"what the citizen would get"`
	Hits       []BotHit      `json:"hits"`
}

// BotHit is a hit of the search.
type BotHit struct {
	Suggestion
	Served bool `json:"served" doc:"the account serves the entry's department"`
}

// BotItem is an item of the account's menu and how its entry stands today.
type BotItem struct {
	Key      string `json:"key"`
	Code     string `json:"code"`
	EntryID  ID     `json:"entry_id,omitempty"`
	Question string `json:"question,omitempty" doc:"of a published entry"`
	Standing string `json:"standing" enum:"given,absent,unpublished,not_yet,over,other_department" doc:"given: a click is answered with the entry; otherwise with the text menu_gone"`
}

type botTryInput struct {
	ByID
	Body struct {
		Text string `json:"text"`
	}
}

func (s *Server) botRoutes() {
	route(s, s.operation(http.MethodGet, "/accounts/{id}/bot/menu", "listBotItems", "What a click on each item of the account's menu leads to"),
		func(ctx context.Context, who auth.Principal, in *ByID) (List[BotItem], error) {
			items, err := s.deps.Bot.Items(ctx, who.Actor(), in.ID.number())
			return List[BotItem]{Items: each(items, func(i bot.Item) BotItem {
				return BotItem{Key: i.Key, Code: i.Code, EntryID: idOf(i.EntryID), Question: i.Question, Standing: string(i.Standing)}
			})}, err
		})
	route(s, s.operation(http.MethodPost, "/accounts/{id}/bot/try", "tryBot", "What the bot would do with a message"),
		func(ctx context.Context, who auth.Principal, in *botTryInput) (BotTrial, error) {
			t, err := s.deps.Bot.Try(ctx, who.Actor(), in.ID.number(), in.Body.Text)
			if err != nil {
				return BotTrial{}, err
			}
			return BotTrial{
				Action: string(t.Action), Reason: string(t.Reason), Confidence: t.Confidence,
				Thresholds: BotThresholds{t.Levels.Answer, t.Levels.Menu}, Text: t.Text,
				Hits: each(t.Hits, func(h bot.TrialHit) BotHit { return BotHit{suggestionOf(h.Hit), h.Served} }),
			}, nil
		})
}
