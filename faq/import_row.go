package faq

import (
	"strings"

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

// next returns what an entry is to be after a row, or what is wrong with the
// row. now is the zero Entry for a new one.
func (im *importing) next(now Entry, row *sheet.Row) (Entry, error) {
	next := now
	next.Content = rowEdit(row).apply(now.Content).Clean(im.service.lex.Key)
	if next.Code == "" {
		next.Code = now.Code
	}
	word, _ := row.Get(sheet.State)
	state, ok := states[strings.ToLower(line(word))]
	if !ok {
		return now, desk.InvalidField("state", "没有“%s”这种状态，请填写 draft、published 或 retired", line(word))
	}
	switch {
	case state == "" && now.State == "":
		state = Draft
	case state == "":
		state = now.State
	}
	if im.options.Publish && state == Draft {
		state = Published
	}
	next.State = state
	return next, im.check(now, next)
}

// check is what Create, Update and Publish check, for a row.
func (im *importing) check(now, next Entry) error {
	changed := next.State != now.State || !next.Content.Equal(now.Content)
	public := next.State == Published || now.State == Published
	moved := now.State != "" && next.State != now.State
	switch {
	case !changed:
		return nil
	case (public || moved) && !im.actor.Can(desk.PublishLibrary):
		return desk.Errorf(desk.Forbidden, "此行会发布、停用或改动已发布的条目，需要发布权限")
	case next.State == Published:
		return next.publishable()
	}
	return next.Validate()
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
