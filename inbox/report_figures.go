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

	FigureRated        = "rated"
	FigureMeanMark     = "mean_mark"
	FigureSatisfied    = "satisfied_rate"
	FigureDissatisfied = "dissatisfied_rate"
)

// Definitions are those of all figures, in the order they are shown.
func Definitions() []Definition {
	return []Definition{
		{FigureReceived, Words{"收到", "Received"}, Words{
			"期间内收到的工单数，按工单的第一条消息到达的时间计。一段私信对话是一件，一条评论连同它下面的回复是一件；合并的工单是一件，按其中最早的消息计。",
			"Tickets that came in during the period, counted when their first message arrived. A private conversation is one ticket; so is a comment with the replies under it. Merged tickets are one, counted when the first of them came in.",
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
		{FigureRated, Words{"评价数", "Ratings"}, Words{
			"期间内市民首次作出的评价数，每轮答复最多一个。之后改评的，仍计在首次评价那天，按最新的一档计。",
			"Ratings that citizens first gave during the period, at most one for each round of answers. One changed later stays on that day and counts with its latest mark.",
		}},
		{FigureMeanMark, Words{"平均分", "Mean mark"}, Words{
			"上述评价的平均分，从 1（非常不满意）到 5（非常满意）。",
			"The mean of those ratings, from 1 (very dissatisfied) to 5 (very satisfied).",
		}},
		{FigureSatisfied, Words{"满意率", "Satisfied"}, Words{
			"上述评价中满意和非常满意（4、5 分）的比例；基本满意（3 分）不算满意，也不算不满意。",
			"Of those ratings, the share of 4 and 5, satisfied and very satisfied. A 3 is neither satisfied nor dissatisfied.",
		}},
		{FigureDissatisfied, Words{"不满意率", "Dissatisfied"}, Words{
			"上述评价中不满意和非常不满意（1、2 分）的比例。",
			"Of those ratings, the share of 1 and 2, very dissatisfied and dissatisfied.",
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

// Rated is FigureRated.
func (s Sums) Rated() int { return s.marked(WorstMark, BestMark) }

// marked counts the ratings from one mark to another, both included.
func (s Sums) marked(from, to Mark) (n int) {
	for m := from; m <= to; m++ {
		n += s.Marks[m-1]
	}
	return n
}

// MeanMark is FigureMeanMark; false when nothing was rated.
func (s Sums) MeanMark() (float64, bool) {
	sum := 0
	for i, n := range s.Marks {
		sum += (i + 1) * n
	}
	return share(sum, s.Rated())
}

// SatisfiedRate is FigureSatisfied.
func (s Sums) SatisfiedRate() (float64, bool) { return share(s.marked(4, BestMark), s.Rated()) }

// DissatisfiedRate is FigureDissatisfied.
func (s Sums) DissatisfiedRate() (float64, bool) { return share(s.marked(WorstMark, 2), s.Rated()) }
