package bot

import (
	"context"
	"net/url"
	"time"

	"replydesk/inbox"
)

// pageLine is a line with the address where a citizen asks how far a ticket is,
// "" when nobody set the desk's address up. The code stands behind the # of it,
// where no server and no log sees it.
func (s *Service) pageLine(number string) string {
	if s.page == "" {
		return ""
	}
	return "\n进度查询：" + s.page + "/" + url.PathEscape(number) + "#" + inbox.CodeMark
}

// noTicketText is for who asks and has no ticket.
const noTicketText = "您目前没有办理中的工单。请直接输入您要咨询的问题；需要人工服务请回复“人工”。"

// onlyAsked is the closing reason of a ticket that is nothing but the question
// how far it is.
const onlyAsked = "仅查询进度，没有咨询事项"

// progress tells citizens how far their ticket is. In their own conversation
// nothing has to be proved. Who has no ticket yet gets none by asking.
func (d *settling) progress(ctx context.Context) error {
	if t := d.auto.Ticket; t.MessageCount <= 1 || t.ClosingReason == onlyAsked {
		if err := d.tell(ctx, AskedProgress, noTicketText); err != nil {
			return err
		}
		_, err := d.auto.Close(ctx, onlyAsked)
		return err
	}
	p, err := d.auto.Standing(ctx)
	if err != nil {
		return err
	}
	return d.tell(ctx, AskedProgress, progressText(p)+d.pageLine(p.Number))
}

// progressText is a ticket's standing in the words of a chat.
func progressText(p inbox.Standing) string {
	text := "您的工单 " + p.Number + "：" + p.Plain().Chinese
	switch {
	case p.State == inbox.WithDepartment && p.Department != "":
		text += "（" + p.Department + "）"
	case p.State == inbox.Replied && !p.AnsweredAt.IsZero():
		text += "（" + chatTime(p.AnsweredAt) + "）"
	case p.State == inbox.Closed && !p.ClosedAt.IsZero():
		text += "（" + chatTime(p.ClosedAt) + "）"
	}
	text += "。"
	if !p.DueAt.IsZero() {
		text += "答复时限：" + chatTime(p.DueAt) + "。"
	}
	return text + "查询码：" + inbox.CodeMark + "。"
}

// chatTime is a time as citizens read it.
func chatTime(at time.Time) string { return at.In(shanghai()).Format("1月2日 15:04") }

// ratedText thanks for a mark.
func ratedText(m inbox.Mark) string {
	if m <= inbox.BadMark {
		return "感谢您的评价，很抱歉没有让您满意。我们会认真改进；如仍需办理，请直接回复。"
	}
	return "感谢您的评价。"
}
