package faq

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"replydesk/faq/sheet"
	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// finder tells which entry a row is for and notices rows of one file that are
// for the same.
type finder struct {
	lex       *text.Lexicon
	codes     map[string]EntryID
	questions map[string]EntryID // by key; of several the first
	seen      map[string]int     // what a row was for → the row's number
}

func newFinder(lex *text.Lexicon, keys []Key) *finder {
	f := &finder{
		lex: lex, seen: map[string]int{},
		codes:     make(map[string]EntryID, len(keys)),
		questions: make(map[string]EntryID, len(keys)),
	}
	for _, k := range keys {
		f.codes[k.Code] = k.ID
		if key := lex.Key(k.Question); key != "" {
			if first, ok := f.questions[key]; !ok || k.ID < first {
				f.questions[key] = k.ID
			}
		}
	}
	return f
}

// target returns the entry a row is for, 0 for a new one. A row for the same
// entry as one before is an error.
func (f *finder) target(row *sheet.Row) (EntryID, error) {
	code, _ := row.Get(sheet.Code)
	code = line(code)
	question, _ := row.Get(sheet.Question)
	question = f.lex.Key(question)
	var id EntryID
	var names []string
	switch {
	case code != "":
		id, names = f.codes[code], []string{"code " + code}
	case question != "":
		id, names = f.questions[question], []string{"question " + question}
	default:
		return 0, desk.InvalidField("question", "请填写问题")
	}
	switch {
	case id != 0:
		names = append(names, "entry "+id.String())
	case code != "" && question != "":
		// A later row without a code may mean this new entry.
		if _, ok := f.seen["question "+question]; !ok {
			f.seen["question "+question] = row.Number
		}
	}
	for _, name := range names {
		if first, ok := f.seen[name]; ok {
			return 0, desk.Errorf(desk.Conflict, "与第 %d 行重复", first)
		}
	}
	for _, name := range names {
		f.seen[name] = row.Number
	}
	return id, nil
}

// states are the words for states in files.
var states = map[string]State{
	"": "", "draft": Draft, "草稿": Draft,
	"published": Published, "已发布": Published, "发布": Published,
	"retired": Retired, "已停用": Retired, "停用": Retired,
}

// plan is what is to become of a row.
type plan struct {
	now       Entry // the zero Entry for a new one
	open      Proposal
	before    Content // what the row changes: what the entry says, or is to say
	content   Content
	state     State
	unchanged bool
	review    bool // what it says waits for a second person
	direct    bool // it changes the entry itself, past review
	faulty    bool // the row is at fault
}

// plan says what is to become of a row, or what is wrong with it. A row that
// says what the entry says asks for nothing, whatever is proposed for the entry:
// an export that comes back untouched must not undo what colleagues write.
func (im *importing) plan(now Entry, open Proposal, row *sheet.Row) (plan, error) {
	p := plan{now: now, open: open}
	p.put(im, row, now.Content)
	var err error
	if p.state, err = im.stateOf(now, row); err != nil {
		p.faulty = true
		return p, err
	}
	if now.ID != 0 && p.state == now.State && p.content.Equal(p.before) {
		p.unchanged = true
		return p, nil
	}
	if open.State.Open() && !im.direct() {
		p.put(im, row, open.Content)
	}
	if err = im.settle(&p, p.content.Equal(p.before)); err == nil {
		err = im.standing.check(p, row.Number)
	}
	p.faulty = err != nil
	return p, err
}

// put writes the row over a text.
func (p *plan) put(im *importing, row *sheet.Row, before Content) {
	p.before = before
	p.content = rowEdit(row).apply(before).Clean(im.service.lex.Key)
	if p.content.Code == "" {
		p.content.Code = p.now.Code
	}
}

// direct reports whether what this import publishes needs no second person.
func (im *importing) direct() bool {
	return im.options.Install || im.service.rules.OwnApproval && im.actor.Can(desk.PublishLibrary)
}

// stateOf is the state a row asks for.
func (im *importing) stateOf(now Entry, row *sheet.Row) (State, error) {
	word, _ := row.Get(sheet.State)
	state, ok := states[strings.ToLower(line(word))]
	if !ok {
		return "", desk.InvalidField("state", "没有“%s”这种状态，请填写草稿、已发布或已停用", line(word))
	}
	switch {
	case state == "" && now.State == "":
		state = Draft
	case state == "":
		state = now.State
	}
	if (im.options.Publish || im.options.Install) && state == Draft {
		state = Published
	}
	return state, nil
}

// settle decides how a row is taken in; same says that it changes no text.
func (im *importing) settle(p *plan, same bool) error {
	stays := p.state == p.now.State
	waits := p.open.State == InReview || p.open.State == Scheduled
	switch {
	case same && (stays || p.state == Published && waits && !im.direct()):
		p.unchanged = true
		return nil
	case p.now.ID == 0:
		p.review = p.state == Published && !im.direct()
	case im.direct() || !stays && p.state != Published:
		p.direct = true
	default:
		p.review = p.state == Published
	}
	return im.check(*p)
}

// check is what the use cases check that change one entry, for a row.
func (im *importing) check(p plan) error {
	taken := p.now.ID != 0 && p.state != p.now.State && p.state != Published
	switch {
	case (taken || p.now.ID == 0 && p.state == Retired) && !im.actor.Can(desk.PublishLibrary):
		return desk.Errorf(desk.Forbidden, "此行会停用或撤回条目，需要发布权限")
	case p.open.State == Scheduled:
		return errScheduled()
	case p.open.State.Open() && p.open.ofOthers(im.actor):
		return desk.Errorf(desk.Conflict, "同事对此条目的修改尚未发布，请先处理后再导入此行")
	case p.direct && p.open.State.Open():
		return desk.Errorf(desk.Conflict, "此条目有尚未发布的修改，请先处理后再导入此行")
	case p.state == Published && im.strange(p) && !im.options.Install:
		return errDepartment(p.content.Department)
	case p.state == Published:
		if err := p.content.publishable(); err != nil || !p.review {
			return err
		}
		return im.service.lasts(p.now, p.content, time.Time{})
	}
	return p.content.Validate()
}

// strange reports whether a row brings a department that neither the desk nor a
// published entry has.
func (im *importing) strange(p plan) bool {
	name, own := p.content.Department, im.names.DeskDepartments
	if name == "" || len(own) == 0 || p.now.ID != 0 && p.now.State != Draft && name == p.now.Department {
		return false
	}
	return !slices.Contains(own, name) && !slices.Contains(im.names.Departments, name)
}

// warn notes what a row that is taken had better not say.
func (o *outcome) warn(im *importing, p plan, row int) {
	if !p.unchanged && im.strange(p) {
		o.warnings = append(o.warnings, RowError{Row: row, Message: fmt.Sprintf("没有承办单位“%s”，到期时不会有人收到提醒", p.content.Department)})
	}
}

// maxChangeRunes is how much of a text a dry run shows.
const maxChangeRunes = 200

// change is what a dry run tells of a row.
func (p plan) change(row int) RowChange {
	c := RowChange{
		Row: row, EntryID: p.now.ID, Question: p.content.Question, State: p.state, InReview: p.review, Fields: []FieldChange{},
	}
	was, is := p.before.fields(), p.content.fields()
	for i := range is {
		if was[i].text != is[i].text {
			c.Fields = append(c.Fields, FieldChange{is[i].name, cut(was[i].text), cut(is[i].text)})
		}
	}
	if p.now.ID != 0 && p.state != p.now.State {
		c.Fields = append(c.Fields, FieldChange{"state", string(p.now.State), string(p.state)})
	}
	return c
}

// empties reports whether the row takes away what a field said.
func (p plan) empties() bool {
	was, is := p.before.fields(), p.content.fields()
	for i := range is {
		if is[i].text == "" && was[i].text != "" {
			return true
		}
	}
	return false
}

func cut(s string) string {
	if r := []rune(s); len(r) > maxChangeRunes {
		return string(r[:maxChangeRunes]) + "…"
	}
	return s
}

// rowEdit is the change a row asks for: the columns its file has.
func rowEdit(row *sheet.Row) Edit {
	text := func(c sheet.Column) *string {
		if value, ok := row.Get(c); ok {
			return &value
		}
		return nil
	}
	e := Edit{
		Code: text(sheet.Code), Question: text(sheet.Question), Answer: text(sheet.Answer),
		Category: text(sheet.Category), Department: text(sheet.Department),
		DocumentNumber: text(sheet.DocumentNumber), ServiceLink: text(sheet.ServiceLink),
		ValidFrom: (*Day)(text(sheet.ValidFrom)), ValidTo: (*Day)(text(sheet.ValidTo)),
	}
	if _, ok := row.Get(sheet.Similar); ok {
		e.Similar = &row.Similar
	}
	return e
}
