package api

import (
	"time"

	"replydesk/inbox"
)

// progressView is what the citizens' page shows.
type progressView struct {
	W            progressWords
	Number, Code string
	Problem      string
	Said         string
	Ticket       *progressTicket // nil: the two fields
}

// progressTicket is a ticket in the words of the page.
type progressTicket struct {
	Number, State, Tone, Account string
	Steps                        []progressStep
	Due                          string
	Answers                      []progressAnswer
	Rated                        string // what was said, in words
	RatedWords                   string
	Rate                         *progressRate // nil: it cannot be rated now
}

// progressRate is the form for a mark.
type progressRate struct {
	Mark  int
	Words string
	Marks []progressMark
}

type progressMark struct {
	Value   int
	Name    string
	Checked bool
}

// progressStep is one thing that happened, or is still to come.
type progressStep struct {
	Name, At, Who string
	Done          bool
}

type progressAnswer struct{ Text, At string }

// show puts a ticket on the page.
func (v *progressView) show(p inbox.Progress, zone *time.Location) {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(v.W.TimeFormat)
	}
	t := &progressTicket{Number: p.Number, State: v.W.in(p.Plain()), Tone: toneOf(p.State), Account: p.Account, Due: at(p.DueAt)}
	step := func(name, who string, when time.Time, always bool) {
		if always || !when.IsZero() {
			t.Steps = append(t.Steps, progressStep{Name: name, Who: who, At: at(when), Done: !when.IsZero()})
		}
	}
	step(v.W.Received, "", p.ReceivedAt, true)
	step(v.W.TakenUp, "", p.TakenAt, p.State.Waits())
	step(v.W.HandedOver, p.Department, p.HandedAt, false)
	step(v.W.Answered, "", p.FirstAnswer, p.State.Waits())
	step(v.W.Closed, "", p.ClosedAt, false)
	for _, a := range p.Answers {
		t.Answers = append(t.Answers, progressAnswer{Text: a.Text, At: at(a.SentAt)})
	}
	v.Number, v.Ticket = p.Number, t
	rate := &progressRate{}
	if p.Rating != nil {
		rate.Mark, rate.Words = int(p.Rating.Mark), p.Rating.Words
		t.Rated, t.RatedWords = v.W.in(p.Rating.Mark.Words()), p.Rating.Words
	}
	for _, m := range inbox.Marks() {
		rate.Marks = append(rate.Marks, progressMark{int(m), v.W.in(m.Words()), int(m) == rate.Mark})
	}
	if p.Ratable {
		t.Rate = rate
	}
}

// toneOf is how a state looks: what waits, what is answered, what is over.
func toneOf(s inbox.State) string {
	switch {
	case s.Waits():
		return "waits"
	case s == inbox.Replied || s == inbox.Closed:
		return "done"
	}
	return "over"
}

// progressWords are the words of the page in one language.
type progressWords struct {
	Lang, Other, OtherName, TimeFormat                   string
	Title, Lead, Number, NumberHint, Code, CodeHint, Ask string
	Wrong, TooMany                                       string
	Text, Normal, Large, Largest, Print                  string
	State, Due, Course, Pending, By                      string
	Received, TakenUp, HandedOver, Answered, Closed      string
	Answers, NoAnswer, Refresh, Another, Private         string
	Rating, Ask5, Words, Send, Again, Yours              string
	Thanks, NoMark, LongWords, Over                      string
}

func (w progressWords) in(words inbox.Words) string {
	if w.Lang == "en" {
		return words.English
	}
	return words.Chinese
}

// progressWordsIn are the words of a language, Chinese unless it is English.
func progressWordsIn(lang string) progressWords {
	if lang == "en" {
		return progressWords{
			Lang: "en", Other: "zh", OtherName: "中文", TimeFormat: "2 Jan 2006 15:04",
			Title: "Ticket progress", Lead: "Enter the ticket number and the code you were given.",
			Number: "Ticket number", NumberHint: "for example 20261122-0042", Code: "Code", CodeHint: "6 letters and digits", Ask: "Look up",
			Wrong:   "The ticket number or the code is not right. Please check both and try again.",
			TooMany: "Too many tries. Please try again in 15 minutes.",
			Text:    "Text size", Normal: "Normal", Large: "Large", Largest: "Largest", Print: "Print",
			State: "Now", Due: "Answer due by", Course: "What happened", Pending: "not yet", By: "by",
			Received: "Received", TakenUp: "Taken up", HandedOver: "Handed to the responsible department", Answered: "Answered", Closed: "Closed",
			Answers: "Answer", NoAnswer: "There is no answer yet.", Refresh: "Refresh", Another: "Look up another ticket",
			Rating: "Your rating", Ask5: "How satisfied are you with the answer?", Words: "Anything to add? (optional, at most 500 characters)",
			Send: "Send", Again: "Change", Yours: "You said", Thanks: "Thank you for your rating.", NoMark: "Please choose one of the five.",
			LongWords: "Your words are too long, or hold characters that cannot be read.", Over: "It cannot be rated now: there is no answer yet, or the time is over.",
			Private: "Only you can see this, by your code. Do not pass it on.",
		}
	}
	return progressWords{
		Lang: "zh-CN", Other: "en", OtherName: "English", TimeFormat: "2006年1月2日 15:04",
		Title: "工单进度查询", Lead: "请输入您收到的工单号和查询码。",
		Number: "工单号", NumberHint: "例如 20261122-0042", Code: "查询码", CodeHint: "6 位字母和数字", Ask: "查询",
		Wrong:   "工单号或查询码不正确，请核对后再试。",
		TooMany: "尝试次数过多，请 15 分钟后再试。",
		Text:    "字号", Normal: "标准", Large: "大", Largest: "特大", Print: "打印",
		State: "当前状态", Due: "答复时限", Course: "办理过程", Pending: "尚未", By: "承办",
		Received: "收到", TakenUp: "受理", HandedOver: "转交承办单位", Answered: "答复", Closed: "办结",
		Answers: "答复内容", NoAnswer: "暂时还没有答复。", Refresh: "刷新", Another: "查询其他工单",
		Rating: "满意度评价", Ask5: "您对本次答复是否满意？", Words: "补充说明（选填，最多 500 字）",
		Send: "提交评价", Again: "修改评价", Yours: "您的评价", Thanks: "感谢您的评价。", NoMark: "请选择一项满意程度。",
		LongWords: "补充说明过长，或含有无法识别的字符。", Over: "现在不能评价：还没有答复，或评价期已过。",
		Private: "此页凭查询码查看，请勿将查询码转告他人。",
	}
}
