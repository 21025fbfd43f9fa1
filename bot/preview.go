package bot

import (
	"context"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// Preview is an entry as citizens of an account would read it.
type Preview struct {
	Text    string // the answer; "" when it is empty or the platform takes none so long
	Size    int    // bytes of the answer with nothing left out
	Most    int    // bytes the platform takes; 0: any number
	LeftOut []Part // what gives way so that the rest fits
	Menu    string // when the question is one of several that may be meant
	Served  bool   // the account gives answers of the entry's department
}

// Preview tells what citizens would get of a text that is being written: the
// very rendering of the answers the bot sends. Nothing is stored. accountID 0 is
// an account with the settings every account begins with, on a platform that
// takes any length. Needs ReadLibrary, and for an account ReadAccounts.
func (s *Service) Preview(ctx context.Context, actor desk.Actor, accountID int64, c faq.Content) (Preview, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return Preview{}, err
	}
	settings, limit := DefaultSettings(), 0
	if accountID != 0 {
		err := actor.Require(desk.ReadAccounts)
		if err == nil {
			settings, limit, err = s.seen(ctx, actor, accountID)
		}
		if err != nil {
			return Preview{}, err
		}
	}
	c = c.Clean(s.words.fold)
	p := Preview{Most: limit, Served: settings.serves(c.Department)}
	if c.Answer != "" {
		r := settings.answer(c, limit)
		p.Text, p.Size, p.LeftOut = r.text, r.size, r.left
	}
	if c.Question != "" {
		p.Menu = settings.menuOf([]string{c.Question})
	}
	return p, nil
}
