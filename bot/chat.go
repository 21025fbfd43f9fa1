package bot

import (
	"context"

	"replydesk/faq"
)

// What small talk leads to.
const (
	Courtesy  Action = "courtesy"   // a courteous word: nothing was asked
	SmallTalk Reason = "small_talk" // thanks, a greeting, a sign, a number or a vote nobody awaits
	NoneFits  Reason = "none_fits"  // no line of the menu is what the citizen wants

	OutsideMenu Reason = "outside_menu" // a number the open menu does not have
)

// outside tells which numbers the menu has, once for each menu; it stays open,
// and nothing was missed.
func (d *settling) outside(ctx context.Context) error {
	told, err := d.tx.ToldNumbers(ctx, d.message.ContactID)
	if err != nil {
		return err
	}
	if told {
		return d.chat(ctx)
	}
	d.out.Action, d.out.Reason = Courtesy, OutsideMenu
	if err := d.say(ctx, numbersText(len(d.thread.Menu)), faq.Entry{}, false); err != nil {
		return err
	}
	return d.tx.AddResponse(ctx, &d.out)
}

// closingText ends the talk of who says 好的 or 谢谢 after an answer.
const closingText = "好的，如还有其他问题，欢迎随时留言。"

// chat answers who asks for nothing. A ticket that waits for a person stays as
// it is; one that this message opened ends with it, so that no clock runs.
func (d *settling) chat(ctx context.Context) error {
	answered, err := d.tx.AnsweredUntil(ctx, d.message.TicketID)
	if err != nil {
		return err
	}
	waits, err := d.tx.Waits(ctx, d.message.TicketID, answered, d.message.MessageID)
	if err != nil {
		return err
	}
	if waits || d.auto.Now.Before(d.thread.MenuUntil) {
		return d.silent(ctx, SmallTalk)
	}
	text := d.settings.Texts.Courtesy
	if answered != 0 && d.words.closes(d.message.Text) {
		text = closingText // to greet again would ask for what was asked and answered
	}
	d.out.Action, d.out.Reason = Courtesy, SmallTalk
	if err := d.say(ctx, text, faq.Entry{}, true); err != nil {
		return err
	}
	if answered == 0 {
		if _, err := d.auto.Close(ctx, "仅问候或致谢，没有咨询事项"); err != nil {
			return err
		}
	}
	return d.tx.AddResponse(ctx, &d.out) // a menu or a vote stays open
}
