package faq

import (
	"slices"

	"replydesk/inbox/desk"
)

// standing is what an import knows of the questions that are answered already,
// by the library and by the rows before, so that a trial tells of a second
// answer as the import itself would refuse it. It may be told of a row again:
// a transaction may run twice.
type standing struct {
	service *Service
	texts   map[string][]stood   // by question key
	keys    map[EntryID][]string // where texts of an entry are
}

// stood is a text that is in force, or that a row wants to bring into force.
type stood struct {
	id      EntryID
	code    string
	content Content // question, department and days
	row     int     // the row that brings it; 0: it is in force already
	gone    int     // the row that takes it out of force; 0: none
}

func newStanding(s *Service, keys []Key) *standing {
	st := &standing{service: s, texts: map[string][]stood{}, keys: map[EntryID][]string{}}
	for _, k := range keys {
		if k.State == Published && k.QuestionKey != "" {
			st.put(k.QuestionKey, stood{id: k.ID, code: k.Code, content: Content{
				Question: k.Question, Department: k.Department, ValidFrom: k.ValidFrom, ValidTo: k.ValidTo,
			}})
		}
	}
	return st
}

// put keeps a text, in the place of one that the same row brought before.
func (st *standing) put(key string, text stood) {
	all := st.texts[key]
	if text.row != 0 {
		all = slices.DeleteFunc(all, func(o stood) bool { return o.row == text.row })
	}
	st.texts[key] = append(all, text)
	if text.id != 0 {
		st.keys[text.id] = append(st.keys[text.id], key)
	}
}

// check refuses a row that would bring a second answer to a question into
// force, as single does for one entry.
func (st *standing) check(p plan, row int) error {
	s := st.service
	key := s.questionKey(p.content.Question)
	if p.unchanged || p.state != Published || key == "" ||
		p.now.State == Published && s.claims(p.now.Content) == s.claims(p.content) {
		return nil
	}
	today := DayOf(s.now())
	for _, o := range st.texts[key] {
		ours := o.id != 0 && o.id == p.now.ID
		stands := o.row < row && (o.gone == 0 || o.gone >= row)
		switch {
		case ours || !stands || !p.content.meets(o.content, today):
		case o.row == 0:
			return errDuplicate(o.code, o.content.Question)
		default:
			return desk.Errorf(desk.Conflict, "与第 %d 行问的是同一个问题，不能同时发布；请只保留一行，或用承办单位、有效期区分", o.row).
				WithReason(duplicateQuestion)
		}
	}
	return nil
}

// note keeps what becomes of a row that is taken in.
func (st *standing) note(p plan, row int) {
	if p.unchanged {
		return
	}
	if p.direct || p.state != Published {
		for _, key := range st.keys[p.now.ID] {
			for i := range st.texts[key] {
				if o := &st.texts[key][i]; o.id == p.now.ID && o.row < row && o.gone == 0 {
					o.gone = row
				}
			}
		}
	}
	if key := st.service.questionKey(p.content.Question); p.state == Published && key != "" {
		st.put(key, stood{id: p.now.ID, code: p.content.Code, content: p.content, row: row})
	}
}
