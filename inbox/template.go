package inbox

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Template is a text that replies are begun with. What stands in it as
// {variable} is filled in when somebody takes it; see Variables.
type Template struct {
	ID           int64
	Name         string
	Text         string
	Category     string
	DepartmentID int64 // whose matters it is about; 0 for all
	Enabled      bool
	Uses         int64 // how often it was taken
	UsedAt       time.Time
	UpdatedBy    int64
	UpdatedAt    time.Time
}

// TemplateInput is what a manager enters; nil fields stay as they are.
type TemplateInput struct {
	Name, Text, Category *string
	DepartmentID         *int64
	Enabled              *bool
}

// TemplateOffer is a template as it would be taken on a ticket: Text is filled
// in, and Blanks are the variables that the ticket has no value for. Where they
// stand is a blank that the checks hold back, so that it is never sent unseen.
type TemplateOffer struct {
	Template
	Blanks []Variable
}

// Variable is a name that may stand in a template between braces.
type Variable string

// Variables.
const (
	VarTicket     Variable = "ticket_number"
	VarCitizen    Variable = "citizen_name"
	VarDepartment Variable = "department"
	VarAgent      Variable = "agent_name"
	VarDate       Variable = "date"
	VarAccount    Variable = "account_name"
)

// variableNames are the variables as people say them.
var variableNames = map[Variable]string{
	VarTicket: "工单编号", VarCitizen: "市民称呼", VarDepartment: "承办单位", VarAgent: "答复人", VarDate: "日期", VarAccount: "账号名称",
}

// Variables are all there are, in the order in which they are offered.
func Variables() []Variable {
	return []Variable{VarCitizen, VarTicket, VarDepartment, VarAccount, VarAgent, VarDate}
}

// Bounds of the templates.
const (
	MaxTemplates     = 500
	maxTemplateName  = 40
	maxTemplateRunes = 2000
	mostOffers       = 50
)

// templateTx is the part of a transaction about templates. Two templates with
// one name are a Conflict.
type templateTx interface {
	LockTemplate(ctx context.Context, id int64) (*Template, error)
	AddTemplate(ctx context.Context, t *Template) error // sets t.ID
	SaveTemplate(ctx context.Context, t *Template) error
	DeleteTemplate(ctx context.Context, id int64) error
	CountTemplates(ctx context.Context) (int, error)
	// CountTemplateUse counts that the template was taken.
	CountTemplateUse(ctx context.Context, id int64, at time.Time) error
}

// templateReader reads templates outside a transaction.
type templateReader interface {
	// Templates are all of them, those taken most first, then by id.
	Templates(ctx context.Context) ([]Template, error)
}

// Templates lists all templates, those taken most first.
func (s *Service) Templates(ctx context.Context, actor desk.Actor) ([]Template, error) {
	if err := actor.Require(desk.ManageTemplates); err != nil {
		return nil, err
	}
	return s.store.Templates(ctx)
}

// SaveTemplate adds (id 0) or changes a template. Conflict "template_taken":
// there is one of that name.
func (s *Service) SaveTemplate(ctx context.Context, actor desk.Actor, templateID int64, in TemplateInput) (Template, error) {
	var out Template
	what := "changed"
	if templateID == 0 {
		what = "added"
	}
	err := s.changeTemplates(ctx, actor, what, func(tx Tx, now time.Time) (*Template, error) {
		t := &Template{Enabled: true}
		if templateID != 0 {
			found, err := tx.LockTemplate(ctx, templateID)
			if err != nil {
				return nil, err
			}
			t = found
		} else if n, err := tx.CountTemplates(ctx); err != nil {
			return nil, err
		} else if n >= MaxTemplates {
			return nil, desk.Errorf(desk.Conflict, "答复模板最多 %d 条", MaxTemplates).WithReason("too_many_templates")
		}
		if err := t.lay(ctx, tx, in); err != nil {
			return nil, err
		}
		t.UpdatedBy, t.UpdatedAt = actor.UserID, now
		save := tx.SaveTemplate
		if t.ID == 0 {
			save = tx.AddTemplate
		}
		err := save(ctx, t)
		if desk.CodeOf(err) == desk.Conflict {
			return nil, desk.Errorf(desk.Conflict, "已有名为“%s”的模板", t.Name).WithReason("template_taken")
		}
		out = *t
		return t, err
	})
	return out, err
}

// DeleteTemplate removes a template; what was written with it stays.
func (s *Service) DeleteTemplate(ctx context.Context, actor desk.Actor, templateID int64) error {
	return s.changeTemplates(ctx, actor, "deleted", func(tx Tx, _ time.Time) (*Template, error) {
		t, err := tx.LockTemplate(ctx, templateID)
		if err != nil {
			return nil, err
		}
		return t, tx.DeleteTemplate(ctx, t.ID)
	})
}

func (s *Service) changeTemplates(ctx context.Context, actor desk.Actor, what string, change func(tx Tx, now time.Time) (*Template, error)) error {
	if err := actor.Require(desk.ManageTemplates); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		now := s.time()
		t, err := change(tx, now)
		if err != nil {
			return err
		}
		e := desk.NewEvent(TemplateChanged, now, map[string]any{"template_id": id(t.ID), "name": t.Name, "change": what})
		e.ActorID, e.Audience = actor.UserID, desk.ManageTemplates
		return tx.Record(ctx, e)
	})
}

// lay lays what was entered over a template, or says what is wrong with it.
func (t *Template) lay(ctx context.Context, tx Tx, in TemplateInput) (err error) {
	for _, f := range []struct {
		name        string
		in          *string
		to          *string
		least, most int
	}{
		{"name", in.Name, &t.Name, 1, maxTemplateName}, {"text", in.Text, &t.Text, 1, maxTemplateRunes},
		{"category", in.Category, &t.Category, 0, maxTicketCategory},
	} {
		if f.in != nil {
			*f.to = *f.in
		}
		if *f.to, err = text(f.name, *f.to, f.least, f.most); err != nil {
			return err
		}
	}
	if in.Enabled != nil {
		t.Enabled = *in.Enabled
	}
	if in.DepartmentID != nil && *in.DepartmentID != t.DepartmentID {
		if *in.DepartmentID != 0 {
			d, err := tx.Department(ctx, *in.DepartmentID)
			if desk.CodeOf(err) == desk.NotFound || err == nil && !d.Active {
				return desk.InvalidField("department_id", "没有这个承办单位，或已停用")
			}
			if err != nil {
				return err
			}
		}
		t.DepartmentID = *in.DepartmentID
	}
	return sound(t.Text)
}

// braced is a variable as it stands in a template.
var braced = regexp.MustCompile(`\{([^{}\n]*)\}`)

// sound refuses a text with a variable that is none: it would be sent as it
// stands. For the same reason braces have no other use.
func sound(words string) error {
	for _, m := range braced.FindAllStringSubmatch(words, -1) {
		if variableNames[Variable(m[1])] == "" {
			known := make([]string, 0, len(variableNames))
			for _, v := range Variables() {
				known = append(known, "{"+string(v)+"}")
			}
			return desk.InvalidField("text", "没有变量 %s，可用的有 %s", m[0], strings.Join(known, "、"))
		}
	}
	if strings.ContainsAny(braced.ReplaceAllString(words, ""), "{}｛｝") {
		return desk.InvalidField("text", "大括号只用来写变量，请成对、用半角")
	}
	return nil
}

// TemplateOffers are the templates somebody may take on a ticket, filled in for
// it: those whose name, category or text holds the query; first those about the
// ticket's department and category, then those taken most. At most limit, and
// never more than 50.
func (s *Service) TemplateOffers(ctx context.Context, actor desk.Actor, ticketID TicketID, query string, limit int) ([]TemplateOffer, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Templates(ctx)
	if err != nil {
		return nil, err
	}
	asked := strings.TrimSpace(query)
	key := s.rules.Folder.Key(asked)
	all = slices.DeleteFunc(all, func(t Template) bool { return !t.Enabled || asked != "" && (key == "" || !s.says(t, key)) })
	slices.SortStableFunc(all, func(a, b Template) int { return cmp.Compare(b.fits(row), a.fits(row)) })
	if limit <= 0 || limit > mostOffers {
		limit = mostOffers
	}
	values := s.values(row, actor)
	offers := make([]TemplateOffer, 0, min(limit, len(all)))
	for _, t := range all[:min(limit, len(all))] {
		offers = append(offers, t.fill(values))
	}
	return offers, nil
}

// UseTemplate fills a template in for a ticket and counts that it was taken.
// Nothing is sent. Conflict "template_disabled": it is out of use.
func (s *Service) UseTemplate(ctx context.Context, actor desk.Actor, ticketID TicketID, templateID int64) (TemplateOffer, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return TemplateOffer{}, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return TemplateOffer{}, err
	}
	var offer TemplateOffer
	err = s.store.Atomic(ctx, func(tx Tx) error {
		t, err := tx.LockTemplate(ctx, templateID)
		if err != nil {
			return err
		}
		if !t.Enabled {
			return desk.Errorf(desk.Conflict, "模板“%s”已停用", t.Name).WithReason("template_disabled")
		}
		t.Uses, t.UsedAt = t.Uses+1, s.time()
		offer = t.fill(s.values(row, actor))
		return tx.CountTemplateUse(ctx, t.ID, t.UsedAt)
	})
	return offer, err
}

// says reports whether the template holds what is looked for, in any writing.
func (s *Service) says(t Template, key string) bool {
	return slices.ContainsFunc([]string{t.Name, t.Category, t.Text}, func(part string) bool {
		return strings.Contains(s.rules.Folder.Key(part), key)
	})
}

// fits is how many things of the ticket the template is made for.
func (t Template) fits(row TicketRow) (n int) {
	if t.DepartmentID != 0 && t.DepartmentID == row.DepartmentID {
		n++
	}
	if t.Category != "" && t.Category == row.Category {
		n++
	}
	return n
}

// values are what the variables stand for on a ticket; what there is no value
// for is "".
func (s *Service) values(row TicketRow, actor desk.Actor) map[Variable]string {
	citizen := ""
	if !row.Contact.Erased {
		citizen = strings.Join(strings.Fields(Undirected(row.Contact.Name)), " ")
	}
	return map[Variable]string{
		VarTicket: row.Number, VarCitizen: citizen, VarDepartment: row.DepartmentName, VarAgent: actor.Name,
		VarDate: s.time().In(s.rules.Location).Format("2006年1月2日"), VarAccount: row.AccountName,
	}
}

// fill puts values in the place of variables, once: what stands in a value stays
// as it is.
func (t Template) fill(values map[Variable]string) TemplateOffer {
	offer := TemplateOffer{Template: t}
	offer.Text = braced.ReplaceAllStringFunc(t.Text, func(s string) string {
		v := Variable(s[1 : len(s)-1])
		if value := values[v]; value != "" {
			return value
		}
		if !slices.Contains(offer.Blanks, v) {
			offer.Blanks = append(offer.Blanks, v)
		}
		return check.Blank(variableNames[v])
	})
	return offer
}
