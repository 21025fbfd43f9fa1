package inbox

import (
	"context"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Mention is a place of a note that calls somebody: a user, or a department
// with all its liaisons. From and To are in characters of the note's text.
type Mention struct {
	UserID       int64
	DepartmentID int64
	From, To     int
}

// Bounds of mentions.
const (
	maxMentions    = 20
	mostCandidates = 20
)

// Mentionable is whom a note of a ticket may call.
type Mentionable struct {
	Person       // zero for a department
	Role         desk.Role
	DepartmentID int64 // of a liaison, or the department that is meant
	Department   string
}

// noteReader reads whom notes may call.
type noteReader interface {
	// ActiveUsers are all users who may sign in, by id.
	ActiveUsers(ctx context.Context) ([]desk.Actor, error)
}

// Mentionable are those a note of the ticket may call, whose name holds the
// query: first the departments that have the ticket, then its assignee, then the
// others who see it, at most 20, without the actor.
func (s *Service) Mentionable(ctx context.Context, actor desk.Actor, ticketID TicketID, query string) ([]Mentionable, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return nil, err
	}
	departments, err := s.store.Departments(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.store.ActiveUsers(ctx)
	if err != nil {
		return nil, err
	}
	var out []Mentionable
	query = strings.ToLower(strings.TrimSpace(query))
	fits := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), query) })
	}
	names := map[int64]string{}
	for _, d := range departments {
		names[d.ID] = d.Name
		if slices.Contains(row.Departments, d.ID) && fits(d.Name, d.ShortName) {
			out = append(out, Mentionable{DepartmentID: d.ID, Department: d.Name})
		}
	}
	slices.SortStableFunc(users, func(a, b desk.Actor) int {
		return rank(b.UserID == row.AssigneeID) - rank(a.UserID == row.AssigneeID)
	})
	for _, u := range users {
		if u.UserID != actor.UserID && u.SeesTicket(int64(row.ID), row.AccountID, row.Departments) && fits(u.Name) {
			out = append(out, Mentionable{Person{u.UserID, u.Name}, u.Role, u.DepartmentID, names[u.DepartmentID]})
		}
	}
	return out[:min(len(out), mostCandidates)], nil
}

func rank(first bool) int {
	if first {
		return 1
	}
	return 0
}

// AddNote adds an internal remark. Who may answer for a department may remark
// too: what a liaison writes the own department reads. Those it mentions are
// told; a department that is mentioned, or whose liaison is, reads it.
func (s *Service) AddNote(ctx context.Context, actor desk.Actor, ticketID TicketID, remark string, mentions ...Mention) (Note, error) {
	remark, err := text("text", remark, 1, maxNoteRunes)
	if err != nil {
		return Note{}, err
	}
	permission := desk.WorkTickets
	if actor.Can(desk.AnswerEscalated) && len(mentions) == 0 {
		permission = desk.AnswerEscalated
	}
	if len(mentions) > maxMentions {
		return Note{}, desk.InvalidField("mentions", "一条备注最多提到 %d 处", maxMentions)
	}
	var note Note
	err = s.change(ctx, actor, permission, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		note = Note{TicketID: t.ID, AuthorID: actor.UserID, Text: remark, Mentions: slices.Clone(mentions), CreatedAt: now}
		if actor.Role == desk.Liaison {
			note.Departments = []int64{actor.DepartmentID}
		}
		if err := note.call(ctx, tx, t); err != nil {
			return nil, err
		}
		if err := tx.AddNote(ctx, &note); err != nil {
			return nil, err
		}
		data := map[string]any{"note_id": id(note.ID)}
		if users, departments := note.called(); len(users)+len(departments) > 0 {
			data["mentions"], data["departments"] = users, departments
		}
		told := fact(NoteAdded, t, actor, now, data)
		told.Departments = note.Departments
		return []desk.Event{told}, nil
	})
	return note, err
}

// call checks the note's mentions, puts them in order and lets the departments
// they call read the note.
func (n *Note) call(ctx context.Context, tx Tx, t *Ticket) error {
	slices.SortFunc(n.Mentions, func(a, b Mention) int { return a.From - b.From })
	runes, end := []rune(n.Text), 0
	for _, m := range n.Mentions {
		names, department, err := m.names(ctx, tx, t)
		if err != nil {
			return err
		}
		// What is highlighted is who is called: nobody can be meant by another name.
		if m.From < end || m.To > len(runes) || m.From >= m.To || !slices.Contains(names, string(runes[m.From:m.To])) {
			return desk.InvalidField("mentions", "提到的位置与备注内容不符")
		}
		end = m.To
		if department != 0 && !slices.Contains(n.Departments, department) {
			n.Departments = append(n.Departments, department)
		}
	}
	slices.Sort(n.Departments)
	return nil
}

// names are how the mention may stand in a text, and the department that reads
// the note for it. Whoever cannot see the ticket is not called.
func (m Mention) names(ctx context.Context, tx Tx, t *Ticket) (names []string, department int64, err error) {
	unseen := desk.InvalidField("mentions", "提到的人或单位看不到此工单")
	if (m.UserID == 0) == (m.DepartmentID == 0) {
		return nil, 0, desk.InvalidField("mentions", "须写明一个人或一个单位")
	}
	if m.DepartmentID != 0 {
		if !slices.Contains(t.Departments, m.DepartmentID) {
			return nil, 0, unseen
		}
		d, err := tx.Department(ctx, m.DepartmentID)
		names = []string{"@" + d.Name}
		if d.ShortName != "" {
			names = append(names, "@"+d.ShortName)
		}
		return names, d.ID, err
	}
	u, err := tx.Worker(ctx, m.UserID)
	if desk.CodeOf(err) == desk.NotFound || err == nil && !u.SeesTicket(int64(t.ID), t.AccountID, t.Departments) {
		return nil, 0, unseen
	}
	if err == nil && u.Role == desk.Liaison {
		department = u.DepartmentID
	}
	return []string{"@" + u.Name}, department, err
}

// called are the ids of whom the note mentions, each once.
func (n *Note) called() (users, departments []string) {
	users, departments = []string{}, []string{}
	for _, m := range n.Mentions {
		to, who := &users, id(m.UserID)
		if m.DepartmentID != 0 {
			to, who = &departments, id(m.DepartmentID)
		}
		if !slices.Contains(*to, who) {
			*to = append(*to, who)
		}
	}
	return users, departments
}
