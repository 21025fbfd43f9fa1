package inbox

// Words are one text in the languages of the screens.
type Words struct {
	Chinese string
	English string
}

// Definition says what a figure of the reports means. It stands here once: the
// page and the files show these words.
type Definition struct {
	Figure string
	Title  Words
	Text   Words
}

// Figures of the reports, by the names outside.
const (
	FigureReceived   = "received"
	FigureAnswered   = "answered"
	FigureClosed     = "closed"
	FigureReplyRate  = "reply_rate"
	FigureOnTimeRate = "on_time_rate"
	FigureMedian     = "first_reply_median"
	FigureP90        = "first_reply_p90"
	FigureBotShare   = "bot_share"
	FigureOverdue    = "overdue"
)

// Definitions are those of all figures, in the order they are shown.
func Definitions() []Definition {
	return []Definition{
		{FigureReceived, Words{"收到", "Received"}, Words{
			"期间内收到的工单数，按工单的第一条消息到达的时间计。一段私信对话是一件，一条评论连同它下面的回复是一件。",
			"Tickets that came in during the period, counted when their first message arrived. A private conversation is one ticket; so is a comment with the replies under it.",
		}},
		{FigureAnswered, Words{"已答复", "Answered"}, Words{
			"期间内首次答复送达市民的工单数，不论何时收到。",
			"Tickets whose first answer reached the citizen during the period, whenever they came in.",
		}},
		{FigureClosed, Words{"办结", "Closed"}, Words{
			"期间内办结、此后没有重新打开的工单数。标为无需答复的不算。",
			"Tickets closed during the period and not reopened since. Those marked as needing no reply do not count.",
		}},
		{FigureReplyRate, Words{"答复率", "Reply rate"}, Words{
			"期间内收到、需要答复的工单中，到现在已有答复送达市民的比例。标为无需答复、也从未答复的工单不计入。",
			"Of the tickets that came in during the period and needed an answer, the share that has one by now. Tickets marked as needing no reply and never answered are left out.",
		}},
		{FigureOnTimeRate, Words{"按时办结率", "On time"}, Words{
			"期间内收到、时限已有结果的工单中，从未超时的比例。已答复或办结、没有时限在计时的算按时；工单的任一答复时限超时过的算超时，之后答复也不改变。转办单位自己的时限不计入。",
			"Of the tickets that came in during the period and whose deadlines are settled, the share that never missed one. Answered or closed with no deadline running is on time; one missed reply deadline makes a ticket late, even if it is answered afterwards. The deadlines of departments do not count.",
		}},
		{FigureMedian, Words{"首次答复时长（中位数）", "First reply, median"}, Words{
			"期间内首次答复的工单，从收到到首次答复送达所用的时间，一半的工单不超过它。按自然时间计，误差不超过 2.5%。",
			"Of the tickets first answered during the period, half took no longer from arrival to the first answer. All hours count; the error is at most 2.5%.",
		}},
		{FigureP90, Words{"首次答复时长（九成）", "First reply, 90%"}, Words{
			"同上，九成的工单不超过它。",
			"The same for nine tickets out of ten.",
		}},
		{FigureBotShare, Words{"机器人答复占比", "Bot share"}, Words{
			"期间内首次答复的工单中，首次答复由机器人给出的比例。没有形成工单的菜单点击不计入。",
			"Of the tickets first answered during the period, the share whose first answer was the bot's. Clicks in an account's menu that made no ticket are left out.",
		}},
		{FigureOverdue, Words{"超时未答", "Overdue"}, Words{
			"现在仍在等待答复、时限已过的工单，不随期间变化。",
			"Tickets that wait for an answer now and whose deadline has passed, whatever the period.",
		}},
	}
}

// share is a part of a whole; false when there is no whole.
func share(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// ReplyRate is FigureReplyRate; false when nothing needed an answer. So it is
// with the other shares.
func (s Sums) ReplyRate() (float64, bool) { return share(s.Replied, s.Needed) }

// OnTimeRate is FigureOnTimeRate.
func (s Sums) OnTimeRate() (float64, bool) { return share(s.OnTime, s.OnTime+s.Late) }

// BotShare is FigureBotShare.
func (s Sums) BotShare() (float64, bool) { return share(s.Bot, s.Answered) }
